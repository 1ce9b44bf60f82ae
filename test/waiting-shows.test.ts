/** Whoever waits says for what: days, backfills, and runs of one file, one meeting or one participant. */
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Progress } from '../client/index.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { until } from './support/operators.ts';
import { Latch, leastActivities, startRig, type Rig } from './support/workflow-rig.ts';

const cli = await temporalCli();
const PATIENCE_MS = 300_000;
const REASON = 'Feishu (https://open.feishu.cn): no connection since 01:12:03 UTC';
const include = ['meetings'];
const meeting = { meeting_no: '123456789', meeting_start_time: '1743465600', meeting_end_time: '1743469200' };

describe.skipIf(!cli)('while no call can be made', () => {
  let server: TestServer;
  let rig: Rig;
  const calls = new Latch();
  let describing = 0;

  beforeAll(async () => {
    server = await startTestServer(cli!);
    rig = await startRig({
      address: server.address,
      taskQueue: 'waits',
      stubs: {
        createExportTask: () => {
          calls.pass();
          return Promise.resolve({ task_id: '1', poll_after_ms: 10, deadline_ms: 60_000, calls: 1 });
        },
        fetchListPage: () => {
          calls.pass();
          return Promise.resolve({ status: 'empty', rows: 0, calls: 1 });
        },
        describeWaiting: () => {
          describing++;
          return Promise.resolve({ waiting_for: REASON });
        },
        describeMeeting: () => Promise.resolve({ ...meeting, meeting_key: 'k', askable: true } as never),
        pendingSessions: () => Promise.resolve({ total: 0, sessions: [], settled: {}, next_cursor: null }),
        storeSession: () => Promise.resolve({ uri: 'file:///t', rows: 0 }),
        storeMeetings: () => Promise.resolve({ uri: 'file:///t', rows: 0 }),
      },
    });
  }, PATIENCE_MS);
  afterAll(async () => {
    await rig.close();
    await server.close();
  });

  const start = (type: string, input: object) =>
    rig.client.workflow.start(type, { taskQueue: 'waits', workflowId: type, args: [input] });

  test(
    'every kind of run says so in its progress and its details, and goes on by itself',
    async () => {
      const participant = { user_id: 'ou_1', join_time: '1743465600' };
      const request = { start_time: '1743465600', end_time: '1743469200' };
      const runs = await Promise.all([
        start('exportResource', { resource: 'meeting_list', request }),
        start('participantQuality', { meeting, participant }),
        start('meetingQuality', { meeting }),
        start('exportDay', { day: '2025-04-10', include }),
        start('backfill', { from: '2025-04-01', to: '2025-04-02', concurrency: 2, include }),
      ]);
      for (const run of runs) {
        await until(async () => (await run.query<Progress>('progress')).state === 'waiting');
        expect((await run.query<Progress>('progress')).waiting_for, run.workflowId).toBe(REASON);
        const metadata = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
        expect(metadata.currentDetails, run.workflowId).toContain(`waiting for: ${REASON}`);
      }
      // Days of the backfill look for themselves, too.
      await until(() => describing >= 6);
      calls.open();
      const results = await Promise.all(runs.map((run) => run.result()));
      expect(results[4]).toMatchObject({ complete: true, days: { complete: 2 } });
      for (const run of runs) expect((await run.query<Progress>('progress')).waiting_for).toBeNull();
    },
    PATIENCE_MS,
  );

  test(
    'a run that does not even find its profile says so, and no more once it has',
    async () => {
      const taskQueue = 'waits-for-a-profile';
      let isKnown = false;
      const { describeProfile } = leastActivities({ dayScope: taskQueue, apiQueue: `${taskQueue}.api` });
      const started = await startRig({
        address: server.address,
        taskQueue,
        stubs: {
          describeProfile: async (input) => {
            if (isKnown) return await describeProfile!(input);
            throw ApplicationFailure.create({ type: 'ProfileNotHere', message: 'not here' });
          },
          describeWaiting: () => Promise.resolve({ waiting_for: isKnown ? null : 'the profile "tokyo"' }),
        },
      });
      const input = { from: '2025-04-01', to: '2025-04-02', include };
      const run = await started.client.workflow.start('backfill', { taskQueue, workflowId: taskQueue, args: [input] });
      await until(async () => (await run.query<Progress>('progress')).waiting_for === 'the profile "tokyo"');
      isKnown = true;
      expect(await run.result()).toMatchObject({ days: { complete: 2 } });
      await started.close();
    },
    PATIENCE_MS,
  );
});
