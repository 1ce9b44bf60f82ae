/** At most `calls` in any window of `windowMs`. */
export interface Limit {
    calls: number;
    windowMs: number;
}
/** A call that was let go and has not ended. */
export interface OpenCall {
    grantedAtMs: number;
}
/**
 * The places of one bucket's limits: which are held by calls under way, and which by calls that ended less than a
 * window ago. A place is held until one window after the answer of its call. The server has counted the call before
 * it answered, so two calls of one place are at least a window apart on the server too, whatever was slow in between,
 * and whether it counts when a call arrives or when it works on it. All times are the caller's monotonic milliseconds.
 */
export declare class RateWindow {
    #private;
    /** Null: no limit. */
    readonly limits: readonly Limit[] | null;
    constructor(limits: readonly Limit[] | null);
    /** Distance of calls that spreads them evenly over the tightest limit. */
    get evenGapMs(): number;
    /** Calls of the limit that has the fewest; Infinity without a limit. */
    get fewestCalls(): number;
    get openCalls(): number;
    /** From when on one more call may start; Infinity while only an answer can free a place. */
    freeAtMs(): number;
    /** How many calls could start now, for the limit that leaves the fewest; Infinity without a limit. */
    free(nowMs: number): number;
    inUse(limit: Limit, nowMs: number): number;
    /**
     * How far apart patient calls start: the last places that are free last until the next one comes free. With the
     * quota in steady use that is no time at all; after a burst it is most of a window, and urgent calls find a place.
     */
    patientGapMs(nowMs: number): number;
    start(nowMs: number): OpenCall;
    /** Ends a call. `answeredAtMs` undefined: it was never sent, its place is free at once. False when ended before. */
    end(call: OpenCall, answeredAtMs: number | undefined): boolean;
    /** Holds a place for a call of which only the (latest possible) time of its answer is known. */
    hold(answeredAtMs: number): void;
    /**
     * How long ago each held place's call was answered, rounded down so that a reader never frees a place early. Calls
     * under way count as answered when they time out: negative ages.
     */
    ages(o: {
        nowMs: number;
        unansweredMs: number;
    }): number[];
    /** Drops what no window reaches back to. True when nothing is held any more. */
    prune(nowMs: number): boolean;
}
