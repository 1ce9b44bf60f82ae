/** What reading the sources of a table meets and its cells do not show. */
export interface TableNotes {
  /** Headers of files that no column stands for, and documented ones that a file lacks. */
  extraColumns: Set<string>;
  missingColumns: Set<string>;
  /** What an answer has twice and the table once: elements that lie on two pages, a meeting instance listed again. */
  repeated: number;
  /** Why the table may not be whole, and how often: each is a gap of the day. */
  gaps: Map<string, number>;
}

export function noNotes(): TableNotes {
  return { extraColumns: new Set(), missingColumns: new Set(), repeated: 0, gaps: new Map() };
}

export function noteGap(notes: TableNotes, reason: string, count = 1): void {
  if (count > 0) notes.gaps.set(reason, (notes.gaps.get(reason) ?? 0) + count);
}
