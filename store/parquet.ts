import { randomBytes } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { borrowDuckDb, fromDuckDb, quoteName, quotePathToRead, quoteText, SQL_TYPE } from './duckdb.ts';
import { errnoOf, fileOperation, StoreError, toStoreError } from './errors.ts';
import { discard, hashFile, syncFile, syncFolder } from './file-io.ts';
import type { WrittenFile } from './file-io.ts';
import { Semaphore } from './semaphore.ts';
import { TEMP_PREFIX } from './keys.ts';
import { RowEncoder } from './parquet-rows.ts';
import type { Column, Row } from './parquet-rows.ts';
import { RowSpool } from './row-spool.ts';
import type { SortedRows } from './row-spool.ts';

export type { Column, Row } from './parquet-rows.ts';
export type { RowChanges } from './parquet-read.ts';
export { diffParquet, parquetInfo, readParquet } from './parquet-read.ts';

export interface WriteParquetInput {
  columns: readonly Column[];
  rows: AsyncIterable<Row> | Iterable<Row>;
  /** Names of columns; ascending, NULL last, text by code units. Rows that are equal in them are ordered by all they hold. */
  sortBy: readonly string[];
  /** Columns that `rowsHash` leaves out. */
  unhashed?: readonly string[];
  /** Absolute; its folder exists (`FileStore.tempPath` sees to that). A file there is replaced once the new one is whole. */
  toPath: string;
}

export interface WrittenTable extends WrittenFile {
  rows: number;
  /**
   * SHA-256 of the sorted rows as lines of JSON, each an object of the values that are not NULL in the order of the columns,
   * without those that are not to be hashed.
   * Equal for equal rows in any order; other than `sha256` it does not depend on DuckDB's version.
   */
  rowsHash: string;
}

/**
 * DuckDB holds one row group in memory as it writes: so many bytes of values, in whole vectors of 2,048 rows. The smaller it
 * is, the more often a column's dictionary is written, and the larger the file.
 */
const ROW_GROUP_BYTES = 40 * 1024 * 1024;
const SMALLEST_OBJECT_BYTES = 1024 * 1024;
/** What a value takes beside its text. */
const VALUE_BYTES = 8;
const ROWS_PER_TURN = 64;
const VECTOR_ROWS = 2048;
const MAX_ROW_GROUP_ROWS = 122_880;

/** Rows of at most two tables are collected at a time, and one of them is being written: this bounds a worker's memory. */
const writers = new Semaphore(2);
const copies = new Semaphore(1);

/**
 * Writes rows as one Parquet file (zstd): the same rows, in any order, give the same bytes with the same DuckDB version.
 * Takes any number of rows in bounded memory; needs disk for their JSON text twice, beside the target. No rows give a
 * valid file with the schema. On failure nothing is left behind; errors of `rows` come out unchanged, a row that does not
 * fit its columns is StoreError `refused`, naming row number and column.
 *
 * `rows` must not itself wait for another writeParquet.
 */
export async function writeParquet(input: WriteParquetInput): Promise<WrittenTable> {
  return writers.pass(async () => {
    const folder = join(dirname(input.toPath), TEMP_PREFIX + randomBytes(8).toString('hex'));
    await createFolder(folder);
    try {
      const sorted = await sortRows(input, folder);
      // Whatever folder this is in: a glob for `*.parquet` must never meet a file that is not whole.
      const tempPath = join(folder, 'table');
      await copies.pass(() => copyToParquet({ columns: input.columns, sorted, toPath: tempPath }));
      await fileOperation('sync', tempPath, () => syncFile(tempPath));
      const written = await hashFile(tempPath);
      await fileOperation('write', input.toPath, () => rename(tempPath, input.toPath));
      await fileOperation('sync', dirname(input.toPath), () => syncFolder(dirname(input.toPath)));
      return { rows: sorted.rows, ...written, rowsHash: sorted.sha256 };
    } finally {
      await discard(folder);
    }
  });
}

async function createFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw toStoreError(error, { action: 'create', path: folder });
    const parent = dirname(folder);
    throw new StoreError('unavailable', `The folder ${parent} is absent: create it, or mount its disk.`, {
      cause: error,
      path: parent,
    });
  }
}

/** What writing the sorted rows takes: more than their number tells. */
interface SizedRows extends SortedRows {
  valueBytes: number;
  longestLine: number;
}

async function sortRows(input: WriteParquetInput, folder: string): Promise<SizedRows> {
  const encoder = new RowEncoder(input.columns, input.sortBy);
  const spool = new RowSpool({ folder, hashedLine: hashedLine(input.unhashed ?? []) });
  let rows = 0;
  try {
    for await (const row of input.rows) {
      if (spool.add(encoder.encode(row))) await spool.flush();
      rows += 1;
      // Rows that are in memory already never leave the microtask queue: timers and heartbeats would wait for all of them.
      if (rows % ROWS_PER_TURN === 0) await nextTurn();
    }
    const valueBytes = encoder.valueCharacters + rows * input.columns.length * VALUE_BYTES;
    return { ...(await spool.finish()), valueBytes, longestLine: encoder.longestLine };
  } finally {
    await spool.close();
  }
}

function hashedLine(unhashed: readonly string[]): ((line: string) => string) | undefined {
  if (unhashed.length === 0) return undefined;
  return (line) => {
    const row = JSON.parse(line) as Row;
    for (const name of unhashed) delete row[name];
    return JSON.stringify(row);
  };
}

async function copyToParquet(table: { columns: readonly Column[]; sorted: SizedRows; toPath: string }): Promise<void> {
  const { columns, sorted, toPath } = table;
  const types = columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(SQL_TYPE[type])}`);
  const reader =
    `read_json(${quotePathToRead(sorted.path)}, format = 'newline_delimited', columns = {${types.join(', ')}}, ` +
    // The path has the target's `profile=…/day=…` in it, which are no columns of this file.
    `hive_partitioning = false, maximum_object_size = ${objectBytes(sorted)})`;
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const options = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows(sorted)}`;
  const duckdb = await borrowDuckDb();
  try {
    await duckdb.connection.run(`COPY (SELECT ${names} FROM ${reader}) TO ${quoteText(toPath)} (${options})`);
  } catch (error) {
    throw fromDuckDb(error, { action: 'write Parquet to', path: toPath, otherwise: 'unavailable' });
  } finally {
    duckdb.close();
  }
}

function rowGroupRows({ rows, valueBytes }: SizedRows): number {
  const perRow = Math.max(1, valueBytes / Math.max(1, rows));
  const vectors = Math.floor(ROW_GROUP_BYTES / perRow / VECTOR_ROWS);
  return Math.min(MAX_ROW_GROUP_ROWS, Math.max(1, vectors) * VECTOR_ROWS);
}

/** DuckDB's JSON reader takes room for two of the longest lines; a character is at most three bytes. */
function objectBytes({ longestLine }: SizedRows): number {
  return Math.max(SMALLEST_OBJECT_BYTES, longestLine * 3 + 1);
}
