import { setImmediate } from 'node:timers/promises';
/** How long parsing may keep the event loop to itself; API calls are paced in the same process. */
const HOLD_MS = 2;
/** Tells a parse loop when to let timers and I/O run. Awaiting data that is already there does not let them. */
export class EventLoopYielder {
    #since = performance.now();
    due() {
        return performance.now() - this.#since >= HOLD_MS;
    }
    async rest() {
        await setImmediate();
        this.#since = performance.now();
    }
}
//# sourceMappingURL=event-loop-yielder.js.map