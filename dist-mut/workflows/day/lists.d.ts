import type { Run } from '../common/run.ts';
import type { ExportDayInput } from '../input.ts';
import type { DayState } from './state.ts';
import type { DayUnits } from './units.ts';
/** What the parts of a day's export work on. */
export interface DayContext {
    input: ExportDayInput;
    run: Run;
    state: DayState;
    units: DayUnits;
    /** What was fetched since then (unix ms) is not asked for again. */
    fetchedSince: number;
}
export declare class DayLists {
    #private;
    constructor(day: DayContext);
    /** The day's meetings, from the day's start to a day after its end: what starts in the day is kept, whatever a window means. */
    meetings(): Promise<void>;
    /** Windows of a day at most, half a day apart, so that a booking of up to 12 hours lies whole in one, whatever a window means. */
    reservations(): Promise<void>;
}
