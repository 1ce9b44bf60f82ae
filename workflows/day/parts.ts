/** The windows that a window is asked in where Feishu refuses the whole or its file looks cut off. */
import { looksCutOff } from '../../model/cut-off.ts';
import type { ExportRequest } from '../input.ts';

/** Shorter windows are not cut: what is refused then is refused for another reason. */
const SHORTEST_S = 3600;

/** A window as a unit of its own: the whole, or a part whose unit is called after it. */
export interface UnitWindow {
  unit: string;
  request: ExportRequest;
}

interface Asking {
  /** @returns how many rows the file has */
  ask(window: UnitWindow): Promise<number>;
  isRefused(error: unknown): boolean;
  join(whole: UnitWindow, parts: string[]): Promise<number>;
}

/** Asks for a window, in parts where need be. @returns how many rows it has */
export async function wholeOrInParts(window: UnitWindow, asking: Asking): Promise<number> {
  const requests = partsOf(window.request);
  try {
    const rows = await asking.ask(window);
    if (!requests || !looksCutOff(rows)) return rows;
  } catch (error) {
    if (!requests || !asking.isRefused(error)) throw error;
  }
  const parts = requests.map((request, index) => ({ unit: `${window.unit}.${index + 1}`, request }));
  for (const part of parts) await wholeOrInParts(part, asking);
  return await asking.join(
    window,
    parts.map(({ unit }) => unit),
  );
}

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
