import type { DayCount, Pace } from '../../activities/index.ts';
import type { BackfillInput } from '../input.ts';
import type { Shares } from './shares.ts';
export interface PlannedDay {
    count: DayCount;
    /** Meetings of the day after, which the same list shows. */
    meetings_after: number;
    /** Windows that reservations are asked for in. */
    reservation_windows: number;
}
export interface Rates {
    shares: Shares;
    tasks: Pace['tasks'];
    /** Pages of the list of rooms. */
    room_pages: number;
}
export declare function callsOfDay(input: BackfillInput, day: PlannedDay, rates: Rates): Record<string, number>;
export declare function roundedCalls(days: readonly Record<string, number>[]): Record<string, number>;
