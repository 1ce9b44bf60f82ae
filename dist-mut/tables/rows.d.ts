import type { Row, TableName } from './columns.ts';
import type { SourceRecord } from './records.ts';
import type { UnitStatus } from '../model/units.ts';
import type { DayWindow } from '../model/calendar.ts';
/** A meeting as requests name it; instants in unix seconds. */
export interface MeetingIdentity {
    meeting_no: string;
    meeting_start_time: number;
    meeting_end_time: number;
}
/** The text of a row's column, NULL where it is not text. */
export declare function textAt(row: Row, column: string): string | null;
/** The unix seconds of a row's timestamp column. */
export declare function unixAt(row: Row, column: string): number | null;
/**
 * The table's columns in their order: what is `given` (keys, the request's values) goes before what the record says; a
 * column that neither fills is NULL.
 */
export declare function inColumns(table: TableName, given: Row, record: SourceRecord): Row;
/**
 * The meetings that start in the window. One whose start is missing or does not parse is kept: where it belongs is
 * unknown, and in the table its `unparsed` is seen, while a dropped row is not.
 */
export declare function keepMeetingsOfDay(records: Iterable<SourceRecord>, window: DayWindow): SourceRecord[];
export declare function keepStarting(records: Iterable<SourceRecord>, column: string, window: DayWindow): SourceRecord[];
export interface MeetingRowsInput {
    /** From the exported sheet. */
    exported: Iterable<SourceRecord> | AsyncIterable<SourceRecord>;
    /** From the list, where it was asked. */
    listed?: Iterable<SourceRecord>;
}
/** The meetings of an export that was asked in several windows, none doubled. */
export declare function meetingsOfWindows(windows: readonly (readonly SourceRecord[])[]): SourceRecord[];
/**
 * Rows of `meetings`: those of the export, with the columns that only the list has filled from its meeting of the same
 * number and start; then the meetings that only the list has. Of several with one number and start, the first goes
 * with the first, the second with the second.
 */
export declare function meetingRows(input: MeetingRowsInput): AsyncGenerator<Row, void, undefined>;
export interface ParticipantRowsInput extends MeetingIdentity {
    /** Of this one meeting, all pages, in source order: ordinals are counted over them. */
    records: Iterable<SourceRecord> | AsyncIterable<SourceRecord>;
}
/** Rows of `participants` of one meeting. */
export declare function participantRows(input: ParticipantRowsInput): AsyncGenerator<Row, void, undefined>;
/** One participant-session of a meeting: what quality is asked for. Instants in unix seconds. */
export interface Session {
    session_key: string;
    meeting_no: string;
    meeting_start_time: number;
    user_id: string | null;
    room_id: string | null;
    participant_name: string | null;
    device: string | null;
    /** Null where the source has no readable time; quality cannot be asked then. */
    join_time: number | null;
}
/** The sessions of rows of `participants`, each once: of rows that share a session, the first one's name and device. */
export declare function sessionsOf(rows: Iterable<Row>): Session[];
/** What became of one session's quality. `session_key` is computed, so a `Session` without it serves as well. */
export interface Unit extends Omit<Session, 'session_key'> {
    status: UnitStatus;
    /** Feishu code and text, or why it was skipped. */
    reason: string | null;
    rows: number;
    pages: number;
}
/** Rows of `units`. */
export declare function unitRows(units: Iterable<Unit>): Row[];
