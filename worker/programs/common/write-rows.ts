/** Rows of a query as a table, CSV, XLSX, JSON or Parquet. Rows go through one by one; a table shows the first ones. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { offsetAt, unixOfIso } from '../../../model/calendar.ts';
import { aligned, cutColumns } from '../../../report/columns.ts';
import { jsonFor, textFor } from '../../../report/terminal.ts';
import { TooLargeError, TooManyRowsError, writeSheet, type SheetCell } from '../../../sheets/index.ts';
import { quoteText, type DuckDb } from '../../../store/duckdb.ts';
import { describeQuery, queryRows, type QueryColumn } from '../../../store/query.ts';
import { UsageError } from './arguments.ts';

export const FORMATS = ['table', 'csv', 'xlsx', 'json', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

export interface WriteInput {
  duckdb: DuckDb;
  sql: string;
  format: Format;
  /** A file that is written over; undefined: stdout. */
  output: string | undefined;
  /** Whose times are written, with their offset. */
  zone: string;
}

export function formatOf(format: string | undefined, output: string | undefined): Format {
  const byName = /\.(csv|xlsx|json|parquet)$/.exec(output ?? '')?.[1];
  const name = format ?? byName ?? 'table';
  const known = FORMATS.find((each) => each === name);
  if (!known) throw new UsageError(`--format takes ${FORMATS.join(', ')}.`);
  if ((known === 'xlsx' || known === 'parquet') && output === undefined) {
    throw new UsageError(`${known} needs a file: -o FILE.`);
  }
  return known;
}

export async function writeRows(input: WriteInput): Promise<void> {
  const { output, format } = input;
  if (output === undefined) {
    for await (const text of textOf(input)) {
      if (!process.stdout.write(shown(text, format))) await new Promise((done) => process.stdout.once('drain', done));
    }
    return;
  }
  if (format === 'parquet') {
    // The file is there: DuckDB would write another one first, which is not among the allowed paths.
    const options = '(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)';
    await input.duckdb.connection.run(`COPY (${input.sql}) TO ${quoteText(output)} ${options}`);
  } else if (format === 'xlsx') await writeXlsx(input, output);
  else await pipeline(Readable.from(textOf(input)), createWriteStream(output));
}

/** Data on stdout: a terminal obeys nothing that is in it, a pipe gets it as it is. */
function shown(text: string, format: Format): string {
  if (format === 'json') return jsonFor(process.stdout, text);
  return textFor(process.stdout, text);
}

async function* textOf(input: WriteInput): AsyncGenerator<string> {
  const columns = await describeQuery(input.duckdb, input.sql);
  switch (input.format) {
    case 'csv':
      return yield* csv(input, columns);
    case 'json':
      return yield* json(input, columns);
    default:
      return yield* table(input, columns);
  }
}

async function* cellsOf(
  { duckdb, sql, zone }: WriteInput,
  columns: readonly QueryColumn[],
): AsyncGenerator<SheetCell[]> {
  const inZone = instantsIn(zone);
  for await (const row of queryRows(duckdb, sql)) {
    yield columns.map(({ name, isInstant }) => {
      const value = row[name] ?? null;
      return isInstant && typeof value === 'string' ? inZone(value) : value;
    });
  }
}

const INSTANTS_KEPT = 10_000;

/** The same instants come again and again, and asking for an offset takes as long as all else of a row. */
function instantsIn(zone: string): (iso: string) => string {
  const known = new Map<string, string>();
  return (iso) => {
    let local = known.get(iso);
    if (local !== undefined) return local;
    if (known.size === INSTANTS_KEPT) known.clear();
    local = localInstant(iso, zone);
    known.set(iso, local);
    return local;
  };
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** `2026-10-17T09:30:00+08:00` */
function localInstant(iso: string, zone: string): string {
  const unix = unixOfIso(iso);
  const offset = offsetAt(unix, zone);
  const minutes = Math.round(Math.abs(offset) / 60);
  const local = new Date((unix + offset) * 1000).toISOString().slice(0, 19);
  return `${local}${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

/** What a spreadsheet takes for a formula where a cell begins with it. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
/** The same where a spreadsheet that separates cells by something else than commas begins one, whether it obeys quotes or not. */
const FORMULA_WITHIN = /(?<=[;\t|]["']*)(?=[=+\-@＝＋－＠])/g;

/** A text that a spreadsheet would take for a formula, or for a cell with one after it, gets a mark that makes it text. */
export function csvCell(value: SheetCell): string {
  if (value === null) return '';
  const text =
    typeof value === 'string'
      ? (FORMULA.test(value) ? `'${value}` : value).replaceAll(FORMULA_WITHIN, "'")
      : `${value}`;
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function* csv(input: WriteInput, columns: readonly QueryColumn[]): AsyncGenerator<string> {
  yield `${columns.map(({ name }) => csvCell(name)).join(',')}\r\n`;
  for await (const cells of cellsOf(input, columns)) yield `${cells.map(csvCell).join(',')}\r\n`;
}

async function* json(input: WriteInput, columns: readonly QueryColumn[]): AsyncGenerator<string> {
  let first = true;
  yield '[';
  for await (const cells of cellsOf(input, columns)) {
    const row = Object.fromEntries(columns.map(({ name }, index) => [name, cells[index] ?? null]));
    yield `${first ? '' : ','}\n${JSON.stringify(row)}`;
    first = false;
  }
  yield '\n]\n';
}

const SHOWN_ROWS = 100;
const WIDEST_CELL = 40;

async function* table(input: WriteInput, columns: readonly QueryColumn[]): AsyncGenerator<string> {
  const lines: string[][] = [columns.map(({ name }) => name)];
  let rows = 0;
  for await (const cells of cellsOf(input, columns)) {
    rows += 1;
    if (rows > SHOWN_ROWS) break;
    lines.push(cells.map((cell) => cutColumns(cell === null ? '' : String(cell), WIDEST_CELL)));
  }
  yield `${aligned(lines).join('\n')}\n`;
  if (rows > SHOWN_ROWS) yield `… more than ${SHOWN_ROWS} rows; all of them with --format csv, xlsx, json or parquet\n`;
}

async function writeXlsx(input: WriteInput, path: string): Promise<void> {
  const columns = await describeQuery(input.duckdb, input.sql);
  const head = columns.map(({ name, isInstant }) => ({
    // A sheet's times have no zone of their own.
    header: isInstant ? `${name} (${input.zone})` : name,
    width: Math.min(40, Math.max(12, name.length + 2)),
    isTime: isInstant,
  }));
  try {
    await writeSheet(path, { columns: head, rows: cellsOf(input, columns) });
  } catch (error) {
    if (!(error instanceof TooManyRowsError || error instanceof TooLargeError)) throw error;
    throw new UsageError(`${error.message} Take a shorter range, or --format csv.`);
  }
}
