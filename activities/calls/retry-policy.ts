/**
 * What happens after a failed call, or after work on files that failed: whether it is tried again, how often, and after how
 * long. Waits before a call (a turn, a pause, a queue that serves others) are where they arise.
 * Each decision has its own delay, so that it does not matter how often Temporal has started the activity: it counts waits,
 * throttles and failures alike.
 */
import { FeishuError } from '../../feishu/errors.ts';
import { LeaseLostError, QueueFullError } from '../../feishu/pacer.ts';
import { UnreadableFileError } from '../../sheets/index.ts';
import { StoreError } from '../../store/errors.ts';
import { HeaderError } from '../../tables/header.ts';
import { AwayError } from './outages.ts';
import { RunHeldError } from './held-runs.ts';

/** Not a failure: what is missing comes back, and until then nothing is counted. */
export type WaitType =
  | 'IdIsTaken'
  | 'WaitingForTurn'
  | 'RunHeld'
  | 'Throttled'
  | 'MonthlyQuotaUsedUp'
  | 'FeishuAway'
  | 'CredentialsRejected'
  | 'StoreUnavailable'
  | 'ProfileNotHere'
  | 'NewerVersion';
export type FinalType =
  | 'IdIsTaken'
  | 'CallFailed'
  | 'BadRequest'
  | 'NoData'
  | 'PermissionDenied'
  | 'CredentialsRejected'
  | 'StoreUnavailable'
  | 'UnreadableFile';

export type Next =
  | { is: 'wait'; type: WaitType; delayMs: number }
  /** Counts as a try. */
  | { is: 'retry'; type: 'CallFailed' | 'StoreUnavailable'; delayMs: number }
  | { is: 'final'; type: FinalType };

/** What is known of the call besides its error. */
export interface Tries {
  /** Failures of its own before this one. */
  before: number;
  /** Whether the failure is the call's own; where it is not, or nobody knows, everybody may have it, and it is waited out. */
  own?: boolean;
  /** How long it has waited for what everybody misses, ms. */
  waitedMs?: number;
  /** Its tries together have had the time that they may have. Default false. */
  isSpent?: boolean;
  /** What an error of no known class is in the end. Default `CallFailed`. */
  unknownAs?: 'CallFailed' | 'StoreUnavailable';
}

/** Failures of its own after which a call, or work on files, is given up. */
const TRIES_AT_MOST = 8;
/** Rejected credentials are waited for so long, over a weekend and holidays; then somebody has to start again. */
const CREDENTIALS_WAIT_MS = 7 * 24 * 3_600_000;

const LONGEST_RETRY_MS = 60_000;
/** Until another process, or this one again, makes the calls. */
export const TURN_MS = 500;
const HELD_MS = 3000;
/** Where a throttled answer does not say how long: long enough not to be throttled at once again, short against a window. */
const THROTTLED_MS = 10_000;
/** Between two looks whether a month's quota is back. */
export const MONTHLY_PROBE_MS = 3_600_000;
const STORE_WAIT_MS = { shortest: 1000, longest: 30_000 };

export function retryPolicy(error: unknown, tries: Tries): Next {
  if (error instanceof QueueFullError) return { is: 'wait', type: 'WaitingForTurn', delayMs: error.retryAfterMs };
  if (error instanceof LeaseLostError) return { is: 'wait', type: 'WaitingForTurn', delayMs: TURN_MS };
  if (error instanceof RunHeldError) return { is: 'wait', type: 'RunHeld', delayMs: HELD_MS };
  if (error instanceof AwayError) return away(error, tries);
  if (error instanceof UnreadableFileError || error instanceof HeaderError) {
    return { is: 'final', type: 'UnreadableFile' };
  }
  if (error instanceof StoreError) return ofStore(error, tries);
  if (error instanceof FeishuError) return ofFeishu(error, tries);
  return again(tries.unknownAs ?? 'CallFailed', tries, 0);
}

function away({ kind, retryAfterMs: delayMs }: AwayError, { waitedMs = 0 }: Tries): Next {
  if (kind === 'host') return { is: 'wait', type: 'FeishuAway', delayMs };
  const isOver = waitedMs > CREDENTIALS_WAIT_MS;
  return isOver ? { is: 'final', type: 'CredentialsRejected' } : { is: 'wait', type: 'CredentialsRejected', delayMs };
}

function ofFeishu(error: FeishuError, tries: Tries): Next {
  switch (error.kind) {
    case 'throttled':
      return { is: 'wait', type: 'Throttled', delayMs: error.retryAfterMs ?? THROTTLED_MS };
    case 'monthly_quota':
      return { is: 'wait', type: 'MonthlyQuotaUsedUp', delayMs: MONTHLY_PROBE_MS };
    case 'credentials':
      return { is: 'final', type: 'CredentialsRejected' };
    case 'permission':
      return { is: 'final', type: 'PermissionDenied' };
    case 'bad_request':
      return { is: 'final', type: 'BadRequest' };
    case 'not_found':
    case 'meeting_not_found':
    case 'device_not_found':
      return { is: 'final', type: 'NoData' };
    case 'contract':
      // What is over a bound is over it each time.
      if (error.code === 'ANSWER_TOO_LARGE') return { is: 'final', type: 'CallFailed' };
      return again('CallFailed', tries, 0);
    case 'token':
    case 'server':
    case 'network':
      return again('CallFailed', tries, error.retryAfterMs ?? 0);
  }
}

/** A store that is away comes back. One that refuses, or a file that is not what was written, does not change by itself. */
function ofStore(error: StoreError, tries: Tries): Next {
  switch (error.code) {
    case 'refused':
    case 'damaged':
      return { is: 'final', type: 'StoreUnavailable' };
    case 'not-found':
      return again('StoreUnavailable', tries, 0);
    case 'unavailable':
    case 'busy': {
      if (tries.own === true) return again('StoreUnavailable', tries, 0);
      const { shortest, longest } = STORE_WAIT_MS;
      const delayMs = Math.min(longest, Math.max(shortest, (tries.waitedMs ?? 0) / 2));
      return { is: 'wait', type: 'StoreUnavailable', delayMs };
    }
  }
}

function again(type: 'CallFailed' | 'StoreUnavailable', { before, isSpent }: Tries, askedMs: number): Next {
  if (before + 1 >= TRIES_AT_MOST || isSpent === true) return { is: 'final', type };
  return { is: 'retry', type, delayMs: Math.max(askedMs, Math.min(LONGEST_RETRY_MS, 1000 * 2 ** before)) };
}
