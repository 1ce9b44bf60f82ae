import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { PacerState } from '../../feishu/pacer.ts';
import type { HeartbeatAnswer } from './lease-heartbeats.ts';
/** In the memo of a lease workflow that was started after another one had closed: that one's run id. */
export declare const PREVIOUS_RUN_MEMO = "previousRunId";
export interface Inheritance {
    record: PacerState;
    /** The previous owner may not know yet that it lost the lease: it goes on for as long as its own lasts. */
    stillInUse: boolean;
}
/** One attempt of the lease activity, given to this process. */
export declare class LeaseTask {
    #private;
    readonly attempt: number;
    /** The lease goes to another process when no beat was stored for so long. */
    readonly heartbeatTimeoutMs: number;
    constructor(client: Client, task: temporal.api.workflowservice.v1.PollActivityTaskQueueResponse.$Properties);
    /** Waits for the lease, up to a minute; undefined: not now. */
    static poll(o: {
        client: Client;
        taskQueue: string;
        signal: AbortSignal;
    }): Promise<LeaseTask | undefined>;
    get askedBack(): boolean;
    /** What the previous owner left; undefined when there was none. */
    inherit(): Promise<Inheritance | undefined>;
    /** Stores the record with the lease, or that there is none. Rejects when it is unknown whether it was stored. */
    beat(record: PacerState | undefined, o: {
        deadlineMs: number;
    }): Promise<HeartbeatAnswer>;
    /** Gives the lease back, for another process to take. Without a record the one of the last beat stays. */
    release(record: PacerState | undefined): Promise<void>;
}
