import type { Client } from '@temporalio/client';
import { Pacer } from '../../feishu/pacer.ts';
import type { Limit } from '../../feishu/pacer.ts';
export interface ApiLeaseLogger {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
}
/** What runs only in the process that holds the lease: the Worker of the queue `<taskQueue>.api`. */
export interface ApiWorker {
    /** Resolves when nothing of it runs any more. Callers that wait for a turn have been rejected before. */
    stop(): Promise<void>;
    /** Settles when the lane has ended without being stopped: the lease goes to another process. */
    ended?: Promise<unknown>;
}
export interface ApiLeaseOptions {
    /** Best on a connection of `@temporalio/client`: a native one cannot abort the poll for the lease. */
    client: Client;
    /** The queue of the workflows; `<taskQueue>.api-lease` is the lease's. */
    taskQueue: string;
    limitFor(bucket: string): Limit[] | null;
    /** HTTP timeout: a call that was let go this long ago has ended. */
    unansweredMs: number;
    /** Most waiters of one bucket. */
    maxWaiting?: number;
    /** Called each time this process gets the lease, with a pacer that lives as long as that. */
    startApiWorker(pacer: Pacer): Promise<ApiWorker>;
    logger: ApiLeaseLogger;
}
export interface ApiLease {
    /** Does this process make the calls at the moment? */
    holdsLease(): boolean;
    /** Gives the lease up, if held, and stops standing by. */
    shutdown(): Promise<void>;
}
export declare function apiLeaseWorkflowId(taskQueue: string): string;
/** Returns at once; whatever cannot be reached is tried until it can. */
export declare function standByForApiLease(o: ApiLeaseOptions): ApiLease;
