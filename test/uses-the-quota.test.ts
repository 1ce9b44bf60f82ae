/** A small quota under load: used well, never exceeded, not wasted on failures, and near for whoever is in a hurry. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExportDayResult } from '../client/index.ts';
import type { FaultKind } from '../sandbox/index.ts';
import type { LedgerCall } from '../sandbox/ledger.ts';
import { openWorld, type World } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsReach, compareDay } from './support/load.ts';
import { until } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
/** On a busy machine. */
const PATIENCE_MS = 300_000;
let product: Product;

beforeAll(async () => {
  if (cli) product = await startProduct({ cli, workers: 0 });
});
afterAll(async () => {
  await product?.stop();
});

describe.skipIf(!cli)('many exports at once, at 20 calls in 3 s', () => {
  const LIMIT = { calls: 20, windowMs: 3000 };
  const EXPORTS = 70;
  let world: World;

  beforeAll(async () => {
    const rateLimit = '20/3s';
    world = await openWorld(product, {
      name: 'creates',
      sandbox: { rateLimit, window: 'sliding', taskDelayMs: [100, 1500], meetingsPerDay: 2 },
      env: { FEISHU_RATE_LIMIT: rateLimit },
    });
    const { from } = world.sandbox.tenant.dayRange('2025-03-03');
    const starts = Array.from({ length: EXPORTS }, async (_, index) => {
      const request = { start_time: String(from), end_time: String(from + 3600 + index) };
      return (await world.client.start('exportResource', { resource: 'meeting_list', request })).result();
    });
    await Promise.all(starts);
  }, PATIENCE_MS);
  afterAll(() => world.close());

  test('make one task each, and are never throttled', () => {
    const { ledger } = world.sandbox;
    expect(ledger.tasks).toHaveLength(EXPORTS);
    expect(ledger.calls.filter((call) => call.throttled)).toStrictEqual([]);
    for (const endpoint of ['E1', 'E5', 'E6'] as const) {
      expect(ledger.maxInWindow(endpoint, LIMIT.windowMs)).toBeLessThanOrEqual(LIMIT.calls);
    }
  });

  test('look at most tasks once', () => {
    const polls = world.sandbox.ledger.tasks.map((task) => task.polls).toSorted((a, b) => a - b);
    expect(polls[Math.floor(polls.length / 2)]).toBe(1);
  });
});

describe.skipIf(!cli)('a day with trouble of every kind', () => {
  const KINDS: FaultKind[] = ['429', '400-limit', 'dead-token', '500', 'reset', '502-html', 'hang'];
  const DAY = '2025-03-04';
  /** None goes out more than a second after its turn, so that so many at most carry a token that has died meanwhile. */
  const CALLS_A_SECOND = 20;
  let world: World;
  let result: ExportDayResult;

  beforeAll(async () => {
    world = await openWorld(product, {
      name: 'faults',
      sandbox: {
        meetingsPerDay: 24,
        participantsPerMeeting: 5,
        minutesPerMeeting: 3,
        longMeetings: false,
        faults: KINDS.map((kind, i) => ({ on: 'all', kind, nth: [8 + 13 * i, 99 + 13 * i], delayMs: 2000 })),
      },
      // Paced, as calls always are: a revoked token then strikes few besides.
      env: { FEISHU_RATE_LIMIT: `${CALLS_A_SECOND}/1s` },
    });
    result = await (await world.client.start('exportDay', { day: DAY })).result();
  }, PATIENCE_MS);
  afterAll(() => world.close());

  test('ends right for every unit', async () => {
    const { dataDir, sandbox } = world;
    const { lost, extra } = await compareDay({ dataDir, tenant: sandbox.tenant, day: DAY });
    expect({ lost, extra }).toStrictEqual({ lost: [], extra: [] });
    expect(result.complete).toBe(true);
  });

  test('wastes next to no call beyond those that were struck', () => {
    const all = world.sandbox.ledger.calls;
    // One may strike a call for a token.
    expect(new Set(all.flatMap(({ fault }) => fault ?? [])).size).toBe(KINDS.length);
    const calls = all.filter((call) => call.endpoint !== 'A1');
    const failed = calls.filter((call) => call.fault !== null);
    const needed = new Set(calls.map(asks)).size;
    // A revoked token strikes the calls that are under way with it, too: the slower the machine, the more, but each once.
    const withDeadToken = calls.filter((call) => call.fault === null && call.code === 99991663);
    const wasted = calls.length - needed - failed.length - withDeadToken.length;
    expect(wasted).toBeLessThanOrEqual(calls.length * 0.01);
    expect(new Set(withDeadToken.map(asks)).size).toBe(withDeadToken.length);
    const revoked = failed.filter((call) => call.fault === 'dead-token').length;
    // Each endpoint has a limit of its own, and an unanswered call keeps its place in it.
    for (const endpoint of new Set(withDeadToken.map((call) => call.endpoint))) {
      const own = withDeadToken.filter((call) => call.endpoint === endpoint);
      expect(own.length).toBeLessThanOrEqual(revoked * CALLS_A_SECOND);
    }
  });
});

describe.skipIf(!cli)('a single export in the middle of a backfill, at a call in 600 ms', () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld(product, {
      name: 'hurry',
      sandbox: { rateLimit: '20/12s', window: 'sliding', meetingsPerDay: 60, participantsPerMeeting: 2 },
      env: { FEISHU_RATE_LIMIT: '20/12s' },
    });
  });
  afterAll(() => world.close());

  test('waits for the next call of the bucket at most, not for the backfill', async () => {
    const { client, sandbox } = world;
    const range = { from: '2025-03-03', to: '2025-03-05' };
    const run = await client.start('backfill', { ...range, include: ['participants'], concurrency: 2 });
    await callsReach(sandbox.ledger, { count: 21, fits: ({ endpoint }) => endpoint === 'L2' });
    const [meeting] = sandbox.tenant.meetings(
      sandbox.tenant.dayRange('2025-03-10').from,
      sandbox.tenant.dayRange('2025-03-11').from,
    );
    const { meeting_no, meeting_start_time, meeting_end_time } = meeting!;
    const single = await client.start('meetingQuality', {
      meeting: {
        meeting_no,
        meeting_start_time: String(meeting_start_time),
        meeting_end_time: String(meeting_end_time),
      },
    });
    // From then on it waits for its turn beside the backfill's; what its start took, the backfill had for its own.
    const asks = async () => (await waitingAt(client, single.workflowId)).includes('fetchListPage');
    const isSingle = ({ params }: LedgerCall) => params['meeting_start_time'] === String(meeting_start_time);
    await until(async () => callsOf(world, 'L2').some(isSingle) || (await asks()));
    const before = callsOf(world, 'L2').length;
    await callsReach(sandbox.ledger, { count: 1, fits: (call) => call.endpoint === 'L2' && isSingle(call) });
    const turn = callsOf(world, 'L2').findIndex(isSingle);
    // The backfill has 160 to make.
    expect(turn - before).toBeLessThanOrEqual(5);
    await Promise.all([run.cancel(), single.cancel()]);
  });
});

/** Activities of a run that a worker has, by name. */
async function waitingAt({ temporal }: World['client'], workflowId: string): Promise<string[]> {
  const { raw } = await temporal.workflow.getHandle(workflowId).describe();
  const begun = raw.pendingActivities?.filter(({ lastStartedTime }) => lastStartedTime) ?? [];
  return begun.map(({ activityType }) => activityType?.name ?? '');
}

function callsOf({ sandbox }: Pick<World, 'sandbox'>, endpoint: LedgerCall['endpoint']): LedgerCall[] {
  return sandbox.ledger.calls.filter((call) => call.endpoint === endpoint);
}

/** What tells a call from all others of the run. */
const asks = ({ path, params }: LedgerCall): string => `${path} ${JSON.stringify(params)}`;
