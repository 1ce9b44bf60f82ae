/**
 * Runs something with a signal that is aborted with the first of several, and lets go of them after it: a signal that lives as
 * long as the process would otherwise keep a listener of each call.
 */
export async function withSignals<T>(
  signals: readonly AbortSignal[],
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const abort = (event: Event): void => own.abort((event.target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal.aborted) own.abort(signal.reason);
    else signal.addEventListener('abort', abort);
  }
  try {
    return await run(own.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}
