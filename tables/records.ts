/**
 * What one row of an XLSX file or one element of a list answer says, in the columns of its table. Both sources give
 * the same records; what the request alone knows (meeting, participant) is added when rows are made of them.
 */
import type { ExportResource, MeetingInfo, Participant, Reservation } from '../feishu/contract.ts';
import { presentText, readCell, readTime, resolveTime } from './cells.ts';
import type { WrittenTime } from './cells.ts';
import { idKindOf, sourceColumns } from './columns.ts';
import type { Row, SourceColumn } from './columns.ts';
import { findHeader, HeaderError } from './header.ts';
import type { Header } from './header.ts';
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
  const report: SheetReport = {
    sheets: 0,
    rows: 0,
    extraColumns: [],
    missingOptional: [],
    unparsedCells: 0,
    otherSheets: 0,
    hiddenSheets: 0,
    looksCutOff: false,
  };
  return { records: readSheets(layout, sheets, context, report), report };
}

async function* readSheets(
  layout: ExportResource,
  sheets: AnyIterable<Sheet>,
  context: ReadContext,
  report: SheetReport,
): AsyncGenerator<SourceRecord, void, undefined> {
  let refused: HeaderError | null = null;
  let read = 0;
  for await (const { hidden, rows } of sheets) {
    if (hidden) {
      if (await hasRows(layout, rows)) report.hiddenSheets += 1;
      continue;
    }
    const before = report.rows;
    try {
      yield* readSheet(layout, rows, context, report);
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

async function* readSheet(
  layout: ExportResource,
  rows: AnyIterable<SheetRow>,
  context: ReadContext,
  report: SheetReport,
): AsyncGenerator<SourceRecord, void, undefined> {
  const columns = sourceColumns(layout);
  const read = (row: SheetRow, { places }: Header): SourceRecord => {
    const record = readRecord(columns, ({ name }) => row.cells[places.get(name) ?? -1] ?? null, context.zone);
    report.rows += 1;
    report.unparsedCells += Object.keys(record.unparsed ?? {}).length;
    return record;
  };
  const head: SheetRow[] = [];
  const findIn = (): Header => {
    const header = findHeader(layout, head);
    report.sheets += 1;
    report.extraColumns.push(...header.extra);
    report.missingOptional.push(...header.missingOptional);
    return header;
  };

  let header: Header | null = null;
  for await (const row of rows) {
    if (isBlank(row)) continue;
    if (header !== null) {
      yield read(row, header);
    } else if (head.push(row) === HEADER_SEARCH_ROWS) {
      header = findIn();
      for (const early of head.slice(header.row + 1)) yield read(early, header);
    }
  }
  if (header === null) {
    header = findIn();
    for (const early of head.slice(header.row + 1)) yield read(early, header);
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

interface ListItems {
  meeting_list: MeetingInfo;
  participant_list: Participant;
  resource_reservation_list: Reservation;
}

/** The records of a list answer's elements, any number of pages together. L3 has its own: `qualityRecords`. */
export function listRecords<R extends keyof ListItems>(
  resource: R,
  items: Iterable<ListItems[R]>,
  context: ReadContext,
): SourceRecord[] {
  const columns = sourceColumns(resource);
  return Array.from(items, (item) => {
    const fields = new Map<string, unknown>(Object.entries(item));
    return readRecord(columns, ({ source }) => listText(source, fields), context.zone);
  });
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

export function readRecord(
  columns: readonly SourceColumn[],
  text: (column: SourceColumn) => string | null,
  zone: string,
): SourceRecord {
  const values: Row = {};
  const unparsed: Record<string, string> = {};
  const times = new Map<string, WrittenTime>();
  for (const column of columns) {
    const { cell } = column.source;
    values[column.name] = null;
    if (cell === 'timestamp') {
      const present = presentText(cell, text(column));
      if (present === null) continue;
      const time = readTime(present);
      if (time === null) unparsed[column.name] = present;
      else times.set(column.name, time);
      continue;
    }
    const parsed = readCell(cell, text(column));
    if ('value' in parsed) values[column.name] = parsed.value;
    else unparsed[column.name] = parsed.unparsed;
  }
  const siblings = [...times.values()];
  for (const [name, time] of times) values[name] = isoOfUnix(resolveTime(time, siblings, zone));
  return Object.keys(unparsed).length === 0 ? { values } : { values, unparsed };
}
