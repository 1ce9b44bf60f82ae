/**
 * What one row of an XLSX file or one element of a list answer says, in the columns of its table. Both sources give
 * the same records; what the request alone knows (meeting, participant) is added when rows are made of them.
 */
import type { ExportResource, MeetingInfo, Participant, Reservation } from '../feishu/contract.ts';
import type { Row, SourceColumn } from './columns.ts';
/** Plain JSON, so that it can be stored between two steps. */
export interface SourceRecord {
    /** Every column that the table reads from a source, NULL where this source has nothing or nothing readable. */
    values: Row;
    /** Column → text that did not parse. Absent where everything did. */
    unparsed?: Record<string, string>;
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
/** What reading a sheet met. Counts grow while it is read and are final when the records have ended. */
export interface SheetReport {
    /** Rows of data; blank ones are none. */
    rows: number;
    /** Headers that no column stands for. Their cells stay in the raw file. */
    extraColumns: string[];
    /** Documented headers that the file lacks; their columns are NULL. */
    missingOptional: string[];
    unparsedCells: number;
}
export interface SheetRecords {
    /** Read once. Throws `HeaderError` before the first record where the layout is not the expected one. */
    records: AsyncGenerator<SourceRecord, void, undefined>;
    report: SheetReport;
}
type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;
/** The records of one exported sheet. Blank rows are no data wherever they stand. */
export declare function sheetRecords(layout: ExportResource, rows: AnyIterable<SheetRow>, context: ReadContext): SheetRecords;
interface ListItems {
    meeting_list: MeetingInfo;
    participant_list: Participant;
    resource_reservation_list: Reservation;
}
/** The records of a list answer's elements, any number of pages together. L3 has its own: `qualityRecords`. */
export declare function listRecords<R extends keyof ListItems>(resource: R, items: Iterable<ListItems[R]>, context: ReadContext): SourceRecord[];
/** JSON says some values as numbers or booleans; the cells are read from text. */
export declare function textOf(value: unknown): string | null;
export declare function readRecord(columns: readonly SourceColumn[], text: (column: SourceColumn) => string | null, zone: string): SourceRecord;
export {};
