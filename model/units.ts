/** Units of work, and how they are counted. */

/**
 * What became of one unit: one meeting's participant list, one participant-session's minutes, one reservation window.
 * `pending`: Feishu may have it later; `skipped`: it cannot be asked for.
 */
export const UNIT_STATUSES = ['done', 'empty', 'pending', 'skipped', 'failed'] as const;
export type UnitStatus = (typeof UNIT_STATUSES)[number];
export type UnitCounts = Partial<Record<UnitStatus, number>>;

/** What was asked in two ways, or in parts, is as far as the worst of them, and empty only where all are. */
const WORST_FIRST = ['failed', 'pending', 'done', 'empty', 'skipped'] as const satisfies UnitStatus[];

/** Of the parts of a unit the one that says how far it is. */
export function worstOf<T extends { status: UnitStatus }>(parts: readonly T[]): T {
  return parts.reduce((worst, part) =>
    WORST_FIRST.indexOf(part.status) < WORST_FIRST.indexOf(worst.status) ? part : worst,
  );
}

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
