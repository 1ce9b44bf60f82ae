import type { QualitySource } from '../../activities/index.ts';
/**
 * Runs tasks side by side, at most `limit()` at once. A task that throws ends the window: `run` and `drain` throw it
 * on, after the others were cancelled and have ended, so that nothing is left running unseen.
 */
export declare class TaskPool {
    #private;
    constructor(limit: () => number);
    get size(): number;
    /** Resolves when fewer than the limit are running. */
    place(): Promise<void>;
    /** Resolves as soon as the task is started, which is when there is a place for it. */
    run(task: () => Promise<void>): Promise<void>;
    /** Has whoever waits for a place, or for a change, look again. */
    wake(): void;
    /** Resolves when a task has ended or the limit has changed. */
    change(): Promise<void>;
    drain(): Promise<void>;
}
/** A number of places that tasks of different size share, in the order in which they came. */
export declare class Semaphore {
    #private;
    constructor(total: number);
    /** Runs the task once a place is free; the last one to start may take more than were left. */
    hold<T>(locations: number, task: () => Promise<T>): Promise<T>;
}
/** Meetings side by side where only their participants are asked for: a drain at continue-as-new waits for so many. */
export declare const MEETINGS_AT_ONCE = 30;
/** With quality their lists are had ahead of the sessions, so that the one bucket does not wait for the other. */
export declare const MEETINGS_WITH_QUALITY_AT_ONCE = 24;
/**
 * So many sessions side by side keep an endpoint in use. By the list more of them would only wait for their calls, and
 * each call that waits costs the server heartbeats; those that wait for export tasks cost nothing.
 */
export declare function sessionsAtOnce(callsPerSecond: number | null, source: QualitySource): number;
