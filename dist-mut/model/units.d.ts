/** Units of work, and how they are counted. */
/**
 * What became of one unit: one meeting's participant list, one participant-session's minutes, one reservation window.
 * `pending`: Feishu may have it later; `skipped`: it cannot be asked for.
 */
export declare const UNIT_STATUSES: readonly ['done', 'empty', 'pending', 'skipped', 'failed'];
export type UnitStatus = (typeof UNIT_STATUSES)[number];
export type UnitCounts = Partial<Record<UnitStatus, number>>;
/** What is asked again: everything; what may still change; what failed, is pending or absent. */
export declare const REFRESH: readonly ['all', 'unsettled', 'missing'];
export type Refresh = (typeof REFRESH)[number];
/** Adds up counts by name: units by status, calls by endpoint. */
export declare function addCounts<K extends string>(into: Partial<Record<K, number>>, more: Partial<Record<K, number>>): void;
export declare function sumOf(counts: Partial<Record<string, number>>): number;
