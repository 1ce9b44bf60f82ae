import type { DescribedProfile } from '../../activities/index.ts';
import { type Progress } from '../messages.ts';
import { ApiCalls } from './api-calls.ts';
import { type Seen } from './progress.ts';
import { type SearchAttributeValues } from './search-attributes.ts';
import { Steering } from './steering.ts';
export interface RunOptions {
    /** How far the work is. */
    seen(): Seen;
    /** Told after each change of what is seen. */
    onShow?(): void;
    /** What else the operator has to be told. */
    notes?(): readonly string[];
    /** Of the run before, which this one continues. */
    carried?: {
        paused: boolean;
        startedAtMs: number;
    } | undefined;
}
export declare class Run {
    #private;
    readonly steering: Steering;
    readonly startedAtMs: number;
    constructor(options: RunOptions);
    /** Before the first await: whoever has just started the run may ask and steer at once. */
    takeMessages(): void;
    /** Where the calls are made. Before it is known none can be. */
    callsAt(profile: string, taskQueue: string): void;
    /** For a run that is found by its search attributes. */
    findableBy({ search_attributes }: Pick<DescribedProfile, 'search_attributes'>, values: SearchAttributeValues): void;
    get calls(): ApiCalls;
    get paused(): boolean;
    /** What the next run of the chain takes over. */
    get carried(): {
        paused: boolean;
        startedAtMs: number;
    };
    progress(): Progress;
    /** To be called after each change of what is seen. */
    show(): void;
    finish(outcome: 'complete' | 'incomplete'): void;
    /**
     * Does what the workflow is there for, and lets it close after every child.
     * @param how `documented`: a failure ends the run with one of the documented types, as for a run that people start
     */
    lead<T>(work: () => Promise<T>, how?: 'documented' | 'as it is'): Promise<T>;
    /** Says in `waiting_for` what keeps calls from being made while the work does not move. */
    watched<T>(profile: string, work: () => Promise<T>): Promise<T>;
}
