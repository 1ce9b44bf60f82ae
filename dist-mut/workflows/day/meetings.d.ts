import type { DayContext } from './lists.ts';
export declare class DayMeetings {
    #private;
    constructor(day: DayContext, sessionsAtOnce: number);
    /** Where the history is full, the meetings before the cursor have ended and nothing is under way. */
    export(): Promise<{
        status: 'done' | 'history is full';
    }>;
}
