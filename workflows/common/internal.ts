/**
 * The second argument of every workflow: what a run of this product hands to its children, and to itself when it
 * continues as new. The input beside it is in its normal form already and is not checked again, so that a stricter check
 * in a later version leaves runs that are under way alone.
 */
import { workflowInfo } from '@temporalio/workflow';
import type { Inputs, WorkflowType } from '../input.ts';
import { failure, parseInput } from './outcomes.ts';

/** Common to what all of them hand on. */
export interface Internal {
  /** Where the run's calls are made. */
  api_task_queue: string;
}

/** @throws ApplicationFailure `InvalidInput` for a wrong input, and for a second argument that is none of ours */
export function receiveInput<T extends WorkflowType>(type: T, input: unknown, internal: unknown): Inputs[T] {
  if (internal === undefined || internal === null) return parseInput(type, input);
  const { parent, continuedFromExecutionRunId } = workflowInfo();
  const handedOn = parent !== undefined || continuedFromExecutionRunId !== undefined;
  if (handedOn && isInternal(internal)) return input as Inputs[T];
  const message = 'takes one JSON object; a second argument is what runs hand on to each other';
  throw failure('InvalidInput', `${type}: input: ${message}`, { field: 'input', message });
}

function isInternal(value: unknown): value is Internal {
  return (
    typeof value === 'object' && value !== null && 'api_task_queue' in value && typeof value.api_task_queue === 'string'
  );
}
