/** What is still to be asked, from what the stage has. */
import type { Refresh } from '../model/units.ts';
import type { DayWindow } from '../model/calendar.ts';
import type { Row } from '../tables/columns.ts';
import { type Session } from '../tables/rows.ts';
import type { FileStore } from '../store/file-store.ts';
import type { StageLocation, UnitLocation } from './storage-keys.ts';
import { type UnitRecord } from './records.ts';
export interface Freshness {
    refresh: Refresh;
    /** Unix ms: what was fetched since then counts as fetched by this run. 0: nothing does. */
    fetched_since: number;
    settle_hours: number;
}
/** So long after a meeting's end, or a day's, Feishu may still add to what it says of it. */
export declare const SETTLE_HOURS = 6;
/** A meeting as requests name it: times are unix seconds as text, as Feishu takes them. */
export interface MeetingRef {
    meeting_key: string;
    meeting_no: string;
    meeting_start_time: string;
    meeting_end_time: string;
    /** False for a meeting of over 24 h, which Feishu refuses to answer about (126006), and where the end is unknown. */
    askable: boolean;
}
export declare function meetingRef(meetingNo: string, start: number, end: number | null): MeetingRef;
/** The meetings that participants are asked for: each number and start once. */
export declare function meetingsToAsk(rows: Iterable<Row>): MeetingRef[];
/** Whether a unit is asked again. Lists are asked again with `unsettled`, since late rows show only there. */
export declare function mustAsk(record: UnitRecord | null, { refresh, fetched_since, settle_hours }: Freshness, isList: boolean): boolean;
/** The meetings that a place's lists have and that start in the day. */
export declare function meetingsOfDay(store: FileStore, location: StageLocation, zone: string, day: DayWindow): Promise<Row[]>;
/** Why nobody can be asked about a session, or null where one can. */
export declare function unaskable(session: Session): string | null;
/** `key`: of the record of a participant list. */
export declare function participantsOfList(store: FileStore, zone: string, key: string): Promise<Row[]>;
export declare function sessionsOfList(store: FileStore, zone: string, key: string): Promise<Session[]>;
/** The sessions of participant lists, for a reader that takes them in slices: a list is read once, not for each slice. */
export declare class SessionLists {
    #private;
    constructor(store: FileStore);
    /** `key`: of the record of a participant list. */
    of(zone: string, key: string): Promise<Session[]>;
}
export type QualitySource = 'list' | 'export' | 'both';
/** The units that a session's quality is fetched by: one for each source. */
export declare function qualityUnits(location: StageLocation, sessionKey: string, source: QualitySource): UnitLocation[];
