/** A worker and the Temporal server die at the worst moments; no export is lost, doubled or wrong. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Child } from '../client/embedded/children.ts';
import type { ExportResourceResult } from '../client/index.ts';
import { unitFolder } from '../dataset/storage-keys.ts';
import type { LedgerTask } from '../sandbox/ledger.ts';
import type { Tenant } from '../sandbox/tenant.ts';
import { addDays } from '../model/calendar.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { startHoldingProxy, type HoldingProxy } from './support/holding-proxy.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
/** On a busy machine. */
const PATIENCE_MS = 300_000;
const CREATE = 'exports/meeting_list';
const DOWNLOAD = 'exports/download';
/** Of the sandbox: while it stands, no task ends. */
const clock: { standsMs: number | null } = { standsMs: null };

describe.skipIf(!cli)('exports whose worker is killed', () => {
  let product: Product;
  let proxy: HoldingProxy;
  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      workers: 0,
      sandbox: { meetingsPerDay: 40, taskDelayMs: [50, 50], nowMs: () => clock.standsMs ?? Date.now() },
    });
    proxy = await startHoldingProxy(product.sandbox.url);
  });
  afterAll(async () => {
    await product.stop();
    await proxy.close();
  });

  const startWorker = () => product.startWorker({ FEISHU_BASE_URL: proxy.url });

  /** Each asks for days of its own, so that its tasks are known by their request. */
  const startExport = async (day: string, days = 1) => {
    const request = requestOf(product.sandbox.tenant, day, days);
    const handle = await product.client.start('exportResource', { resource: 'meeting_list', request });
    return { day, days, handle };
  };
  type Started = Awaited<ReturnType<typeof startExport>>;

  const tasksOf = ({ day, days }: Started): LedgerTask[] => {
    const { start_time, end_time } = requestOf(product.sandbox.tenant, day, days);
    return product.sandbox.ledger.tasks.filter(
      ({ request }) => request['start_time'] === start_time && request['end_time'] === end_time,
    );
  };
  const expectRight = async (started: Started): Promise<ExportResourceResult> => {
    const result = await started.handle.result();
    expect(result.rows).toBe(meetingsIn(product.sandbox.tenant, started));
    expect(tasksOf(started).map((task) => task.task_id)).toContain(result.task_id);
    return result;
  };

  test(
    'while a task is processing, and the Temporal server with it, make one task each',
    async () => {
      const worker = await startWorker();
      clock.standsMs = Date.now();
      const started = await Promise.all(['2025-03-03', '2025-03-04'].map((day) => startExport(day)));
      for (const { handle } of started)
        await until(async () => /waiting for task/.test((await handle.progress()).doing));
      await kill(worker);
      await product.restartTemporal();
      await startWorker();
      clock.standsMs = null;
      for (const each of started) {
        const result = await expectRight(each);
        expect(result.unknown_creates).toBe(0);
        expect(tasksOf(each)).toHaveLength(1);
      }
      await kill(product.workers.at(-1)!);
    },
    PATIENCE_MS,
  );

  test(
    'around a create, before and in a download, and before a file is noted, end right',
    async () => {
      const worker = await startWorker();
      const cut = proxy.hold(DOWNLOAD, 'body');
      const inDownload = await startExport('2025-03-05', 7);
      await cut.held;
      const unsent = proxy.hold(DOWNLOAD, 'request');
      const beforeDownload = await startExport('2025-03-12');
      await unsent.held;
      const late = proxy.hold(DOWNLOAD, 'request');
      const beforeNote = await startExport('2025-03-13');
      await late.held;
      const beforeCall = proxy.hold(CREATE, 'request');
      const beforeCreate = await startExport('2025-03-14');
      await beforeCall.held;
      const answer = proxy.hold(CREATE, 'answer');
      const afterCreate = await startExport('2025-03-15');
      await answer.held;

      const folder = unitFolder({
        kind: 'single',
        workflow_id: beforeNote.handle.workflowId,
        run_id: beforeNote.handle.runId,
        generation: 0,
        resource: 'meeting_list',
        unit: 'export',
      });
      const noting = noteIsWritten(join(product.dataDir, folder));
      late.release();
      await noting;
      await kill(worker);
      expect(tasksOf(beforeCreate)).toHaveLength(0);
      expect(tasksOf(afterCreate)).toHaveLength(1);

      await startWorker();
      const all = [inDownload, beforeDownload, beforeNote, beforeCreate, afterCreate];
      const results = await Promise.all(all.map(expectRight));
      // Nobody can tell whether a create whose answer is lost has made a task: both are reported as unknown.
      expect(results.map((result) => result.unknown_creates)).toStrictEqual([0, 0, 0, 1, 1]);
      expect(all.map((each) => tasksOf(each).length)).toStrictEqual([1, 1, 1, 1, 2]);
    },
    PATIENCE_MS,
  );
});

function requestOf(tenant: Tenant, day: string, days: number): { start_time: string; end_time: string } {
  const { from } = tenant.dayRange(day);
  const { from: to } = tenant.dayRange(addDays(day, days));
  return { start_time: String(from), end_time: String(to) };
}

function meetingsIn(tenant: Tenant, { day, days }: { day: string; days: number }): number {
  const { start_time, end_time } = requestOf(tenant, day, days);
  return tenant
    .meetingsTouching(Number(start_time), Number(end_time))
    .filter((meeting) => !meeting.is_external && !meeting.is_webinar).length;
}

async function kill(worker: Child): Promise<void> {
  process.kill(worker.pid!, 'SIGKILL');
  await worker.exited;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}

/** The file lies in its folder, and the note of it is being written beside it: under a temporary name, or already its own. */
async function noteIsWritten(folder: string): Promise<void> {
  for (;;) {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    if (names.length > 1 && names.some((name) => name.endsWith('.xlsx'))) return;
    await sleep(1);
  }
}
