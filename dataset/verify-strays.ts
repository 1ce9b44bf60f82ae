/** What a query over all days of a table reads, and no day has put there. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { errnoOf, toStoreError } from '../store/errors.ts';
import type { FileStore } from '../store/file-store.ts';
import { TEMP_PREFIX } from '../store/keys.ts';
import { TABLES } from '../tables/columns.ts';
import type { Problem } from './verify-problem.ts';

/** In the folder of a day; its manifest says whether it belongs there. */
const OF_A_DAY = /^profile=[^/]+\/day=[^/]+\/./;

/** Of all profiles. A glob looks into hidden folders too, so the folders are walked as they are. */
export async function straysOfNoDay(store: FileStore): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const table of [...Object.keys(TABLES), 'days']) {
    const folder = join(store.rootPath, 'tables', table);
    for (const entry of await entriesUnder(folder)) {
      const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
      const problem = problemOf(path, entry);
      if (problem !== null) problems.push({ key: `tables/${table}/${path}`, problem });
    }
  }
  return problems;
}

function problemOf(path: string, entry: Dirent): string | null {
  const isHidden = path.split('/').some((name) => name.startsWith('.'));
  if (entry.name.startsWith(TEMP_PREFIX)) return 'a writer that was stopped has left it';
  if (entry.isDirectory() || !entry.name.endsWith('.parquet')) return null;
  return isHidden || !OF_A_DAY.test(path) ? 'queries over all days read it, and it is of no day' : null;
}

async function entriesUnder(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw toStoreError(error, { action: 'list', path: folder });
  }
}
