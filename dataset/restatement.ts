/** What a commit changes of rows that were committed before, and whether it may stand for another ask. */
import { StoreError } from '../store/errors.ts';
import { diffParquet, type RowChanges } from '../store/parquet.ts';
import type { TableName } from '../tables/columns.ts';
import type { Manifest, Restatement } from './manifest.ts';
import { askedAlike, type DayAsk } from './questions.ts';
import type { TableFile } from './table-files.ts';

/**
 * Gives `compare` the file of a table's rows as they were, by the rules of today: what an upgrade of the product changes is no
 * news of Feishu's. Null where there is none to compare with.
 */
export type WithRowsBefore = (
  table: TableName,
  compare: (path: string) => Promise<RowChanges | null>,
) => Promise<RowChanges | null>;

export async function restatementsOf(
  known: Manifest | null,
  files: TableFile[],
  withBefore: WithRowsBefore,
): Promise<Restatement[]> {
  const restatements: Restatement[] = [];
  for (const { table, tempPath, entry } of files) {
    // Units say how the run went: a failed one that is asked again changes nothing that Feishu says.
    if (table === 'units') continue;
    const before = known?.tables[table];
    if (!known || !before || before.rows_hash === entry.rows_hash) continue;
    // Another kind of id or another source gives other rows of the same facts.
    if (!askedAlike(table, before.run, entry.run)) continue;
    const changes = await withBefore(table, (path) => changesOf(path, tempPath));
    if (!changes || changes.added + changes.removed + changes.changed === 0) continue;
    const { generation } = entry.run;
    restatements.push({ table, generation, at: new Date().toISOString(), before: known.committed_at, ...changes });
  }
  return restatements;
}

/** Whether nothing of what is asked for can change any more, and the day has all of it, asked for alike. */
export function isSealedFor(
  manifest: Manifest,
  { tables, day }: { tables: readonly TableName[]; day: DayAsk },
): boolean {
  const isAlike = (name: TableName) => {
    const entry = manifest.tables[name];
    return entry !== undefined && askedAlike(name, entry.run, day);
  };
  return manifest.sealed && tables.every(isAlike);
}

/** Null where the file in place cannot be read. */
async function changesOf(before: string, after: string): Promise<RowChanges | null> {
  try {
    return await diffParquet({ before, after, key: 'row_key' });
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'damaged' || error.code === 'not-found')) return null;
    throw error;
  }
}
