import { type Refresh, type UnitCounts } from '../../model/units.ts';
import type { Seen } from '../common/progress.ts';
import { type BackfillResult, type DayReport, type ExportDayResult, type Gap, type TroubledDay } from '../messages.ts';
/** A day to be run. `fetched_since`: what was fetched since then (unix ms) is not asked for again; 0: nothing was. */
export interface DayTask {
    day: string;
    refresh: Refresh;
    fetched_since: number;
}
export interface BackfillRange {
    from: string;
    to: string;
    order: 'newest-first' | 'oldest-first';
    /** Of the days as they come; those that are run again are asked for what is missing. */
    refresh: Refresh;
}
/** A day that ended with a gap or failed, and what it added to the sums: taken back when it is run again. */
interface Troubled extends TroubledDay {
    units: UnitCounts;
    tables: Record<string, number>;
    gaps: Gap[];
}
/** All of the state, as it is carried through continue-as-new. */
export interface BackfillSums extends Pick<BackfillResult, 'days' | 'units' | 'tables' | 'gaps' | 'restatements' | 'calls'> {
    /** Null until the range is resolved. */
    range: BackfillRange | null;
    /** Days of the range that have been begun or left out. */
    cursor: number;
    concurrency: number;
    skip: string[];
    troubled: Troubled[];
    /** Days to run before those that the cursor has not reached: waiting ones that were put back, and those to run again. */
    ahead: DayTask[];
    /** What the operator has to be told. */
    notes: string[];
}
export declare class BackfillState {
    #private;
    constructor(carried: BackfillSums | null, concurrency: number);
    get carried(): BackfillSums;
    get concurrency(): number;
    get notes(): readonly string[];
    get range(): BackfillRange | null;
    /** Days of the range; 0 until it is resolved. */
    get total(): number;
    /** @returns in words, for the operator, the days to skip that turn out not to be among these; they are forgotten */
    resolve(range: BackfillRange): readonly string[];
    get hasNext(): boolean;
    /** The next day to run, which counts as running from now on; null where the next one is to be skipped. */
    next(): DayTask | null;
    reported(report: DayReport): void;
    waits(day: string, waitingFor: string | null): void;
    /** Days that have not begun yet: in their order, they are the first to come in the next run. */
    putBack(task: DayTask): void;
    completed(day: string, result: ExportDayResult): void;
    /** A day that fails is counted with its reason. */
    failed(day: string, { type, reason }: {
        type: string;
        reason: string;
    }): void;
    /** @returns why not, in words; null: it may be set */
    whyNotConcurrency(concurrency: unknown): string | null;
    setConcurrency(concurrency: number): string;
    /** Before the range is known any day is taken. */
    whyNotSkip(day: unknown): string | null;
    skip(day: string): string;
    whyNotRetry(reasons: unknown): string | null;
    /** Runs the days again for what failed, is pending or absent; what was counted of them is counted anew. */
    retry(reasons: string[] | undefined): string;
    get troubled(): TroubledDay[];
    get outcome(): 'complete' | 'incomplete';
    get result(): BackfillResult;
    /** What its ended days came to and what its running ones report. */
    get seen(): Seen;
}
export {};
