/** Messages to runs that have only just begun, or that only plan: nothing is refused that can be taken, nothing is lost. */
import { CompleteAsyncError, Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { BackfillResult, Progress } from '../client/index.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { until } from './support/operators.ts';
import { startStubWorker } from './support/stub-worker.ts';
import { Latch, startRig, type Rig } from './support/workflow-rig.ts';

const cli = await temporalCli();
const PATIENCE_MS = 300_000;
const include = ['meetings'];

describe.skipIf(!cli)('a run that has only just begun', () => {
  let server: TestServer;
  let rig: Rig;
  const begun = new Latch();
  const counting = new Latch();
  const held: { run: string; held: boolean }[] = [];
  let pages = 0;
  const creates = new Latch();

  beforeAll(async () => {
    server = await startTestServer(cli!);
    rig = await startRig({
      address: server.address,
      taskQueue: 'early',
      stubs: {
        // As where the worker that runs the workflow does not reach the store, and another one does after a while.
        describeRange: ({ from = '', to = '' }) => {
          if (begun.arrived === 0) {
            begun.arrived++;
            throw ApplicationFailure.create({ type: 'StoreUnavailable', message: 'no such folder' });
          }
          begun.pass();
          return Promise.resolve({ from, to, problems: [] });
        },
        countMeetings: () => {
          pages++;
          counting.pass();
          const nobody = { meetings: 0, askable: 0, devices: 0, participant_pages: 0, quality_pages: 0 };
          return Promise.resolve({
            days: { '2025-04-01': nobody },
            candidates: [],
            rows: 0,
            page_token: null,
            calls: 1,
          });
        },
        createExportTask: async () => {
          const context = Context.current();
          const of = context.info.workflowExecution?.workflowId;
          // What a pause takes back ends in one of these ways; made again, it is fine.
          if (creates.arrived++ === 0 && of === 'held') {
            const alive = setInterval(() => context.heartbeat(), 500);
            await context.cancelled.catch(() => undefined);
            clearInterval(alive);
            throw ApplicationFailure.create({ type: 'RunHeld', message: 'the run is paused' });
          }
          // As where the process that makes the call dies: nobody says how it ended.
          if (creates.arrived === 1 && of === 'dead') throw new CompleteAsyncError();
          return { task_id: '1', poll_after_ms: 10, deadline_ms: 60_000, calls: 1 };
        },
        fetchListPage: () => Promise.resolve({ status: 'done', rows: 1, calls: 1 }),
        probeMeeting: () => Promise.resolve({ meeting: null, calls: 1 }),
        describePace: () => Promise.resolve({ limit: null, tasks: {} }),
        setRunHeld: ({ run, held: state }) => {
          held.push({ run, held: state });
          return Promise.resolve();
        },
      },
    });
  }, PATIENCE_MS);
  afterAll(async () => {
    await rig.close();
    await server.close();
  });

  const start = (workflowId: string, input: object) =>
    rig.client.workflow.start('backfill', { taskQueue: 'early', workflowId, args: [{ include, ...input }] });

  test(
    'takes every message and does it once its range is known',
    async () => {
      const run = await start('range', { from: '2025-04-01', to: '2025-04-03', concurrency: 1 });
      await until(() => begun.arrived > 1);
      await run.signal('pause');
      expect(await run.executeUpdate('setConcurrency', { args: [3] })).toBe('3 days at a time from now on');
      await expect(run.executeUpdate('setConcurrency', { args: [9] })).rejects.toMatchObject({
        cause: { message: expect.stringContaining('1 to 7') },
      });
      expect(await run.executeUpdate('skipDay', { args: ['2025-04-02'] })).toBe('2025-04-02 will be skipped');
      expect(await run.executeUpdate('skipDay', { args: ['2020-01-01'] })).toBe('2020-01-01 will be skipped');
      await expect(run.executeUpdate('retryFailed')).rejects.toMatchObject({
        cause: { message: expect.stringContaining('nothing to run again') },
      });
      expect(await run.query('progress')).toMatchObject({ state: 'paused', doing: 'starting' });
      begun.open();
      await until(async () => (await run.query<Progress>('progress')).days.running === 2);
      const metadata = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect(metadata.currentDetails).toContain('not skipped: 2020-01-01, which is no day of 2025-04-01 to 2025-04-03');
      await run.signal('resume');
      const result = (await run.result()) as BackfillResult;
      expect(result.days).toStrictEqual({ complete: 2, skipped: 1 });
    },
    PATIENCE_MS,
  );

  test(
    'that only plans is paused, asked, resumed and cancelled',
    async () => {
      begun.open();
      const run = await start('plan', { from: '2025-04-01', to: '2025-04-03', dry_run: true });
      await until(() => pages > 0);
      await run.signal('pause');
      await until(() => held.some((each) => each.run === 'plan' && each.held));
      await until(async () => (await run.query<Progress>('progress')).state === 'paused');
      await expect(run.executeUpdate('skipDay', { args: ['2025-04-01'] })).rejects.toMatchObject({
        cause: { message: 'a dry run exports nothing: it takes pause, resume and cancel' },
      });
      const pending = async () => (await run.describe()).raw.pendingActivities?.length ?? 0;
      await until(async () => (await pending()) === 0);
      counting.open();
      await run.signal('resume');
      const { plan } = (await run.result()) as BackfillResult;
      expect(plan).toMatchObject({ days: 3, calls_of_this_plan: 5 });
      expect(held.filter((each) => each.run === 'plan').map((each) => each.held)).toStrictEqual([true, false]);

      const cancelled = await start('plan-to-cancel', { from: '2025-04-01', to: '2025-04-03', dry_run: true });
      await cancelled.cancel();
      await expect(cancelled.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    },
    PATIENCE_MS,
  );

  test(
    'tells how far it is to a parent of its own kind alone',
    async () => {
      const foreign = await startStubWorker(server.address, 'foreign');
      try {
        // A list of rooms is a unit, and units are reported.
        const day = { include: ['reservations'], room_level_id: 'omb_1' };
        const child = {
          taskQueue: 'early',
          workflowId: 'early/day/default/2025-04-05',
          input: { ...day, day: '2025-04-05' },
        };
        const options = { taskQueue: 'foreign', workflowId: 'foreign-parent', args: [child] };
        const parent = await rig.client.workflow.start('foreignParent', options);
        await parent.result();
        const outer = { taskQueue: 'early', workflowId: 'outer', args: [{ ...day, day: '2025-04-06' }] };
        const ours = await rig.client.workflow.start('exportDay', outer);
        await ours.result();
        expect(await signalsTo(parent)).toStrictEqual([]);
        expect(await signalsTo(ours)).toContain('dayReport');
      } finally {
        await foreign.stop();
      }
    },
    PATIENCE_MS,
  );

  test.each(['held', 'dead'])(
    'makes a call again that a pause took back, however its attempt ended: %s',
    async (workflowId) => {
      creates.arrived = 0;
      const request = { start_time: '1743465600', end_time: '1743469200' };
      const args = [{ resource: 'meeting_list', request }];
      const run = await rig.client.workflow.start('exportResource', { taskQueue: 'early', workflowId, args });
      await until(() => creates.arrived > 0);
      await run.signal('pause');
      await until(async () => (await run.query<Progress>('progress')).state === 'paused');
      await run.signal('resume');
      expect(await run.result()).toMatchObject({ rows: 1 });
      expect(creates.arrived).toBe(2);
    },
    PATIENCE_MS,
  );

  test(
    'refuses in words what only runs hand on to each other',
    async () => {
      for (const second of [0, { api_task_queue: 'early.api' }, { anything: 1 }]) {
        const run = await rig.client.workflow.start('exportDay', {
          taskQueue: 'early',
          workflowId: 'foreign',
          args: [{ day: '2025-04-01', include }, second],
        });
        await expect(run.result()).rejects.toMatchObject({
          cause: { type: 'InvalidInput', message: expect.stringContaining('a second argument is what runs hand on') },
        });
      }
    },
    PATIENCE_MS,
  );
});

async function signalsTo(run: WorkflowHandle): Promise<string[]> {
  const { events } = await run.fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? []);
}
