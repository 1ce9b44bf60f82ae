import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { fileOperation } from './errors.ts';
import { fileChunks } from './file-io.ts';
import { compareRows } from './parquet-rows.ts';
import type { EncodedRow, SortKey } from './parquet-rows.ts';

/** Text of rows that is held in memory before it is sorted and put aside: 8 to 16 MiB as JavaScript holds it. */
const RUN_CHARACTERS = 8 * 1024 * 1024;
const WRITE_CHARACTERS = 256 * 1024;
const MERGE_READ_BYTES = 64 * 1024;

export interface SortedRows {
  /** Newline-delimited JSON. */
  path: string;
  rows: number;
  characters: number;
  /** SHA-256 of the lines as they are hashed, lower-case hex. */
  sha256: string;
}

/** What of a line the hash is made of. */
type HashedLine = (line: string) => string;

/**
 * Sorts any number of rows in bounded memory: a run of rows is sorted and written to a file, then the runs are merged.
 * For 500,000 rows of 56 columns DuckDB's own sort was measured at 560 to 750 MiB over idle, memory_limit or not;
 * a whole writeParquet by this way at 170, two at once at 230.
 */
export class RowSpool {
  readonly #folder: string;
  readonly #runCharacters: number;
  readonly #hashedLine: HashedLine | undefined;
  #run: EncodedRow[] = [];
  #runLength = 0;
  readonly #runPaths: string[] = [];

  constructor(options: { folder: string; runCharacters?: number; hashedLine?: HashedLine | undefined }) {
    this.#folder = options.folder;
    this.#runCharacters = options.runCharacters ?? RUN_CHARACTERS;
    this.#hashedLine = options.hashedLine;
  }

  /** Whether `flush` is due. Adding is not async, since rows come by the hundred thousand. */
  add(row: EncodedRow): boolean {
    this.#run.push(row);
    this.#runLength += row.line.length;
    return this.#runLength >= this.#runCharacters;
  }

  async flush(): Promise<void> {
    const path = join(this.#folder, `run-${this.#runPaths.length}`);
    const file = await LineFile.create(path);
    try {
      for (const row of this.#takeRun()) await file.write(`${JSON.stringify(row.sortKey)}\t${row.line}`);
    } finally {
      await file.close();
    }
    this.#runPaths.push(path);
  }

  /** All rows in order, in one file; the spool is used up then. */
  async finish(): Promise<SortedRows> {
    const path = join(this.#folder, 'sorted.ndjson');
    const file = await LineFile.create(path, this.#hashedLine);
    try {
      if (this.#runPaths.length === 0) for (const row of this.#takeRun()) await file.write(row.line);
      else {
        await this.flush();
        for await (const row of mergeRuns(this.#runPaths)) await file.write(row.line);
      }
    } finally {
      await file.close();
    }
    return { path, ...file.summary() };
  }

  #takeRun(): EncodedRow[] {
    const rows = this.#run.toSorted(compareRows);
    this.#run = [];
    this.#runLength = 0;
    return rows;
  }
}

/** A text file that is written line by line through one buffer. */
class LineFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #hashedLine: HashedLine | undefined;
  #pending = '';
  #lines = 0;
  #characters = 0;

  private constructor(path: string, handle: FileHandle, hashedLine: HashedLine | undefined) {
    this.#path = path;
    this.#handle = handle;
    this.#hashedLine = hashedLine;
  }

  static async create(path: string, hashedLine?: HashedLine): Promise<LineFile> {
    return new LineFile(path, await fileOperation('write', path, () => open(path, 'wx')), hashedLine);
  }

  async write(line: string): Promise<void> {
    this.#pending += `${line}\n`;
    this.#lines += 1;
    this.#characters += line.length;
    if (this.#hashedLine) this.#hash.update(`${this.#hashedLine(line)}\n`);
    if (this.#pending.length >= WRITE_CHARACTERS) await this.#writePending();
  }

  /** Closes the file in any case; throws where the last lines could not be written. */
  async close(): Promise<void> {
    try {
      await this.#writePending();
    } finally {
      await this.#handle.close();
    }
  }

  /** After `close`. */
  summary(): { rows: number; characters: number; sha256: string } {
    return { rows: this.#lines, characters: this.#characters, sha256: this.#hash.digest('hex') };
  }

  async #writePending(): Promise<void> {
    const bytes = Buffer.from(this.#pending, 'utf8');
    this.#pending = '';
    if (!this.#hashedLine) this.#hash.update(bytes);
    await fileOperation('write', this.#path, () => this.#handle.writeFile(bytes));
  }
}

interface Head {
  row: EncodedRow;
  rest: AsyncGenerator<EncodedRow, void, undefined>;
}

async function* mergeRuns(paths: readonly string[]): AsyncGenerator<EncodedRow, void, undefined> {
  const heads: Head[] = [];
  const opened = paths.map((path) => readRun(path));
  try {
    for (const rest of opened) {
      const first = await rest.next();
      if (first.done !== true) heads.push({ row: first.value, rest });
    }
    // Sorted, so that it is a heap to start with.
    heads.sort((a, b) => compareRows(a.row, b.row));
    for (let lowest = heads[0]; lowest !== undefined; lowest = heads[0]) {
      yield lowest.row;
      const next = await lowest.rest.next();
      if (next.done === true) {
        const last = heads.pop();
        if (last !== undefined && heads.length > 0) heads[0] = last;
      } else lowest.row = next.value;
      siftDown(heads);
    }
  } finally {
    for (const rest of opened) await rest.return();
  }
}

/** Restores the heap after its first element grew. */
function siftDown(heap: Head[]): void {
  const moved = heap[0];
  if (moved === undefined) return;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    if (left === undefined) break;
    const useRight = right !== undefined && compareRows(right.row, left.row) < 0;
    const child = useRight ? right : left;
    if (compareRows(moved.row, child.row) <= 0) break;
    heap[index] = child;
    index = 2 * index + (useRight ? 2 : 1);
  }
  heap[index] = moved;
}

async function* readRun(path: string): AsyncGenerator<EncodedRow, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  for await (const chunk of fileChunks(path, MERGE_READ_BYTES)) {
    const lines = (pending + decoder.write(chunk)).split('\n');
    pending = lines.pop() ?? '';
    for (const text of lines) {
      const tab = text.indexOf('\t');
      const sortKey: SortKey = JSON.parse(text.slice(0, tab));
      yield { sortKey, line: text.slice(tab + 1) };
    }
  }
}
