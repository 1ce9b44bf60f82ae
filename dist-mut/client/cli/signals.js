/** Being told to stop. */
import { constants } from 'node:os';
import { Interrupted } from './failures.js';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
export function untilSignal() {
    const unlisten = new AbortController();
    const received = new Promise((resolve) => {
        for (const signal of SIGNALS)
            process.on(signal, resolve);
        unlisten.signal.addEventListener('abort', () => {
            for (const signal of SIGNALS)
                process.off(signal, resolve);
        });
    });
    const interrupted = received.then((signal) => {
        throw new Interrupted(128 + constants.signals[signal]);
    });
    // Whoever waits for it sees the rejection; nobody may be waiting.
    interrupted.catch(() => undefined);
    return { received, interrupted, stop: () => unlisten.abort() };
}
//# sourceMappingURL=signals.js.map