/** Until when the readings of a piece of work go on, however deep in it they are. */
import { AsyncLocalStorage } from 'node:async_hooks';

const signals = new AsyncLocalStorage<AbortSignal | undefined>();

/**
 * Runs something whose readings of workbooks end with the signal, and give their places to others: work that nobody waits
 * for any more is not to be read for. Undefined: readings that others wait for too.
 */
export function readingUntil<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
  return signals.run(signal, run);
}

export function readingSignal(): AbortSignal | undefined {
  return signals.getStore();
}
