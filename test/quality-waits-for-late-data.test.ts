import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalCli } from './support/embedded-temporal.ts';
import { exportDay, manifestOf, openWorld, readTable, type World } from './support/day.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const SETTLE_HOURS = 6;

/** A zone in which it is evening now: the day's meetings ended hours ago, some of them before and some after settling. */
function eveningZone(): { zone: string; day: string } {
  const ahead = 20 - new Date().getUTCHours();
  const offset = ahead > 14 ? ahead - 24 : ahead < -12 ? ahead + 24 : ahead;
  const zone = offset === 0 ? 'Etc/GMT' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
  const day = new Date(Date.now() + offset * 3_600_000).toISOString().slice(0, 10);
  return { zone, day };
}

describe.skipIf(!cli)('minutes that Feishu does not have yet', () => {
  let product: Product;
  let world: World;
  const { zone, day } = eveningZone();

  beforeAll(async () => {
    product = await startProduct({ cli: cli!, workers: 0 });
    const sandbox = { timeZone: zone, meetingsPerDay: 10, emptyDays: false, longMeetings: false };
    world = await openWorld(product, { name: 'late', sandbox });
  });
  afterAll(async () => {
    await world.close();
    await product.stop();
  });

  it('are pending for some hours after the meeting, then empty, and a later look asks the pending ones again', async () => {
    const { tenant, faults, ledger } = world.sandbox;
    const range = tenant.dayRange(day);
    const now = Date.now() / 1000;
    const over = tenant
      .meetings(range.from, range.to)
      .filter((meeting) => meeting.meeting_end_time < now && !meeting.is_external && !meeting.is_webinar);
    const recent = over.filter((meeting) => meeting.meeting_end_time > now - SETTLE_HOURS * 3600 + 120);
    expect(recent.length, 'a meeting that ended in the last hours').toBeGreaterThan(0);

    faults.set([{ on: ['L3'], kind: 'refuse', status: 400, code: 126_009, msg: 'cannot find meeting' }]);
    const first = await exportDay(world, { day });
    expect(first.units.done ?? 0).toBe(0);
    expect(first.units.pending).toBeGreaterThan(0);
    expect(first.complete).toBe(false);
    const pending = (await readTable(world.dataDir, 'units', day)).rows.filter((unit) => unit['status'] === 'pending');
    expect(pending.every((unit) => String(unit['reason']).includes('126009'))).toBe(true);
    expect((await manifestOf(world.dataDir, day)).gaps.some((gap) => gap.reason.startsWith('pending'))).toBe(true);

    faults.clear();
    const before = ledger.calls.length;
    const second = await exportDay(world, { day, refresh: 'missing' });
    const asked = ledger.calls.slice(before).filter((call) => call.endpoint === 'L3');
    // Somebody who was there for a moment only has no minute; within the hours that, too, may still come.
    const units = (await readTable(world.dataDir, 'units', day)).rows;
    const momentary = units.filter((unit) => unit['reason'] === 'an empty answer');
    expect(second.units.pending ?? 0).toBe(momentary.length);
    expect(second.units.done).toBe((first.units.pending ?? 0) - momentary.length);
    expect(second.units.done).toBeGreaterThan(0);
    expect(second.units.empty ?? 0).toBe(first.units.empty ?? 0);
    expect(asked.length).toBe(first.units.pending);
  });
});
