/** The client proper: connects, starts work or attaches to it, finds it again. */
import { Client } from '@temporalio/client';
import type { RawInputs, WorkflowType } from '../workflows/input.ts';
import { type RetryOptions } from './retry.ts';
import { type Schedules } from './schedules.ts';
import { type Registered } from './search-attributes.ts';
import { type HandleOf } from './handle.ts';
import { type StartOptions } from './start.ts';
export declare const DEFAULT_TASK_QUEUE = "feishu-vc";
export interface ConnectOptions {
    /** `host:port`; default: Temporal's own settings (`TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE`, config file). */
    address?: string;
    namespace?: string;
    /** Default `FEISHU_TASK_QUEUE`, else `feishu-vc`. */
    taskQueue?: string;
    /** How long the server may take to answer, default 10 s. */
    connectTimeoutMs?: number;
    /** Read instead of the process's environment. */
    env?: Record<string, string | undefined>;
}
export interface BackfillSummary {
    workflowId: string;
    runId: string;
    /** Temporal's word: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, … */
    status: string;
    startedAt: Date;
}
export interface FeishuVcClient {
    readonly address: string;
    readonly namespace: string;
    readonly taskQueue: string;
    /** Temporal's own client on the same connection, for what this one does not do. */
    readonly temporal: Client;
    /**
     * Starts a workflow, or attaches to the run that does the same work already.
     * @throws InvalidInputError naming every wrong field, before anything is sent
     * @throws AlreadyRunningDifferentlyError when the id runs with another input
     */
    start<T extends WorkflowType>(type: T, input: RawInputs[T], options?: StartOptions): Promise<HandleOf<T>>;
    /**
     * The newest run of an id.
     * @throws RunNotFoundError
     */
    attach<T extends WorkflowType>(type: T, workflowId: string): Promise<HandleOf<T>>;
    /**
     * Starts a closed backfill again under its id, for what failed, is pending or absent (`refresh` `missing`).
     * @throws RunNotFoundError
     * @throws AlreadyRunningDifferentlyError when it is open: `retryFailed` of its handle is meant then
     */
    retryClosed(workflowId: string, options?: RetryOptions): Promise<HandleOf<'backfill'>>;
    /** Backfills that start by themselves. */
    readonly schedules: Schedules;
    /** Makes runs searchable by profile, resource, day and status; takes the right to change the namespace. */
    registerSearchAttributes(): Promise<Registered>;
    /** Runs that a run has started, directly or not, and that are open. Visibility lags by about a second. */
    openBelow(workflowId: string): Promise<number>;
    /** Backfills of this queue, newest first; a start shows here after about a second. */
    backfills(filter?: {
        running?: boolean;
        limit?: number;
    }): Promise<BackfillSummary[]>;
    /** Workers that asked this queue for workflow tasks in the last 90 seconds. */
    workersPolling(): Promise<number>;
    close(): Promise<void>;
}
/**
 * Connects to the Temporal server.
 * @throws ServerUnreachableError, ConnectionSettingsError
 */
export declare function connectFeishuVc(options?: ConnectOptions): Promise<FeishuVcClient>;
