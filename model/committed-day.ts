/** What the commit of a day comes to: the activity returns it, and the day's result holds it. */
import type { UnitCounts } from './units.ts';

export interface Gap {
  reason: string;
  count: number;
}

/** Rows of earlier commits that a commit changed. */
export interface RestatedTable {
  table: string;
  added: number;
  removed: number;
  changed: number;
}

export interface CommittedDay {
  manifest: { uri: string; sha256: string };
  complete: boolean;
  /** Rows by table. */
  tables: Record<string, number>;
  units: UnitCounts;
  /** At most 20; the manifest has all of them. */
  gaps: Gap[];
  /** Rows of earlier commits that this one changed. */
  restatements: RestatedTable[];
}
