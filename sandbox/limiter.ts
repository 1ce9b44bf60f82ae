/** Rate limits per (app, tenant, route template). A sandbox is one tenant, so a bucket is (app, endpoint). */
import { isTokenEndpoint } from './api.ts';
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
  take(input: { app: string; endpoint: EndpointId; atMs: number }): Refusal | undefined;
}

const ROOM_LIMITS: readonly Limit[] = [
  { calls: 1000, windowMs: 60_000 },
  { calls: 50, windowMs: 1000 },
];

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000 };

/** `100/60s`, also in `ms` and `m`; `off` for none. Throws RangeError. */
export function parseRateLimit(text: string): Limit | undefined {
  if (text === 'off') return undefined;
  const match = /^(\d+)\/(\d+)(ms|s|m)$/.exec(text);
  const calls = Number(match?.[1]);
  const windowMs = Number(match?.[2]) * (UNIT_MS[match?.[3] ?? ''] ?? 0);
  if (!(calls >= 1 && windowMs >= 1)) throw new RangeError(`not a rate limit like 100/60s, nor off: ${text}`);
  return { calls, windowMs };
}

export function createLimiter({ limit, window }: { limit: Limit | undefined; window: WindowKind }): Limiter {
  const buckets = new Map<string, Bucket[]>();
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
        if (resetMs > 0) return { limit: bucket.limit.calls, resetS: Math.max(1, Math.ceil(resetMs / 1000)) };
      }
      for (const bucket of windows) bucket.charge(atMs);
      return undefined;
    },
  };
}

function limitsOf(endpoint: EndpointId, limit: Limit | undefined): readonly Limit[] {
  if (!limit || isTokenEndpoint(endpoint)) return [];
  return /^[RA]/.test(endpoint) ? ROOM_LIMITS : [limit];
}

class Bucket {
  readonly limit: Limit;
  readonly #kind: WindowKind;
  /** Times of the accepted calls that still count, oldest first. */
  #times: number[] = [];

  constructor(limit: Limit, kind: WindowKind) {
    this.limit = limit;
    this.#kind = kind;
  }

  /** Milliseconds until a call is accepted; 0 when it is accepted now. */
  waitMs(atMs: number): number {
    const { calls, windowMs } = this.limit;
    const windowStart = this.#kind === 'fixed' ? Math.floor(atMs / windowMs) * windowMs : atMs - windowMs;
    const gone = (time: number): boolean => (this.#kind === 'fixed' ? time < windowStart : time <= windowStart);
    const firstKept = this.#times.findIndex((time) => !gone(time));
    if (firstKept !== 0) this.#times = firstKept === -1 ? [] : this.#times.slice(firstKept);
    if (this.#times.length < calls) return 0;
    if (this.#kind === 'fixed') return windowStart + windowMs - atMs;
    return (this.#times[0] ?? atMs) + windowMs - atMs;
  }

  charge(atMs: number): void {
    this.#times.push(atMs);
  }
}
