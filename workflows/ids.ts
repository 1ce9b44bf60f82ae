/**
 * Workflow ids. Derived from what is asked, never random: the same work asked twice meets itself. They begin with the
 * task queue (`feishu-vc` unless configured), so that two deployments in one namespace keep out of each other's way.
 * They carry no names and no user ids; meetings and participant-sessions go by their keys, which are hashes.
 */
import type { BackfillInput } from './input.ts';

/** The one id under which a day of a profile is fetched. Temporal runs an id once at a time: it is the day's lock. */
export function dayWorkflowId(taskQueue: string, profile: string, day: string): string {
  return `${taskQueue}/day/${profile}/${day}`;
}

/** A plan has an id of its own, so that a range can be planned while it is fetched. */
export function backfillWorkflowId(taskQueue: string, input: BackfillInput): string {
  return `${taskQueue}/${input.dry_run ? 'plan' : 'backfill'}/${input.profile}/${rangeName(input)}`;
}

function rangeName(input: BackfillInput): string {
  if (input.month !== undefined) return input.month;
  if (input.days_back) return `days-back-${input.days_back.from}-${input.days_back.to}`;
  return `${input.from}..${input.to}`;
}

/** `hash`: of the normalized input. */
export function singleWorkflowId(
  taskQueue: string,
  kind: 'export' | 'quality' | 'participant',
  { profile, hash }: { profile: string; hash: string },
): string {
  return `${taskQueue}/${kind}/${profile}/${hash}`;
}

export function childWorkflowId(parentId: string, part: string): string {
  return `${parentId}/${part}`;
}
