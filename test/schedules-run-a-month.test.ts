/**
 * Schedules, as the server runs them. A month of starts is made by the server's own catching up over a past range, which
 * gives each run the time that it was due; an outage is a real one, with starts seconds apart instead of days.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduleDescription } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Child } from '../client/embedded/children.ts';
import { runCommand } from './support/command-line.ts';
import { SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsSince, daysFrom, ledgerEnd, until, wholeDays } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
/** Two runs of a month, one after the other. */
const TWO_MONTHS_MS = 300_000;

describe.skipIf(!cli)('a schedule', () => {
  let product: Product;
  beforeAll(async () => {
    const sandbox = {
      ...SMALL,
      meetingsPerDay: 1,
      participantsPerMeeting: 1,
      minutesPerMeeting: 5,
      longMeetings: false,
    };
    product = await startProduct({ cli: cli!, sandbox: { ...sandbox, taskDelayMs: [0, 50] } });
  });
  afterAll(async () => {
    await product.stop();
  });

  const command = (...args: string[]) => runCommand(args, { env: { TEMPORAL_ADDRESS: product.temporal.address } });
  const handleOf = (name: string) => product.client.temporal.schedule.getHandle(`feishu-vc/schedule/${name}`);
  const describeIt = (name: string): Promise<ScheduleDescription> => handleOf(name).describe();

  async function runsOf(name: string): Promise<{ workflowId: string; status: string }[]> {
    const query = `WorkflowId STARTS_WITH 'feishu-vc/backfill/default/${name}-'`;
    const runs = [];
    for await (const { workflowId, status } of product.client.temporal.workflow.list({ query })) {
      runs.push({ workflowId, status: status.name });
    }
    return runs.toSorted((a, b) => (a.workflowId < b.workflowId ? -1 : 1));
  }

  async function inputOf(workflowId: string): Promise<unknown> {
    const { events } = await product.client.temporal.workflow.getHandle(workflowId).fetchHistory();
    const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    return JSON.parse(Buffer.from(payload ?? []).toString());
  }

  test('is made, listed, paused and deleted by the command line', async () => {
    const args = ['schedule', 'create', 'nightly', 'daily', '--at', '06:30', '--look-back', '3', '--json'];
    const [made] = [await command(...args)];
    expect(JSON.parse(made.stdout)).toStrictEqual({ schedule_id: 'feishu-vc/schedule/nightly', created: true });
    expect(JSON.parse((await command(...args)).stdout)).toMatchObject({ created: false });
    const other = await command('schedule', 'create', 'nightly', 'daily', '--at', '06:31');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('There is a schedule "nightly" already, with other settings.');
    const wrong = await command('schedule', 'create', 'x y', 'daily', '--at', '25:00', '--time-zone', 'Mars');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/name: takes a name of letters[^]*at: takes a time of day[^]*timeZone: takes an IANA/);

    const { spec, policies, action } = await describeIt('nightly');
    expect(spec).toMatchObject({ timezone: 'Asia/Shanghai', jitter: 300_000 });
    // Three days back do not reach over an outage of seven: every run has to wait its turn.
    expect(policies).toMatchObject({ overlap: 'BUFFER_ALL', catchupWindow: 7 * 86_400_000 });
    expect(action.args).toMatchObject([{ days_back: { from: 3, to: 1 }, refresh: 'unsettled' }]);

    await until(async () => (await command('schedule', 'list')).stdout.includes('nightly'));
    expect((await command('schedule', 'pause', 'nightly', '--note', 'audit')).stdout).toContain('Paused.');
    await until(async () => (await command('schedule', 'list')).stdout.includes('paused (audit)'));
    const [listed] = JSON.parse((await command('schedule', 'list', '--json')).stdout) as { next: string[] }[];
    expect(listed).toMatchObject({ name: 'nightly', every: 'daily', at: '06:30', paused: true });
    expect((await command('schedule', 'resume', 'nightly')).code).toBe(0);
    expect((await command('schedule', 'delete', 'nightly')).code).toBe(0);
    const gone = await command('schedule', 'pause', 'nightly');
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain('There is no schedule "nightly"');
  });

  test('fetches each day of a month once, each run the day before the time that it was due', async () => {
    const days = daysFrom('2025-04-01', 30);
    await product.client.schedules.create({
      name: 'month',
      every: 'daily',
      lookBackDays: 1,
      jitterMinutes: 0,
      backfill: { include: ['meetings'] },
    });
    const seq = ledgerEnd(product);
    await handleOf('month').backfill({
      start: new Date('2025-04-02T06:59:00+08:00'),
      end: new Date('2025-05-01T07:01:00+08:00'),
      overlap: 'ALLOW_ALL',
    });
    await until(async () => (await runsOf('month')).filter((run) => run.status === 'COMPLETED').length === 30);
    expect(await wholeDays(product.dataDir)).toStrictEqual(days);
    const starts = callsSince(product, seq).filter(({ endpoint }) => endpoint === 'E1');
    const asked = starts.map(({ params }) => Number(params['start_time'])).toSorted((a, b) => a - b);
    expect(asked).toStrictEqual(days.map((day) => product.sandbox.tenant.dayRange(day).from));
    const [first] = await runsOf('month');
    expect(first?.workflowId).toBe('feishu-vc/backfill/default/month-2025-04-01T23:00:00Z');
    await product.client.schedules.delete('month');
  });

  test(
    'is about the month before where it is monthly, and a failed one of them is retried for those very days',
    async () => {
      await product.client.schedules.create({
        name: 'months',
        every: 'monthly',
        jitterMinutes: 0,
        backfill: { include: ['meetings'], concurrency: 7 },
      });
      expect((await describeIt('months')).policies.overlap).toBe('BUFFER_ONE');
      await handleOf('months').backfill({
        start: new Date('2025-03-01T00:00:00Z'),
        end: new Date('2025-03-31T00:00:00Z'),
      });
      // A second look, a day later, seals what has not changed.
      await until(async () => (await runsOf('months')).filter(({ status }) => status === 'COMPLETED').length === 2);
      const [run] = await runsOf('months');
      expect(await (await product.client.attach('backfill', run!.workflowId)).result()).toMatchObject({
        days: { complete: 28 },
      });
      expect((await wholeDays(product.dataDir)).filter((day) => day.startsWith('2025-02'))).toHaveLength(28);

      const seq = ledgerEnd(product);
      const again = await product.client.retryClosed(run!.workflowId);
      expect(await again.result()).toMatchObject({ complete: true, days: { complete: 28 } });
      expect(callsSince(product, seq)).toStrictEqual([]);
      expect(await inputOf(run!.workflowId)).toMatchObject({
        from: '2025-02-01',
        to: '2025-02-28',
        refresh: 'missing',
      });
      await product.client.schedules.delete('months');
    },
    TWO_MONTHS_MS,
  );

  test('catches up when the server was away, and when the workers were', async () => {
    const name = 'often';
    await product.client.schedules.create({ name, every: 'daily', lookBackDays: 1, catchUpDays: 1, jitterMinutes: 0 });
    const args = [{ from: '2025-04-05', to: '2025-04-05', include: ['meetings'], refresh: 'missing' }];
    await handleOf(name).update(({ action, policies, state }) => {
      expect(policies.overlap).toBe('BUFFER_ONE');
      return { action: { ...action, args }, policies, state, spec: { intervals: [{ every: '6 seconds' }] } };
    });
    const completedDueIn = async (fromMs: number, toMs: number): Promise<number> => {
      const due = (await runsOf(name)).filter(({ status }) => status === 'COMPLETED').map(dueAtMs);
      return due.filter((atMs) => atMs > fromMs && atMs < toMs).length;
    };
    await until(async () => (await runsOf(name)).some(({ status }) => status === 'COMPLETED'));

    const awayFromMs = Date.now();
    process.kill(product.temporal.child.pid!, 'SIGSTOP');
    // Two runs fall due in it.
    await sleep(13_000);
    const awayUntilMs = Date.now();
    process.kill(product.temporal.child.pid!, 'SIGCONT');
    await until(async () => (await completedDueIn(awayFromMs + 1000, awayUntilMs - 1000)) > 0);
    expect((await describeIt(name)).info.numActionsMissedCatchupWindow).toBe(0);

    await Promise.all(product.workers.map((worker: Child) => worker.stop()));
    const stoppedAtMs = Date.now();
    const skipped = (await describeIt(name)).info.numActionsSkippedOverlap;
    // One run waits open, one behind it; the rest is left to the runs to come, which look back further.
    await until(async () => (await describeIt(name)).info.numActionsSkippedOverlap > skipped);
    expect((await describeIt(name)).info.runningActions).toHaveLength(1);
    await product.startWorker();
    await until(async () => (await completedDueIn(stoppedAtMs - 7000, Date.now())) >= 2);
    await product.client.schedules.delete(name);
  });
});

/** The time that a run was due stands at the end of its id. */
function dueAtMs({ workflowId }: { workflowId: string }): number {
  return Date.parse(workflowId.slice(-20));
}
