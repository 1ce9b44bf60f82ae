import { DuckDBTimestampTZValue } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { borrowDuckDb, fromDuckDb, isoFromMicros, quoteName, quotePathToRead } from './duckdb.ts';
import { StoreError } from './errors.ts';
import { hashFile, isPresent } from './file-io.ts';
import type { WrittenFile } from './file-io.ts';
import type { Row } from './parquet-rows.ts';

export interface ReadParquetOptions {
  /** Default: all, in the file's order. */
  columns?: readonly string[];
  limit?: number;
}

export interface ParquetInfo extends WrittenFile {
  rows: number;
}

/**
 * Rows of one Parquet file of this store, in the file's order, with the values that writeParquet was given.
 * Throws StoreError `not-found`, or `damaged` for a file that is not Parquet or lacks a column.
 */
export async function* readParquet(
  path: string,
  options: ReadParquetOptions = {},
): AsyncGenerator<Row, void, undefined> {
  const columns = options.columns?.map(quoteName).join(', ') ?? '*';
  const limit = options.limit === undefined ? '' : ` LIMIT ${Math.max(0, Math.trunc(options.limit))}`;
  const sql = `SELECT ${columns} FROM ${parquetFile(path)}${limit}`;
  yield* queryRows(path, sql);
}

/** Number of rows, size, and hash of the file's bytes. */
export async function parquetInfo(path: string): Promise<ParquetInfo> {
  if (!(await isPresent(path))) throw new StoreError('not-found', `There is no file ${path}.`, { path });
  const counted = await queryRows(path, `SELECT count(*)::INTEGER AS n FROM ${parquetFile(path)}`).next();
  const rows = counted.done === true ? 0 : Number(counted.value.n);
  return { rows, ...(await hashFile(path)) };
}

/** The file as DuckDB's table function; the folders `profile=…/day=…` that it stands in do not become columns. */
function parquetFile(path: string): string {
  return `read_parquet(${quotePathToRead(path)}, hive_partitioning = false)`;
}

async function* queryRows(path: string, sql: string): AsyncGenerator<Row, void, undefined> {
  const duckdb = await borrowDuckDb();
  try {
    const result = await reading(path, () => duckdb.connection.stream(sql));
    const names = result.columnNames();
    for (;;) {
      const chunk = await reading(path, () => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      for (const values of chunk.getRows()) yield toRow(path, names, values);
    }
  } finally {
    duckdb.close();
  }
}

function toRow(path: string, names: readonly string[], values: readonly DuckDBValue[]): Row {
  return Object.fromEntries(names.map((name, index) => [name, toCell(path, name, values[index] ?? null)]));
}

function toCell(path: string, name: string, value: DuckDBValue): Row[string] {
  if (value instanceof DuckDBTimestampTZValue) return isoFromMicros(value.micros);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new StoreError('damaged', `Column ${name} of ${path} has a type that this store does not write.`, { path });
}

async function reading<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fromDuckDb(error, { action: 'read Parquet from', path, otherwise: 'damaged' });
  }
}

export interface RowChanges {
  added: number;
  removed: number;
  changed: number;
}

/**
 * How the rows of `after` differ from those of `before`, matched by a column that is unique in each. Columns of one file only do not count.
 * `only`: of both, those of which this SQL is true.
 */
export async function diffParquet(o: {
  before: string;
  after: string;
  key: string;
  only?: string;
}): Promise<RowChanges> {
  const [before, after] = await Promise.all([columnsOf(o.before), columnsOf(o.after)]);
  const shared = after.filter((column) => before.includes(column)).map(quoteName);
  const key = quoteName(o.key);
  const side = (path: string): string =>
    `(SELECT ${key} AS k, hash(${shared.join(', ')}) AS h FROM ${parquetFile(path)} WHERE ${o.only ?? 'true'})`;
  const sql = `SELECT count(*) FILTER (b.k IS NULL)::INTEGER AS added, count(*) FILTER (a.k IS NULL)::INTEGER AS removed,
    count(*) FILTER (a.h <> b.h)::INTEGER AS changed
    FROM ${side(o.before)} AS b FULL JOIN ${side(o.after)} AS a ON a.k = b.k`;
  const counted = await queryRows(o.after, sql).next();
  const row = counted.done === true ? {} : counted.value;
  return { added: Number(row['added']), removed: Number(row['removed']), changed: Number(row['changed']) };
}

async function columnsOf(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const row of queryRows(
    path,
    `SELECT column_name::VARCHAR AS name FROM (DESCRIBE SELECT * FROM ${parquetFile(path)})`,
  )) {
    names.push(String(row['name']));
  }
  return names;
}
