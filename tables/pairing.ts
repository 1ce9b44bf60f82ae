/** Two answers about one thing, an exported sheet and a list: finding what belongs together, and joining it. */
import { sourceColumns } from './columns.ts';
import type { ExportResource } from '../feishu/contract.ts';
import type { SourceRecord } from './records.ts';
import { unixAt } from './rows.ts';

/**
 * Brings together what a file and a list say of one thing. Neither carries the other's key, so the nearest pairs go first.
 *
 * @param distance null where the two cannot be one thing
 * @returns for each of `left` its partner or undefined, and those of `right` that have none. Who gets whom depends on the
 * order of both only between candidates of one distance: give them in the order of their content.
 */
export function pairUp<L, R>(
  left: readonly L[],
  right: readonly R[],
  distance: (left: L, right: R) => number | null,
): { partners: (R | undefined)[]; alone: R[] } {
  const candidates: { at: number; with: number; distance: number }[] = [];
  for (const [at, one] of left.entries()) {
    for (const [index, other] of right.entries()) {
      const apart = distance(one, other);
      if (apart !== null) candidates.push({ at, with: index, distance: apart });
    }
  }
  candidates.sort((a, b) => a.distance - b.distance || a.at - b.at || a.with - b.with);
  const partners = new Map<number, number>();
  const taken = new Set<number>();
  for (const { at, with: index } of candidates) {
    if (partners.has(at) || taken.has(index)) continue;
    partners.set(at, index);
    taken.add(index);
  }
  return {
    partners: left.map((_, at) => right[partners.get(at) ?? -1]),
    alone: right.filter((_, index) => !taken.has(index)),
  };
}

/** Feishu documents starts "to the minute" in places: two answers that differ by no more may be of one thing. */
const SAME_START_S = 60;

/** By how many seconds two starts differ; null where they are of two things. */
export function startsApart(a: SourceRecord, b: SourceRecord, column: string): number | null {
  const [left, right] = [unixAt(a.values, column), unixAt(b.values, column)];
  if (left === null || right === null) {
    return left === right && a.unparsed?.[column] === b.unparsed?.[column] ? 0 : null;
  }
  const seconds = Math.abs(left - right);
  return seconds <= SAME_START_S ? seconds : null;
}

/** What the file says, with what only the list can say. */
export function withListOnly(
  resource: ExportResource,
  exported: SourceRecord,
  listed: SourceRecord | undefined,
): SourceRecord {
  if (listed === undefined) return exported;
  const values = { ...exported.values };
  const unparsed = { ...exported.unparsed };
  for (const { name, source } of sourceColumns(resource)) {
    if (source.zh !== undefined) continue;
    values[name] = listed.values[name] ?? null;
    const text = listed.unparsed?.[name];
    if (text !== undefined) unparsed[name] = text;
  }
  return Object.keys(unparsed).length === 0 ? { values } : { values, unparsed };
}
