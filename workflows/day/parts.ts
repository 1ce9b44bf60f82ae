/** The windows that a window is asked in where Feishu refuses the whole or its file looks cut off. */
import type { ExportRequest } from '../input.ts';

/** Shorter windows are not cut: what is refused then is refused for another reason. */
const SHORTEST_S = 3600;

/**
 * Three windows of half the length, each half overlapping the next, as those of reservations do: what lasts for up to a
 * quarter of the whole lies whole in one of them, whatever a window means. Null where there is none, or a short one.
 */
export function partsOf(request: ExportRequest): ExportRequest[] | null {
  const from = Number(request['start_time']);
  const to = Number(request['end_time']);
  if (!Number.isFinite(from) || !Number.isFinite(to) || to - from < 2 * SHORTEST_S) return null;
  const length = Math.ceil((to - from) / 2);
  const starts = [from, from + Math.floor(length / 2), to - length];
  return starts.map((start) => ({ ...request, start_time: String(start), end_time: String(start + length) }));
}
