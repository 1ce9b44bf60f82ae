/** Starts work under the id that is derived from it, or attaches to the run that does the same already. */
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { checkInput, type Inputs, type WorkflowType } from '../workflows/input.ts';
import { backfillWorkflowId, dayWorkflowId, PRIORITY, singleWorkflowId } from '../workflows/ids.ts';
import { AlreadyRunningDifferentlyError, InvalidInputError } from './errors.ts';
import { createHandle, type HandleOf } from './handle.ts';
import { canonicalJson, differingFields, findRunning } from './running.ts';

export interface StartOptions {
  /** Instead of the id that is derived from the input. Keep names and user ids out of it: ids are shown everywhere. */
  workflowId?: string;
}

/** A run that closes between the refused start and the look at it leaves the id free: the start is tried again. */
const START_ATTEMPTS = 5;

/**
 * The input in its one normal form.
 * @throws InvalidInputError
 */
export function validInput<T extends WorkflowType>(type: T, raw: unknown): Inputs[T] {
  const checked = checkInput(type, raw);
  if (!checked.ok) throw new InvalidInputError(checked.message, checked.problems);
  return checked.input;
}

/** As `start`, for an input in its normal form. */
export async function startOrAttach<T extends WorkflowType>(
  { temporal, taskQueue }: { temporal: Client; taskQueue: string },
  type: T,
  input: Inputs[T],
  options: StartOptions = {},
): Promise<HandleOf<T>> {
  const workflowId = options.workflowId ?? WORK[type].id(input, taskQueue);
  for (let attempt = 1; ; attempt++) {
    try {
      const { firstExecutionRunId: runId } = await temporal.workflow.start(type, {
        taskQueue,
        workflowId,
        args: [input],
        workflowIdConflictPolicy: 'FAIL',
        priority: { priorityKey: type === 'backfill' ? PRIORITY.backfill : PRIORITY.person },
        staticSummary: WORK[type].summary(input),
      });
      return createHandle<T>(temporal, { workflowId, runId, firstRunId: runId, attached: false });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const running = await findRunning(temporal, workflowId);
      if (running) {
        const fields = differingFields(running, type, input);
        if (fields.length > 0) throw new AlreadyRunningDifferentlyError({ workflowId, runId: running.runId, fields });
        return createHandle<T>(temporal, { workflowId, ...running, attached: true });
      }
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

/** Each type's id and its line for the operator in the Temporal UI. Neither carries names or user ids. */
const WORK: {
  [T in WorkflowType]: { id(input: Inputs[T], taskQueue: string): string; summary(input: Inputs[T]): string };
} = {
  exportResource: {
    id: (input, taskQueue) => singleWorkflowId(taskQueue, 'export', { profile: input.profile, hash: hashOf(input) }),
    summary: (input) => `Export job: ${input.resource.replaceAll('_', ' ')}`,
  },
  participantQuality: {
    id: (input, taskQueue) =>
      singleWorkflowId(taskQueue, 'participant', { profile: input.profile, hash: hashOf(input) }),
    summary: () => 'Call quality of one participant',
  },
  meetingQuality: {
    id: (input, taskQueue) => singleWorkflowId(taskQueue, 'quality', { profile: input.profile, hash: hashOf(input) }),
    summary: () => 'Call quality of one meeting',
  },
  exportDay: {
    id: (input, taskQueue) => dayWorkflowId(taskQueue, input.profile, input.day),
    summary: (input) => `Tables of ${input.day}: ${input.include.join(', ')}`,
  },
  backfill: {
    id: (input, taskQueue) => backfillWorkflowId(taskQueue, input),
    summary: (input) => `Backfill: ${input.include.join(', ')}`,
  },
};

function hashOf(input: unknown): string {
  return createHash('sha256').update(canonicalJson(input)).digest('hex').slice(0, 16);
}
