/** A database in which a statement of somebody's reads the tables and nothing else. */
import { StatementType } from '@duckdb/node-api';
import type { Store } from '../../../store/store.ts';
import { quoteText, type DuckDb } from '../../../store/duckdb.ts';
import { UsageError } from './arguments.ts';
import { withTableViews, type DaysWanted } from './store-database.ts';

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
    const paths = output === undefined ? files : [...files, output];
    await duckdb.connection.run(`SET allowed_paths = [${paths.map(quoteText).join(', ')}]`);
    await duckdb.connection.run('SET enable_external_access = false');
    await duckdb.connection.run('SET lock_configuration = true');
    await requireSelect(duckdb, sql);
    await work();
  });
}

/** Functions that give rows and touch nothing. Of the others some write a file wherever they are told to (`enable_profiling`). */
const ROW_FUNCTIONS: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series']);

/** A statement that is no SELECT could write over the files that may be read. */
async function requireSelect(duckdb: DuckDb, sql: string): Promise<void> {
  const statements = await duckdb.connection.extractStatements(sql);
  if (statements.count !== 1) throw new UsageError('One statement is taken at a time.');
  const prepared = await statements.prepare(0);
  if (prepared.statementType !== StatementType.SELECT) throw new UsageError('Only a SELECT is taken.');
  const parsed = await duckdb.connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  const unknown = rowFunctionsIn(JSON.parse(String(parsed.getRows()[0]?.[0]))).find((name) => !ROW_FUNCTIONS.has(name));
  if (unknown === undefined) return;
  throw new UsageError(`${unknown}() is not taken after FROM: only tables, ${[...ROW_FUNCTIONS].join(', ')}.`);
}

/** Names of the functions that stand where a table could, anywhere in DuckDB's description of a statement. */
function rowFunctionsIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const inside = Object.values(node).flatMap(rowFunctionsIn);
  if (!('type' in node) || node.type !== 'TABLE_FUNCTION' || !('function' in node)) return inside;
  return [(node.function as { function_name: string }).function_name, ...inside];
}
