import type { Limit } from '../../feishu/pacer.ts';
import { mostInAnyWindow } from './windows.ts';

export interface Arrival {
  app: number;
  atMs: number;
  /** Between its sending and its being counted, where that is known. */
  underWayMs?: number;
  throttled: boolean;
}

/** As the product names buckets: API host, app and endpoint. */
export function bucketOfApp(app: number): string {
  return `api|app ${app}|GET /call`;
}

export interface Incident {
  kind: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'terminated';
  atMs: number;
}

export interface Figures {
  throttled: number;
  mostInAnyWindow: number;
  /** Share of the quota used, without the first and last window of calls and the time after each incident. */
  utilisation: number;
  /** The same with the incidents. */
  wholeUtilisation: number;
  /** The longest silence that begins around an incident. */
  gapsMs: { kind: Incident['kind']; gapMs: number }[];
}

export function summarise(o: {
  arrivals: readonly Arrival[];
  limit: Limit;
  incidents: readonly Incident[];
  /** How long an incident may be felt. Default: two windows. */
  disturbedMs?: number;
}): Figures {
  const { limit, incidents, disturbedMs = 2 * limit.windowMs } = o;
  const times = o.arrivals.map((arrival) => arrival.atMs).toSorted((a, b) => a - b);
  const fromMs = times[limit.calls] ?? Infinity;
  const toMs = times.at(-limit.calls) ?? -Infinity;
  const gaps = incidents.map(({ kind, atMs }) => ({ kind, gapMs: gapAfter(times, atMs) }));
  const disturbed = incidents.map(({ atMs }) => ({ fromMs: atMs, toMs: atMs + disturbedMs }));
  const use = (spans: Span[]): number => {
    const calls = spans.reduce(
      (sum, span) => sum + times.filter((at) => at >= span.fromMs && at < span.toMs).length,
      0,
    );
    const ms = spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0);
    return ms === 0 ? 0 : (calls * limit.windowMs) / (ms * limit.calls);
  };
  return {
    throttled: o.arrivals.filter((arrival) => arrival.throttled).length,
    mostInAnyWindow: mostInAnyWindow(times, limit.windowMs),
    utilisation: use(without({ fromMs, toMs }, disturbed).flatMap((span) => wholeWindows(span, limit))),
    wholeUtilisation: use([{ fromMs, toMs }]),
    gapsMs: gaps,
  };
}

interface Span {
  fromMs: number;
  toMs: number;
}

/** The longest gap between two calls that begins up to a second after the incident. */
function gapAfter(times: readonly number[], atMs: number): number {
  let longestMs = 0;
  for (const [i, toMs] of times.entries()) {
    const fromMs = times[i - 1];
    if (fromMs === undefined || toMs < atMs || fromMs > atMs + 1_000) continue;
    longestMs = Math.max(longestMs, toMs - fromMs);
  }
  return longestMs;
}

/** Calls repeat the pattern of the window before: part of a window would count a dense or a quiet part of it. */
function wholeWindows(span: Span, limit: Limit): Span[] {
  const windows = Math.floor((span.toMs - span.fromMs) / limit.windowMs);
  return windows === 0 ? [] : [{ fromMs: span.fromMs, toMs: span.fromMs + windows * limit.windowMs }];
}

function without(whole: Span, parts: readonly Span[]): Span[] {
  let spans = [whole];
  for (const part of parts) {
    spans = spans.flatMap((span) => [
      { fromMs: span.fromMs, toMs: Math.min(span.toMs, part.fromMs) },
      { fromMs: Math.max(span.fromMs, part.toMs), toMs: span.toMs },
    ]);
    spans = spans.filter((span) => span.toMs > span.fromMs);
  }
  return spans;
}
