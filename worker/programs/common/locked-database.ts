/** A database in which a statement of somebody's reads the tables and nothing else. */
import { StatementType } from '@duckdb/node-api';
import type { Store } from '../../../store/store.ts';
import { quoteText, type DuckDb } from '../../../store/duckdb.ts';
import { UsageError } from './arguments.ts';
import { withTableViews, type DaysWanted } from './store-database.ts';
import { partOf } from './write-rows.ts';

export interface LockedInput extends DaysWanted {
  store: Store;
  sql: string;
  /** The one file that may be written, where there is one. */
  output: string | undefined;
}

/**
 * Runs `work` with views for the tables; no file but theirs, no network and no setting can be reached then.
 * @throws UsageError for what is not one SELECT
 */
export async function withLockedDatabase(
  duckdb: DuckDb,
  { sql, output, ...wanted }: LockedInput,
  work: () => Promise<void>,
): Promise<void> {
  await withTableViews(duckdb, wanted, async (_days, files) => {
    const paths = output === undefined ? files : [...files, partOf(output)];
    await duckdb.connection.run(`SET allowed_paths = [${paths.map(quoteText).join(', ')}]`);
    await duckdb.connection.run('SET enable_external_access = false');
    await duckdb.connection.run('SET lock_configuration = true');
    await requireSelect(duckdb, sql);
    await work();
  });
}

/** A statement that is no SELECT could write over the files that may be read. */
async function requireSelect(duckdb: DuckDb, sql: string): Promise<void> {
  const statements = await duckdb.connection.extractStatements(sql);
  if (statements.count !== 1) throw new UsageError('One statement is taken at a time.');
  const prepared = await statements.prepare(0);
  if (prepared.statementType !== StatementType.SELECT) throw new UsageError('Only a SELECT is taken.');
}
