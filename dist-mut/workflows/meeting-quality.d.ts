/**
 * `meetingQuality`: the minutes of everybody in one meeting, one `participantQuality` child per participant-session.
 *
 * Children run in a window of bounded size; a failed one is counted and never stops the rest. When the history has
 * grown enough, the window drains and the run continues as new with a cursor into the stored participant list, so
 * that no session is lost or asked twice.
 */
import { type Refresh, type UnitCounts } from '../model/units.ts';
import type { DayLocation, DescribedProfile, MeetingRef } from '../activities/index.ts';
import { type Internal } from './common/internal.ts';
import type { MeetingQualityResult } from './messages.ts';
/** What `exportDay` hands to a meeting of its day. */
export interface DayOfMeeting {
    location: DayLocation;
    meeting: MeetingRef;
    refresh: Refresh;
    fetched_since: number;
    sessions_at_once: number;
}
/** Carried through continue-as-new. */
interface Sums {
    meetings: MeetingRef[];
    meeting: number;
    cursor: number;
    units: UnitCounts;
    total: number;
    rows: number;
    calls: number;
    sessionsAtOnce: number;
}
/** Handed on by a day, and when it continues as new. */
export interface MeetingInternal extends Internal {
    day?: DayOfMeeting | undefined;
    carried?: {
        sums: Sums;
        profile: DescribedProfile | null;
        paused: boolean;
        startedAtMs: number;
    };
}
type Result = MeetingQualityResult & {
    calls: number;
};
export declare function meetingQuality(input: unknown, internal?: MeetingInternal): Promise<Result>;
export {};
