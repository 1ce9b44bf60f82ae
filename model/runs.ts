import { shellWord } from './shell-word.ts';

/** How a workflow execution stands, by Temporal's names. */
const CLOSED = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT']);

/**
 * Whether the id of a run is still taken. What is closed is listed, so that a state that this code does not know, such
 * as a pause by the operator, counts as open. A run that continues as new is taken on by the next one.
 */
export function isOpenStatus(name: string): boolean {
  return !CLOSED.has(name);
}

/** The types that take ids which this product derives. */
export const RUN_TYPES: readonly string[] = [
  'exportResource',
  'participantQuality',
  'meetingQuality',
  'exportDay',
  'backfill',
];

/**
 * Whoever may start workflows can start any under an id of this product's, and Temporal runs an id once at a time.
 * @returns in words, with the command that frees the id, where it is of another type; else null
 */
export function foreignRun(
  { workflowId, type }: { workflowId: string; type: string },
  types: readonly string[] = RUN_TYPES,
): string | null {
  if (types.includes(type)) return null;
  // What somebody else has named is quoted only where it is plain.
  const named = /^[\w.-]{1,64}$/.test(type) ? `of the type ${type}` : 'of another type';
  const id = shellWord(workflowId);
  // The command first: reasons may be cut at their end.
  return `temporal workflow terminate --workflow-id ${id} frees the id: a workflow ${named}, none of this product's, has it`;
}
