/** A DuckDB with a view for each table of the store, for programs that read it. */
import type { Database } from '../../../analysis/tables.ts';
import { SettingsError, untrustingIn } from '../../config.ts';
import { rawKeysIn } from '../../raw-settings.ts';
import { committedDays, type CommittedDays } from '../../../dataset/committed-days.ts';
import { openDuckDb, type DuckDb } from '../../../store/duckdb.ts';
import { openStore } from '../../../store/open-store.ts';
import { createTableView, queryRows } from '../../../store/query.ts';
import { sweepScratch, withTemporaryFolder } from '../../../store/scratch.ts';
import { LEFTOVER_AGE_MS, type Store } from '../../../store/store.ts';
import { TABLES, type TableName } from '../../../tables/columns.ts';

export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** Of DuckDB's buffers; the process needs about twice as much. What does not fit goes to a folder that is removed. */
const MEMORY_MB = 384;

/**
 * The store that this process is set to. @throws SettingsError where nobody would look at the certificate of a bucket, or the
 * keys of what is encrypted are no keys
 */
export function configuredStore(): Store {
  const { keys: rawKeys, problems } = rawKeysIn(process.env);
  problems.push(...untrustingIn(process.env));
  if (problems.length > 0) throw new SettingsError(problems);
  return openStore(process.env['DATA_URL'] || 'file:./data', { rawKeys });
}

/** What a day is for the profile. */
export async function zoneOf(store: Store, profile: string): Promise<string> {
  const zone = (await store.identity())?.profiles[profile]?.timeZone;
  if (zone === undefined) {
    throw new Error(`nothing of profile ${profile} is in ${store.where()}. Next: set DATA_URL, or export something.`);
  }
  return zone;
}

export interface DaysWanted {
  profile: string;
  from?: string;
  to?: string;
}

export async function withDatabase<T>(work: (duckdb: DuckDb) => Promise<T>): Promise<T> {
  await sweepScratch(LEFTOVER_AGE_MS);
  return await withTemporaryFolder(async (spillFolder) => {
    const duckdb = await openDuckDb({ threads: 2, memoryMb: MEMORY_MB, spillFolder });
    try {
      // Rows may come in any order, which needs less memory; queries that want one say so.
      await duckdb.connection.run('SET preserve_insertion_order = false');
      return await work(duckdb);
    } finally {
      duckdb.close();
    }
  });
}

/** Runs `work` while there is a view for each table, with the rows of the days wanted. `files`: what the views read. */
export async function withTableViews<T>(
  duckdb: DuckDb,
  { store, ...wanted }: DaysWanted & { store: Store },
  work: (days: CommittedDays, files: string[]) => Promise<T>,
): Promise<T> {
  const days = await committedDays(store, wanted);
  const keys = TABLE_NAMES.flatMap((name) => days.files[name]);
  return await store.withLocalFiles(keys, async (pathOf) => {
    for (const name of TABLE_NAMES) {
      await createTableView(duckdb, { name, files: days.files[name].map(pathOf), columns: TABLES[name].columns });
    }
    return await work(days, keys.map(pathOf));
  });
}

export function databaseOf(duckdb: DuckDb): Database {
  return {
    run: async (sql) => void (await duckdb.connection.run(sql)),
    rows: async (sql) => {
      const rows = [];
      for await (const row of queryRows(duckdb, sql)) rows.push(row);
      return rows;
    },
  };
}
