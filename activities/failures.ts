/**
 * The one file that makes Temporal failures of what the retry policy has decided. A wait is benign: it shows as no failure in
 * metrics and logs.
 */
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { inspect } from 'node:util';
import { withoutSessions } from '../dataset/session-name.ts';
import { FeishuError } from '../feishu/errors.ts';
import type { FinalType, Next, WaitType } from './calls/retry-policy.ts';

/** So deep causes lie in causes. */
const CAUSES_DEPTH = 8;

export type NoDataKind = 'not_found' | 'meeting_not_found' | 'device_not_found';

/** Feishu's code and text in one line, without the advice: what a unit's `reason` says. */
export function shortReason(error: FeishuError): string {
  const code = error.feishuCode === undefined ? error.code : String(error.feishuCode);
  return error.msg === undefined ? code : `${code} ${error.msg}`;
}

export function isNoData(error: unknown): error is FeishuError & { kind: NoDataKind } {
  return (
    error instanceof FeishuError &&
    (error.kind === 'not_found' || error.kind === 'meeting_not_found' || error.kind === 'device_not_found')
  );
}

/** Not a failure but a wait: the failure metrics leave it out. */
export function waitFailure(type: WaitType, message: string, delayMs: number): ApplicationFailure {
  const nextRetryDelay = Math.max(1, Math.ceil(delayMs));
  return ApplicationFailure.create({ type, message, nextRetryDelay, category: ApplicationFailureCategory.BENIGN });
}

export function finalFailure(type: FinalType | 'InvalidInput' | 'WrongShard', message: string, cause?: unknown) {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    ...(cause instanceof Error ? { cause } : {}),
  });
}

/** Failures stand in histories and in the log: they name files of sessions by `withoutSessions`. */
export function failureOf(next: Next, error: unknown): ApplicationFailure {
  const message = withoutSessions(messageOf(error));
  switch (next.is) {
    case 'wait':
      return waitFailure(next.type, message, next.delayMs);
    case 'retry': {
      const nextRetryDelay = Math.max(1, Math.ceil(next.delayMs));
      const cause = causeOf(error);
      return ApplicationFailure.create({ type: next.type, message, nextRetryDelay, ...(cause ? { cause } : {}) });
    }
    case 'final':
      return finalFailure(next.type, message, causeOf(error));
  }
}

/** A parser quotes what it read, which may be anybody's data. */
function messageOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'something that was read is not valid JSON';
  return error instanceof Error ? error.message : String(error);
}

/** Undefined for one that says, itself or by its own cause, what the message leaves out. */
function causeOf(error: unknown): Error | undefined {
  if (!(error instanceof Error) || error instanceof SyntaxError) return undefined;
  const whole = inspect(error, { depth: CAUSES_DEPTH });
  return withoutSessions(whole) === whole ? error : undefined;
}
