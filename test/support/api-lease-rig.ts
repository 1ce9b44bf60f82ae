/**
 * A rig for the API lease: a Temporal dev server, several worker processes, and an API that notes every arrival and
 * answers 429 to a call too many.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode } from '@temporalio/worker';
import { retryUntilClosed } from '../../temporal/grpc-retries.ts';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';
import type { Limit } from '../../feishu/pacer.ts';
import { apiTaskQueue, quotaOfBucket, shardOf } from '../../worker/api-lease/shards.ts';
import { bucketOfApp, type Arrival } from './api-lease-figures.ts';
import { startTestServer } from './embedded-temporal.ts';
import type { Report, Settings, Step } from './api-lease-worker.ts';
import type { makeCalls } from './api-lease-workflows.ts';

export interface RigSettings {
  cli: TemporalCli;
  processes: number;
  apps: number;
  shards?: number;
  limit: Limit;
  latencyMs: number;
  unansweredMs: number;
  onLog?: (line: string) => void;
}

export interface WorkerProcess {
  name: string;
  child: ChildProcess;
  /** Of the process itself: what a signal is to reach. */
  pid: number;
  heldShards: number[];
  rssMb: number;
  /** What it did of the lease so far. */
  steps: Step[];
  /** No call waited in some bucket: its use says nothing about the pacing. */
  starved: boolean;
  stopped: boolean;
}

export interface Rig {
  readonly arrivals: readonly Arrival[];
  readonly workers: readonly WorkerProcess[];
  readonly client: Client;
  readonly taskQueue: string;
  /** Makes so many calls with each app; resolves when all are done. */
  makeCalls(callsPerApp: number): Promise<void>;
  /** Resolves when so many calls have arrived. */
  reached(arrivals: number): Promise<void>;
  /** The process that holds the lease of a shard, once there is one. */
  holder(shard?: number): Promise<WorkerProcess>;
  stop(): Promise<void>;
}

const TASK_QUEUE = 'rig';

export async function startRig(o: RigSettings): Promise<Rig> {
  const [server, bundle, api] = await Promise.all([startTestServer(o.cli), bundleWorkflows(), startApi(o)]);
  const bundlePath = join(server.dir, 'workflows.js');
  await writeFile(bundlePath, bundle);
  const settings: Settings = {
    address: server.address,
    taskQueue: TASK_QUEUE,
    bundlePath,
    apiUrl: api.url,
    limit: o.limit,
    unansweredMs: o.unansweredMs,
    shards: o.shards ?? 1,
  };
  const names = Array.from({ length: o.processes }, (_, i) => `w${i + 1}`);
  const workers = await Promise.all(names.map((name) => startWorker({ name, settings, rig: o })));
  const connection = await Connection.connect({ address: server.address, interceptors: [retryUntilClosed()] });
  const client = new Client({ connection });
  return {
    arrivals: api.arrivals,
    workers,
    client,
    taskQueue: TASK_QUEUE,
    makeCalls: (calls) => runCalls({ client, calls, apps: o.apps, shards: o.shards ?? 1, ahead: 4 * o.limit.calls }),
    async reached(arrivals) {
      while (api.arrivals.length < arrivals) await delay(20);
    },
    async holder(shard = 0) {
      for (;;) {
        const holder = workers.find((worker) => worker.heldShards.includes(shard) && !worker.stopped);
        if (holder !== undefined) return holder;
        await delay(20);
      }
    },
    async stop() {
      for (const { child } of workers) child.kill('SIGKILL');
      await connection.close();
      await server.close();
      await api.close();
    },
  };
}

async function bundleWorkflows(): Promise<string> {
  const workflowsPath = fileURLToPath(new URL('api-lease-workflows.ts', import.meta.url));
  const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
  return (await bundleWorkflowCode({ workflowsPath, logger: quiet })).code;
}

async function startApi(o: RigSettings) {
  const arrivals: Arrival[] = [];
  const recent = new Map<number, number[]>();
  const server = createServer((message, response) => {
    const atMs = performance.now();
    const app = Number((message.url ?? '').slice(1));
    const window = (recent.get(app) ?? []).filter((at) => at > atMs - o.limit.windowMs);
    window.push(atMs);
    recent.set(app, window);
    const throttled = window.length > o.limit.calls;
    const underWayMs = performance.timeOrigin + atMs - Number(message.headers['x-sent-ms']);
    arrivals.push({ app, atMs, throttled, underWayMs });
    setTimeout(() => {
      const resetMs = (window[0] ?? atMs) + o.limit.windowMs - performance.now();
      if (throttled) response.setHeader('x-ogw-ratelimit-reset', (resetMs / 1_000).toFixed(3));
      response.writeHead(throttled ? 429 : 200).end('{}');
    }, o.latencyMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    arrivals,
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function startWorker(o: { name: string; settings: Settings; rig: RigSettings }): Promise<WorkerProcess> {
  const script = fileURLToPath(new URL('api-lease-worker.ts', import.meta.url));
  const args = ['--import', 'tsx', script, JSON.stringify(o.settings)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const worker: WorkerProcess = {
    name: o.name,
    child,
    pid: child.pid ?? 0,
    heldShards: [],
    rssMb: 0,
    steps: [],
    starved: false,
    stopped: false,
  };
  child.once('exit', () => {
    worker.stopped = true;
    worker.heldShards = [];
  });
  if (child.stderr !== null)
    createInterface({ input: child.stderr }).on('line', (line) => o.rig.onLog?.(`${o.name} stderr ${line}`));
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`worker ${o.name} ended before it was ready`)));
    child.on('message', (report: Report) => {
      if (report.event === 'ready') {
        worker.pid = report.pid;
        resolve();
      }
      if (report.event === 'stats') Object.assign(worker, { ...report });
      if (report.event === 'step') worker.steps.push(report);
      if (report.event === 'log') o.rig.onLog?.(`${o.name} ${report.message} ${JSON.stringify(report.detail)}`);
    });
  });
  await ready;
  return worker;
}

/** Several workflows for each app keep each history short. */
async function runCalls(o: {
  client: Client;
  calls: number;
  apps: number;
  shards: number;
  ahead: number;
}): Promise<void> {
  const parts = Math.max(1, Math.round(o.calls / 250));
  const runs = [];
  for (let app = 0; app < o.apps; app += 1) {
    const task_queue = apiTaskQueue(TASK_QUEUE, shardOf(quotaOfBucket(bucketOfApp(app)), o.shards));
    for (let part = 0; part < parts; part += 1) {
      const calls = Math.ceil(o.calls / parts);
      const run = o.client.workflow.execute<typeof makeCalls>('makeCalls', {
        workflowId: `calls-${app}-${part}`,
        taskQueue: TASK_QUEUE,
        args: [{ app, calls, ahead: Math.ceil(o.ahead / parts), task_queue }],
      });
      runs.push(run);
    }
  }
  await Promise.all(runs);
}
