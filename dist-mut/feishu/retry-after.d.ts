/**
 * How long an answer asks to wait: the larger of `x-ogw-ratelimit-reset` (seconds, fractions allowed) and `Retry-After` (seconds
 * or an HTTP date). `undefined` where neither is usable.
 */
export declare function askedWaitMs(headers: Record<string, string | string[] | undefined>, nowMs: number): number | undefined;
/** Of a throttled answer: there is always a wait. */
export declare function throttleWaitMs(headers: Record<string, string | string[] | undefined>, nowMs: number): number;
