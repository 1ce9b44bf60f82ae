/** Rate limits per (app, tenant, route template). A sandbox is one tenant, so a bucket is (app, endpoint). */
import type { EndpointId } from './api.ts';
export interface Limit {
    calls: number;
    windowMs: number;
}
export type WindowKind = 'fixed' | 'sliding';
/** Why a call is refused: the window's cap, and after how many whole seconds it opens again. */
interface Refusal {
    limit: number;
    resetS: number;
}
export interface Limiter {
    /** Counts the call and answers undefined, or refuses it, which costs nothing. */
    take(input: {
        app: string;
        endpoint: EndpointId;
        atMs: number;
    }): Refusal | undefined;
}
/** `100/60s`, also in `ms` and `m`; `off` for none. Throws RangeError. */
export declare function parseRateLimit(text: string): Limit | undefined;
export declare function createLimiter({ limit, window }: {
    limit: Limit | undefined;
    window: WindowKind;
}): Limiter;
export {};
