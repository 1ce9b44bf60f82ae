/** The sandbox's two clocks: what time it is for the tenant, and what time passes for windows, tokens and tasks. */
export interface Clock {
    /** Wall clock of the tenant, unix milliseconds. */
    nowMs(): number;
    /** Never goes back; milliseconds since an arbitrary point, at the start equal to `nowMs`. */
    monotonicMs(): number;
}
/** @param nowMs a clock of the caller's, which then moves everything; without it real time, shifted by `offsetMs`. */
export declare function createClock({ nowMs, offsetMs }: {
    nowMs: (() => number) | undefined;
    offsetMs: number;
}): Clock;
