/** SQL over tables of the store, in bounded memory. */
import { DuckDBDateValue, DuckDBTimestampTZValue, DuckDBTimestampValue } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { isoFromMicros, quoteName, quotePathToRead, SQL_TYPE, type DuckDb } from './duckdb.ts';
import { StoreError } from './errors.ts';
import type { Column, Row } from './parquet-rows.ts';

export interface TableView {
  name: string;
  /** Paths of Parquet files in folders `profile=…/day=…`, whose names become columns. */
  files: readonly string[];
  /** The view has all of them, NULL where no file does. */
  columns: readonly Column[];
}

/**
 * A view over the files: the columns given, `profile` and `day` (text), then what else the files hold. Each of the columns
 * has its own type: whoever reads the view may go by it.
 * @throws StoreError `damaged` where a file has a column in another type; what DuckDB throws
 */
export async function createTableView(duckdb: DuckDb, { name, files, columns }: TableView): Promise<void> {
  const wanted = [...columns, { name: 'profile', type: 'text' }, { name: 'day', type: 'text' }] as const;
  const absent = wanted.map((column) => `CAST(NULL AS ${SQL_TYPE[column.type]}) AS ${quoteName(column.name)}`);
  if (files.length === 0) {
    await duckdb.connection.run(`CREATE VIEW ${quoteName(name)} AS SELECT ${absent.join(', ')} WHERE FALSE`);
    return;
  }
  const source = `read_parquet([${files.map(quotePathToRead).join(', ')}], union_by_name = true, hive_partitioning = true, hive_types_autocast = false)`;
  const described = await duckdb.connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
  const known = new Map(
    described.getRowObjects().map((row) => [String(row['column_name']), String(row['column_type'])]),
  );
  const wrong = wanted.filter((column) => (known.get(column.name) ?? SQL_TYPE[column.type]) !== SQL_TYPE[column.type]);
  // Not cast: what DuckDB says of a cell that cannot be cast quotes the cell.
  if (wrong.length > 0) throw wrongTypes(wrong, files);
  const selected = wanted.map((column, index) => (known.has(column.name) ? quoteName(column.name) : absent[index]));
  const more = [...known.keys()].filter((each) => !wanted.some((column) => column.name === each)).map(quoteName);
  await duckdb.connection.run(
    `CREATE VIEW ${quoteName(name)} AS SELECT ${[...selected, ...more].join(', ')} FROM ${source}`,
  );
}

function wrongTypes(columns: readonly Column[], [path = '', ...others]: readonly string[]): StoreError {
  const types = columns.slice(0, 5).map(({ name, type }) => `${name} is not ${SQL_TYPE[type]}`);
  const more = others.length > 0 ? `, or one of ${others.length} files beside it,` : '';
  const message = `${path}${more} has columns in types that this product does not write (${types.join(', ')}): feishu-vc verify names the day.`;
  return new StoreError('damaged', message, { path });
}

/** Rows of a query as plain values, chunk by chunk. Whole numbers beyond 2^53 and nested values are text. */
export async function* queryRows(duckdb: DuckDb, sql: string): AsyncGenerator<Row, void, undefined> {
  const result = await duckdb.connection.stream(sql);
  const names = result.columnNames();
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    for (const values of chunk.getRows()) {
      yield Object.fromEntries(names.map((name, index) => [name, plainValue(values[index] ?? null)]));
    }
  }
}

function plainValue(value: DuckDBValue): Row[string] {
  if (value instanceof DuckDBTimestampTZValue) return isoFromMicros(value.micros);
  if (value instanceof DuckDBTimestampValue) return isoFromMicros(value.micros).slice(0, -1);
  if (value instanceof DuckDBDateValue) return value.toString();
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return String(value);
}

export interface QueryColumn {
  name: string;
  /** A TIMESTAMP WITH TIME ZONE, which queryRows gives in UTC. */
  isInstant: boolean;
}

export async function describeQuery(duckdb: DuckDb, sql: string): Promise<QueryColumn[]> {
  const described = await duckdb.connection.runAndReadAll(`DESCRIBE ${sql}`);
  return described.getRowObjects().map((row) => ({
    name: String(row['column_name']),
    isInstant: row['column_type'] === 'TIMESTAMP WITH TIME ZONE',
  }));
}
