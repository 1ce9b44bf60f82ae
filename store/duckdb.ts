import { createRequire } from 'node:module';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreError } from './errors.ts';
import type { StoreErrorCode } from './errors.ts';
import type { ColumnType } from './parquet-rows.ts';

// The binding's own would take U+FEFF at the start of a text for a mark of its encoding, and leave it out of the value.
const decoding = createRequire(import.meta.url)('@duckdb/node-api/lib/vectors/dataAccessors.js') as {
  textDecoder: InstanceType<typeof TextDecoder>;
};
decoding.textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

export interface DuckDb {
  connection: DuckDBConnection;
  close(): void;
}

export interface DuckDbOptions {
  /** Default 1: the order of rows and the bytes written do not vary. */
  threads?: number;
  /** Of DuckDB's buffers, not of the process. Default 192. */
  memoryMb?: number;
  /** Folder for what does not fit in memory. Default none: what needs more has to come in smaller pieces. */
  spillFolder?: string;
}

/** Opens a DuckDB of its own, in memory. */
export async function openDuckDb(options: DuckDbOptions = {}): Promise<DuckDb> {
  const instance = await createInstance(options);
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  return { connection, close };
}

const idle: DuckDBInstance[] = [];
const IDLE_AT_MOST = 2;

/**
 * One for statements that leave nothing in it, such as reading or writing a file: its own until it is closed, and then the next
 * borrower's. To start one takes ten times as long as a small file does, and the commit of a day reads and writes dozens.
 */
export async function borrowDuckDb(): Promise<DuckDb> {
  const { instance, connection } = (await takeIdle()) ?? (await connectTo(await createInstance({})));
  const close = (): void => {
    connection.closeSync();
    if (idle.length < IDLE_AT_MOST) idle.push(instance);
    else instance.closeSync();
  };
  return { connection, close };
}

async function takeIdle() {
  const instance = idle.pop();
  if (instance === undefined) return undefined;
  try {
    return await connectTo(instance);
  } catch {
    // An error within DuckDB itself leaves an instance that answers nothing any more.
    instance.closeSync();
    return undefined;
  }
}

async function connectTo(instance: DuckDBInstance) {
  const connection = await instance.connect();
  // What lies under a path may be another file by the next borrower.
  await connection.run('SET enable_external_file_cache = false');
  return { instance, connection };
}

async function createInstance({ threads = 1, memoryMb = 192, spillFolder = '' }: DuckDbOptions) {
  return await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
    temp_directory: spillFolder,
    // It gives freed memory back from so much on: by default 512 MB, so that a process of this size would keep all of it.
    allocator_bulk_deallocation_flush_threshold: '1MB',
    // An extension would be fetched from the internet while data is written.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
}

export const SQL_TYPE: Record<ColumnType, string> = {
  text: 'VARCHAR',
  integer: 'INTEGER',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  json: 'VARCHAR',
};

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A file to read: DuckDB takes `*`, `?` and `[` in it for patterns unless each stands in brackets. */
export function quotePathToRead(path: string): string {
  return quoteText(path.replace(/[*?[]/g, '[$&]'));
}

const MEANINGS: [RegExp, StoreErrorCode, string][] = [
  [
    /No space left|Disk quota/i,
    'unavailable',
    'the disk is full: free space there, or point DATA_URL at a larger disk',
  ],
  [
    /Permission denied|not permitted/i,
    'unavailable',
    'permission denied: give the user that runs this process access to it',
  ],
  [/Read-only file system/i, 'unavailable', 'the disk is mounted read-only: mount it writable'],
  [/Input\/output error/i, 'unavailable', 'the disk reports an I/O error: check the disk and its cable or volume'],
  [
    /Out of Memory|allocate/i,
    'unavailable',
    'DuckDB ran out of its memory: give the process more, or fewer things to do',
  ],
  [/No files found|No such file/i, 'not-found', 'there is no such file'],
];

/** What DuckDB threw, as a StoreError; `otherwise` is the code for messages that name no known trouble. */
export function fromDuckDb(
  error: unknown,
  attempt: { action: string; path: string; otherwise: StoreErrorCode },
): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const { action, path, otherwise } = attempt;
  const [, code, says] = MEANINGS.find(([pattern]) => pattern.test(error.message)) ?? [undefined, otherwise, undefined];
  const reason = says ?? error.message.split('\n', 1)[0] ?? '';
  return new StoreError(code, `Cannot ${action} ${path}: ${reason}.`, { cause: error, path });
}

/** Decimals only where there are any, without trailing zeros. */
export function isoFromMicros(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  const decimals = fraction.toString().padStart(6, '0').replace(/0+$/, '');
  return decimals === '' ? `${seconds}Z` : `${seconds}.${decimals}Z`;
}
