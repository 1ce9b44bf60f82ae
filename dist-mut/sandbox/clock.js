/** The sandbox's two clocks: what time it is for the tenant, and what time passes for windows, tokens and tasks. */
/** @param nowMs a clock of the caller's, which then moves everything; without it real time, shifted by `offsetMs`. */
export function createClock({ nowMs, offsetMs }) {
    if (nowMs)
        return { nowMs, monotonicMs: nowMs };
    const start = Date.now() - performance.now() + offsetMs;
    return { nowMs: () => Date.now() + offsetMs, monotonicMs: () => start + performance.now() };
}
//# sourceMappingURL=clock.js.map