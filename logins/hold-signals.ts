/** What must not be cut in two is finished before a signal ends the process. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const satisfies NodeJS.Signals[];

/** A signal that came meanwhile takes effect afterwards; where somebody else listens as well, they have heard it already. */
export async function holdingSignals<T>(fn: () => Promise<T>): Promise<T> {
  const held = new Set<NodeJS.Signals>();
  const hold = (signal: NodeJS.Signals): void => void held.add(signal);
  for (const signal of SIGNALS) process.on(signal, hold);
  try {
    return await fn();
  } finally {
    for (const signal of SIGNALS) process.off(signal, hold);
    for (const signal of held) if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  }
}
