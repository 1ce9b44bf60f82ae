/** Runs that look back: the second look seals a day, what has changed since is counted, what is gone is kept and said. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackfillResult } from '../client/index.ts';
import { addDays } from '../model/calendar.ts';
import { manifestOf } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsSince, ledgerEnd, UNDER_WAY, until } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const DAY = '2025-04-10';
const NAME = 'looks';

describe.skipIf(!cli)('a schedule that looks back two days', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, sandbox: { ...UNDER_WAY, answerDelayMs: 0 } });
    await product.client.schedules.create({ name: NAME, every: 'daily', lookBackDays: 2, jitterMinutes: 0 });
  });
  afterAll(async () => {
    await product.stop();
  });

  const manifest = (day: string) => manifestOf(product.dataDir, day);

  /** The run that was due at 07:00 in the tenant's zone. */
  async function runDueOn(day: string): Promise<BackfillResult> {
    const at = new Date(`${day}T07:00:00+08:00`);
    const handle = product.client.temporal.schedule.getHandle(`feishu-vc/schedule/${NAME}`);
    await handle.backfill({
      start: new Date(at.getTime() - 60_000),
      end: new Date(at.getTime() + 60_000),
      overlap: 'ALLOW_ALL',
    });
    const workflowId = `feishu-vc/backfill/default/${NAME}-${at.toISOString().replace('.000Z', 'Z')}`;
    const attached = async () => await product.client.attach('backfill', workflowId).catch(() => undefined);
    await until(async () => (await attached()) !== undefined);
    return await (await attached())!.result();
  }

  test('seals a day at the second look, and asks nothing about it any more', async () => {
    expect(await runDueOn(addDays(DAY, 1))).toMatchObject({ complete: true, days: { complete: 2 }, restatements: [] });
    expect(await manifest(DAY)).toMatchObject({ complete: true, sealed: false });
    await runDueOn(addDays(DAY, 2));
    expect(await manifest(DAY)).toMatchObject({ complete: true, sealed: true });
    expect((await manifest(addDays(DAY, 1))).sealed).toBe(false);

    const seq = ledgerEnd(product);
    const run = await product.client.start('backfill', { from: DAY, to: DAY, refresh: 'unsettled' });
    expect(await run.result()).toMatchObject({ complete: true, calls: 0 });
    expect(callsSince(product, seq)).toStrictEqual([]);
  });

  test('counts what has changed since the first look, and does not seal the day', async () => {
    const day = addDays(DAY, 1);
    const before = await manifest(day);
    product.sandbox.tenant.change(day);
    const result = await runDueOn(addDays(DAY, 3));
    const after = await manifest(day);
    expect(after.sealed).toBe(false);
    expect(after.tables.meetings?.rows_hash).not.toBe(before.tables.meetings?.rows_hash);
    const meetings = result.restatements.find(({ table }) => table === 'meetings');
    expect((meetings?.removed ?? 0) + (meetings?.changed ?? 0)).toBeGreaterThan(0);
    for (const { table, added, removed, changed } of result.restatements) {
      expect(after.restatements).toContainEqual(
        expect.objectContaining({ table, added, removed, changed, before: before.committed_at }),
      );
    }
    expect(result.restatements).toHaveLength(after.restatements.length);
  });

  test('keeps what is gone from an empty answer, and says that it has vanished', async () => {
    const day = addDays(DAY, 2);
    const before = await manifest(day);
    product.sandbox.tenant.forget('meetings', day);
    const result = await runDueOn(addDays(DAY, 4));
    expect(result.complete).toBe(false);
    expect(result.gaps.map(({ reason }) => reason).join()).toContain('vanished');
    const after = await manifest(day);
    expect(after.tables.meetings?.rows_hash).toBe(before.tables.meetings?.rows_hash);
    expect(after).toMatchObject({ complete: false, sealed: false, restatements: [] });
  });
});
