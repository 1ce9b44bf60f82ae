/** What a plan says, against what then happens: within a tenth. */
import { tsToMs } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackfillPlan, RawInputs } from '../client/index.ts';
import type { LedgerCall } from '../sandbox/ledger.ts';
import { runCommand } from './support/command-line.ts';
import { openWorld, topLevel, type World } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsSince, ledgerEnd, quietFor, UNDER_WAY, until, wholeDays } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const PATIENCE_MS = 400_000;
const RANGE = '2025-04-01..2025-04-03';
const DAYS = { from: '2025-04-01', to: '2025-04-03' };
/** More meetings than are sampled, some of them over a page of minutes and one over 24 h. */
const TENANT = { ...UNDER_WAY, answerDelayMs: 0, meetingsPerDay: 6, participantsPerMeeting: 4, minutesPerMeeting: 130 };
/** Of fewer calls a tenth is less than one. */
const CONSIDERABLE = 20;

type Fields = Omit<RawInputs['backfill'], 'from' | 'to'>;

async function plannedAndMade(world: Pick<World, 'sandbox' | 'client'>, input: RawInputs['backfill']) {
  const before = ledgerEnd(world);
  const planning = await world.client.start('backfill', { ...input, dry_run: true });
  const { plan } = await planning.result();
  const plannedAtMs = await lastThoughtAtMs(world, planning);
  const startedAtMs = Date.now();
  const asked = callsSince(world, before);
  const seq = ledgerEnd(world);
  const result = await (await world.client.start('backfill', input)).result();
  const tookMs = Date.now() - startedAtMs;
  const all = callsSince(world, seq);
  return { plan: plan!, plannedAtMs, asked, result, tookMs, all, made: withoutRepeats(all) };
}

/** Of these no two are asked alike, but where a worker stood still for longer than a heartbeat: then they are made once more. */
const ASKED_ONCE = new Set(['E3', 'E6', 'L2', 'L3']);

function withoutRepeats(calls: readonly LedgerCall[]): LedgerCall[] {
  const seen = new Set<string>();
  return calls.filter((call) => {
    const asked = JSON.stringify([call.endpoint, call.path, call.params]);
    if (seen.has(asked)) return false;
    if (ASKED_ONCE.has(call.endpoint)) seen.add(asked);
    return true;
  });
}

/** What the clock said to a run when it decided for the last time, however long its answer was on its way. */
async function lastThoughtAtMs(
  { client }: Pick<World, 'client'>,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<number> {
  const { events } = await client.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const thoughts = (events ?? []).filter((event) => event.workflowTaskStartedEventAttributes);
  return tsToMs(thoughts.at(-1)?.eventTime);
}

function byEndpoint(calls: readonly { endpoint: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { endpoint } of calls) counts[endpoint] = (counts[endpoint] ?? 0) + 1;
  return counts;
}

function expectWithinATenth(plan: BackfillPlan, made: readonly { endpoint: string }[]): void {
  const counts = byEndpoint(made);
  const seen = JSON.stringify({ planned: plan.calls, made: counts });
  expect(Object.keys(plan.calls).toSorted(), seen).toStrictEqual(Object.keys(counts).toSorted());
  for (const [endpoint, count] of Object.entries(counts)) {
    const off = Math.abs((plan.calls[endpoint] ?? 0) - count);
    expect(off, `${endpoint}: ${seen}`).toBeLessThanOrEqual(Math.max(count >= CONSIDERABLE ? 0 : 1, count / 10));
  }
  expect(Math.abs(plan.calls_in_all / made.length - 1), seen).toBeLessThanOrEqual(0.1);
}

describe.skipIf(!cli)('a plan', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, sandbox: TENANT, env: { FEISHU_RATE_LIMIT: '6000/60s' } });
  });
  afterAll(async () => {
    await product.stop();
  });

  const command = (...args: string[]) => runCommand(args, { env: { TEMPORAL_ADDRESS: product.temporal.address } });

  test.each<[Fields]>([
    [{ fan_out: 'activity' }],
    [{ source: 'both', include_external_meetings: true, include_webinar: true }],
    [{ source: 'export', listing: 'export' }],
  ])(
    'with %j says how many calls are made of each endpoint, and itself exports nothing',
    async (fields) => {
      const world = await openWorld(product, {
        name: `plan-${fields.source ?? 'list'}`,
        sandbox: { ...TENANT, longMeetings: true },
        env: { FEISHU_RATE_LIMIT: '6000/60s' },
      });
      try {
        const include = ['meetings', 'participants', 'quality_minutes', 'reservations'] as const;
        const room_level_id = topLevel(world.sandbox.tenant);
        const input = { ...DAYS, ...fields, include: [...include], room_level_id, concurrency: 3 };
        const { plan, asked, all, made, result } = await plannedAndMade(world, input);
        expect(new Set(asked.map(({ endpoint }) => endpoint))).toStrictEqual(new Set(['L1', 'L2', 'L3', 'R2']));
        expect(plan.calls_of_this_plan).toBe(asked.length);
        expect(asked.length).toBeLessThan(30);
        expect(plan).toMatchObject({ ...DAYS, days: 3 });
        expect(plan.share_of_monthly_cap).toBeCloseTo(plan.calls_in_all / 1_000_000);
        expectWithinATenth(plan, made);
        expect(result.calls).toBeGreaterThanOrEqual(made.length);
        expect(result.calls).toBeLessThanOrEqual(all.length);
        expect(await wholeDays(world.dataDir)).toHaveLength(3);
      } finally {
        await world.close();
      }
    },
    PATIENCE_MS,
  );

  test(
    'says when it ends, where the quota decides',
    async () => {
      const [calls, windowMs] = [20, 12_000];
      const rateLimit = `${calls}/${windowMs}ms`;
      const world = await openWorld(product, {
        name: 'plan-end',
        sandbox: { ...TENANT, meetingsPerDay: 10, rateLimit },
        env: { FEISHU_RATE_LIMIT: rateLimit },
      });
      try {
        const input = { from: '2025-04-01', to: '2025-04-02' };
        const { plan, plannedAtMs, tookMs, made } = await plannedAndMade(world, input);
        expectWithinATenth(plan, made);
        const expectedMs = Date.parse(plan.expected_end!) - plannedAtMs;
        // No machine makes these calls sooner; how much longer one takes says nothing about the plan.
        const most = Math.max(...Object.values(byEndpoint(made)));
        const soonestMs = Math.floor((most - 1) / calls) * windowMs;
        const seen = `${expectedMs} ms expected, ${soonestMs} ms at the soonest, ${tookMs} ms taken`;
        expect(expectedMs / soonestMs, seen).toBeGreaterThanOrEqual(0.9);
        expect(expectedMs / soonestMs, seen).toBeLessThanOrEqual(1.25);
        expect(tookMs / expectedMs, seen).toBeGreaterThanOrEqual(0.9);
      } finally {
        await world.close();
      }
    },
    PATIENCE_MS,
  );

  test(
    'makes no call of Feishu while it is paused, and is whole when it goes on',
    async () => {
      const world = await openWorld(product, {
        name: 'plan-paused',
        sandbox: { ...TENANT, meetingsPerDay: 10, rateLimit: 'off' },
        env: { FEISHU_RATE_LIMIT: '2/1s' },
      });
      try {
        const run = await world.client.start('backfill', { ...DAYS, dry_run: true });
        await until(() => world.sandbox.ledger.calls.some(({ endpoint }) => endpoint === 'L2'));
        await run.pause();
        await until(async () => (await run.progress()).state === 'paused');
        // What was sent is answered; then, for ten turns, nothing comes.
        const quiet = await quietFor(world, 5000);
        expect(callsSince(world, quiet)).toStrictEqual([]);
        await run.resume();
        const { plan } = await run.result();
        expect(callsSince(world, quiet).length).toBeGreaterThan(1);
        expect(plan?.calls_of_this_plan).toBe(callsSince(world, 0).length);
      } finally {
        await world.close();
      }
    },
    PATIENCE_MS,
  );

  test('is there for people, too, beside a run about the same days', async () => {
    const run = await product.client.start('backfill', { ...DAYS, refresh: 'all' });
    const { stdout, code } = await command('backfill', 'plan', RANGE);
    expect(code).toBe(0);
    expect(stdout).toMatch(/2025-04-01 to 2025-04-03: 3 days\n {2}meetings {2}\d+\n {2}units/);
    expect(stdout).toMatch(/calls +\d+: E1 3 · E5 3 · E6 3 · L2 \d+ · L3 \d+/);
    expect(stdout).toMatch(/time +1 min at the full quota/);
    expect(stdout).toContain('of 1,000,000 calls a month');
    await run.cancel();
  });
});
