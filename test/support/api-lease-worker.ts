/** A worker process of the rig: `api-lease-worker.ts <JSON of Settings>`. Reports by messages to its parent. */
import { Context } from '@temporalio/activity';
import { Client, Connection, type WorkflowService } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { request } from 'undici';
import { z } from 'zod';
import { retryUntilClosed } from '../../temporal/grpc-retries.ts';
import { referenceTo } from '../../activities/index.ts';
import { Outages } from '../../activities/calls/outages.ts';
import { LeaseLostError, QueueFullError } from '../../feishu/pacer.ts';
import type { Pacer } from '../../feishu/pacer.ts';
import { startApiWorker, type LeaseDeps } from '../../worker/api-lease/api-worker.ts';
import { quotaOfBucket } from '../../worker/api-lease/shards.ts';
import { standByForApiLease } from '../../worker/api-lease/stand-by.ts';
import { bucketOfApp } from './api-lease-figures.ts';

export interface CallInput {
  app: number;
  number: number;
}
const settingsSchema = z.object({
  address: z.string(),
  taskQueue: z.string(),
  bundlePath: z.string(),
  apiUrl: z.string(),
  limit: z.object({ calls: z.number(), windowMs: z.number() }),
  unansweredMs: z.number(),
  shards: z.number(),
});
export type Settings = z.infer<typeof settingsSchema>;
export type Report =
  | { event: 'ready' | 'stopped'; pid: number }
  | ({ event: 'step' } & Step)
  | { event: 'log'; level: string; message: string; detail: unknown }
  | { event: 'stats'; heldShards: number[]; rssMb: number; starved: boolean };

/** Of a change of the lease: what a process did, and when, epoch ms. */
export interface Step {
  what: string;
  beganMs: number;
  endedMs: number;
}

const epochNowMs = (): number => performance.timeOrigin + performance.now();

/** Of the lease's own calls of the server; of its polls those that bring the lease. */
const STEPS = [
  'describeWorkflowExecution',
  'pollActivityTaskQueue',
  'recordActivityTaskHeartbeat',
  'respondActivityTaskFailed',
  'respondActivityTaskFailedById',
] as const;

function tellOfSteps(service: WorkflowService): void {
  for (const what of STEPS) {
    const ask: (message: object) => Promise<object> = service[what].bind(service);
    const told = async (message: object): Promise<object> => {
      const beganMs = epochNowMs();
      const answer = await ask(message);
      const isEmpty = 'taskToken' in answer && (answer.taskToken as Uint8Array).length === 0;
      if (!isEmpty) report({ event: 'step', what, beganMs, endedMs: epochNowMs() });
      return answer;
    };
    Reflect.set(service, what, Object.assign(told, service[what]));
  }
}

const report = (message: Report): void => void process.send?.(message);

async function makeCall(o: { leased: LeaseDeps; settings: Settings; input: CallInput }): Promise<void> {
  const { leased, settings, input } = o;
  const { pacer } = leased;
  const context = Context.current();
  const bucket = bucketOfApp(input.app);
  if (!leased.servesApp(quotaOfBucket(bucket))) {
    throw ApplicationFailure.create({ type: 'WrongShard', nonRetryable: true });
  }
  const signal = context.cancellationSignal;
  const beating = setInterval(() => context.heartbeat(), 1_000);
  try {
    const turn = await pacer.acquire(bucket, {
      priority: 1,
      fairnessKey: 'k',
      reference: referenceTo(context.info),
      signal,
    });
    try {
      const timeouts = { headersTimeout: settings.unansweredMs, signal: AbortSignal.timeout(settings.unansweredMs) };
      const headers = { 'x-sent-ms': String(epochNowMs()) };
      const answer = await request(`${settings.apiUrl}/${input.app}`, { ...timeouts, headers });
      turn.answered();
      await answer.body.dump();
      if (answer.statusCode === 429) {
        const resetMs = 1_000 * Number(answer.headers['x-ogw-ratelimit-reset']);
        pacer.pushBack(bucket, resetMs);
        throw ApplicationFailure.create({ message: 'throttled', nextRetryDelay: resetMs });
      }
    } finally {
      turn.unanswered();
    }
  } catch (error) {
    if (error instanceof LeaseLostError) throw ApplicationFailure.create({ type: 'LeaseLost', nextRetryDelay: 100 });
    if (error instanceof QueueFullError)
      throw ApplicationFailure.create({ type: 'Shed', nextRetryDelay: error.retryAfterMs });
    throw error;
  } finally {
    clearInterval(beating);
  }
}

const hasAnEmptyQueue = (pacer: Pacer): boolean => pacer.buckets().some((bucket) => pacer.load(bucket).waiting === 0);

async function main(settings: Settings): Promise<void> {
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
  const nativeConnection = await NativeConnection.connect({ address: settings.address });
  const connection = await Connection.connect({ address: settings.address, interceptors: [retryUntilClosed()] });
  const client = new Client({ connection });
  tellOfSteps(connection.workflowService);
  const worker = await Worker.create({
    connection: nativeConnection,
    taskQueue: settings.taskQueue,
    workflowBundle: { codePath: settings.bundlePath },
  });

  const pacers = new Set<Pacer>();
  const log = (level: string) => (fields: object, message: string) =>
    report({ event: 'log', level, message, detail: 'err' in fields ? String(fields.err) : fields });
  const apiLease = standByForApiLease({
    client,
    taskQueue: settings.taskQueue,
    shards: settings.shards,
    makesCalls: true,
    limitFor: () => [settings.limit],
    unansweredMs: settings.unansweredMs,
    outages: new Outages(),
    startApiWorker: async (lease) => {
      const beganMs = epochNowMs();
      let gotCalls = false;
      const call = (leased: LeaseDeps, input: CallInput): Promise<void> => {
        if (!gotCalls) report({ event: 'step', what: 'first call', beganMs: epochNowMs(), endedMs: epochNowMs() });
        gotCalls = true;
        return makeCall({ leased, settings, input });
      };
      const activities = (leased: LeaseDeps) => ({ call: (input: CallInput) => call(leased, input) });
      const { taskQueue } = settings;
      const own = {
        connection: nativeConnection,
        client,
        namespace: 'default',
        taskQueue,
        dataConverter: {},
        activities,
      };
      const apiWorker = await startApiWorker(own, lease);
      report({ event: 'step', what: 'startApiWorker', beganMs, endedMs: epochNowMs() });
      pacers.add(lease.pacer);
      return { ...apiWorker, stop: () => apiWorker.stop().finally(() => pacers.delete(lease.pacer)) };
    },
    onShardsDiffer: (error) => report({ event: 'log', level: 'error', message: error.message, detail: {} }),
    logger: { info: log('info'), warn: log('warn') },
  });
  setInterval(() => {
    const rssMb = Math.round(process.memoryUsage().rss / 1e6);
    const starved = [...pacers].some(hasAnEmptyQueue);
    report({ event: 'stats', heldShards: [...apiLease.held.keys()].toSorted((a, b) => a - b), rssMb, starved });
  }, 250).unref();
  process.once('SIGTERM', () => {
    void apiLease.shutdown().then(() => worker.shutdown());
  });
  report({ event: 'ready', pid: process.pid });
  await worker.run();
  report({ event: 'stopped', pid: process.pid });
  process.exit(0);
}

await main(settingsSchema.parse(JSON.parse(process.argv[2] ?? '{}')));
