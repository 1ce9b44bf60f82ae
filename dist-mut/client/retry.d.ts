import type { Client } from '@temporalio/client';
import { type HandleOf } from './handle.ts';
export interface RetryOptions {
    /** Only the days from the first to the last of these. Default: all; complete ones cost no call. */
    days?: readonly string[];
}
export declare function retryClosed({ temporal, taskQueue }: {
    temporal: Client;
    taskQueue: string;
}, workflowId: string, { days }: RetryOptions): Promise<HandleOf<'backfill'>>;
