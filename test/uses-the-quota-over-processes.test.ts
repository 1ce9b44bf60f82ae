/** Three worker processes, three profiles of two apps, kills and stops: the quota holds and every unit comes out once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Child } from '../client/embedded/children.ts';
import type { ExportDayResult } from '../client/index.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsReach, compareDay, holderAmong, writeProfiles } from './support/load.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
/** On a busy machine. */
const PATIENCE_MS = 300_000;
const LIMIT = { calls: 12, windowMs: 3000 };
const SHARED_APP = { app_id: 'cli_shared', app_secret: 'shared-secret' };
const OTHER_APP = { app_id: 'cli_other', app_secret: 'other-secret' };
const DAYS = { first: '2025-03-04', second: '2025-03-05', other: '2025-03-06' };

describe.skipIf(!cli)('several worker processes and several profiles', () => {
  let product: Product;
  let results: ExportDayResult[];

  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      workers: 0,
      sandbox: {
        apps: [SHARED_APP, OTHER_APP],
        rateLimit: `${LIMIT.calls}/${LIMIT.windowMs}ms`,
        window: 'sliding',
        meetingsPerDay: 6,
        participantsPerMeeting: 5,
        minutesPerMeeting: 4,
        longMeetings: false,
      },
    });
    const profiles = await writeProfiles(product, { first: SHARED_APP, second: SHARED_APP, other: OTHER_APP });
    const env = { FEISHU_PROFILES: profiles, FEISHU_APP_ID: '', FEISHU_APP_SECRET: '' };
    const limited = { ...env, FEISHU_RATE_LIMIT: `${LIMIT.calls}/${LIMIT.windowMs}ms` };
    for (let i = 0; i < 3; i++) await product.startWorker(limited);

    const runs = Object.entries(DAYS).map(async ([profile, day]) =>
      (await product.client.start('exportDay', { profile, day })).result(),
    );
    await disturb(product);
    results = await Promise.all(runs);
  }, PATIENCE_MS);
  afterAll(async () => {
    await product.stop();
  });

  test.each([SHARED_APP, OTHER_APP])('never make more calls of one endpoint than $app_id may in any window', (app) => {
    for (const endpoint of ['L2', 'L3', 'E5'] as const) {
      const most = product.sandbox.ledger.maxInWindow(endpoint, LIMIT.windowMs, app.app_id);
      expect(most).toBeLessThanOrEqual(LIMIT.calls);
    }
  });

  test('are never throttled', () => {
    expect(product.sandbox.ledger.calls.filter((call) => call.throttled)).toStrictEqual([]);
  });

  test.each(Object.entries(DAYS))('profile %s has every unit of %s, none twice', async (profile, day) => {
    const { dataDir, sandbox } = product;
    const { lost, extra, units } = await compareDay({ dataDir, tenant: sandbox.tenant, day, profile });
    expect({ lost, extra }).toStrictEqual({ lost: [], extra: [] });
    expect(units).toBeGreaterThan(20);
  });

  test('days are complete', () => {
    expect(results.map((result) => result.complete)).toStrictEqual([true, true, true]);
  });
});

const isQuality = ({ endpoint }: { endpoint: string }) => endpoint === 'L3';

/** Kills the process that makes the calls, then stops the one that took over, and lets it go on when it has lost them. */
async function disturb({ sandbox, workers }: Product): Promise<void> {
  await callsReach(sandbox.ledger, { count: 30, fits: isQuality });
  const killed = await holderAmong(workers);
  process.kill(killed.pid!, 'SIGKILL');
  await killed.exited;
  const left = workers.filter((worker) => worker !== killed);
  await callsReach(sandbox.ledger, { count: sandbox.ledger.calls.filter(isQuality).length + 20, fits: isQuality });
  const stopped: Child = await holderAmong(left);
  process.kill(stopped.pid!, 'SIGSTOP');
  await sleep(7000);
  process.kill(stopped.pid!, 'SIGCONT');
}
