/**
 * What a plan is estimated from. The list of meetings (L1) counts devices and knows how long a meeting was; who of them
 * can be asked about, and how long each stayed, only the lists of participants say, so those of a few meetings are read.
 */
import type { SourceRecord } from '../tables/records.ts';
import { type MeetingRef } from './pending-units.ts';
/** What the list of meetings says of one day. */
export interface DayCount {
    meetings: number;
    /** Meetings that can be asked about: not over 24 h. The other counts are of those. */
    askable: number;
    devices: number;
    /** Pages of participants and of minutes, were every device a session that can be asked about: a first guess. */
    participant_pages: number;
    quality_pages: number;
}
/** A meeting that may be one of the sample. */
export interface Candidate {
    meeting: MeetingRef;
    devices: number;
    participant_pages: number;
    quality_pages: number;
    /** `quality_pages` over a number that is the meeting's own, 0 to 1: the highest are the sample (priority sampling). */
    priority: number;
}
/** What a list of participants says, or its first page. */
export interface SessionCount {
    /** Each once; among them those that can be asked about. */
    sessions: number;
    askable: number;
    /** Of those that can be asked about. */
    quality_pages: number;
}
export declare const PAGE_SIZE = 100;
/** The meetings among `records` that start in the window: as the days' counts, and as candidates. */
export declare function countMeetings(records: readonly SourceRecord[], { zone, from, to }: {
    zone: string;
    from: number;
    to: number;
}): {
    days: Record<string, DayCount>;
    candidates: Candidate[];
};
/** `rooms`: whether ids of rooms are known, which files of participants do not have. */
export declare function countSessions(meeting: MeetingRef, records: readonly SourceRecord[], { rooms }: {
    rooms: boolean;
}): Promise<SessionCount>;
