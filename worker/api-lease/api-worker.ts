/** The Worker of the queue of calls. It runs only in the process that holds the lease, for as long as it does. */
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { createCallActivities, type CallDeps, type Deps } from '../../activities/index.ts';
import type { Pacer } from '../../feishu/pacer.ts';
import type { ApiWorker } from './stand-by.ts';

/** Waiting is cheap: so many slots that the waiters of one endpoint never keep another's calls out. */
const SLOTS = 1500;

export interface ApiWorkerOptions {
  connection: NativeConnection;
  client: Client;
  namespace: string;
  taskQueue: string;
  deps: Deps;
  /** Outlives the lease: how long tasks take, and what is away, is worth remembering. */
  kept: Pick<CallDeps, 'polls' | 'usedUp' | 'breaker' | 'outages' | 'held'>;
  pacer: Pacer;
}

export async function startApiWorker(o: ApiWorkerOptions): Promise<ApiWorker> {
  const { deps, kept, pacer, connection, namespace, client } = o;
  const stopping = new AbortController();
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: `${o.taskQueue}.api`,
    activities: createCallActivities({
      ...deps,
      ...kept,
      pacer,
      servesApp: () => true,
      stopSignal: stopping.signal,
      acknowledgedHeartbeat: (details) => acknowledgedHeartbeat(client, namespace, details),
    }),
    maxConcurrentActivityTaskExecutions: SLOTS,
    maxHeartbeatThrottleInterval: '2 seconds',
    // A call that was sent is answered within this time, or its own timeout has ended it.
    shutdownGraceTime: '15 seconds',
  });
  const ended = worker.run();
  return {
    ended,
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}

const HEARTBEAT_DEADLINE_MS = 5000;

/** The SDK's own heartbeat returns before anything is stored; a create may be sent only once its record is. */
async function acknowledgedHeartbeat(client: Client, namespace: string, details: unknown): Promise<void> {
  const context = Context.current();
  context.heartbeat(details);
  const request = {
    namespace,
    identity: client.options.identity,
    taskToken: context.info.taskToken,
    details: { payloads: [defaultPayloadConverter.toPayload(details)] },
  };
  const answer = await client.withDeadline(Date.now() + HEARTBEAT_DEADLINE_MS, () =>
    client.workflowService.recordActivityTaskHeartbeat(request),
  );
  if (answer.cancelRequested) context.cancellationSignal.throwIfAborted();
}
