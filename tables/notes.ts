/**
 * What reading the sources of a table meets and its cells do not show. Noted by what it is about, so that reading the same
 * thing again, for a count or for another table, notes nothing twice.
 */
export interface TableNotes {
  /** Headers of files that no column stands for, and documented ones that a file lacks. */
  extraColumns: Set<string>;
  missingColumns: Set<string>;
  /** By answer: what it has twice and the table once, elements that lie on two pages and instances listed again. */
  repeated: Map<string, number>;
  /** By reason: why the table may not be whole, and what is concerned. Each is a gap of the day. See `gapsIn`. */
  gaps: Map<string, { kind: NoteKind; about: Set<string> }>;
}

/**
 * `unreadable`: something of a source is not in the tables, or not where it belongs. `cut-off`: more may be missing.
 * `sources-differ`: file and list say otherwise of one thing.
 */
export type NoteKind = 'unreadable' | 'cut-off' | 'sources-differ';

export function noNotes(): TableNotes {
  return { extraColumns: new Set(), missingColumns: new Set(), repeated: new Map(), gaps: new Map() };
}

/** `about`: whatever tells one such thing from another; it is only counted. */
export function noteGap(notes: TableNotes, kind: NoteKind, gap: { reason: string; about: string }): void {
  const known = notes.gaps.get(gap.reason) ?? { kind, about: new Set() };
  known.about.add(gap.about);
  notes.gaps.set(gap.reason, known);
}

export function gapsIn({ gaps }: TableNotes): { kind: NoteKind; reason: string; count: number }[] {
  return Array.from(gaps, ([reason, { kind, about }]) => ({ kind, reason, count: about.size }));
}

export function repeatedIn({ repeated }: TableNotes): number {
  return [...repeated.values()].reduce((sum, each) => sum + each, 0);
}
