import { Context } from '@temporalio/activity';
import { fileFailure } from './failures.ts';

const HEARTBEAT_EVERY_MS = 5000;

/** Keeps the activity alive while it reads and writes files, and turns what goes wrong into Temporal's failures. */
export async function onFiles<T>(run: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beating = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY_MS);
  try {
    return await run();
  } catch (error) {
    // A store that is away is waited for by time, so that attempts count only against what may be wrong for ever.
    const { attempt, scheduledTimestampMs } = context.info;
    throw fileFailure(error, { tries: attempt - 1, startedMs: scheduledTimestampMs });
  } finally {
    clearInterval(beating);
  }
}
