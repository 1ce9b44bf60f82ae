/** Patient callers do not rush at this share of the places. */
const KEPT_SHARE = 0.1;
/**
 * The places of one bucket's limits: which are held by calls under way, and which by calls that ended less than a
 * window ago. A place is held until one window after the answer of its call. The server has counted the call before
 * it answered, so two calls of one place are at least a window apart on the server too, whatever was slow in between,
 * and whether it counts when a call arrives or when it works on it. All times are the caller's monotonic milliseconds.
 */
export class RateWindow {
    /** Null: no limit. */
    limits;
    #longestWindowMs;
    #open = new Set();
    /** When each ended call was answered, or must have been at the latest; ascending, may lie ahead of now. */
    #answeredAtMs = [];
    constructor(limits) {
        this.limits = limits !== null && limits.length > 0 ? limits : null;
        this.#longestWindowMs = Math.max(0, ...(limits ?? []).map((limit) => limit.windowMs));
    }
    /** Distance of calls that spreads them evenly over the tightest limit. */
    get evenGapMs() {
        return Math.max(0, ...(this.limits ?? []).map((limit) => limit.windowMs / limit.calls));
    }
    /** Calls of the limit that has the fewest; Infinity without a limit. */
    get fewestCalls() {
        return Math.min(...(this.limits ?? []).map((limit) => limit.calls));
    }
    get openCalls() {
        return this.#open.size;
    }
    /** From when on one more call may start; Infinity while only an answer can free a place. */
    freeAtMs() {
        let at = -Infinity;
        for (const limit of this.limits ?? [])
            at = Math.max(at, this.#freeAtMs(limit));
        return at;
    }
    /** How many calls could start now, for the limit that leaves the fewest; Infinity without a limit. */
    free(nowMs) {
        let free = Infinity;
        for (const limit of this.limits ?? [])
            free = Math.min(free, limit.calls - this.inUse(limit, nowMs));
        return Math.max(0, free);
    }
    inUse(limit, nowMs) {
        return this.#open.size + this.#answeredAtMs.length - this.#countUpTo(nowMs - limit.windowMs);
    }
    /**
     * How far apart patient calls start: the last places that are free last until the next one comes free. With the
     * quota in steady use that is no time at all; after a burst it is most of a window, and urgent calls find a place.
     */
    patientGapMs(nowMs) {
        let gapMs = 0;
        for (const limit of this.limits ?? []) {
            const free = limit.calls - this.inUse(limit, nowMs);
            if (free > limit.calls * KEPT_SHARE)
                continue;
            // A call under way is answered now at the earliest.
            const oldest = this.#answeredAtMs[this.#countUpTo(nowMs - limit.windowMs)] ?? nowMs;
            const untilNextMs = oldest + limit.windowMs - nowMs;
            // The very last place stays free, unless another one is about to be.
            const parts = untilNextMs > 2 * this.evenGapMs ? free : free + 1;
            gapMs = Math.max(gapMs, untilNextMs / Math.max(1, parts));
        }
        return gapMs;
    }
    start(nowMs) {
        const call = { grantedAtMs: nowMs };
        this.#open.add(call);
        return call;
    }
    /** Ends a call. `answeredAtMs` undefined: it was never sent, its place is free at once. False when ended before. */
    end(call, answeredAtMs) {
        if (!this.#open.delete(call))
            return false;
        if (answeredAtMs !== undefined)
            this.hold(answeredAtMs);
        return true;
    }
    /** Holds a place for a call of which only the (latest possible) time of its answer is known. */
    hold(answeredAtMs) {
        if (this.limits === null)
            return;
        const held = this.#answeredAtMs;
        const last = held.at(-1);
        if (last === undefined || last <= answeredAtMs)
            held.push(answeredAtMs);
        else
            held.splice(this.#countUpTo(answeredAtMs), 0, answeredAtMs);
    }
    /**
     * How long ago each held place's call was answered, rounded down so that a reader never frees a place early. Calls
     * under way count as answered when they time out: negative ages.
     */
    ages(o) {
        if (this.limits === null)
            return [];
        this.prune(o.nowMs);
        const open = [...this.#open].map((call) => Math.max(o.nowMs, call.grantedAtMs + o.unansweredMs));
        return [...this.#answeredAtMs, ...open].map((atMs) => Math.floor(o.nowMs - atMs));
    }
    /** Drops what no window reaches back to. True when nothing is held any more. */
    prune(nowMs) {
        const old = this.#countUpTo(nowMs - this.#longestWindowMs);
        if (old > 0)
            this.#answeredAtMs = this.#answeredAtMs.slice(old);
        return this.#answeredAtMs.length === 0 && this.#open.size === 0;
    }
    #freeAtMs(limit) {
        const left = limit.calls - this.#open.size;
        if (left <= 0)
            return Infinity;
        const holder = this.#answeredAtMs.at(-left);
        return holder === undefined ? -Infinity : holder + limit.windowMs;
    }
    /** How many were answered at `atMs` or before. */
    #countUpTo(atMs) {
        let low = 0;
        let high = this.#answeredAtMs.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if ((this.#answeredAtMs[middle] ?? Infinity) <= atMs)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
//# sourceMappingURL=rate-window.js.map