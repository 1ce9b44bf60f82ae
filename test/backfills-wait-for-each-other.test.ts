/** Runs that want the same day, or an id that is still taken: they wait without keeping others from their work. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackfillResult, Progress } from '../client/index.ts';
import { troubledDays, type TroubledDays } from '../model/troubled-days.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { suggestingContinueAsNewAt } from './support/load.ts';
import { until } from './support/operators.ts';
import { Latch, startRig, type Rig, type RigOptions } from './support/workflow-rig.ts';

const cli = await temporalCli();
const PATIENCE_MS = 300_000;
/** In place of 4,096. A backfill outgrows it within some five days. */
const SUGGESTED_AT = 60;
const include = ['meetings'];

describe.skipIf(!cli)('runs that want what another run holds', () => {
  let server: TestServer;
  let dir: string;
  const rigs: Rig[] = [];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'feishu-vc-waits-'));
    server = await startTestServer(await suggestingContinueAsNewAt(cli!, dir, SUGGESTED_AT));
  }, PATIENCE_MS);
  afterAll(async () => {
    await Promise.all(rigs.map((rig) => rig.close()));
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function rigOf(options: Omit<RigOptions, 'address'>): Promise<Rig> {
    const rig = await startRig({ address: server.address, ...options });
    rigs.push(rig);
    return rig;
  }

  test(
    'wait without a slot: one worker ends four overlapping backfills of seven days at a time',
    async () => {
      const rig = await rigOf({ taskQueue: 'overlap' });
      const input = { from: '2025-04-01', to: '2025-04-07', concurrency: 7, include };
      const handles = await Promise.all([1, 2, 3, 4].map((n) => start(rig, 'backfill', `overlap-${n}`, input)));
      const results = await Promise.all(handles.map((handle) => handle.result() as Promise<BackfillResult>));
      expect(results.map(({ days }) => days)).toStrictEqual(Array.from({ length: 4 }, () => ({ complete: 7 })));
    },
    PATIENCE_MS,
  );

  test(
    'end where somebody else has the id of a day: the day fails with what frees it, and a run of that day alone too',
    async () => {
      const rig = await rigOf({ taskQueue: 'taken' });
      const id = 'taken/day/default/2025-04-02';
      await rig.client.workflow.start('anything', { taskQueue: 'nobody', workflowId: id });
      const range = { from: '2025-04-01', to: '2025-04-05', concurrency: 1, order: 'oldest-first', include };
      const backfill = await start(rig, 'backfill', 'taken/range', range);
      const { days } = (await backfill.result()) as BackfillResult;
      expect(days).toStrictEqual({ complete: 4, failed: 1 });
      const words = `temporal workflow terminate --workflow-id ${id} frees the id: a workflow of the type anything, none of this product's, has it`;
      const troubled = await rig.client.workflow.getHandle('taken/range').query<TroubledDays>('troubled');
      expect(troubledDays(troubled)).toMatchObject([
        { day: '2025-04-02', reasons: [`2025-04-02: IdIsTaken: ${words}`] },
      ]);
      const alone = await start(rig, 'exportDay', 'taken/alone', { day: '2025-04-02', include });
      await expect(alone.result()).rejects.toMatchObject({ cause: { type: 'InvalidInput', message: words } });
      await rig.client.workflow.getHandle(id).terminate();
      const again = await start(rig, 'exportDay', 'taken/again', { day: '2025-04-02', include });
      expect(await again.result()).toMatchObject({ complete: true });
    },
    PATIENCE_MS,
  );

  test(
    'are put back where a backfill outgrows its history: the other days go on, and what the holder fetched is kept',
    async () => {
      const holding = new Latch();
      const held = '2025-05-01';
      const since: number[] = [];
      const rig = await rigOf({
        taskQueue: 'put-back',
        stubs: {
          createExportTask: ({ request }) => {
            if ('start_time' in request && request.start_time === String(Date.parse(held) / 1000)) holding.pass();
            return Promise.resolve({ task_id: '1', poll_after_ms: 10, deadline_ms: 60_000, calls: 1 });
          },
          pendingUnits: ({ locations, fetched_since }) => {
            if (locations[0]?.kind === 'day' && locations[0].day === held) since.push(fetched_since);
            return Promise.resolve({ ask: locations.map(() => true) });
          },
        },
      });
      const holder = await start(rig, 'exportDay', `put-back/day/default/${held}`, { day: held, include });
      await until(() => holding.arrived > 0);
      const beganMs = Date.now();
      const range = { from: held, to: '2025-05-12', order: 'oldest-first', concurrency: 2, include };
      const backfill = await start(rig, 'backfill', 'put-back/range', range);
      const progress = () => rig.client.workflow.getHandle('put-back/range').query<Progress>('progress');
      await until(async () => (await progress()).days.done === 11);
      expect(await progress()).toMatchObject({ state: 'waiting', waiting_for: `workflow ${holder.workflowId}` });
      const { runId } = await rig.client.workflow.getHandle('put-back/range').describe();
      expect(runId).not.toBe(backfill.firstExecutionRunId);
      holding.open();
      await holder.result();
      const result = (await backfill.result()) as BackfillResult;
      expect(result).toMatchObject({ complete: true, days: { complete: 12 } });
      expect(since).toHaveLength(2);
      expect(since[0]).toBe(0);
      expect(since[1]).toBeGreaterThanOrEqual(beganMs);
    },
    PATIENCE_MS,
  );

  test(
    'take turns at a day on two task queues of one store, and not where the stores are two',
    async () => {
      const holding = new Latch();
      const stubs = {
        createExportTask: () => {
          holding.pass();
          return Promise.resolve({ task_id: '1', poll_after_ms: 10, deadline_ms: 60_000, calls: 1 });
        },
      };
      const first = await rigOf({ taskQueue: 'first', stubs });
      const sharing = await rigOf({ taskQueue: 'second', dayScope: 'first' });
      const apart = await rigOf({ taskQueue: 'third' });
      const day = '2025-06-01';
      const holder = await start(first, 'exportDay', `first/day/default/${day}`, { day, include });
      await until(() => holding.arrived > 0);
      const second = await start(sharing, 'exportDay', `second/day/default/${day}`, { day, include });
      const waitingFor = async () => (await second.query<Progress>('progress')).waiting_for;
      await until(async () => (await waitingFor()) !== null);
      expect(await waitingFor()).toBe(`workflow ${holder.workflowId} on the queue first`);
      await (await start(apart, 'exportDay', `third/day/default/${day}`, { day, include })).result();
      holding.open();
      await Promise.all([holder.result(), second.result()]);
      const ran = await sharing.client.workflow.getHandle(`first/day/default/${day}`).describe();
      expect(ran).toMatchObject({ taskQueue: 'second', status: { name: 'COMPLETED' } });
    },
    PATIENCE_MS,
  );

  test(
    'start a child once the one of a terminated day has let go of its id',
    async () => {
      const holding = new Latch();
      const rig = await rigOf({
        taskQueue: 'again',
        stubs: {
          createExportTask: () => {
            holding.pass();
            return Promise.resolve({ task_id: '1', poll_after_ms: 10, deadline_ms: 60_000, calls: 1 });
          },
        },
      });
      const day = '2025-07-01';
      const request = { start_time: '1751328000', end_time: '1751414400' };
      const orphan = `again/day/default/${day}/meeting_list/export`;
      await start(rig, 'exportResource', orphan, { resource: 'meeting_list', request });
      await until(() => holding.arrived > 0);
      const input = { day, include, refresh: 'missing' };
      const again = await start(rig, 'exportDay', `again/day/default/${day}`, input);
      const pending = async () => {
        const { raw } = await again.describe();
        return (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name);
      };
      await until(async () => (await pending()).includes('untilFree'));
      await rig.client.workflow.getHandle(orphan).terminate();
      holding.open();
      expect(await again.result()).toMatchObject({ complete: true });
    },
    PATIENCE_MS,
  );
});

function start({ client, taskQueue }: Rig, type: string, workflowId: string, input: object) {
  return client.workflow.start(type, { taskQueue, workflowId, args: [input] });
}
