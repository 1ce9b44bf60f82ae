/**
 * What a plan asks Feishu: how many meetings there are, who took part in a few of them, how many rooms, and how far back
 * it still answers. Nothing is kept of the answers.
 */
import { type ExportResource } from '../feishu/contract.ts';
import { type Candidate, type DayCount, type SessionCount } from '../dataset/estimate.ts';
import type { MeetingRef } from '../dataset/pending-units.ts';
import type { CallDeps } from './deps.ts';
import type { TaskHabit } from './calls/poll-schedule.ts';
export interface CountPageInput {
    profile: string;
    /** Unix seconds: meetings that start in it are counted. */
    from: number;
    to: number;
    /** What a window means is unknown, so that a day more is asked for, as exports do. */
    ask_until: number;
    include_external_meetings: boolean;
    include_webinar: boolean;
    page_token: string | null;
    /** Only candidates above it, and the best of those, are of use. */
    above_priority: number;
    candidates_at_most: number;
}
export interface ProbeInput {
    profile: string;
    /** A day's window, unix seconds. */
    from: number;
    to: number;
}
export interface SampleInput {
    profile: string;
    meeting: MeetingRef;
    user_id_type: string;
    /** False where participants come as files, which have no ids of rooms. */
    rooms: boolean;
}
/** `whole`: the list has no more pages. */
export interface SampledSessions extends SessionCount {
    rows: number;
    whole: boolean;
}
/** How calls are let go, and how long export tasks have been seen to take; nothing for resources without any so far. */
export interface Pace {
    limit: {
        calls: number;
        window_ms: number;
    } | null;
    tasks: Partial<Record<ExportResource, TaskHabit>>;
}
export declare function dryRunActivities(deps: CallDeps): {
    /** One page of L1, counted by the day that each meeting starts in. */
    countMeetings(input: CountPageInput): Promise<{
        days: Record<string, DayCount>;
        candidates: Candidate[];
        page_token: string | null;
        calls: number;
    }>;
    /** The first page of a meeting's participants, as counts. */
    sampleParticipants(input: SampleInput): Promise<SampledSessions & {
        calls: number;
    }>;
    /** One page of R2. */
    countRooms(input: {
        profile: string;
        room_level_id: string;
        page_token: string | null;
    }): Promise<{
        page_token: string | null;
        calls: number;
    }>;
    /** The first meeting of a day that participants could be asked for. Null: the day has none. */
    probeMeeting({ profile: name, from, to, }: ProbeInput): Promise<{
        meeting: MeetingRef | null;
        calls: number;
    }>;
    /** Whether a meeting's participants are still there, and one of them whose minutes can be asked for. */
    probeParticipants(input: {
        profile: string;
        meeting: MeetingRef;
    }): Promise<{
        answers: boolean;
        participant: {
            user_id: string;
            join_time: string;
        } | null;
        calls: number;
    }>;
    probeQuality(input: {
        profile: string;
        meeting: MeetingRef;
        participant: {
            user_id: string;
            join_time: string;
        };
    }): Promise<{
        answers: boolean;
        calls: number;
    }>;
    /** How many calls an endpoint takes: null without a limit. Makes none itself. */
    describePace(input: {
        profile: string;
    }): Promise<Pace>;
};
