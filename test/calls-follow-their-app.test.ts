/** Calls leave through one wrapper: with the version of their input, on the queue that serves the app, however many. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackfillResult } from '../client/index.ts';
import { CALL_VERSION } from '../model/call-version.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { suggestingContinueAsNewAt } from './support/load.ts';
import { startRig, type Rig } from './support/workflow-rig.ts';

const cli = await temporalCli();
const PATIENCE_MS = 300_000;
/** In place of 4,096. */
const SUGGESTED_AT = 60;
const PAGES = 40;

describe.skipIf(!cli)('calls', () => {
  let server: TestServer;
  let dir: string;
  let rig: Rig;
  const versions = new Set<unknown>();
  const pages: (string | null)[] = [];
  let refused = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'feishu-vc-calls-'));
    server = await startTestServer(await suggestingContinueAsNewAt(cli!, dir, SUGGESTED_AT));
    rig = await startRig({
      address: server.address,
      taskQueue: 'calls',
      stubs: {
        describeProfile: () => {
          // The second look, after a refusal, names a queue that serves the app.
          const api_task_queue = refused === 0 ? 'calls.api' : 'calls';
          const rest = { time_zone: 'UTC', search_attributes: [], calls_per_second: null, day_scope: 'calls' };
          return Promise.resolve({ ...rest, api_task_queue });
        },
        createExportTask: (input) => {
          versions.add('version' in input ? input.version : undefined);
          if (refused++ === 0) throw ApplicationFailure.nonRetryable('calls.api does not serve the app', 'WrongShard');
          return Promise.resolve({ task_id: '1', poll_after_ms: 10, deadline_ms: 60_000, calls: 1 });
        },
        countMeetings: ({ page_token }) => {
          pages.push(page_token);
          const page = page_token === null ? 1 : Number(page_token);
          const one = { meetings: 1, askable: 1, devices: 0, participant_pages: 1, quality_pages: 0 };
          const next = page < PAGES ? String(page + 1) : null;
          return Promise.resolve({ days: { '2025-04-01': one }, candidates: [], rows: 1, page_token: next, calls: 1 });
        },
        probeMeeting: () => Promise.resolve({ meeting: null, calls: 1 }),
        describePace: () => Promise.resolve({ limit: null, tasks: {} }),
      },
    });
  }, PATIENCE_MS);
  afterAll(async () => {
    await rig.close();
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });

  test(
    'carry a version, and are made on another queue where theirs no longer serves the app',
    async () => {
      const request = { start_time: '1743465600', end_time: '1743469200' };
      const args = [{ resource: 'meeting_list', request }];
      const run = await rig.client.workflow.start('exportResource', { taskQueue: 'calls', workflowId: 'one', args });
      expect(await run.result()).toMatchObject({ rows: 1, unknown_creates: 0 });
      expect(refused).toBe(2);
      expect([...versions]).toStrictEqual([CALL_VERSION]);
    },
    PATIENCE_MS,
  );

  test(
    'of a plan may be more than one history holds: it goes on at the page where the run before stopped',
    async () => {
      const args = [{ from: '2025-04-01', to: '2025-04-02', dry_run: true, include: ['meetings'] }];
      const run = await rig.client.workflow.start('backfill', { taskQueue: 'calls', workflowId: 'plan', args });
      const { plan } = (await run.result()) as BackfillResult;
      expect(plan).toMatchObject({ meetings: PAGES, calls_of_this_plan: PAGES + 4 });
      expect(new Set(pages).size).toBe(PAGES);
      expect(pages).toHaveLength(PAGES);
      const { runId, historyLength } = await rig.client.workflow.getHandle('plan').describe();
      expect(runId).not.toBe(run.firstExecutionRunId);
      expect(historyLength).toBeLessThan(SUGGESTED_AT * 3);
    },
    PATIENCE_MS,
  );
});
