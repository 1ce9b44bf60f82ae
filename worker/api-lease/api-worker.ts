/** The Workers of the queues of calls. They run only in the process that holds the lease, for as long as it does. */
import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkerInterceptors } from '@temporalio/worker';
import type { CallDeps } from '../../activities/index.ts';
import type { ApiWorker, HeldLease } from './lease-process.ts';
import { storeHeartbeat } from './lease-service.ts';
import { apiTaskQueue } from './shards.ts';

/** Waiting is cheap: so many slots that the waiters of one endpoint never keep another's calls out. */
const SLOTS = 1500;
/** What comes by a queue of a shard that is no more is sent back at once. */
const RETIRED_SLOTS = 10;
/** A call under way gets so long to be answered, a download to end, before it is aborted. */
const STOP_GRACE_MS = 3_000;

/** What the activities of a queue of calls get from the lease. */
export type LeaseDeps = Pick<CallDeps, 'pacer' | 'servesApp' | 'stopSignal' | 'acknowledgedHeartbeat'>;

export interface ApiWorkerOptions {
  connection: NativeConnection;
  client: Client;
  namespace: string;
  taskQueue: string;
  /** As the client's. */
  dataConverter: DataConverter;
  interceptors?: WorkerInterceptors | undefined;
  activities(deps: LeaseDeps): object;
}

export async function startApiWorker(o: ApiWorkerOptions, lease: HeldLease): Promise<ApiWorker> {
  const stopping = new AbortController();
  // Each call under way listens to it, and there are many at once.
  setMaxListeners(0, stopping.signal);
  const deps: LeaseDeps = {
    pacer: lease.pacer,
    servesApp: (quotaOf) => lease.servesApp(quotaOf),
    stopSignal: stopping.signal,
    acknowledgedHeartbeat: (details) => acknowledgedHeartbeat(o.client, details),
  };
  const retired = lease.shard === 0 ? range(lease.shards, lease.mostShards) : [];
  const workers = await Promise.all([
    createWorker(o, { shard: lease.shard, slots: SLOTS, deps }),
    ...retired.map((shard) =>
      createWorker(o, { shard, slots: RETIRED_SLOTS, deps: { ...deps, servesApp: () => false } }),
    ),
  ]);
  const ended = Promise.all(workers.map((worker) => worker.run()));
  return {
    ended,
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      const timer = setTimeout(() => stopping.abort(new Error('another process makes the calls')), STOP_GRACE_MS);
      await ended.finally(() => clearTimeout(timer));
    },
  };
}

function createWorker(
  { connection, namespace, taskQueue, dataConverter, interceptors, activities }: ApiWorkerOptions,
  { shard, slots, deps }: { shard: number; slots: number; deps: LeaseDeps },
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    dataConverter,
    ...(interceptors && { interceptors }),
    taskQueue: apiTaskQueue(taskQueue, shard),
    activities: activities(deps),
    maxConcurrentActivityTaskExecutions: slots,
    maxHeartbeatThrottleInterval: '2 seconds',
    // What waits is told at once by the pacer; what was sent is aborted before this is over.
    shutdownGraceTime: '5 seconds',
  });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

const HEARTBEAT_DEADLINE_MS = 5000;

/** A create may be sent only once its record is stored. */
async function acknowledgedHeartbeat(client: Client, details: unknown): Promise<void> {
  const context = Context.current();
  context.heartbeat(details);
  const stored = await storeHeartbeat(client, {
    taskToken: context.info.taskToken,
    details,
    deadlineMs: HEARTBEAT_DEADLINE_MS,
  });
  if (stored === 'gone') throw new Error('the attempt is no longer of this process');
  if (stored.cancelRequested) context.cancellationSignal.throwIfAborted();
}
