import { Context } from '@temporalio/activity';

const EVERY_MS = 5000;

/** Keeps the activity alive while something runs that does not heartbeat by itself. */
export async function heartbeating<T>(run: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beating = setInterval(() => context.heartbeat(), EVERY_MS);
  try {
    return await run();
  } finally {
    clearInterval(beating);
  }
}
