/** From a run's counters to what people see: the `progress` query and the current details in the Temporal UI. */
import type { UnitCounts } from '../../model/units.ts';
import type { DayReport, Progress } from '../messages.ts';
/** Calls and finished units over the last minutes, from marks taken whenever something ended. */
export declare class Rate {
    #private;
    mark(calls: number, units: number): void;
    perMinute(what: 'calls' | 'units'): number;
}
export declare function finishedUnits(units: UnitCounts): number;
/** What a workflow knows of itself; all that is not known yet may be left out. */
export interface Seen {
    doing: string;
    calls: number;
    units: Progress['units'];
    /** Units that are still to come, where not all of them are among `units` yet. */
    unitsLeft?: number;
    days?: Progress['days'];
    range?: Progress['range'];
    rows?: Progress['rows'];
    running?: Progress['running'];
    /** Why nothing moves, where the workflow knows it by itself. */
    waitingFor?: string | null;
}
/** What every run knows. Instants in unix ms. */
export interface RunState {
    done: boolean;
    paused: boolean;
    waitingFor: string | null;
    startedAtMs: number;
    nowMs: number;
    perMinute: {
        calls: number;
        units: number;
    };
}
/** The one place where a run's figures become `Progress`. */
export declare function progressOf(seen: Seen, run: RunState): Progress;
/** What the operator reads in the Temporal UI. `notes`: what else has to be told, a line each. */
export declare function showDetails(progress: Progress, notes?: readonly string[]): void;
/** Decides when a day tells its parent how far it is: at most every 5 s and about 20 times, to bound both histories. */
export declare class Reporter {
    #private;
    due(report: DayReport): boolean;
}
