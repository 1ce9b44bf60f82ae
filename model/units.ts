/** Units of work, and how they are counted. */

/**
 * What became of one unit: one meeting's participant list, one participant-session's minutes, one reservation window.
 * `pending`: Feishu may have it later; `skipped`: it cannot be asked for.
 */
export const UNIT_STATUSES = ['done', 'empty', 'pending', 'skipped', 'failed'] as const;
export type UnitStatus = (typeof UNIT_STATUSES)[number];
export type UnitCounts = Partial<Record<UnitStatus, number>>;

/** What is asked again: everything; what may still change; what failed, is pending or absent. */
export const REFRESH = ['all', 'unsettled', 'missing'] as const;
export type Refresh = (typeof REFRESH)[number];

/** Adds up counts by name: units by status, calls by endpoint. */
export function addCounts<K extends string>(into: Partial<Record<K, number>>, more: Partial<Record<K, number>>): void {
  for (const [name, count] of Object.entries(more) as [K, number][]) into[name] = (into[name] ?? 0) + count;
}

export function sumOf(counts: Partial<Record<string, number>>): number {
  return Object.values(counts).reduce<number>((sum, count = 0) => sum + count, 0);
}
