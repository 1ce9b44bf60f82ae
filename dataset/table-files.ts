/** One table's rows as a Parquet file aside, with what the manifest says of it. */
import { rm } from 'node:fs/promises';
import type { Store } from '../store/store.ts';
import { readParquet, writeParquet } from '../store/parquet.ts';
import { repeatedIn, type TableNotes } from '../tables/notes.ts';
import { TABLES, type Row, type TableName } from '../tables/columns.ts';
import type { ManifestTable, TableRun } from './manifest.ts';
import { tableKey } from './storage-keys.ts';

/** A finished file that is not in its place yet. */
export interface TableFile {
  table: TableName;
  tempPath: string;
  entry: ManifestTable;
}

export interface TableFileInput {
  table: TableName;
  profile: string;
  day: string;
  rows: Iterable<Row> | AsyncIterable<Row>;
  run: TableRun;
  /** Grows while the rows are read. */
  notes: TableNotes;
}

/** Rows of one file stand in the order that people and readers expect: by time, then by what tells equal times apart. */
const SORT: Record<TableName, string[]> = {
  meetings: ['meeting_start_time', 'meeting_no', 'ordinal'],
  participants: ['meeting_start_time', 'meeting_key', 'join_time', 'session_key', 'ordinal'],
  quality_minutes: ['meeting_start_time', 'session_key', 'time', 'ordinal'],
  reservations: ['event_start_time', 'room_name', 'reserver', 'ordinal'],
  units: ['meeting_start_time', 'session_key', 'ordinal'],
};

/** When a session was asked about is no part of what is known of it: the same answers give the same hash. */
const UNHASHED: Partial<Record<TableName, string[]>> = { units: ['asked_at', 'settled'] };

/** Whether two files of a table hold the same in every cell, be they written by different versions of DuckDB. */
export function holdSameRows(
  table: TableName,
  one: Pick<ManifestTable, 'rows_hash' | 'sha256'>,
  other: Pick<ManifestTable, 'rows_hash' | 'sha256'>,
): boolean {
  return one.rows_hash === other.rows_hash && (UNHASHED[table] === undefined || one.sha256 === other.sha256);
}

/** On failure nothing is left behind. */
export async function writeTableFile(store: Store, input: TableFileInput): Promise<TableFile> {
  const { table, run, notes } = input;
  const key = tableKey(table, input);
  const tempPath = await store.tempPath();
  const counted = new UnparsedCounter(input.rows);
  try {
    const columns = TABLES[table].columns;
    const sorted = { sortBy: SORT[table], unhashed: UNHASHED[table] ?? [] };
    const written = await writeParquet({ columns, rows: counted, ...sorted, toPath: tempPath });
    const { rows, bytes, sha256, rowsHash } = written;
    const entry = {
      key,
      rows,
      bytes,
      sha256,
      rows_hash: rowsHash,
      unparsed_rows: counted.unparsed,
      extra_columns: [...notes.extraColumns].toSorted(),
      missing_columns: [...notes.missingColumns].toSorted(),
      repeated_rows: repeatedIn(notes),
      run,
    };
    return { table, tempPath, entry };
  } catch (error) {
    await rm(tempPath, { force: true });
    throw error;
  }
}

/** The `rows_hash` of what a table's file holds. `scratch`: where the rows are sorted. */
export async function rowsHashOf(scratch: Store, table: TableName, path: string): Promise<string> {
  const toPath = await scratch.tempPath();
  try {
    const { columns } = TABLES[table];
    const sorted = { sortBy: SORT[table], unhashed: UNHASHED[table] ?? [] };
    return (await writeParquet({ columns, rows: readParquet(path), ...sorted, toPath })).rowsHash;
  } finally {
    await rm(toPath, { force: true });
  }
}

class UnparsedCounter implements AsyncIterable<Row> {
  readonly #rows: Iterable<Row> | AsyncIterable<Row>;
  unparsed = 0;

  constructor(rows: Iterable<Row> | AsyncIterable<Row>) {
    this.#rows = rows;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    for await (const row of this.#rows) {
      if (row['unparsed'] !== null) this.unparsed++;
      yield row;
    }
  }
}
