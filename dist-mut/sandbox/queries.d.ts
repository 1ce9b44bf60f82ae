/** Which rows a request is about, and how much of them is known at the time of asking. */
import type { UserIdType } from '../feishu/contract.ts';
import type { Settings } from './options.ts';
import type { MeetingStatus, TimeWindow } from './params.ts';
import type { Tenant } from './tenant.ts';
import type { Dataset, TrueMeeting, TrueParticipant, TrueReservation } from './truth.ts';
export interface Data {
    tenant: Tenant;
    settings: Settings;
}
/** Whether data that came to be at `endS` is still kept. */
export declare function isKept({ settings }: Data, dataset: Dataset, endS: number, nowS: number): boolean;
export interface MeetingQuery {
    window: TimeWindow;
    status: MeetingStatus;
    nowS: number;
    includeExternal: boolean;
    includeWebinar: boolean;
    userIdType: UserIdType;
    meetingNo: string | undefined;
    userId: string | undefined;
    roomId: string | undefined;
    meetingType: number | undefined;
}
export declare function selectMeetings(data: Data, query: MeetingQuery): TrueMeeting[];
interface AttendeeFilter {
    userId: string | undefined;
    roomId: string | undefined;
    userIdType: UserIdType;
}
/** True without a filter. */
export declare function isAttendee(row: TrueParticipant, { userId, roomId, userIdType }: AttendeeFilter): boolean;
interface MeetingReference {
    meetingNo: string;
    window: TimeWindow;
    status: MeetingStatus;
    nowS: number;
}
/**
 * The one meeting that number, start and end name. Start and end count to the minute; the end of an ongoing meeting is
 * whatever the caller takes for now.
 */
export declare function findMeeting(data: Data, { meetingNo, window, status, nowS }: MeetingReference): TrueMeeting | undefined;
/** What is known of a meeting's rows so far: nobody who joins later, no leave time of those who are still in. */
export type SeenParticipant = Omit<TrueParticipant, 'leave_time' | 'leave_reason'> & {
    leave_time: number | null;
    leave_reason: string | null;
};
export declare function seenParticipants(rows: TrueParticipant[], nowS: number): SeenParticipant[];
export type SeenMeeting = Omit<TrueMeeting, 'meeting_end_time'> & {
    meeting_end_time: number | null;
};
export declare function seenMeeting(tenant: Tenant, meeting: TrueMeeting, nowS: number): SeenMeeting;
export interface ReservationQuery {
    window: TimeWindow;
    nowS: number;
    /** Undefined: the whole tenant. */
    levelId: string | undefined;
    roomIds: readonly string[];
    /** Everything of the level but `roomIds`. */
    isExclude: boolean;
}
export declare function selectReservations(data: Data, query: ReservationQuery): TrueReservation[];
export {};
