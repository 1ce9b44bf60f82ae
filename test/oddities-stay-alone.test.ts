/** One odd meeting, session or list costs no other its data, and what strikes all alike ends the run soon. */
import { afterEach, afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FaultRule } from '../sandbox/index.ts';
import { addDays, dayOf } from '../model/calendar.ts';
import { exportDay, findDay, openWorld, readTable, topLevel, type World } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();

const reasonsOf = ({ gaps }: { gaps: { reason: string; count: number }[] }) =>
  gaps.map(({ reason, count }) => `${count} ${reason}`).join('\n');

/** The zone in which it is between one and two o'clock. */
function zoneOfOneOClock(): string {
  const hoursWest = (new Date().getUTCHours() + 24 - 1) % 24;
  return hoursWest <= 12 ? `Etc/GMT+${hoursWest}` : `Etc/GMT-${24 - hoursWest}`;
}

describe.skipIf(!cli)('a day with something odd', () => {
  let product: Product;
  let world: World;
  let day: string;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, workers: 0 });
    world = await openWorld(product, { name: 'odd', sandbox: { meetingsPerDay: 9, longMeetings: false } });
    day = findDay(world.sandbox.tenant, '2025-04-01', (meetings) => meetings.length > 9);
  });
  afterEach(() => world.sandbox.faults.clear());
  afterAll(async () => {
    await world.close();
    await product.stop();
  });

  /** Of the file, each number once. */
  const numbers = () => {
    const { from, to } = world.sandbox.tenant.dayRange(day);
    const own = world.sandbox.tenant.meetings(from, to).filter((each) => !each.is_external && !each.is_webinar);
    const all = own.map(({ meeting_no }) => meeting_no);
    return all.filter((each) => all.filter((other) => other === each).length === 1);
  };
  const faults = (...rules: FaultRule[]) => world.sandbox.faults.set(rules);
  const askedFor = async (table: 'participants' | 'quality_minutes') => {
    const { rows } = await readTable(world.dataDir, table, day);
    return new Set(rows.map((row) => String(row['meeting_no'])));
  };

  test('keeps the others where one list and the sessions of another meeting are refused', async () => {
    const [one = '', other = ''] = numbers();
    const refused = { kind: 'refuse', status: 403, code: 121005, msg: 'no permission' } as const;
    faults(
      { ...refused, on: 'L2', match: { meeting_no: one } },
      { ...refused, on: 'L3', match: { meeting_no: other } },
    );
    const result = await exportDay(world, { day });
    expect(result.complete).toBe(false);
    expect(reasonsOf(result)).toMatch(/^1 participants: .*PermissionDenied.*121005/m);
    expect(reasonsOf(result)).toMatch(/quality_minutes: failed: PermissionDenied/);
    const people = await askedFor('participants');
    expect([people.has(one), people.has(other), people.size]).toStrictEqual([false, true, new Set(numbers()).size]);
    expect((await askedFor('quality_minutes')).has(other)).toBe(false);
    world.sandbox.faults.clear();
    expect(await exportDay(world, { day, refresh: 'missing' })).toMatchObject({ complete: true });
  });

  test('is asked about by numbers without their spaces, and says whose number Feishu does not take', async () => {
    const spaced = { on: 'E6', kind: 'rewrite-cells', column: '会议ID' } as const;
    faults({ ...spaced, find: String.raw`^(\d{3})(\d{3})(\d{3})$`, text: '$1 $2 $3' });
    expect(await exportDay(world, { day })).toMatchObject({ complete: true });
    const all = await askedFor('participants');
    const [odd = ''] = numbers();
    faults({ ...spaced, find: `^${odd}$`, text: odd.slice(1) });
    const result = await exportDay(world, { day });
    expect(reasonsOf(result)).toMatch(/^1 participants: .*126004/m);
    expect((await askedFor('participants')).size).toBe(all.size - 1);
  });

  test('keeps its reservations where the rooms cannot be listed with the token', async () => {
    faults({ on: 'R2', kind: 'refuse', status: 400, code: 99991668, msg: 'user access token not support' });
    const ask = { day, include: ['reservations' as const], room_level_id: topLevel(world.sandbox.tenant) };
    const result = await exportDay(world, { ...ask, enrich: ['reservations'] });
    expect(result.tables['reservations']).toBeGreaterThan(0);
    expect(reasonsOf(result)).toMatch(/the list of rooms, .*failed: CredentialsRejected/);
    expect(reasonsOf(result)).toMatch(/the list of reservations was not asked: it takes the rooms/);
  });

  test('ends with one message where the first sessions are all refused alike', async () => {
    faults({ on: 'L3', kind: 'refuse', status: 403, code: 121005, msg: 'no permission' });
    const failure = await exportDay(world, { day }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'PermissionDenied',
      message: expect.stringMatching(/the first \d\d participant-sessions were all refused: .*121005/),
    });
  });

  test('fails as a single meeting with its lists, and says why nobody is listed', async () => {
    const { from, to } = world.sandbox.tenant.dayRange(day);
    const [meeting] = world.sandbox.tenant.meetings(from, to);
    const { meeting_no, meeting_start_time, meeting_end_time } = meeting!;
    const run = async (more: object = {}) => {
      const asked = { meeting_no, meeting_start_time, meeting_end_time, ...more };
      return await (await world.client.start('meetingQuality', { meeting: asked })).result();
    };
    expect(await run()).toMatchObject({ gaps: [] });
    faults({ on: 'L2', kind: 'loop-page-token' });
    await expect(run()).rejects.toMatchObject({ type: 'ExportTaskFailed', message: expect.stringContaining('page') });
    faults({ on: 'L2', kind: 'refuse', status: 403, code: 121005, msg: 'no permission' });
    await expect(run()).rejects.toMatchObject({ type: 'PermissionDenied' });
    faults({ on: 'L2', kind: 'refuse', code: 126009, msg: 'cannot find meeting' });
    expect(await run()).toMatchObject({ rows: 0, gaps: [{ reason: expect.stringContaining('126009'), count: 1 }] });
    world.sandbox.faults.clear();
    faults({ on: 'L1', kind: 'loop-page-token' });
    const byDay = async () =>
      await (await world.client.start('meetingQuality', { meeting: { meeting_no, day } })).result();
    await expect(byDay()).rejects.toMatchObject({ message: expect.stringContaining('page') });
    faults({ on: 'L1', kind: 'refuse', status: 403, code: 121005, msg: 'no permission' });
    await expect(byDay()).rejects.toMatchObject({ type: 'PermissionDenied' });
    world.sandbox.faults.clear();
    const long = await run({ meeting_end_time: meeting_start_time + 90_000 });
    expect(long.gaps).toStrictEqual([{ reason: expect.stringContaining('126006'), count: 1 }]);
    const lookedUp = await (
      await world.client.start('meetingQuality', { meeting: { meeting_no: '999 999 999', day } })
    ).result();
    expect(lookedUp.gaps).toStrictEqual([{ reason: expect.stringContaining('no ended meeting'), count: 1 }]);
  });
});

describe.skipIf(!cli)('a day that ended an hour ago', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, workers: 0 });
  });
  afterAll(async () => {
    await product.stop();
  });

  test.each([
    { name: 'night', minutes: 600, isRunning: true },
    { name: 'short', minutes: 25, isRunning: false },
  ])('says so while a meeting of it is under way: $name', async ({ name, minutes, isRunning }) => {
    const timeZone = zoneOfOneOClock();
    const sandbox = { timeZone, minutesPerMeeting: minutes, longMeetings: false, emptyDays: false };
    const world = await openWorld(product, { name, sandbox });
    const yesterday = addDays(dayOf(Math.floor(Date.now() / 1000), timeZone), -1);
    const result = await exportDay(world, { day: yesterday, include: ['meetings'] });
    expect(result.complete).toBe(!isRunning);
    expect(result.gaps.some(({ reason }) => reason.includes('may still change'))).toBe(isRunning);
    const created = world.sandbox.ledger.calls.filter(({ endpoint }) => endpoint === 'E1');
    expect(created.map(({ params }) => params['meeting_status'])).toStrictEqual(['1', undefined]);
    expect(Number(created[1]?.params['end_time']) * 1000).toBeGreaterThanOrEqual(
      Math.floor(created[0]!.wallMs / 1000) * 1000,
    );
    await world.close();
  });
});
