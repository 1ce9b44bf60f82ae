/**
 * When to look at an export task. Looks share one small quota (E5), so: while few tasks are under way, look after 2,
 * 4, 8 s and so on; while there are many, look once when such tasks are usually done, and spread the looks over what
 * the quota allows.
 */
import type { ExportResource } from '../../feishu/contract.ts';
export interface Look {
    quota: string;
    resource: ExportResource;
    /** Looks so far. */
    polls: number;
    ageMs: number;
    /** Least time between two looks that the quota allows, ms; 0 without a limit. */
    gapMs: number;
}
/** What tasks of a resource take. Seconds are from the create to the look that finds the task done. */
export interface TaskHabit {
    /** Means. */
    polls: number;
    seconds: number;
    longest_s: number;
}
export declare class PollSchedule {
    #private;
    constructor({ nowMs, random, }?: {
        nowMs?: () => number;
        random?: () => number;
    });
    created(quota: string, taskId: string): void;
    /** A task seen processing; it may have been created by another process. */
    seen(quota: string, taskId: string): void;
    ended(quota: string, { taskId, resource, ageMs, polls }: {
        taskId: string;
        resource: ExportResource;
        ageMs: number;
        polls: number;
    }): void;
    /** Milliseconds until the next look. */
    nextPollMs({ quota, resource, polls, ageMs, gapMs }: Look): number;
    /** Of the last tasks that this process saw end; null where it saw none. */
    habitOf(resource: ExportResource): TaskHabit | null;
}
