/**
 * What one row of an XLSX file or one element of a list answer says, in the columns of its table. Both sources give
 * the same records; what the request alone knows (meeting, participant) is added when rows are made of them.
 */
import type { ExportResource, MeetingInfo, Participant, Reservation } from '../feishu/contract.ts';
import { presentText, readCell, readTime, resolveTime } from './cells.ts';
import type { WrittenTime } from './cells.ts';
import { emptyRow, idKindOf, sourceColumns } from './columns.ts';
import type { CellKind, Row, SourceColumn } from './columns.ts';
import { findHeader, HeaderError } from './header.ts';
import type { Header } from './header.ts';
import type { Steps } from './steps.ts';
import { isoOfUnix } from '../model/calendar.ts';
import { looksCutOff } from '../model/cut-off.ts';

/** Plain JSON, so that it can be stored between two steps. */
export interface SourceRecord {
  /** Every column that the table reads from a source, NULL where this source has nothing or nothing readable. */
  values: Row;
  /** Column → text that did not parse. Absent where everything did. */
  unparsed?: Record<string, string>;
  /** Columns in which the other source says otherwise. Absent where there is none, or both agree. */
  disputed?: string[];
  /** The one of two joined sources that has it. Absent where both have. */
  alone?: 'export' | 'list';
}

export interface ReadContext {
  /** IANA zone of the profile: what a time means when neither it nor another of its row carries an offset. */
  zone: string;
}

/** A sheet's row; `number` counts from 1 as the spreadsheet does. */
export interface SheetRow {
  number: number;
  cells: readonly (string | null)[];
}

/** A worksheet, whose rows are read once. */
interface Sheet {
  hidden: boolean;
  rows: AnyIterable<SheetRow>;
}

/** What reading a file met. Counts grow while it is read and are final when the records have ended. */
export interface SheetReport {
  /** Sheets that have the layout's header, the one that is being read among them. */
  sheets: number;
  /** Rows of data; blank ones are none. */
  rows: number;
  /** Headers that no column stands for. Their cells stay in the raw file. */
  extraColumns: string[];
  /** Documented headers that the file lacks; their columns are NULL. */
  missingOptional: string[];
  unparsedCells: number;
  /** Sheets with text but without the headers: none of their rows is among the records. */
  otherSheets: number;
  /** Hidden sheets that have the layout's header and rows: none of them is among the records. */
  hiddenSheets: number;
  /** The last sheet has just so many rows as a file that was cut off would have. */
  looksCutOff: boolean;
}

export interface SheetRecords {
  /**
   * Read once. Throws the first sheet's `HeaderError` where no sheet has the layout, and before the first record where a
   * file has one sheet.
   */
  records: AsyncGenerator<SourceRecord, void, undefined>;
  report: SheetReport;
}

type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/** Rows looked at before the header counts as missing: titles and notes may stand above it. */
const HEADER_SEARCH_ROWS = 10;

/**
 * The records of one exported file: of all its visible sheets with the layout's header, since a long export has to go on
 * somewhere. Blank rows are no data wherever they stand.
 */
export function sheetRecords(layout: ExportResource, sheets: AnyIterable<Sheet>, context: ReadContext): SheetRecords {
  const report = nothingMet();
  const columns = sourceColumns(layout);
  const shape = new RecordShape(columns);
  const reading = ({ places }: Header): ((row: SheetRow) => SourceRecord) => {
    const placeOf = columns.map(({ name }) => places.get(name) ?? -1);
    return ({ cells }) => {
      const record = shape.read(
        placeOf.map((place) => cells[place] ?? null),
        context.zone,
      );
      if (record.unparsed !== undefined) report.unparsedCells += Object.keys(record.unparsed).length;
      return record;
    };
  };
  return { records: readSheets(layout, sheets, { report, reading }), report };
}

/** How many records a file has, read to its end as `sheetRecords` reads it, without making any. Throws as its records do. */
export async function countRecords(layout: ExportResource, sheets: AnyIterable<Sheet>): Promise<number> {
  const report = nothingMet();
  const rows = readSheets(layout, sheets, { report, reading: () => () => null });
  let row = await rows.next();
  while (row.done !== true) row = await rows.next();
  return report.rows;
}

function nothingMet(): SheetReport {
  return {
    sheets: 0,
    rows: 0,
    extraColumns: [],
    missingOptional: [],
    unparsedCells: 0,
    otherSheets: 0,
    hiddenSheets: 0,
    looksCutOff: false,
  };
}

interface SheetsInput<T> {
  report: SheetReport;
  /** What a row of data is made into, below this header. */
  reading: (header: Header) => (row: SheetRow) => T;
}

async function* readSheets<T>(
  layout: ExportResource,
  sheets: AnyIterable<Sheet>,
  input: SheetsInput<T>,
): AsyncGenerator<T, void, undefined> {
  const { report } = input;
  let refused: HeaderError | null = null;
  let read = 0;
  for await (const { hidden, rows } of sheets) {
    if (hidden) {
      if (await hasRows(layout, rows)) report.hiddenSheets += 1;
      continue;
    }
    const before = report.rows;
    try {
      const data = new DataRows(layout, input);
      for await (const row of rows) for (const made of data.take(row)) yield made;
      for (const made of data.end()) yield made;
    } catch (error) {
      if (!(error instanceof HeaderError)) throw error;
      refused ??= error;
      if (error.found.length + error.others > 0) report.otherSheets += 1;
      continue;
    }
    read += 1;
    report.looksCutOff = looksCutOff(report.rows - before);
  }
  if (read === 0 && refused !== null) throw refused;
}

/** What the rows of data of one sheet are made into: of those below its header, once that is found. */
class DataRows<T> {
  readonly #layout: ExportResource;
  readonly #input: SheetsInput<T>;
  readonly #head: SheetRow[] = [];
  #make: ((row: SheetRow) => T) | null = null;

  constructor(layout: ExportResource, input: SheetsInput<T>) {
    this.#layout = layout;
    this.#input = input;
  }

  /** @throws HeaderError */
  take(row: SheetRow): T[] {
    if (isBlank(row)) return [];
    if (this.#make !== null) return this.#made([row], this.#make);
    return this.#head.push(row) === HEADER_SEARCH_ROWS ? this.end() : [];
  }

  /** Those of a sheet so short that its header was still looked for. @throws HeaderError */
  end(): T[] {
    if (this.#make !== null) return [];
    const header = findHeader(this.#layout, this.#head);
    const { report, reading } = this.#input;
    report.sheets += 1;
    report.extraColumns.push(...header.extra);
    report.missingOptional.push(...header.missingOptional);
    this.#make = reading(header);
    return this.#made(this.#head.slice(header.row + 1), this.#make);
  }

  #made(rows: readonly SheetRow[], make: (row: SheetRow) => T): T[] {
    this.#input.report.rows += rows.length;
    return rows.map(make);
  }
}

/** Whether a sheet has rows below the layout's header; read no further than it takes to tell. */
async function hasRows(layout: ExportResource, rows: AnyIterable<SheetRow>): Promise<boolean> {
  const head: SheetRow[] = [];
  for await (const row of rows) {
    if (!isBlank(row) && head.push(row) > HEADER_SEARCH_ROWS) break;
  }
  try {
    return findHeader(layout, head.slice(0, HEADER_SEARCH_ROWS)).row < head.length - 1;
  } catch (error) {
    if (error instanceof HeaderError) return false;
    throw error;
  }
}

function isBlank(row: SheetRow): boolean {
  return row.cells.every((cell) => cell === null || cell.trim() === '');
}

export interface ListItems {
  meeting_list: MeetingInfo;
  participant_list: Participant;
  resource_reservation_list: Reservation;
}

/** The records of a list answer's elements, any number of pages together. L3 has its own: `qualityRecords`. */
export function* listRecords<R extends keyof ListItems>(
  resource: R,
  items: Iterable<ListItems[R]>,
  context: ReadContext,
): Steps<SourceRecord[]> {
  const columns = sourceColumns(resource);
  const shape = new RecordShape(columns);
  const records: SourceRecord[] = [];
  for (const item of items) {
    const fields = new Map<string, unknown>(Object.entries(item));
    const texts = columns.map(({ source }) => listText(source, fields));
    records.push(shape.read(texts, context.zone));
    yield;
  }
  return records;
}

function listText({ list, listIdKind }: SourceColumn['source'], fields: ReadonlyMap<string, unknown>): string | null {
  const text = textOf(fields.get(list ?? ''));
  return text === null || listIdKind === undefined || idKindOf(text.trim()) === listIdKind ? text : null;
}

/** JSON says some values as numbers or booleans; the cells are read from text. */
export function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * How the columns of a source are read, worked out once. All its records have the same fields in the same order, so that
 * the engine keeps one layout for them all: fields put in one by one make each record a hash table of its own.
 */
export class RecordShape {
  readonly #columns: readonly { name: string; cell: CellKind }[];
  readonly #empty: Row;

  constructor(columns: readonly SourceColumn[]) {
    this.#columns = columns.map(({ name, source }) => ({ name, cell: source.cell }));
    this.#empty = emptyRow(columns);
  }

  /** `texts`: what the source has in each of the columns. */
  read(texts: readonly (string | null)[], zone: string): SourceRecord {
    const values: Row = { ...this.#empty };
    let unparsed: Record<string, string> | undefined;
    let times: { name: string; time: WrittenTime }[] | undefined;
    for (let index = 0; index < this.#columns.length; index++) {
      const { name, cell } = this.#columns[index]!;
      const text = texts[index] ?? null;
      if (text === null) continue;
      if (cell === 'timestamp') {
        const present = presentText(cell, text);
        if (present === null) continue;
        const time = readTime(present);
        if (time === null) (unparsed ??= {})[name] = present;
        else (times ??= []).push({ name, time });
        continue;
      }
      const parsed = readCell(cell, text);
      if ('unparsed' in parsed) (unparsed ??= {})[name] = parsed.unparsed;
      else if (parsed.value !== null) values[name] = parsed.value;
    }
    if (times !== undefined) {
      const siblings = times.map(({ time }) => time);
      for (const { name, time } of times) values[name] = isoOfUnix(resolveTime(time, siblings, zone));
    }
    return unparsed === undefined ? { values } : { values, unparsed };
  }
}
