/** A backfill under way, steered by Temporal's own command line and by this product's. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Progress } from '../client/index.ts';
import { addDays } from '../model/calendar.ts';
import { manifestOf } from './support/day.ts';
import { runCommand, type Ended } from './support/command-line.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import {
  callsSince,
  ledgerEnd,
  quietFor,
  temporalSays,
  UNDER_WAY,
  until,
  wholeDays,
  type Said,
} from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const WATCHED_MS = 4000;
const SLOW_ANSWER_MS = 4000;
const DAYS_TO_CANCEL = 60;

const idOf = (from: string, to: string) => `feishu-vc/backfill/default/${from}..${to}`;

describe.skipIf(!cli)('a backfill under way', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, sandbox: UNDER_WAY });
  });
  afterAll(async () => {
    await product.stop();
  });

  const signal = (id: string, name: string) =>
    temporalSays(product, 'workflow', 'signal', '--workflow-id', id, '--name', name);
  const update = (id: string, name: string, input?: unknown): Promise<Said> => {
    const given = input === undefined ? [] : ['--input', JSON.stringify(input)];
    return temporalSays(product, 'workflow', 'update', 'execute', '--workflow-id', id, '--name', name, ...given);
  };
  const command = (...args: string[]): Promise<Ended> =>
    runCommand(args, { env: { TEMPORAL_ADDRESS: product.temporal.address } });
  const calls = (endpoint: string, seq: number) =>
    callsSince(product, seq).filter((call) => call.endpoint === endpoint);

  async function cancelByTemporal(id: string): Promise<Said & { openBelow: number }> {
    return { ...(await temporalSays(product, 'workflow', 'cancel', '--workflow-id', id)), openBelow: 0 };
  }

  /** This product's own command returns when nothing is left open. */
  async function cancelByCommand(id: string, range: string): Promise<Said & { openBelow: number }> {
    const { code, stdout } = await command('backfill', 'cancel', range);
    return { code: code ?? 1, output: stdout, openBelow: await product.client.openBelow(id) };
  }

  async function callsAreHeld(id: string): Promise<boolean> {
    const { events } = await product.client.temporal.workflow.getHandle(id).fetchHistory();
    const held = events?.find(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'setRunHeld',
    );
    if (!held) return false;
    return events!.some(({ activityTaskCompletedEventAttributes: completed }) =>
      completed?.scheduledEventId?.equals(held.eventId!),
    );
  }

  async function statesBelow(id: string): Promise<Progress['state'][]> {
    const { workflow } = product.client.temporal;
    const query = `RootWorkflowId = '${id}' AND ExecutionStatus = 'Running' AND WorkflowType IN ('backfill', 'exportDay', 'meetingQuality')`;
    const states: Progress['state'][] = [];
    for await (const { workflowId } of workflow.list({ query })) {
      states.push((await workflow.getHandle(workflowId).query<Progress>('progress')).state);
    }
    return states;
  }

  test('is paused, set and resumed, in words, and makes no call while it is paused', async () => {
    const [from, to] = ['2025-04-01', '2025-04-05'];
    const id = idOf(from, to);
    const seq = ledgerEnd(product);
    // One call is under way, and however late the pause is, the day has a meeting left that was not asked about.
    product.sandbox.faults.set([
      { on: 'L2', kind: 'slow', delayMs: SLOW_ANSWER_MS, nth: 1 },
      { on: 'L2', kind: '429' },
    ]);
    const run = await product.client.start('backfill', { from, to, concurrency: 1 });
    await until(() => calls('L2', seq).length > 0);
    expect((await signal(id, 'pause')).code).toBe(0);

    const faster = await update(id, 'setConcurrency', 3);
    expect(faster.output).toContain('3 days at a time from now on');
    const wrong = await Promise.all([
      update(id, 'setConcurrency', 8),
      update(id, 'setConcurrency', 'two'),
      update(id, 'skipDay', '2024-01-01'),
      update(id, 'skipDay', to),
      update(id, 'retryFailed', { reasons: 'x' }),
      update(id, 'retryFailed'),
    ]);
    expect(wrong.map(({ code }) => code)).not.toContain(0);
    expect(wrong.map(({ output }) => output)).toEqual([
      expect.stringContaining('setConcurrency takes a whole number of days at a time, 1 to 7'),
      expect.stringContaining('setConcurrency takes a whole number of days at a time, 1 to 7'),
      expect.stringContaining(`skipDay takes a day of this backfill, ${from} to ${to}`),
      expect.stringContaining(`${to} is being exported`),
      expect.stringContaining('retryFailed takes {"reasons"'),
      expect.stringContaining('nothing to run again: no day has failed or has a gap'),
    ]);

    // The process that makes the calls is told at once, each run below by its parent.
    await until(() => callsAreHeld(id));
    await until(async () => {
      const states = await statesBelow(id);
      return states.length > 1 && states.every((state) => state === 'paused');
    });
    expect(await run.progress()).toMatchObject({ state: 'paused', waiting_for: 'resume' });
    const quiet = await quietFor(product, SLOW_ANSWER_MS);
    const [status, skipped, refused] = await Promise.all([
      command('backfill', 'status', `${from}..${to}`),
      command('backfill', 'skip', from, id),
      command('backfill', 'concurrency', '9', id),
      sleep(WATCHED_MS),
    ]);
    expect(status.stdout).toContain('State  paused');
    expect(status.stdout).toContain('Waits  resume');
    expect(skipped.stdout).toContain(`${from} will be skipped`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('takes a whole number of days at a time, 1 to 7');
    expect(callsSince(product, quiet)).toStrictEqual([]);

    product.sandbox.faults.clear();
    const resumed = await command('backfill', 'resume', id);
    expect(resumed.code).toBe(0);
    // Days that began while it was paused had nothing asked of them.
    await until(async () => (await run.progress()).days.running > 1);
    const result = await run.result();
    expect({ days: result.days, gaps: result.gaps }).toStrictEqual({ days: { complete: 4, skipped: 1 }, gaps: [] });
    expect(await wholeDays(product.dataDir)).not.toContain(from);
  });

  test('that was started under a name of its own, by other means, goes by that name', async () => {
    const input = JSON.stringify({ from: '2025-04-11', to: '2025-04-25', concurrency: 1 });
    const how = ['--type', 'backfill', '--task-queue', 'feishu-vc', '--workflow-id', 'october', '--input', input];
    expect((await temporalSays(product, 'workflow', 'start', ...how)).code).toBe(0);
    expect((await command('backfill', 'pause', 'october')).stdout).toContain('october: Paused');
    expect((await command('backfill', 'status', 'october')).stdout).toContain('State  paused');
    const [unknown, wrong] = await Promise.all([
      command('backfill', 'resume', 'novembre'),
      command('backfill', 'resume', '2026-13'),
    ]);
    expect([unknown.code, wrong.code]).toStrictEqual([1, 2]);
    expect(unknown.stderr).toContain('The server knows no run of novembre.');
    expect(unknown.stderr).toContain('feishu-vc backfill list');
    expect(wrong.stderr).toContain('month: ');
    expect((await command('backfill', 'resume', 'october')).code).toBe(0);
    expect((await product.client.attach('backfill', 'october')).workflowId).toBe('october');
    expect((await command('backfill', 'cancel', 'october')).stdout).toContain('Cancelled, with all that it started.');
  });

  test('runs its troubled days again, while it runs and when it has ended, for what is missing alone', async () => {
    const [from, to] = ['2025-05-03', '2025-05-04'];
    const { tenant, faults } = product.sandbox;
    const range = tenant.dayRange(to);
    const [meeting] = tenant.meetings(range.from, range.to).filter((each) => !each.is_external && !each.is_webinar);
    const { meeting_no, meeting_start_time } = meeting!;
    // A meeting number comes back day by day.
    const refused = { meeting_no, meeting_start_time: String(meeting_start_time) };
    const refusal = { on: 'L3', kind: 'refuse', match: refused } as const;
    // The other day, and with it the backfill, does not end before the words to it.
    const other = { on: 'E1', kind: '429', match: { start_time: String(tenant.dayRange(from).from) } } as const;
    faults.set([refusal, other]);
    const id = idOf(from, to);
    const run = await product.client.start('backfill', { from, to, concurrency: 1 });
    await until(async () => (await run.troubled()).length > 0);
    await run.pause();
    const preview = await command('backfill', 'retry-failed', `${from}..${to}`, '--preview', '--json');
    expect(JSON.parse(preview.stdout)).toMatchObject({ workflow_id: id, days: [{ day: to, status: 'incomplete' }] });
    const unknown = await update(id, 'retryFailed', { reasons: ['no such reason'] });
    expect(unknown.code).not.toBe(0);
    expect(unknown.output).toContain('nothing to run again: the reasons so far:');
    faults.clear();
    const answer = await update(id, 'retryFailed', { reasons: ['121003'] });
    expect(answer.output).toContain(`1 days will be asked again for what is missing: ${to}`);
    await run.resume();
    const healed = await run.result();
    expect(healed).toMatchObject({ complete: true, days: { complete: 2, incomplete: 0 }, gaps: [] });

    faults.set([refusal]);
    const broken = await (await product.client.start('backfill', { from, to })).result();
    expect(broken.days).toStrictEqual({ complete: 1, incomplete: 1 });
    faults.clear();
    const nothing = await command('backfill', 'retry-failed', id, '--reason', 'no such reason');
    expect(nothing.stdout).toContain('No day failed or has such a gap.');
    const seq = ledgerEnd(product);
    const again = await command('backfill', 'retry-failed', `${from}..${to}`);
    expect(again.stdout).toContain('started again for what is missing');
    const whole = await (await product.client.attach('backfill', id)).result();
    expect(whole.complete).toBe(true);
    const asked = callsSince(product, seq);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((call) => call.params['meeting_start_time'] !== refused.meeting_start_time)).toStrictEqual([]);
  });

  test.each(['temporal', 'feishu-vc'])(
    'is cancelled by %s with all that it started, and keeps whole days',
    async (by) => {
      const from = by === 'temporal' ? '2025-06-01' : '2025-08-01';
      // Of so many days some are left, however late the cancel comes.
      const to = addDays(from, DAYS_TO_CANCEL - 1);
      const id = idOf(from, to);
      const run = await product.client.start('backfill', { from, to, concurrency: 2 });
      const ended = run.result().then(
        () => 'completed',
        (error: { type?: string }) => error.type,
      );
      const seq = ledgerEnd(product);
      await until(async () => (await run.progress()).days.done > 0 && calls('L3', seq).length > 8);
      const { code, output, openBelow } =
        by === 'temporal' ? await cancelByTemporal(id) : await cancelByCommand(id, `${from}..${to}`);
      expect(output).toContain(by === 'temporal' ? '' : 'Cancelled, with all that it started.');
      expect(code).toBe(0);
      expect(openBelow).toBe(0);
      expect(await ended).toBe('Cancelled');
      const quiet = ledgerEnd(product);
      await until(async () => (await product.client.openBelow(id)) === 0);
      await sleep(1000);
      expect(callsSince(product, quiet)).toStrictEqual([]);
      const committed = (await wholeDays(product.dataDir)).filter((day) => day >= from && day <= to);
      // Two days run side by side: either may be the first to be whole.
      expect(committed.length).toBeGreaterThan(0);
      expect(committed.length).toBeLessThan(DAYS_TO_CANCEL);
      for (const day of committed) expect((await manifestOf(product.dataDir, day)).complete).toBe(true);
    },
  );
});
