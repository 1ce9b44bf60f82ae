/** One Temporal server, and processes that stand by for leases on it: all within the test. Needs a build in dist. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';
import { retryUntilClosed } from '../../temporal/grpc-retries.ts';
import type { ApiLeaseOptions, HeldLease } from '../../worker/api-lease/lease-process.ts';
import { agreeOnShards } from '../../worker/api-lease/lease-workflows.ts';
import { standByForApiLease, type ApiLease } from '../../worker/api-lease/stand-by.ts';
import { startTestServer } from './embedded-temporal.ts';
import { DIST } from './product.ts';

export interface LeaseProcessOptions {
  identity: string;
  taskQueue: string;
  shards?: number;
  limit?: { calls: number; windowMs: number };
  startApiWorker?: ApiLeaseOptions['startApiWorker'];
  /** In place of what `trouble` says. */
  outages?: ApiLeaseOptions['outages'];
  /** False: as one that agreed on the number of shards long ago. Default true. */
  agrees?: boolean;
}

export interface TestProcess extends ApiLease {
  client: Client;
  /** What it makes calls with, by shard. */
  leases: Map<number, HeldLease>;
  /** Set by the test: why it is of no use. */
  trouble: { reason: string | null; recovered: boolean };
  log: string[];
  differs: string[];
}

export interface LeaseServer {
  address: string;
  connection: NativeConnection;
  /** Runs the workflows of a queue until the server is stopped. */
  serve(taskQueue: string): Promise<void>;
  startProcess(o: LeaseProcessOptions): Promise<TestProcess>;
  stop(): Promise<void>;
}

export async function startLeaseServer(cli: TemporalCli): Promise<LeaseServer> {
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
  const server = await startTestServer(cli);
  const native = await NativeConnection.connect({ address: server.address });
  const workers: Worker[] = [];
  const running: Promise<void>[] = [];
  const processes: { apiLease: ApiLease; connection: Connection }[] = [];
  return {
    address: server.address,
    connection: native,
    async serve(taskQueue) {
      const workflowBundle = { codePath: join(DIST, 'workflow-bundle.js') };
      const worker = await Worker.create({ connection: native, taskQueue, workflowBundle });
      workers.push(worker);
      running.push(worker.run());
    },
    async startProcess(o) {
      const connection = await Connection.connect({ address: server.address, interceptors: [retryUntilClosed()] });
      const client = new Client({ connection, identity: o.identity });
      const { process, options } = processOf(o, client);
      if (o.agrees !== false) await agreeOnShards(options);
      const apiLease = standByForApiLease(options);
      processes.push({ apiLease, connection });
      return { ...process, ...apiLease };
    },
    async stop() {
      await Promise.all(processes.map(({ apiLease }) => apiLease.shutdown()));
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await Promise.all(processes.map(({ connection }) => connection.close()));
      await native.close();
      await server.close();
    },
  };
}

function processOf(o: LeaseProcessOptions, client: Client) {
  const leases = new Map<number, HeldLease>();
  const trouble: TestProcess['trouble'] = { reason: null, recovered: false };
  const log: string[] = [];
  const differs: string[] = [];
  const sinceMs = Date.now();
  const options: ApiLeaseOptions = {
    client,
    taskQueue: o.taskQueue,
    shards: o.shards ?? 1,
    makesCalls: true,
    limitFor: () => [o.limit ?? { calls: 100, windowMs: 60_000 }],
    unansweredMs: 1_000,
    outages: o.outages ?? {
      troubles: () => (trouble.reason === null ? [] : [{ scope: 'store', reason: trouble.reason, sinceMs }]),
      unusable: () => trouble.reason,
      recovered: () => Promise.resolve(trouble.recovered),
      callsTaken: () => undefined,
      callsLeft: () => undefined,
    },
    startApiWorker: async (lease) => {
      const started = await o.startApiWorker?.(lease);
      leases.set(lease.shard, lease);
      return {
        ...started,
        stop: async () => {
          leases.delete(lease.shard);
          await started?.stop();
        },
      };
    },
    onShardsDiffer: (error) => void differs.push(error.message),
    logger: { info: (_, message) => void log.push(message), warn: (_, message) => void log.push(message) },
  };
  return { process: { client, leases, trouble, log, differs }, options };
}

/** On a busy machine. */
const PATIENCE_MS = 280_000;

/** Resolves once it is so. @throws Error when it never becomes so */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + PATIENCE_MS; !(await isSo());) {
    if (performance.now() > endMs) throw new Error(`never came true: ${isSo.toString()}`);
    await delay(50);
  }
}
