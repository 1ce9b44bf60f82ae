/** What a later look changes, and when a day is left alone: a look counts only for what was asked, and only where it was whole. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Manifest } from '../dataset/manifest.ts';
import { verifyDay } from '../dataset/verify.ts';
import { FileStore } from '../store/file-store.ts';
import { KEEP } from '../tables/privacy.ts';
import { ownStoreEach } from './support/own-store.ts';
import type { SmallTenant, TenantMeeting, TenantPerson } from './support/small-tenant.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type Ask, type RunOptions } from './support/staged-day.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));

const SETTLED = TO + 31 * HOUR;
const LATER = TO + 60 * HOUR;
const MORNING = FROM + 9 * HOUR;

const person = (name: string, at: number): TenantPerson => {
  return { name, kind: 'user', join: at, leave: at + 1800, shown: at };
};
const meeting = (no: string, start: number, names: string[], o: Partial<TenantMeeting> = {}): TenantMeeting => {
  return { no, start, end: start + HOUR, people: names.map((name) => person(name, start)), ...o };
};
const booking = (room: string, by: string) => ({ room, by, start: MORNING, end: MORNING + HOUR });
/** With a meeting of the next day, so that no file is empty. */
const tenant = (): SmallTenant => ({
  meetings: [
    meeting('100000001', MORNING, ['ann', 'bob']),
    meeting('100000002', MORNING + 6 * HOUR, ['ann', 'cid']),
    meeting('100000009', TO + 2 * HOUR, []),
  ],
  bookings: [booking('blue', 'ann'), booking('red', 'bob')],
});
const kindsOf = ({ gaps }: Manifest) => gaps.map(({ table, kind }) => `${table} ${kind}`);
const lostIn = ({ restatements }: Manifest) =>
  Object.fromEntries(restatements.map(({ table, removed }) => [table, removed]));

const ROOMS: Partial<Ask> = { include: ['reservations'], room_level_id: 'omb_1' };
const EXTERNAL: Partial<Ask> = { include_external_meetings: true };

test.each<[string, Partial<Ask>, Partial<Ask>, object]>([
  ['external meetings too', {}, EXTERNAL, { meetings: 1, participants: 2, quality_minutes: 60 }],
  ['webinars too', {}, { include_webinar: true }, { meetings: 1, participants: 2, quality_minutes: 60 }],
  ['the list beside the file', {}, { enrich: ['meetings'] }, { meetings: 1, participants: 2, quality_minutes: 60 }],
  ['external meetings no more', EXTERNAL, {}, { meetings: 1 }],
  ['webinars, and external meetings no more', EXTERNAL, { include_webinar: true }, { meetings: 1 }],
  ['another kind of id', {}, { user_id_type: 'user_id' }, { meetings: 1 }],
  ['the list of reservations too', ROOMS, { ...ROOMS, enrich: ['reservations'] }, { reservations: 1 }],
])('a row less is a restatement where the later run asks for %s', async (_, first, later, lost) => {
  const day = new StagedDay(store, tenant());
  await day.run({ ...ASK, ...first }, { at: SETTLED });
  day.tenant.meetings.shift();
  day.tenant.bookings.shift();
  const { manifest } = await day.run({ ...ASK, ...later }, { at: LATER });
  expect(lostIn(manifest)).toStrictEqual(lost);
});

test('rows that only a wider or a narrower question has are no restatement', async () => {
  const external = meeting('100000003', MORNING + HOUR, ['guest'], { external: true });
  const day = new StagedDay(store, { meetings: [...tenant().meetings, external], bookings: [] });
  await day.run(ASK, { at: SETTLED });
  const wider = await day.run({ ...ASK, ...EXTERNAL }, { at: LATER });
  const narrower = await day.run(ASK, { at: LATER + HOUR });
  expect([wider, narrower].map(({ manifest }) => manifest.restatements)).toStrictEqual([[], []]);
});

test('meetings of others do not hide that the own ones came back empty', async () => {
  const external = meeting('100000003', MORNING + HOUR, ['guest'], { external: true });
  const day = new StagedDay(store, { meetings: [...tenant().meetings, external], bookings: [] });
  await day.run(ASK, { at: SETTLED });
  day.tenant.meetings.splice(0, 2);
  const { manifest } = await day.run({ ...ASK, ...EXTERNAL }, { at: LATER });
  expect(kindsOf(manifest)).toContain('meetings vanished');
  expect(await day.rows('meetings')).toHaveLength(2);
});

test.each<[string, Partial<Ask>]>([
  ['meetings', { include: ['meetings'] }],
  ['reservations', ROOMS],
])('a look at %s alone is no look at the people', async (_, ask) => {
  const day = new StagedDay(store, tenant());
  await day.run({ ...ASK, ...ask }, { at: SETTLED });
  const whole: Ask = {
    ...ASK,
    include: [...new Set([...ASK.include, ...(ask.include ?? [])])],
    room_level_id: 'omb_1',
  };
  const first = await day.run(whole, { at: LATER });
  expect(first.manifest).toMatchObject({ complete: true, settled: true, sealed: false });
  const second = await day.run(whole, { at: LATER + 24 * HOUR, refresh: 'unsettled' });
  expect(second.manifest.sealed).toBe(true);
});

test('a look that came too early is none', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(ASK, { at: TO - HOUR });
  expect((await day.run(ASK, { at: SETTLED })).manifest).toMatchObject({ complete: true, sealed: false });
  expect((await day.run(ASK, { at: LATER })).manifest.sealed).toBe(true);
});

const nobody: RunOptions['outcome'] = ({ resource }) => (resource === 'participant_list' ? 'no-data' : 'ok');

test('a look at which nobody was listed any more is none', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(ASK, { at: SETTLED });
  await day.run(ASK, { at: LATER, outcome: nobody });
  expect((await day.run(ASK, { at: LATER + HOUR })).manifest).toMatchObject({ complete: true, sealed: false });
});

const ENRICHED: Ask = { ...ASK, enrich: ['meetings'] };
const MEETINGS: Ask = { ...ASK, include: ['meetings'] };
const PEOPLE: Ask = { ...ENRICHED, include: ['participants'] };
const miscounted: RunOptions['alter'] = ({ unit }, items) =>
  unit === 'list' ? items.map((item) => ({ ...item, number_of_participants: '9' })) : items;
const noList: RunOptions['outcome'] = ({ unit }) => (unit === 'list' ? 'failed' : 'ok');

test.each<[string, [Ask, Ask], Partial<RunOptions>, string]>([
  ['that it disagrees, said before', [ENRICHED, MEETINGS], { alter: miscounted }, 'sources-differ'],
  ['that it disagrees, said after', [MEETINGS, PEOPLE], { alter: miscounted }, 'sources-differ'],
  ['that it failed, said before', [ENRICHED, MEETINGS], { outcome: noList }, 'failed'],
  ['that it failed, said after', [MEETINGS, PEOPLE], { outcome: noList }, 'failed'],
])('a run without the list beside the file says nothing of the list: %s', async (_, asks, options, kind) => {
  const day = new StagedDay(store, tenant());
  await day.run(asks[0], { at: SETTLED, ...options });
  const { manifest } = await day.run(asks[1], { at: LATER, ...options });
  expect(manifest.complete).toBe(false);
  expect(manifest.gaps.map((gap) => gap.kind)).toContain(kind);
});

test('an older run that commits after a newer one is not told that its tables are there, and verify judges it by nothing', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(MEETINGS, { at: LATER });
  const older = await day.run({ ...ASK, listing: 'export', user_id_type: 'user_id' }, { at: SETTLED });
  expect([older.manifest.complete, older.complete]).toStrictEqual([true, false]);
  const scratch = new FileStore(join(store.rootPath, 'scratch'));
  await scratch.prepare();
  const days = { profile: 'default', day: DAY, product: 'test', settle_hours: 6, privacy: KEEP, scratch };
  expect(await verifyDay(store, days)).toStrictEqual([]);
});
