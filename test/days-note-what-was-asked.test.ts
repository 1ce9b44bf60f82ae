/** What a day notes of its files: by which window and when they were asked for, and what those cost that never came. */
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activities } from '../activities/index.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { startRig, type Rig, type Stubs } from './support/workflow-rig.ts';

const cli = await temporalCli();
const PATIENCE_MS = 120_000;
const DAY = '2025-04-01';
const FROM = Date.parse(`${DAY}T00:00:00Z`) / 1000;
const NOON = FROM + 43_200;
/** Long before the workflow hears of it. */
const CREATED = FROM + 50_000;

type Input<K extends keyof Activities> = Parameters<Activities[K]>[0];

describe.skipIf(!cli)('a day', () => {
  let server: TestServer;
  let rig: Rig;
  let looks = 0;
  let losesAnswers = false;
  let creates = 0;
  const stored: Input<'storeExport'>[] = [];
  const failed: Input<'recordFailure'>[] = [];
  const committed: Input<'commitDay'>[] = [];

  const stubs: Stubs = {
    // Each look at the clock is a second later.
    describeDay: () => {
      looks += 1;
      const asked_at = NOON + looks;
      const reservation_windows = [{ from: FROM, to: FROM + 43_200 }];
      const window = { from: FROM, to: FROM + 86_400, ask_until: asked_at, asked_at };
      return Promise.resolve({ time_zone: 'UTC', ...window, reservation_windows });
    },
    pendingUnits: ({ locations }) => Promise.resolve({ ask: locations.map(({ unit }) => unit !== 'rooms') }),
    createExportTask: () => {
      creates += 1;
      if (losesAnswers) throw ApplicationFailure.nonRetryable('the answer was lost', 'CreateOutcomeUnknown');
      return Promise.resolve({ task_id: '1', asked_at: CREATED, poll_after_ms: 10, deadline_ms: 60_000, calls: 1 });
    },
    storeExport: (input) => {
      stored.push(input);
      return Promise.resolve({ status: 'empty', rows: 0 });
    },
    recordFailure: (input) => {
      failed.push(input);
      return Promise.resolve({ status: 'failed' });
    },
    commitDay: (input) => {
      committed.push(input);
      const manifest = { uri: 'file:///m', sha256: '0' };
      return Promise.resolve({ manifest, complete: true, tables: {}, units: {}, gaps: [], restatements: [] });
    },
  };

  beforeAll(async () => {
    server = await startTestServer(cli!);
    rig = await startRig({ address: server.address, taskQueue: 'notes', stubs });
  }, PATIENCE_MS);
  afterAll(async () => {
    await rig.close();
    await server.close();
  });

  const run = async (input: object) => {
    const id = `notes/${Object.keys(input).join('+')}`;
    return await rig.client.workflow.execute('exportDay', {
      taskQueue: 'notes',
      workflowId: id,
      args: [{ day: DAY, ...input }],
    });
  };

  test(
    'is judged by the window that its meetings were asked for with, and from when their task was made',
    async () => {
      await run({ include: ['meetings'] });
      const list = stored.find(({ location }) => 'unit' in location && location.unit === 'export');
      expect(list?.request['end_time']).toBe(String(committed[0]?.window.ask_until));
      expect(committed[0]?.window.asked_at).toBeGreaterThan(NOON + 2);
      expect(new Set(stored.map(({ asked_at }) => asked_at))).toStrictEqual(new Set([CREATED]));
    },
    PATIENCE_MS,
  );

  test(
    'counts what a file cost that it never got',
    async () => {
      losesAnswers = true;
      creates = 0;
      const result = await run({ include: ['reservations'], room_level_id: 'omb_1' });
      expect(creates).toBe(5);
      expect(failed).toMatchObject([{ unknown_creates: 5, calls: { E4: 5 }, asked_at: expect.any(Number) as number }]);
      expect(result.calls).toBe(5);
    },
    PATIENCE_MS,
  );
});
