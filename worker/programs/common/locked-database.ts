/** A database in which a statement of somebody's reads the tables and nothing else. */
import { StatementType } from '@duckdb/node-api';
import type { FileStore } from '../../../store/file-store.ts';
import { quoteText, type DuckDb } from '../../../store/duckdb.ts';
import { UsageError } from './arguments.ts';
import { addTableViews, TABLE_NAMES, type DaysWanted } from './store-database.ts';
import { partOf } from './write-rows.ts';

export interface LockedInput extends DaysWanted {
  store: FileStore;
  sql: string;
  /** The one file that may be written, where there is one. */
  output: string | undefined;
}

/**
 * Views for the tables; then no file but theirs, no network and no setting can be reached.
 * @throws UsageError for what is not one SELECT
 */
export async function lockDatabase(duckdb: DuckDb, { store, sql, output, ...wanted }: LockedInput): Promise<void> {
  const days = await addTableViews(duckdb, store, wanted);
  const paths = [...TABLE_NAMES.flatMap((name) => days.files[name]), ...(output === undefined ? [] : [partOf(output)])];
  await duckdb.connection.run(`SET allowed_paths = [${paths.map(quoteText).join(', ')}]`);
  await duckdb.connection.run('SET enable_external_access = false');
  await duckdb.connection.run('SET lock_configuration = true');
  await requireSelect(duckdb, sql);
}

/** A statement that is no SELECT could write over the files that may be read. */
async function requireSelect(duckdb: DuckDb, sql: string): Promise<void> {
  const statements = await duckdb.connection.extractStatements(sql);
  if (statements.count !== 1) throw new UsageError('One statement is taken at a time.');
  const prepared = await statements.prepare(0);
  if (prepared.statementType !== StatementType.SELECT) throw new UsageError('Only a SELECT is taken.');
}
