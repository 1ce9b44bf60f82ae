import type { FileStore } from '../store/file-store.ts';
import type { Row } from '../tables/columns.ts';
import { type SourceRecord } from '../tables/records.ts';
import type { DayWindow } from '../model/calendar.ts';
import { type Attendee } from './reconcile.ts';
import { type UnitRecord } from './records.ts';
/** Records by `resource/unit`. */
export type Stage = ReadonlyMap<string, UnitRecord>;
export declare function stageOf(records: Iterable<UnitRecord>): Map<string, UnitRecord>;
/** What reading the files met: headers that no column stands for, cells that do not parse. */
export interface ReadingNotes {
    extraColumns: Set<string>;
    missingColumns: Set<string>;
}
export declare class StageReader {
    #private;
    readonly notes: ReadingNotes;
    constructor(store: FileStore, zone: string);
    /** The records of each file: one, or several where the window had to be cut. @throws UnreadableFileError, HeaderError */
    windows(record: UnitRecord): Promise<SourceRecord[][]>;
    /** @throws UnreadableFileError, HeaderError */
    sheet(record: UnitRecord): AsyncGenerator<SourceRecord, void, undefined>;
    /** The elements of all pages, by the name of the array that holds them. */
    items<T>(record: UnitRecord, field: string): Promise<T[]>;
    /** Meetings of the export and, where it was asked, of the list. `day`: keeps those that start in it. */
    meetings(exported: UnitRecord | undefined, listed: UnitRecord | undefined, day: DayWindow | null): Promise<Row[]>;
    /** The webinar viewers that the list counts of meetings that start in the day. */
    viewersCounted(listed: UnitRecord, day: DayWindow): Promise<number>;
    participants(record: UnitRecord): Promise<Row[]>;
    /** Rows of `participants`, each with what only the list says. */
    attendees(record: UnitRecord): Promise<Attendee[]>;
    /** One session's minutes, from its list, its file, or both. */
    quality(listed: UnitRecord | undefined, exported: UnitRecord | undefined): Promise<Row[]>;
    reservations(windows: UnitRecord[], rooms: UnitRecord | undefined, day: DayWindow | null): Promise<Row[]>;
}
