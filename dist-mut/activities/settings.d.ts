import { type MeetingRef } from '../dataset/pending-units.ts';
import type { Deps } from './deps.ts';
/** A day of a profile, in unix seconds. */
export interface DayWindow {
    time_zone: string;
    from: number;
    to: number;
    /** Until when meetings are asked for: a day after the day's end, or now. */
    ask_until: number;
    asked_at: number;
    /** At most a day each, none starting in the future. */
    reservation_windows: {
        from: number;
        to: number;
    }[];
}
export interface DescribedProfile {
    time_zone: string;
    /** Names of those that runs may set. */
    search_attributes: string[];
    /** Of each endpoint; null: without a limit. */
    calls_per_second: number | null;
    /** Where calls of the profile are made. */
    api_task_queue: string;
    /** What ids of the profile's days begin with, whatever queue they run on: they are the locks of the days in the store. */
    day_scope: string;
}
export interface RangeInput {
    profile: string;
    /** What "previous" and "days back" are relative to, unix ms. */
    at_ms: number;
    from?: string;
    to?: string;
    month?: string;
    days_back?: {
        from: number;
        to: number;
    };
}
export declare function settingsActivities(deps: Deps): {
    /** @throws ApplicationFailure `InvalidInput` for a name that is not configured, StoreUnavailable for a store of another host or zone */
    describeProfile(input: {
        profile: string;
    }): Promise<DescribedProfile>;
    describeDay(input: {
        profile: string;
        day: string;
    }): Promise<DayWindow>;
    describeMeeting(input: {
        meeting: {
            meeting_no: string;
            meeting_start_time: string;
            meeting_end_time: string;
        };
    }): Promise<MeetingRef>;
    /** The days of a backfill. A month that is not over ends today. */
    describeRange(input: RangeInput): Promise<{
        from: string;
        to: string;
        problems: {
            field: string;
            message: string;
        }[];
    }>;
};
