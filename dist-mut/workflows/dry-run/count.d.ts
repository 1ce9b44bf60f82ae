import type { Candidate, DayCount } from '../../activities/index.ts';
import type { Seen } from '../common/progress.ts';
import type { Run } from '../common/run.ts';
import type { BackfillInput } from '../input.ts';
import type { BackfillPlan } from '../messages.ts';
import { type Shares } from './shares.ts';
/** Carried through continue-as-new. */
export interface Counted {
    /** By day; a day without meetings has none. */
    days: Record<string, DayCount>;
    /** The best, and one more: its priority says what those of the sample stand for. */
    candidates: Candidate[];
    calls: number;
    /** Where to go on: first day of a part of the range, and the page within it; null at the beginning. */
    at: {
        from: string;
        page_token: string | null;
    } | null;
}
/** How far a plan is. */
export declare class PlanState {
    #private;
    readonly counted: Counted;
    constructor(counted: Counted | null);
    says(doing: string): void;
    addCalls(calls: number): void;
    get calls(): number;
    ended({ meetings, units, calls_in_all }: BackfillPlan): void;
    get notes(): readonly string[];
    get seen(): Seen;
}
/** The plan while it is made. */
export interface Planning {
    input: BackfillInput;
    run: Run;
    state: PlanState;
    /** Ends this run and goes on in the next one with what is counted. */
    leave(): Promise<never>;
}
export declare function countDays(planning: Planning, range: {
    from: string;
    to: string;
}): Promise<void>;
/** Page after page. An estimate takes what it got where paging goes in circles; an export would fail. */
export declare function eachPage<P extends {
    page_token: string | null;
}>(read: (pageToken: string | null) => Promise<P>, onPage: (page: P) => Promise<void> | void, first?: string | null): Promise<void>;
export declare const noMeetings: () => DayCount;
/** Asks for the participants of the sample, so that a range of few meetings is known whole. */
export declare function sampleSessions({ input, run, state }: Planning): Promise<Shares>;
