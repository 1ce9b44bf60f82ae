import { headerIn } from './http.js';
/** Where a throttled answer does not say how long: long enough not to be throttled at once again, short against a window. */
const DEFAULT_WAIT_MS = 10_000;
/** A reset of zero would turn the retry into a busy loop. */
const SHORTEST_WAIT_MS = 100;
/** Beyond a day it is no waiting time but a date or nonsense. */
const LONGEST_WAIT_MS = 86_400_000;
/**
 * How long an answer asks to wait: the larger of `x-ogw-ratelimit-reset` (seconds, fractions allowed) and `Retry-After` (seconds
 * or an HTTP date). `undefined` where neither is usable.
 */
export function askedWaitMs(headers, nowMs) {
    const waits = [
        secondsToMs(headerIn(headers, 'x-ogw-ratelimit-reset')),
        secondsToMs(headerIn(headers, 'retry-after')) ?? untilDateMs(headerIn(headers, 'retry-after'), nowMs),
    ].filter((ms) => ms !== undefined && ms <= LONGEST_WAIT_MS);
    return waits.length === 0 ? undefined : Math.max(SHORTEST_WAIT_MS, ...waits.map((ms) => ms ?? 0));
}
/** Of a throttled answer: there is always a wait. */
export function throttleWaitMs(headers, nowMs) {
    return askedWaitMs(headers, nowMs) ?? DEFAULT_WAIT_MS;
}
function secondsToMs(value) {
    return value !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Math.ceil(Number(value) * 1000) : undefined;
}
function untilDateMs(value, nowMs) {
    const atMs = value !== undefined && /^\s*[A-Z][a-z]{2},/.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
//# sourceMappingURL=retry-after.js.map