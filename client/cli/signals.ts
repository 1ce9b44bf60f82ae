/** Being told to stop. */
import { constants } from 'node:os';
import { Interrupted } from './failures.ts';

const SIGNALS: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export interface SignalWait {
  /** The first signal; never rejects. */
  received: Promise<NodeJS.Signals>;
  /** Rejects with Interrupted on the first signal; never resolves. */
  interrupted: Promise<never>;
  /** Goes back to the default: a signal ends the process. */
  stop(): void;
}

export function untilSignal(): SignalWait {
  const unlisten = new AbortController();
  const received = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of SIGNALS) process.on(signal, resolve);
    unlisten.signal.addEventListener('abort', () => {
      for (const signal of SIGNALS) process.off(signal, resolve);
    });
  });
  const interrupted = received.then((signal): never => {
    throw new Interrupted(128 + constants.signals[signal]);
  });
  // Whoever waits for it sees the rejection; nobody may be waiting.
  interrupted.catch(() => undefined);
  return { received, interrupted, stop: () => unlisten.abort() };
}
