/** A month of a schedule under time skipping: its starts come as they would day by day, and the runs are real ones. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addDays } from '../model/calendar.ts';
import { SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsSince, daysFrom, until, wholeDays } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';
import { passDays, skippingTime } from './support/time-skipping.ts';

const cli = await temporalCli();
const NAME = 'month';
const SCHEDULE_ID = `feishu-vc/schedule/${NAME}`;
const DAYS_BEFORE = 9;
const DAYS_AWAY = 2;
const DAYS_AFTER = 19;
const DAYS = DAYS_BEFORE + DAYS_AWAY + DAYS_AFTER;
/** A run of the last day, which comes a month from now, still asks about a day that is over by this machine's clock. */
const LOOK_BACK = DAYS + 2;

describe.skipIf(!cli)('a schedule under time skipping', () => {
  let dir: string;
  let product: Product;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'feishu-vc-skip-'));
    const sandbox = { ...SMALL, meetingsPerDay: 1, participantsPerMeeting: 1, minutesPerMeeting: 5 };
    product = await startProduct({
      cli: await skippingTime(cli!, dir),
      sandbox: { ...sandbox, longMeetings: false, taskDelayMs: [0, 50] },
    });
  });
  afterAll(async () => {
    await product.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** Days on which runs were due, with how each run stands. */
  async function runs(): Promise<{ due: string; status: string }[]> {
    const query = `WorkflowId STARTS_WITH 'feishu-vc/backfill/default/${NAME}-'`;
    const found = [];
    for await (const { workflowId, status } of product.client.temporal.workflow.list({ query })) {
      const dueMs = Date.parse(workflowId.slice(-20));
      // In the schedule's zone.
      found.push({ due: new Date(dueMs + 8 * 3_600_000).toISOString().slice(0, 10), status: status.name });
    }
    return found.toSorted((a, b) => (a.due < b.due ? -1 : 1));
  }
  const completed = async (): Promise<number> => (await runs()).filter(({ status }) => status === 'COMPLETED').length;

  test('fetches each day of a month once, and catches up with two days that had no worker', async () => {
    const { client, sandbox, workers, dataDir } = product;
    await client.schedules.create({ name: NAME, every: 'daily', lookBackDays: 1, jitterMinutes: 0 });
    const schedule = client.temporal.schedule.getHandle(SCHEDULE_ID);
    const args = [{ days_back: { from: LOOK_BACK, to: LOOK_BACK }, include: ['meetings'] }];
    await schedule.update(({ action, policies, state, spec }) => ({
      action: { ...action, args },
      // Where runs wait for each other the server watches the open one, and skips no time meanwhile.
      policies: { ...policies, overlap: 'ALLOW_ALL' },
      state,
      spec,
    }));

    await passDays(client.temporal, SCHEDULE_ID, DAYS_BEFORE);
    await until(async () => (await completed()) === DAYS_BEFORE);

    await Promise.all(workers.map((worker) => worker.stop()));
    const first = (await runs())[0]!.due;
    const afterwards = Date.parse(`${addDays(first, DAYS_BEFORE + DAYS_AWAY)}T07:00:00+08:00`);
    await passDays(client.temporal, SCHEDULE_ID, DAYS_AWAY);
    await until(async () => (await schedule.describe()).info.nextActionTimes[0]?.getTime() === afterwards);
    await until(async () => (await runs()).filter(({ status }) => status === 'RUNNING').length === DAYS_AWAY);
    expect(await completed()).toBe(DAYS_BEFORE);
    await product.startWorker();
    await until(async () => (await completed()) === DAYS_BEFORE + DAYS_AWAY);

    await passDays(client.temporal, SCHEDULE_ID, DAYS_AFTER);
    await until(async () => (await completed()) === DAYS);
    const due = daysFrom(first, DAYS);
    expect((await runs()).map((run) => run.due)).toStrictEqual(due);
    const days = due.map((day) => addDays(day, -LOOK_BACK));
    expect(await wholeDays(dataDir)).toStrictEqual(days);
    // Those under way are asked for beside them.
    const starts = callsSince(product, 0).filter(
      ({ endpoint, params }) => endpoint === 'E1' && params['meeting_status'] === undefined,
    );
    const asked = starts.map(({ params }) => Number(params['start_time'])).toSorted((a, b) => a - b);
    expect(asked).toStrictEqual(days.map((day) => sandbox.tenant.dayRange(day).from));
    expect((await schedule.describe()).info).toMatchObject({
      numActionsMissedCatchupWindow: 0,
      numActionsSkippedOverlap: 0,
    });
  });
});
