const ROOM_LIMITS = [
    { calls: 1000, windowMs: 60_000 },
    { calls: 50, windowMs: 1000 },
];
const UNIT_MS = { ms: 1, s: 1000, m: 60_000 };
/** `100/60s`, also in `ms` and `m`; `off` for none. Throws RangeError. */
export function parseRateLimit(text) {
    if (text === 'off')
        return undefined;
    const match = /^(\d+)\/(\d+)(ms|s|m)$/.exec(text);
    const calls = Number(match?.[1]);
    const windowMs = Number(match?.[2]) * (UNIT_MS[match?.[3] ?? ''] ?? 0);
    if (!(calls >= 1 && windowMs >= 1))
        throw new RangeError(`not a rate limit like 100/60s, nor off: ${text}`);
    return { calls, windowMs };
}
export function createLimiter({ limit, window }) {
    const buckets = new Map();
    return {
        take: ({ app, endpoint, atMs }) => {
            const key = `${app} ${endpoint}`;
            let windows = buckets.get(key);
            if (!windows) {
                windows = limitsOf(endpoint, limit).map((each) => new Bucket(each, window));
                buckets.set(key, windows);
            }
            // Reaching any window of a compound limit throttles, so all are asked before one is charged.
            for (const bucket of windows) {
                const resetMs = bucket.waitMs(atMs);
                if (resetMs > 0)
                    return { limit: bucket.limit.calls, resetS: Math.max(1, Math.ceil(resetMs / 1000)) };
            }
            for (const bucket of windows)
                bucket.charge(atMs);
            return undefined;
        },
    };
}
function limitsOf(endpoint, limit) {
    if (!limit || endpoint === 'A1')
        return [];
    return endpoint.startsWith('R') ? ROOM_LIMITS : [limit];
}
class Bucket {
    limit;
    #kind;
    /** Times of the accepted calls that still count, oldest first. */
    #times = [];
    constructor(limit, kind) {
        this.limit = limit;
        this.#kind = kind;
    }
    /** Milliseconds until a call is accepted; 0 when it is accepted now. */
    waitMs(atMs) {
        const { calls, windowMs } = this.limit;
        const windowStart = this.#kind === 'fixed' ? Math.floor(atMs / windowMs) * windowMs : atMs - windowMs;
        const gone = (time) => (this.#kind === 'fixed' ? time < windowStart : time <= windowStart);
        const firstKept = this.#times.findIndex((time) => !gone(time));
        if (firstKept !== 0)
            this.#times = firstKept === -1 ? [] : this.#times.slice(firstKept);
        if (this.#times.length < calls)
            return 0;
        if (this.#kind === 'fixed')
            return windowStart + windowMs - atMs;
        return (this.#times[0] ?? atMs) + windowMs - atMs;
    }
    charge(atMs) {
        this.#times.push(atMs);
    }
}
//# sourceMappingURL=limiter.js.map