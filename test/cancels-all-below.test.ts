/** A run that was cancelled closes after everything that it started, whatever it was doing. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SandboxOptions } from '../sandbox/index.ts';
import { addDays } from '../model/calendar.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsSince, ledgerEnd, temporalSays, UNDER_WAY, until } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const SLOW: SandboxOptions = { ...UNDER_WAY, meetingsPerDay: 10, answerDelayMs: 300 };
const SLOW_ANSWER_MS = 4000;
/** Where a cancel is lost, a run that never ends by itself is still open then. */
const PATIENCE_MS = 60_000;

interface Run {
  workflowId: string;
  runId: string;
}

/** Runs that a run has started, directly or not: by histories, since visibility lags. */
async function startedBelow(client: Client, run: Pick<Run, 'workflowId'> & Partial<Run>): Promise<Run[]> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: run,
    maximumPageSize: 5000,
  });
  const children = (history?.events ?? []).flatMap((event) => {
    const { workflowId, runId } = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution ?? {};
    return workflowId && runId ? [{ workflowId, runId }] : [];
  });
  const below = await Promise.all(children.map((child) => startedBelow(client, child)));
  return [...children, ...below.flat()];
}

const words = ({ type, status, workflowId }: WorkflowExecutionDescription): string =>
  `${type} ${workflowId}: ${status.name}`;

const NOTHING_LEFT = { status: 'CANCELLED', open: [], later: [] };

describe.skipIf(!cli)('a run that is cancelled', () => {
  let product: Product;
  let temporal: Client;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, sandbox: SLOW });
    temporal = product.client.temporal;
  });
  afterEach(() => product.sandbox.faults.clear());
  afterAll(async () => {
    await product.stop();
  });

  const asked = (seq: number, endpoint: string) =>
    callsSince(product, seq).filter((call) => call.endpoint === endpoint).length;

  /** Cancels by Temporal's own command line, and looks below the moment that the run shows as closed. */
  async function cancelled(workflowId: string) {
    expect((await temporalSays(product, 'workflow', 'cancel', '--workflow-id', workflowId)).code).toBe(0);
    const deadlineMs = Date.now() + PATIENCE_MS;
    let closed: WorkflowExecutionDescription;
    do {
      await sleep(20);
      closed = await temporal.workflow.getHandle(workflowId).describe();
    } while (closed.status.name === 'RUNNING' && Date.now() < deadlineMs);
    const started = await startedBelow(temporal, { workflowId });
    const described = await Promise.all(
      started.map((run) => temporal.workflow.getHandle(run.workflowId, run.runId).describe()),
    );
    const { closeTime = new Date() } = closed;
    return {
      status: closed.status.name,
      open: described.filter(({ status }) => status.name === 'RUNNING').map(words),
      later: described.filter((run) => run.closeTime !== undefined && run.closeTime > closeTime).map(words),
      started: started.length,
    };
  }

  test('as a backfill while the quality of its days is fetched', async () => {
    const seq = ledgerEnd(product);
    // Of so many days some are left, however late the cancel comes.
    const run = await product.client.start('backfill', { from: '2024-12-01', to: '2025-02-28', concurrency: 3 });
    await until(() => asked(seq, 'L3') > 20);
    const seen = await cancelled(run.workflowId);
    expect(seen).toMatchObject(NOTHING_LEFT);
    expect(seen.started).toBeGreaterThan(30);
  });

  test('as a backfill while a call of its days is answered slowly, and a file beside it is waited for', async () => {
    const seq = ledgerEnd(product);
    product.sandbox.faults.set([
      { on: 'L1', kind: 'slow', delayMs: SLOW_ANSWER_MS },
      { on: 'E1', kind: 'task-never-ends' },
    ]);
    const run = await product.client.start('backfill', { from: '2025-03-10', to: '2025-03-11', include_webinar: true });
    await until(() => asked(seq, 'L1') >= 2 && asked(seq, 'E1') >= 2);
    expect(await cancelled(run.workflowId)).toMatchObject(NOTHING_LEFT);
  });

  // Of a dozen, without care, one or two lose a cancel: it meets a child between the order to start it and its start.
  test('as backfills about the moment that their days are started, of which none goes on', async () => {
    product.sandbox.faults.set([{ on: 'E1', kind: 'task-never-ends' }]);
    const seen = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const from = addDays('2025-05-01', index * 7);
        const run = await product.client.start('backfill', { from, to: addDays(from, 6), concurrency: 7 });
        await sleep(60 * index);
        // Of the last one, however late its orders come, there is something to end.
        if (index === 11) await until(async () => (await startedBelow(temporal, run)).length > 0);
        return await cancelled(run.workflowId);
      }),
    );
    for (const each of seen) expect(each).toMatchObject(NOTHING_LEFT);
    expect(seen.some(({ started }) => started > 0)).toBe(true);
  });

  test('as a day, and as a meeting', async () => {
    const seq = ledgerEnd(product);
    // Neither ends by itself, however late its cancel comes.
    const files = { on: 'E3', kind: 'task-never-ends' } as const;
    product.sandbox.faults.set([files]);
    const day = await product.client.start('exportDay', { day: '2025-04-02', source: 'both' });
    await until(() => asked(seq, 'L3') > 10);
    expect(await cancelled(day.workflowId)).toMatchObject(NOTHING_LEFT);

    const { from, to } = product.sandbox.tenant.dayRange('2025-04-03');
    const [meeting] = product.sandbox.tenant
      .meetings(from, to)
      .filter((each) => !each.is_external && !each.is_webinar)
      .toSorted((a, b) => b.number_of_participants - a.number_of_participants);
    const { meeting_no, meeting_start_time, meeting_end_time } = meeting!;
    const later = ledgerEnd(product);
    product.sandbox.faults.set([files, { on: 'L3', kind: 'slow', delayMs: SLOW_ANSWER_MS, nth: 1 }]);
    const quality = await product.client.start('meetingQuality', {
      meeting: { meeting_no, meeting_start_time, meeting_end_time },
      source: 'both',
    });
    await until(() => asked(later, 'L3') > 0);
    expect(await cancelled(quality.workflowId)).toMatchObject(NOTHING_LEFT);
  });
});
