/**
 * The workflows as they are shipped (from `dist`) on a real Temporal server, in this process, with activities that do what a test says:
 * for what happens between runs, whatever Feishu and the store do.
 */
import { join } from 'node:path';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { retryUntilClosed } from '../../temporal/grpc-retries.ts';
import type { Activities, CallActivities } from '../../activities/index.ts';
import { runActivities } from '../../activities/runs.ts';
import { addDays } from '../../model/calendar.ts';
import { DIST } from './product.ts';

type Any = Activities & CallActivities;
/** Activities that a test sets; the others do the least that lets a day of no meetings end. */
export type Stubs = { [K in keyof Any]?: (...args: Parameters<Any[K]>) => Promise<Awaited<ReturnType<Any[K]>>> };

export interface Rig {
  client: Client;
  taskQueue: string;
  close(): Promise<void>;
}

export interface RigOptions {
  address: string;
  taskQueue: string;
  stubs?: Stubs;
  /** What the ids of days begin with. Default: the queue. */
  dayScope?: string;
  /** Activities at once, as a worker of the product has 20. */
  slots?: number;
}

const logger = new DefaultLogger('ERROR', () => undefined);
let quiet = false;

export async function startRig({ address, taskQueue, stubs = {}, dayScope, slots = 20 }: RigOptions): Promise<Rig> {
  if (!quiet) Runtime.install({ logger });
  quiet = true;
  const [connection, native] = await Promise.all([
    Connection.connect({ address, interceptors: [retryUntilClosed()] }),
    NativeConnection.connect({ address }),
  ]);
  const client = new Client({ connection });
  const activities = {
    ...runActivities({ client } as never),
    ...leastActivities({ dayScope: dayScope ?? taskQueue, apiQueue: `${taskQueue}.api` }),
    ...stubs,
  };
  const workflowBundle = { codePath: join(DIST, 'workflow-bundle.js') };
  const common = { connection: native, activities, maxConcurrentActivityTaskExecutions: slots };
  const workers = [
    await Worker.create({ ...common, taskQueue, workflowBundle }),
    await Worker.create({ ...common, taskQueue: `${taskQueue}.api` }),
  ];
  const running = workers.map((worker) => worker.run());
  return {
    client,
    taskQueue,
    close: async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await native.close();
      await connection.close();
    },
  };
}

/** A tenant whose days have no meetings and no reservations. */
export function leastActivities({ dayScope, apiQueue }: { dayScope: string; apiQueue: string }): Stubs {
  return {
    describeProfile: () =>
      Promise.resolve({
        time_zone: 'Asia/Shanghai',
        search_attributes: [],
        calls_per_second: null,
        api_task_queue: apiQueue,
        day_scope: dayScope,
      }),
    describeDay: ({ day }) => {
      const from = Date.parse(`${day}T00:00:00Z`) / 1000;
      const window = { from, to: from + 86_400, ask_until: from + 86_400, asked_at: from };
      return Promise.resolve({ time_zone: 'UTC', ...window, reservation_windows: [] });
    },
    describeRange: ({ from = '2025-01-01', to = addDays(from, 1) }) => Promise.resolve({ from, to, problems: [] }),
    describeWaiting: () => Promise.resolve({ waiting_for: null }),
    setRunHeld: () => Promise.resolve(),
    // Of a day that is long past nobody asks who is still under way.
    pendingUnits: ({ locations }) => Promise.resolve({ ask: locations.map(({ unit }) => !unit.startsWith('ongoing')) }),
    pendingMeetings: () => Promise.resolve({ total: 0, meetings: [], next_cursor: null }),
    createExportTask: () => Promise.resolve({ task_id: '1', poll_after_ms: 10, deadline_ms: 60_000, calls: 1 }),
    pollExportTask: () => Promise.resolve({ status: 'done', encrypted_file_token: 'x', calls: 1 }),
    downloadExportFile: () => Promise.resolve({ status: 'stored', file: { bytes: 1, sha256: '0' }, calls: 1 }),
    storeExport: () => Promise.resolve({ status: 'done', rows: 1 }),
    storeResource: () => Promise.resolve({ uri: 'file:///t', raw: { uri: 'file:///r', bytes: 1, sha256: '0' } }),
    commitDay: () =>
      Promise.resolve({
        manifest: { uri: 'file:///m', sha256: '0' },
        complete: true,
        tables: { meetings: 1 },
        units: {},
        gaps: [],
        restatements: [],
      }),
  };
}

/** An activity that comes back later, as one that waits for its turn does. */
export function later(): never {
  throw ApplicationFailure.create({
    type: 'WaitingForTurn',
    message: 'later',
    nextRetryDelay: 200,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** Something that activities wait for until the test lets them. */
export class Latch {
  #open = false;
  arrived = 0;

  open(): void {
    this.#open = true;
  }

  /** Without a slot: an activity that meets it closed comes back later. */
  pass(): void {
    this.arrived++;
    if (!this.#open) later();
  }
}
