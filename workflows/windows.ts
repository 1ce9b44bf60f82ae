/** Time windows of exports: when one has to be cut in two, and where. */
import type { ExportRequest } from './input.ts';

/** Shorter windows are not cut: what is refused then is refused for another reason. */
const SHORTEST_S = 3600;
/** Row counts at which other systems cut files off. Feishu documents none; a file of just so many rows is asked again in halves. */
const SUSPICIOUS_ROWS = new Set([5000, 10_000, 20_000, 50_000, 65_535, 65_536, 100_000, 1_000_000, 1_048_575]);

export function looksCutOff(rows: number): boolean {
  return SUSPICIOUS_ROWS.has(rows);
}

/** The two halves of a request's window, or null where it has none or is short enough. Each half has both its ends. */
export function halvesOf(request: ExportRequest): [ExportRequest, ExportRequest] | null {
  const from = Number(request['start_time']);
  const to = Number(request['end_time']);
  if (!Number.isFinite(from) || !Number.isFinite(to) || to - from < 2 * SHORTEST_S) return null;
  const middle = String(Math.floor((from + to) / 2));
  return [
    { ...request, end_time: middle },
    { ...request, start_time: middle },
  ];
}
