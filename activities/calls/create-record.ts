/**
 * A create is on record before it is sent. A worker that dies then, or an answer that is lost, leaves it known that a task may
 * exist whose id nobody has.
 */
import { ApplicationFailure } from '@temporalio/common';
import { FeishuError } from '../../feishu/errors.ts';
import type { CallDeps } from '../deps.ts';
import { waitFailure } from '../failures.ts';
import type { Attempt, Attempted } from './attempt.ts';
import { TURN_MS } from './retry-policy.ts';

/** Resolves when the server has it on record; nothing is sent before. */
export async function recordGrant(deps: CallDeps, state: Attempted): Promise<void> {
  state.granted = true;
  await deps.acknowledgedHeartbeat(state).catch((error: unknown) => {
    state.granted = false;
    throw waitFailure('WaitingForTurn', `Temporal did not take the record of the create: ${String(error)}`, TURN_MS);
  });
}

/** A create that is known not to have made a task may be made again; of any other nobody knows. */
export async function settleGrant(
  deps: CallDeps,
  { state, sent }: Attempt,
  error: unknown,
): Promise<ApplicationFailure | null> {
  const refused = error instanceof FeishuError && error.feishuCode !== undefined && error.feishuCode !== 0;
  const left = error instanceof FeishuError ? error.sent : sent;
  const message = error instanceof Error ? error.message : String(error);
  if (left && !refused) return outcomeUnknown(message, error);
  state.granted = false;
  return await deps.acknowledgedHeartbeat(state).then(
    () => null,
    (failed: unknown) => outcomeUnknown(`${message} Temporal did not take note of it: ${String(failed)}`, error),
  );
}

export function outcomeUnknown(message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'CreateOutcomeUnknown',
    message,
    nonRetryable: true,
    ...(cause instanceof Error ? { cause } : {}),
  });
}
