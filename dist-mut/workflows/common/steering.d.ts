import type { ChildWorkflowHandle, Workflow } from '@temporalio/workflow';
import { Waits } from './waits.ts';
export interface ChildRun<T extends Workflow, R> {
    workflowId: string;
    start(): Promise<ChildWorkflowHandle<T>>;
    result(handle: ChildWorkflowHandle<T>): Promise<R>;
    /** Called when the id turns out to be taken, before it is waited for. */
    onTaken?(): Promise<void>;
    /** End what comes before the child's start early. */
    waits?: Waits;
}
export declare class Steering {
    #private;
    /** `paused`: carried over from the run before. */
    constructor({ paused, onChange }: {
        paused: boolean;
        onChange: () => void;
    });
    /** To be called before the first await, so that no message is refused. */
    takeMessages(): void;
    get paused(): boolean;
    /** How the process that makes the calls is told; before it is set there is no call to hold. */
    holdCallsBy(send: (held: boolean) => Promise<void>): void;
    /** Resolves when the run is not paused. */
    go(): Promise<void>;
    /** Makes a call that a pause takes back while it waits for its turn, and that is made again after the pause. */
    call<T>(activity: () => Promise<T>): Promise<T>;
    /**
     * Starts a child once the run is not paused, and passes pause and resume on to it until it has ended. Where another run
     * has the id (the child of a terminated run that is just ending, another run of the same day), it is waited for.
     * @throws WaitEnded
     */
    child<T extends Workflow, R>(run: ChildRun<T, R>): Promise<R>;
    /** Does what the workflow is there for, and lets it close after every child. */
    lead<T>(work: () => Promise<T>): Promise<T>;
}
