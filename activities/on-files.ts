import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { withSignals } from '../feishu/signals.ts';
import { readingUntil } from '../sheets/index.ts';
import { StoreError } from '../store/errors.ts';
import { retryPolicy } from './calls/retry-policy.ts';
import { failureOf } from './failures.ts';

const HEARTBEAT_EVERY_MS = 5000;
/** Of the time that Temporal gives an attempt: after it the work is taken to hang. */
const SHARE_OF_TIMEOUT = 0.9;

/** What one attempt leaves to the next, in the heartbeat details. */
interface Tried {
  /** Attempts that failed or died. Those that waited for a store that is away are none of them. */
  failures: number;
  /** It has begun, and how it ended is not on record. */
  open: boolean;
}

/** Keeps the activity alive while it reads and writes files, and turns what goes wrong into Temporal's failures. */
export async function onFiles<T>(run: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const { isLocal, heartbeatDetails, scheduledTimestampMs: startedMs, startToCloseTimeoutMs } = context.info;
  const before = heartbeatDetails as Tried | undefined;
  const tried: Tried = { failures: before?.failures ?? 0, open: true };
  const next = (error: unknown) => {
    const waitedMs = Math.max(0, Date.now() - startedMs);
    const decided = retryPolicy(error, { before: tried.failures, waitedMs, unknownAs: 'StoreUnavailable' });
    if (decided.is === 'retry') tried.failures++;
    return decided;
  };
  const beat = () => void (isLocal || context.heartbeat(tried));
  const beating = setInterval(beat, HEARTBEAT_EVERY_MS);
  try {
    if (before?.open === true) {
      const died = new Error('the worker ended in the middle of it');
      const after = next(died);
      if (after.is === 'final') throw failureOf(after, died);
    }
    // The first attempt tells it with its first regular heartbeat: a write at the server for each small file is too much.
    if (context.info.attempt > 1) beat();
    return await inTime({ limitMs: startToCloseTimeoutMs * SHARE_OF_TIMEOUT, ends: context.cancellationSignal }, run);
  } catch (error) {
    const isDecided = error instanceof ApplicationFailure || error === context.cancellationSignal.reason;
    const failure = isDecided ? error : failureOf(next(error), error);
    tried.open = false;
    // What the next attempt has to know. After a success nobody reads it.
    beat();
    throw failure;
  } finally {
    clearInterval(beating);
  }
}

/**
 * A mount whose server is gone gives no error: work on it comes to no end, and is a store that is away. Nobody waits for what
 * is cancelled or has had its time: its readings of workbooks end too.
 */
async function inTime<T>({ limitMs, ends }: { limitMs: number; ends: AbortSignal }, run: () => Promise<T>): Promise<T> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_resolve, reject) => {
    const message = `no answer in ${Math.round(limitMs / 1000)} s: is it on a mount whose server is gone?`;
    timer = setTimeout(() => {
      const error = new StoreError('unavailable', message);
      late.abort(error);
      reject(error);
    }, limitMs);
  });
  try {
    const read = withSignals([ends, late.signal], (signal) => readingUntil(signal, run));
    return await Promise.race([read, hangs]);
  } finally {
    clearTimeout(timer);
  }
}
