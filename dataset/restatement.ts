/** What a commit changes of rows that were committed before, and whether it may stand for another ask. */
import { StoreError } from '../store/errors.ts';
import { diffParquet, type RowChanges } from '../store/parquet.ts';
import type { TableName } from '../tables/columns.ts';
import type { Manifest, Restatement } from './manifest.ts';
import type { Policy } from '../tables/privacy.ts';
import { askedAlike, newsBetween, type DayAsk, type News } from './questions.ts';
import type { TableFile } from './table-files.ts';

/**
 * Gives `compare` the file of a table's rows as they were, by the rules of today: what an upgrade of the product changes is no
 * news of Feishu's. Null where there is none to compare with.
 */
export type WithRowsBefore = (
  table: TableName,
  compare: (path: string) => Promise<RowChanges | null>,
) => Promise<RowChanges | null>;

/** Meetings that E1 has. */
const FILE_BY = ['is_external', 'meeting_subtype'];
const IN_FILE = 'is_external IS NOT TRUE AND meeting_subtype IS DISTINCT FROM 8';

export async function restatementsOf(
  known: Manifest | null,
  files: TableFile[],
  { withBefore, privacy }: { withBefore: WithRowsBefore; privacy: Policy },
): Promise<Restatement[]> {
  const tellsFile = FILE_BY.every((column) => !privacy.actions.has(column));
  const restatements: Restatement[] = [];
  for (const { table, tempPath, entry } of files) {
    // Units say how the run went: a failed one that is asked again changes nothing that Feishu says.
    if (table === 'units') continue;
    const before = known?.tables[table];
    if (!known || !before || before.rows_hash === entry.rows_hash) continue;
    // Another kind of id or another source gives other rows of the same facts.
    const between = newsBetween(table, before.run, entry.run);
    // Where the policy hides which meetings the file has, nobody can tell one that went from one that was not asked for.
    const news = between.ofFileOnly && !tellsFile ? { ...between, added: false, removed: false } : between;
    if (!news.added && !news.removed && !news.changed) continue;
    const changes = await withBefore(table, (path) => changesOf(path, tempPath, news));
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
async function changesOf(before: string, after: string, news: News): Promise<RowChanges | null> {
  try {
    const only = news.ofFileOnly ? { only: IN_FILE } : {};
    const { added, removed, changed } = await diffParquet({ before, after, key: 'row_key', ...only });
    return {
      added: news.added ? added : 0,
      removed: news.removed ? removed : 0,
      changed: news.changed ? changed : 0,
    };
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'damaged' || error.code === 'not-found')) return null;
    throw error;
  }
}
