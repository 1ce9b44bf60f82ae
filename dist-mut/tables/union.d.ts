import type { SourceRecord } from './records.ts';
/**
 * The records of windows that overlap, none of them doubled. What lies in two windows comes twice, yet two records of
 * one window may look alike: so each look counts as often as in the window that has most of it.
 */
export declare function unionOf(windows: readonly (readonly SourceRecord[])[], lookOf: (record: SourceRecord) => string): SourceRecord[];
