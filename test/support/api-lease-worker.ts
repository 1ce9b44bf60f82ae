/** A worker process of the governor rig: `governor-worker.ts <JSON of Settings>`. Reports by messages to its parent. */
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { request } from 'undici';
import { z } from 'zod';
import { LeaseLostError, QueueFullError } from '../../feishu/pacer.ts';
import type { Pacer } from '../../feishu/pacer.ts';
import { standByForApiLease } from '../../worker/api-lease/stand-by.ts';
import type { ApiWorker } from '../../worker/api-lease/stand-by.ts';

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
  slots: z.number(),
});
export type Settings = z.infer<typeof settingsSchema>;
export type Report =
  | { event: 'ready' | 'stopped' }
  | { event: 'log'; level: string; message: string; detail: unknown }
  | { event: 'stats'; owner: boolean; rssMb: number; beats: number; starved: boolean };

const report = (message: Report): void => void process.send?.(message);

async function makeCall(o: { pacer: Pacer; settings: Settings; input: CallInput }): Promise<void> {
  const { pacer, settings, input } = o;
  const context = Context.current();
  const bucket = `api|app ${input.app}|GET /call`;
  const signal = context.cancellationSignal;
  const beating = setInterval(() => context.heartbeat(), 1_000);
  try {
    const turn = await pacer.acquire(bucket, { priority: 1, fairnessKey: 'k', signal });
    try {
      const timeouts = { headersTimeout: settings.unansweredMs, signal: AbortSignal.timeout(settings.unansweredMs) };
      const answer = await request(`${settings.apiUrl}/${input.app}`, timeouts);
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

async function main(settings: Settings): Promise<void> {
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
  const nativeConnection = await NativeConnection.connect({ address: settings.address });
  const connection = await Connection.connect({ address: settings.address });
  const client = new Client({ connection });
  let beats = 0;
  const service = connection.workflowService;
  const beat = service.recordActivityTaskHeartbeat;
  const counted = (message: Parameters<typeof beat>[0]) => {
    beats += 1;
    return beat.call(service, message);
  };
  service.recordActivityTaskHeartbeat = Object.assign(counted, beat);
  const worker = await Worker.create({
    connection: nativeConnection,
    taskQueue: settings.taskQueue,
    workflowBundle: { codePath: settings.bundlePath },
  });

  let current: Pacer | undefined;
  const startApiWorker = async (pacer: Pacer): Promise<ApiWorker> => {
    current = pacer;
    const apiWorker = await Worker.create({
      connection: nativeConnection,
      taskQueue: `${settings.taskQueue}.api`,
      activities: { call: (input: CallInput) => makeCall({ pacer, settings, input }) },
      maxConcurrentActivityTaskExecutions: settings.slots,
    });
    const ended = apiWorker.run();
    return {
      ended,
      stop: () => {
        apiWorker.shutdown();
        return ended;
      },
    };
  };
  const log = (level: string) => (fields: object, message: string) =>
    report({ event: 'log', level, message, detail: 'err' in fields ? String(fields.err) : fields });
  const apiLease = standByForApiLease({
    client,
    taskQueue: settings.taskQueue,
    limitFor: () => [settings.limit],
    unansweredMs: settings.unansweredMs,
    startApiWorker,
    logger: { info: log('info'), warn: log('warn') },
  });
  setInterval(() => {
    const rssMb = Math.round(process.memoryUsage().rss / 1e6);
    const starved = current?.buckets().some((bucket) => current?.load(bucket).waiting === 0) ?? false;
    report({ event: 'stats', owner: apiLease.holdsLease(), rssMb, beats, starved });
  }, 250).unref();
  process.once('SIGTERM', () => {
    void apiLease.shutdown().then(() => worker.shutdown());
  });
  report({ event: 'ready' });
  await worker.run();
  report({ event: 'stopped' });
  process.exit(0);
}

await main(settingsSchema.parse(JSON.parse(process.argv[2] ?? '{}')));
