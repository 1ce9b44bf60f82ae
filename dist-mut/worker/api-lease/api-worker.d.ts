import type { Client } from '@temporalio/client';
import { type NativeConnection } from '@temporalio/worker';
import { type Deps } from '../../activities/index.ts';
import type { PollSchedule } from '../../activities/calls/poll-schedule.ts';
import type { StoreCircuitBreaker } from '../../activities/calls/store-circuit-breaker.ts';
import type { Pacer } from '../../feishu/pacer.ts';
import type { ApiWorker } from './stand-by.ts';
export interface ApiWorkerOptions {
    connection: NativeConnection;
    client: Client;
    namespace: string;
    taskQueue: string;
    deps: Deps;
    /** Outlives the lease: how long tasks take is worth remembering. */
    polls: PollSchedule;
    usedUp: Set<string>;
    breaker: StoreCircuitBreaker;
    pacer: Pacer;
}
export declare function startApiWorker(o: ApiWorkerOptions): Promise<ApiWorker>;
