/** Days that are far larger than one history: they continue as new, and nothing is lost or doubled on the way. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExportDayResult } from '../client/index.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { compareDay, histories, suggestingContinueAsNewAt, type Histories } from './support/load.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
/** On a busy machine. */
const PATIENCE_MS = 300_000;
/** In place of 4,096, so that a small day outgrows it several times. */
const SUGGESTED_AT = 150;
/** What a run may still start and await after the suggestion. */
const OVERSHOOT = 1000;
const DAY = '2025-03-04';
const BIG_DAY = '2025-03-05';

describe.skipIf(!cli)('a day whose history grows beyond what Temporal suggests', () => {
  let dir: string;
  let product: Product;
  let result: ExportDayResult;
  let sizes: Histories;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'feishu-vc-bounds-'));
    product = await startProduct({
      cli: await suggestingContinueAsNewAt(cli!, dir, SUGGESTED_AT),
      sandbox: { meetingsPerDay: 45, participantsPerMeeting: 2, minutesPerMeeting: 2, longMeetings: false },
    });
    result = await (await product.client.start('exportDay', { day: DAY })).result();
    sizes = await histories(product.client);
  }, PATIENCE_MS);
  afterAll(async () => {
    await product.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test('continues as new, and every execution stays bounded', () => {
    expect(sizes.continuedAsNew['exportDay']).toBeGreaterThan(0);
    expect(sizes.longest).toBeLessThan(SUGGESTED_AT + OVERSHOOT);
    expect(sizes.largestBytes).toBeLessThan(2_000_000);
  });

  test('has every unit of the tenant, none twice', async () => {
    const { dataDir, sandbox } = product;
    const { lost, extra, units } = await compareDay({ dataDir, tenant: sandbox.tenant, day: DAY });
    expect({ lost, extra }).toStrictEqual({ lost: [], extra: [] });
    expect(result.complete).toBe(true);
    expect(Object.values(result.units).reduce((sum, count) => sum + count, 0)).toBe(units);
  });

  test('asks about each participant-session once', () => {
    const asked = product.sandbox.ledger.calls
      .filter((call) => call.endpoint === 'L3')
      .map(({ params }) => JSON.stringify(params));
    expect(asked.length).toBeGreaterThan(45);
    expect(new Set(asked).size).toBe(asked.length);
  });
});

describe.skipIf(!cli)('a meeting whose participants are more than one history holds', () => {
  let dir: string;
  let product: Product;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'feishu-vc-bounds-'));
    product = await startProduct({
      cli: await suggestingContinueAsNewAt(cli!, dir, SUGGESTED_AT),
      sandbox: { meetingsPerDay: 1, participantsPerMeeting: 150, minutesPerMeeting: 2, longMeetings: false },
    });
  });
  afterAll(async () => {
    await product.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test(
    'continues as new with a cursor, and loses and doubles nobody',
    async () => {
      const result = await (await product.client.start('exportDay', { day: BIG_DAY })).result();
      const { dataDir, sandbox } = product;
      const { lost, extra, units } = await compareDay({ dataDir, tenant: sandbox.tenant, day: BIG_DAY });
      expect({ lost, extra }).toStrictEqual({ lost: [], extra: [] });
      expect(result.complete).toBe(true);
      expect(units).toBeGreaterThan(70);
      const sizes = await histories(product.client);
      expect(sizes.continuedAsNew['meetingQuality']).toBeGreaterThan(0);
      expect(sizes.longest).toBeLessThan(SUGGESTED_AT + OVERSHOOT);
    },
    PATIENCE_MS,
  );
});
