import { type Client } from '@temporalio/client';
import { type BackfillInput, type RawInputs } from '../workflows/input.ts';
/** Fields of a backfill but the days, which the schedule sets, and `dry_run`. */
type ScheduledFields = Omit<RawInputs['backfill'], 'from' | 'to' | 'month' | 'days_back' | 'dry_run'>;
export interface ScheduleInput {
    /** Unique on the task queue: letters, digits, `.`, `_`, `-`. */
    name: string;
    /** `daily`: the days before the day it starts on. `monthly`: the month before. */
    every: 'daily' | 'monthly';
    /** `HH:mm` in `timeZone`; default 07:00, an hour after the data of the day before have settled. */
    at?: string;
    /** Monthly: 1 to 28, default 2, when meetings that ran into the month's first day have ended. */
    dayOfMonth?: number;
    /** Daily: how many days each run looks back, 1 to 31, default 7. Days that are sealed cost no call. */
    lookBackDays?: number;
    /** IANA name: the zone of the profile. Default Asia/Shanghai. */
    timeZone?: string;
    /** How late a start that was missed in an outage of the server is made up for, 1 to 365 days, default 7. */
    catchUpDays?: number;
    /** Starts are spread over so many minutes, 0 to 60, default 5. */
    jitterMinutes?: number;
    /** `refresh` is `unsettled` where not given. */
    backfill?: ScheduledFields;
}
export interface ScheduleState {
    name: string;
    scheduleId: string;
    every: 'daily' | 'monthly';
    profile: string;
    at: string;
    timeZone: string;
    paused: boolean;
    note: string | null;
    /** The next few starts. */
    next: Date[];
    /** The last starts, newest first. */
    recent: {
        scheduledAt: Date;
        workflowId: string;
    }[];
}
export interface Schedules {
    /**
     * Creates a schedule; one of the same name and the same settings is left as it is.
     * @throws InvalidInputError naming every wrong field
     * @throws ScheduleExistsError where the name is taken by other settings
     */
    create(input: ScheduleInput): Promise<{
        scheduleId: string;
        created: boolean;
        input: BackfillInput;
    }>;
    /** A schedule shows here after about a second. */
    list(): Promise<ScheduleState[]>;
    /** @throws ScheduleNotKnownError, as the next two */
    pause(name: string, note?: string): Promise<void>;
    resume(name: string, note?: string): Promise<void>;
    /** What it has started goes on. */
    delete(name: string): Promise<void>;
}
export declare function createSchedules(temporal: Client, taskQueue: string): Schedules;
export {};
