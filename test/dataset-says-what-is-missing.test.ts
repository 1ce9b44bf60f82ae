/** What a day says of itself, by the questions that were asked, when, and what the answers say of each other. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { readManifest, type Manifest } from '../dataset/manifest.ts';
import { rebuildDay } from '../dataset/rebuild-day.ts';
import type { FileStore } from '../store/file-store.ts';
import { writeParquet } from '../store/parquet.ts';
import { TABLES } from '../tables/columns.ts';
import { meetingKey } from '../tables/keys.ts';
import { KEEP } from '../tables/privacy.ts';
import { ownStoreEach } from './support/own-store.ts';
import type { SmallTenant, TenantMeeting, TenantPerson } from './support/small-tenant.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type Ask, type Call, type Outcome } from './support/staged-day.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));

const NOON = FROM + 12 * HOUR;
const SETTLED = TO + 31 * HOUR;
const LATER = TO + 60 * HOUR;

function person(name: string, joins: number, minutes = 30, kind: TenantPerson['kind'] = 'user'): TenantPerson {
  return { name, kind, join: joins, leave: joins + minutes * 60, shown: joins };
}

function meeting(no: string, start: number, people: TenantPerson[], hours = 1): TenantMeeting {
  return { no, start, end: start + hours * HOUR, people };
}

const MORNING = FROM + 9 * HOUR;
const AFTERNOON = FROM + 15 * HOUR;

const tenantOf = (...meetings: TenantMeeting[]): SmallTenant => ({ meetings, bookings: [] });

const twoMeetings = (): SmallTenant =>
  tenantOf(
    meeting('100000001', MORNING, [person('ann', MORNING), person('bob', MORNING + 60)]),
    meeting('100000002', AFTERNOON, [person('ann', AFTERNOON), person('cid', AFTERNOON + 60)]),
  );

const kindsOf = ({ gaps }: Pick<Manifest, 'gaps'>) => gaps.map(({ table, kind }) => `${table} ${kind}`).toSorted();

/** The outcome for calls of one list, all others well. */
const when =
  (outcome: Outcome, is: (call: Call) => boolean) =>
  (call: Call): Outcome =>
    is(call) ? outcome : 'ok';
const isOf =
  (resource: Call['resource']) =>
  (call: Call): boolean =>
    call.resource === resource;

const isMeetings =
  (via: Call['via']) =>
  (call: Call): boolean =>
    call.resource === 'meeting_list' && call.via === via;
/** What every element of one kind of list says instead. */
const everyItem =
  (resource: Call['resource'], says: Record<string, unknown>) =>
  (call: Call, items: Record<string, unknown>[]): Record<string, unknown>[] =>
    call.resource === resource ? items.map((each) => ({ ...each, ...says })) : items;
const hashesOf = ({ tables }: Manifest) => Object.entries(tables).map(([name, { rows_hash }]) => [name, rows_hash]);
const isListed = ({ resource, via }: Call) => resource === 'resource_reservation_list' && via === 'list';
const partKey = (unit: string) => `raw/resource_reservation_list/profile=default/day=${DAY}/${unit}/record.json`;

test('a whole day, asked for once all of it can be known, is complete and settled', async () => {
  const day = new StagedDay(store, twoMeetings());
  const { manifest } = await day.run(ASK, { at: SETTLED });
  expect(manifest.gaps).toStrictEqual([]);
  expect(manifest).toMatchObject({ version: 2, complete: true, settled: true, sealed: false });
  expect(manifest.units).toStrictEqual({ done: 4 });
});

test('half a day that is asked for again for what is missing gets the other half', async () => {
  const day = new StagedDay(store, twoMeetings());
  const first = await day.run(ASK, { at: NOON });
  expect(first.manifest.complete).toBe(false);
  const second = await day.run(ASK, { at: SETTLED, refresh: 'missing' });
  expect(await day.rows('meetings')).toHaveLength(2);
  expect(second.manifest.complete).toBe(true);
  // What was whole at noon is not asked for again.
  const asked = second.calls.map(({ resource }) => resource);
  expect(asked.filter((resource) => resource === 'participant_list')).toHaveLength(1);
  expect(asked.filter((resource) => resource === 'participant_quality_list')).toHaveLength(2);
});

test('half a day whose meetings are not asked for again stays half, whatever the run that commits it', async () => {
  const day = new StagedDay(store, twoMeetings());
  await day.run(ASK, { at: NOON });
  const since = (NOON - HOUR) * 1000;
  const { manifest } = await day.run(ASK, { at: NOON + HOUR, fetchedSince: since });
  expect(kindsOf(manifest)).toContain('meetings asked-early');
});

test('a day on which a meeting may still be under way says so until a day after its end', async () => {
  const night = meeting('100000003', TO - HOUR, [person('ann', TO - HOUR)], 3);
  const day = new StagedDay(store, tenantOf(night));
  const early = await day.run(ASK, { at: TO + HOUR / 2 });
  expect(kindsOf(early.manifest)).toStrictEqual(['meetings may-change']);
  const later = await day.run(ASK, { at: TO + 25 * HOUR });
  expect(later.manifest).toMatchObject({ complete: true, settled: false });
  expect(await day.rows('meetings')).toHaveLength(1);
});

test('a day is whole soon after its end where nobody is under way any more', async () => {
  const day = new StagedDay(store, twoMeetings());
  const { manifest } = await day.run(ASK, { at: TO + HOUR, ongoing: true });
  expect(manifest).toMatchObject({ gaps: [], complete: true, settled: false });
  const night = meeting('100000003', TO - HOUR, [person('ann', TO - HOUR)], 3);
  day.tenant.meetings.push(night);
  const again = await day.run(ASK, { at: TO + HOUR + 60, ongoing: true });
  expect(kindsOf(again.manifest)).toStrictEqual(['meetings may-change']);
});

test('reservations of a day that is not over are not whole', async () => {
  const ask: Ask = { ...ASK, include: ['reservations'], room_level_id: 'omb_1' };
  const tenant = { meetings: [], bookings: [{ room: 'blue', by: 'ann', start: MORNING, end: MORNING + HOUR }] };
  const day = new StagedDay(store, tenant);
  const { manifest } = await day.run(ask, { at: NOON });
  expect(kindsOf(manifest)).toContain('reservations asked-early');
  const { manifest: later } = await day.run(ask, { at: SETTLED, refresh: 'missing' });
  expect(later).toMatchObject({ complete: true, settled: true });
});

test.each<Outcome>(['no-data', 'empty'])(
  'a list with nobody (%s) in a meeting that had somebody is a gap',
  async (outcome) => {
    const day = new StagedDay(store, twoMeetings());
    const { manifest } = await day.run(ASK, { at: SETTLED, outcome: when(outcome, isOf('participant_list')) });
    expect(manifest.gaps).toContainEqual(expect.objectContaining({ kind: 'people-differ', count: 2 }));
    expect(manifest.codes).toStrictEqual(outcome === 'empty' ? { none: 2 } : { '126009': 2 });
    const again = await day.run(ASK, { at: LATER, refresh: 'missing' });
    expect(again.manifest.complete).toBe(true);
  },
);

test('fewer people than the meeting counts are a gap, and guests, rooms and viewers are none', async () => {
  const tenant = tenantOf(
    meeting('100000001', MORNING, [
      person('ann', MORNING),
      person('blue', MORNING, 30, 'room'),
      person('Guest', MORNING, 30, 'guest'),
    ]),
  );
  const day = new StagedDay(store, tenant);
  const { manifest } = await day.run(ASK, { at: SETTLED });
  expect(manifest).toMatchObject({ complete: true, explained: { guests: 1 } });
  const [only] = tenant.meetings;
  const late = { ...person('late', MORNING + 60), shown: LATER };
  only!.people.push(late);
  const outcome = when('ok', () => false);
  const counted = await day.run(ASK, { at: LATER + 60, refresh: 'missing', outcome });
  expect(counted.calls).toStrictEqual([]);
  const again = await day.run({ ...ASK, include: ['meetings'] }, { at: LATER + 120 });
  // The list agrees with the count that it was compared with, and with no later one.
  expect(kindsOf(again.manifest)).toStrictEqual(['participants tables-differ']);
  const whole = await day.run(ASK, { at: LATER + 180, refresh: 'missing' });
  expect(kindsOf(whole.manifest)).toStrictEqual(['participants people-differ']);
});

test('minutes that are cut off are not done, and are asked for again', async () => {
  const tenant = tenantOf(meeting('100000001', MORNING, [person('ann', MORNING, 170), person('bob', MORNING)], 3));
  const day = new StagedDay(store, tenant);
  const { manifest } = await day.run(ASK, { at: SETTLED, outcome: when('cut', isOf('participant_quality_list')) });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes minutes-lacking']);
  expect(manifest.units).toStrictEqual({ failed: 1, done: 1 });
  const again = await day.run(ASK, { at: LATER, refresh: 'missing' });
  expect(again.calls).toHaveLength(1);
  expect(again.manifest.complete).toBe(true);
});

const minuteAt = (index: number, said: Record<string, string>) => {
  const time = new Date((MORNING + index * 60) * 1000).toISOString();
  return { audio: { time, ...said } };
};

test.each([
  ['of which only the time has a known name', {}],
  ['whose figures cannot be read', { bitrate_sent: 'n/k', jitter_sent: 'x' }],
  ['that have no figure', { bitrate_sent: '-' }],
])('minutes %s are no minutes', async (_, said) => {
  const day = new StagedDay(store, tenantOf(meeting('100000001', MORNING, [person('ann', MORNING)])));
  const withFigures = (is: (index: number) => boolean) => (call: Call, items: Record<string, unknown>[]) =>
    isOf('participant_quality_list')(call)
      ? items.map((_item, index) => minuteAt(index, is(index) ? { bitrate_sent: '3kbps' } : said))
      : items;
  const { manifest: none } = await day.run(ASK, { at: SETTLED, alter: withFigures(() => false) });
  expect(kindsOf(none)).toStrictEqual(['quality_minutes unreadable']);
  expect(none.units).toStrictEqual({ failed: 1 });
  const { manifest: half } = await day.run(ASK, { at: LATER, alter: withFigures((index) => index % 2 === 0) });
  expect(kindsOf(half)).toStrictEqual(['quality_minutes minutes-lacking']);
  const { manifest: most } = await day.run(ASK, { at: LATER + HOUR, alter: withFigures((index) => index !== 5) });
  expect(most.gaps).toStrictEqual([]);
});

const timesAlone = (call: Call, items: Record<string, unknown>[]) =>
  isOf('participant_quality_list')(call) ? items.map(({ time }) => ({ time })) : items;

test('a file of minutes without any figure has no minute', async () => {
  const day = new StagedDay(store, tenantOf(meeting('100000001', MORNING, [person('ann', MORNING)])));
  const { manifest } = await day.run({ ...ASK, source: 'export' }, { at: SETTLED, alter: timesAlone });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes unreadable']);
});

const oneMark = (call: Call, items: Record<string, unknown>[]) =>
  isOf('participant_quality_list')(call) ? [minuteAt(0, { bitrate_sent: '-' })] : items;

test('somebody who was there for a moment may leave minutes without a figure', async () => {
  const day = new StagedDay(store, tenantOf(meeting('100000001', MORNING, [person('ann', MORNING, 1)])));
  const { manifest } = await day.run(ASK, { at: SETTLED, alter: oneMark });
  expect(manifest).toMatchObject({ gaps: [], units: { done: 1 }, explained: { momentary_sessions: 1 } });
});

test.each(['126009', '126010', '121004'])('no data (%s) of all sessions of a meeting is a gap', async (code) => {
  const day = new StagedDay(store, {
    meetings: [
      meeting('100000001', MORNING, [person('ann', MORNING), person('bob', MORNING)]),
      meeting(
        '100000002',
        AFTERNOON,
        ['a', 'b', 'c'].map((name) => person(name, AFTERNOON)),
      ),
    ],
    bookings: [],
  });
  let sessions = 0;
  const first = (call: Call) => isOf('participant_quality_list')(call) && ++sessions > 0;
  const { manifest: all } = await day.run(ASK, { at: SETTLED, code, outcome: when('no-data', first) });
  expect(all.gaps).toStrictEqual([expect.objectContaining({ kind: 'no-data', count: sessions })]);
  expect(all.codes).toStrictEqual({ [code]: sessions });
});

test('no data of one session is an answer: counted, and no gap', async () => {
  const day = new StagedDay(store, twoMeetings());
  let struck = 0;
  const once = (call: Call) => isOf('participant_quality_list')(call) && ++struck === 1;
  const { manifest } = await day.run(ASK, { at: SETTLED, code: '126010', outcome: when('no-data', once) });
  expect(manifest).toMatchObject({ complete: true, units: { done: 3, empty: 1 }, codes: { '126010': 1 } });
});

test('a session that had minutes and has none any more is a gap, and keeps them', async () => {
  const day = new StagedDay(store, twoMeetings());
  await day.run(ASK, { at: SETTLED });
  const before = await day.rows('quality_minutes');
  let struck = 0;
  const once = (call: Call) => isOf('participant_quality_list')(call) && ++struck === 1;
  const { manifest } = await day.run(ASK, { at: LATER, outcome: when('no-data', once) });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes vanished']);
  expect(await day.rows('quality_minutes')).toStrictEqual(before);
});

test('another kind of id, another way of listing or another level is another question', async () => {
  const day = new StagedDay(store, twoMeetings());
  await day.run(ASK, { at: SETTLED });
  const byUserId: Ask = { ...ASK, user_id_type: 'user_id' };
  const { manifest } = await day.run(byUserId, { at: LATER, refresh: 'missing' });
  const ids = (await day.rows('participants')).map((row) => String(row['user_id']));
  expect(ids.toSorted()).toStrictEqual(['ann', 'ann', 'bob', 'cid']);
  expect(manifest).toMatchObject({ complete: true, units: { done: 4 } });
  const asFiles: Ask = { ...byUserId, listing: 'export' };
  const files = await day.run(asFiles, { at: LATER + HOUR, refresh: 'missing' });
  expect(new Set(files.calls.map(({ resource, via }) => `${resource} ${via}`))).toContain('participant_list export');

  const rooms: Ask = { ...ASK, include: ['reservations'], room_level_id: 'omb_1' };
  await day.run(rooms, { at: LATER + 2 * HOUR });
  const other = await day.run({ ...rooms, room_level_id: 'omb_2' }, { at: LATER + 3 * HOUR, refresh: 'missing' });
  expect(other.calls).toHaveLength(4);
});

test('what another run fetched meanwhile counts only for the same question', async () => {
  const day = new StagedDay(store, twoMeetings());
  await day.run(ASK, { at: SETTLED });
  const since = (SETTLED - 10) * 1000;
  const same = await day.run(ASK, { at: SETTLED + 60, fetchedSince: since });
  expect(same.calls).toStrictEqual([]);
  const other = await day.run({ ...ASK, user_id_type: 'user_id' }, { at: SETTLED + 120, fetchedSince: since });
  expect(other.calls).toHaveLength(7);
});

test('a run without the external flag takes nothing from the list of a run with it', async () => {
  const tenant = twoMeetings();
  tenant.meetings.push({ ...meeting('100000009', MORNING, [person('eve', MORNING)]), external: true });
  const day = new StagedDay(store, tenant);
  const withFlag: Ask = { ...ASK, include: ['meetings'], include_external_meetings: true };
  const failing = await day.run(withFlag, { at: SETTLED, outcome: when('failed', isMeetings('list')) });
  expect(kindsOf(failing.manifest)).toStrictEqual(['meetings failed']);
  const plain = await day.run({ ...ASK, include: ['meetings'] }, { at: SETTLED + 60, refresh: 'missing' });
  expect(plain.manifest.gaps).toStrictEqual([]);
  await day.run(withFlag, { at: SETTLED + 120 });
  expect(await day.rows('meetings')).toHaveLength(3);
  await day.run({ ...ASK, include: ['meetings'] }, { at: SETTLED + 180, refresh: 'missing' });
  expect(await day.rows('meetings')).toHaveLength(2);
});

test('meetings that only one of two lists has are a gap', async () => {
  const day = new StagedDay(store, twoMeetings());
  const ask: Ask = { ...ASK, include: ['meetings'], include_external_meetings: true };
  const { manifest: whole } = await day.run(ask, { at: SETTLED });
  expect(whole.gaps).toStrictEqual([]);
  day.tenant.meetings.push(meeting('100000003', MORNING, [person('ann', MORNING)]));
  const { manifest } = await day.run(ask, {
    at: SETTLED + 60,
    outcome: when('ok', isMeetings('export')),
    fetchedSince: 1,
  });
  expect(manifest.gaps).toStrictEqual([]);
  const half = await day.run({ ...ask, include_webinar: true }, { at: SETTLED + 120, refresh: 'missing' });
  expect(kindsOf(half.manifest)).toStrictEqual(['meetings sources-differ']);
});

test('lists that are asked beside the files fill what only they know, and are other questions', async () => {
  const tenant: SmallTenant = { ...twoMeetings(), bookings: [] };
  for (const [index, room] of ['blue', 'red', 'blue'].entries()) {
    const start = MORNING + index * HOUR;
    tenant.bookings.push({ room, by: `booker ${index}`, start, end: start + HOUR });
  }
  const day = new StagedDay(store, tenant);
  const plain: Ask = { ...ASK, include: ['meetings', 'reservations'], room_level_id: 'omb_1' };
  await day.run(plain, { at: SETTLED });
  expect((await day.rows('reservations')).map((row) => row['reserver_user_id'])).toStrictEqual([null, null, null]);
  const asked: Ask = { ...plain, enrich: ['meetings', 'reservations'] };
  const { manifest, calls } = await day.run(asked, { at: LATER, refresh: 'missing' });
  expect(manifest).toMatchObject({
    gaps: [],
    complete: true,
    tables: { reservations: { run: { enrich: asked.enrich } } },
  });
  // L1, and for each window one room and the others.
  expect(calls.map(({ resource, via }) => `${resource} ${via}`).toSorted()).toStrictEqual([
    'meeting_list list',
    ...Array.from({ length: 6 }, () => 'resource_reservation_list list'),
  ]);
  const rows = await day.rows('reservations');
  expect(rows.map((row) => [row['room_id'], row['reserver_user_id']])).toStrictEqual([
    ['omm_blue', 'ou_booker 0'],
    ['omm_red', 'ou_booker 1'],
    ['omm_blue', 'ou_booker 2'],
  ]);
  expect((await day.rows('meetings')).every((row) => row['meeting_instance_id'] !== null)).toBe(true);
  // A day that is sealed with them does not stand for one without, and the other way round.
  await day.run(asked, { at: LATER + HOUR });
  expect((await day.run(asked, { at: LATER + 2 * HOUR, refresh: 'unsettled' })).sealed).toBe(true);
  expect((await day.run(plain, { at: LATER + 3 * HOUR, refresh: 'unsettled' })).sealed).toBe(false);
});

test('reservations that only one of file and list has are a gap, and so is a list that cannot be asked for', async () => {
  const booking = { room: 'blue', by: 'ann', start: MORNING, end: MORNING + HOUR };
  const day = new StagedDay(store, { meetings: [], bookings: [booking] });
  const ask: Ask = { ...ASK, include: ['reservations'], room_level_id: 'omb_1', enrich: ['reservations'] };
  const { manifest } = await day.run(ask, { at: SETTLED, outcome: when('failed', isOf('rooms')) });
  expect(kindsOf(manifest)).toStrictEqual(['reservations failed', 'reservations not-asked']);
  const { manifest: half } = await day.run(ask, { at: SETTLED + HOUR, outcome: when('empty', isListed) });
  expect(half.gaps).toStrictEqual([
    { table: 'reservations', kind: 'sources-differ', reason: 'reservations that E4 has and L4 has not', count: 1 },
  ]);
});

test.each(['window-1.1', 'window-1.3'])(
  'the part %s of a window is not kept once the day is committed',
  async (part) => {
    const day = new StagedDay(store, { meetings: [], bookings: [] });
    const key = partKey(part);
    await day.run({ ...ASK, include: ['reservations'], room_level_id: 'omb_1' }, { at: SETTLED });
    const record = (await store.readJson(partKey('window-1'))) as Record<string, unknown>;
    await store.writeJson(key, { ...record, unit: part });
    await day.run({ ...ASK, include: ['reservations'], room_level_id: 'omb_1' }, { at: LATER });
    expect(await store.exists(key)).toBe(false);
  },
);

test('a file and a list that have other minutes are a gap', async () => {
  const tenant = tenantOf(meeting('100000001', MORNING, [person('ann', MORNING), person('bob', MORNING)]));
  const day = new StagedDay(store, tenant);
  let struck = 0;
  const isFile = (call: Call) =>
    call.resource === 'participant_quality_list' && call.via === 'export' && ++struck === 1;
  const { manifest } = await day.run({ ...ASK, source: 'both' }, { at: SETTLED, outcome: when('empty', isFile) });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes sources-differ']);
});

test('a run of one table does not make a day whole whose other tables are of other meetings', async () => {
  const day = new StagedDay(store, twoMeetings());
  await day.run(ASK, { at: SETTLED });
  day.tenant.meetings.push(meeting('100000003', AFTERNOON, [person('dan', AFTERNOON)]));
  const { manifest } = await day.run({ ...ASK, include: ['meetings'] }, { at: LATER });
  expect(kindsOf(manifest)).toStrictEqual(['participants tables-differ']);
  const whole = await day.run(ASK, { at: LATER + HOUR });
  expect(whole.manifest.complete).toBe(true);
});

const NARROW: Ask = { ...ASK, include: ['meetings', 'participants'] };
const inWords = ({ gaps }: Manifest) => gaps.map(({ table, kind, reason }) => `${table} ${kind}: ${reason}`).toSorted();

test.each<[string, Ask]>([
  ['meetings alone', { ...ASK, include: ['meetings'] }],
  ['meetings and participants', NARROW],
  ['minutes alone', { ...ASK, include: ['quality_minutes'] }],
  ['another source', { ...NARROW, source: 'both' }],
  ['lists beside the files', { ...NARROW, enrich: ['meetings'] }],
])('a narrower run after a whole one (%s) leaves the day whole where nothing has changed', async (_, narrow) => {
  const day = new StagedDay(store, twoMeetings());
  await day.run(ASK, { at: TO + HOUR });
  await day.run(ASK, { at: SETTLED, refresh: 'unsettled' });
  const { manifest } = await day.run(narrow, { at: LATER });
  expect(manifest).toMatchObject({ gaps: [], complete: true, settled: true, restatements: [] });
  const whole = await day.run(ASK, { at: LATER + HOUR, refresh: 'unsettled' });
  expect(whole.manifest).toMatchObject({ gaps: [], complete: true, settled: true });
});

test('minutes of shorter stays than a narrower run finds are of other stays', async () => {
  const day = new StagedDay(store, tenantOf(meeting('100000001', MORNING, [person('ann', MORNING)], 3)));
  await day.run(ASK, { at: SETTLED });
  for (const each of day.tenant.meetings[0]!.people) each.leave = MORNING + 150 * 60;
  const { manifest } = await day.run(NARROW, { at: LATER });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes tables-differ', 'units tables-differ']);
  const healed = await day.run({ ...ASK, include: ['quality_minutes'] }, { at: LATER + HOUR });
  expect(healed.manifest.gaps).toStrictEqual([]);
});

test('somebody whom a narrower run finds to be of the tenant is somebody else than a guest', async () => {
  const people = [person('ann', MORNING), person('bob', MORNING, 30, 'guest')];
  const day = new StagedDay(store, tenantOf(meeting('100000001', MORNING, people)));
  await day.run(ASK, { at: SETTLED });
  const alter = everyItem('participant_list', { is_external: false });
  const { manifest } = await day.run(NARROW, { at: LATER, alter });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes tables-differ', 'units tables-differ']);
});

const WIDE: Ask = { ...ASK, include_external_meetings: true };
const withExternal = (): SmallTenant =>
  tenantOf(meeting('100000001', MORNING, [person('ann', MORNING)]), {
    ...meeting('100000002', AFTERNOON, [person('cid', AFTERNOON)]),
    external: true,
  });

test.each<[string, Ask, Ask]>([
  ['after', WIDE, { ...ASK, include: ['meetings'] }],
  ['before', { ...WIDE, include: ['participants', 'quality_minutes'] }, { ...ASK, include: ['meetings'] }],
])(
  'a list that failed is missed by what was made of it, though a run %s it that did not need it has none',
  async (when_, wide, narrow) => {
    const day = new StagedDay(store, withExternal());
    const outcome = when('failed', isMeetings('list'));
    const runs = [{ ask: wide, outcome }, { ask: narrow }];
    if (when_ === 'before') runs.reverse();
    let last: Manifest | undefined;
    for (const [index, { ask, ...options }] of runs.entries()) {
      last = (await day.run(ask, { at: SETTLED + index * HOUR, ...options })).manifest;
    }
    expect(kindsOf(last!)).toStrictEqual(['participants failed']);
  },
);

test('a list that failed is healed by a run that asks for it, and more', async () => {
  const day = new StagedDay(store, twoMeetings());
  const outcome = when('failed', isMeetings('list'));
  await day.run({ ...ASK, enrich: ['meetings'] }, { at: SETTLED, outcome });
  const { manifest } = await day.run({ ...WIDE, include: ['meetings'] }, { at: LATER });
  expect(manifest.gaps).toStrictEqual([]);
});

test('minutes alone, asked for of more meetings than the day has, make it no whole day', async () => {
  const day = new StagedDay(store, twoMeetings());
  await day.run(ASK, { at: SETTLED });
  day.tenant.meetings.push(meeting('100000003', AFTERNOON, [person('dan', AFTERNOON)]));
  const minutes: Ask = { ...ASK, include: ['quality_minutes'] };
  const isNew = ({ resource, unit }: Call) =>
    resource === 'participant_list' && unit === meetingKey('100000003', AFTERNOON);
  const { manifest } = await day.run(minutes, { at: LATER, outcome: when('failed', isNew) });
  expect(kindsOf(manifest)).toStrictEqual([
    'quality_minutes failed',
    'quality_minutes tables-differ',
    'units tables-differ',
  ]);
  await rebuildDay(store, { profile: 'default', day: DAY, product: 'test', settle_hours: 6, privacy: KEEP });
  const rebuilt = await readManifest(store, { profile: 'default', day: DAY });
  expect(inWords(rebuilt!)).toStrictEqual(inWords(manifest));
  const whole = await day.run(ASK, { at: LATER + HOUR });
  expect(whole.manifest.gaps).toStrictEqual([]);
});

test('a count that a later run cannot read is another count than none', async () => {
  const day = new StagedDay(store, twoMeetings());
  await day.run(ASK, { at: SETTLED, alter: everyItem('meeting_list', { number_of_participants: null }) });
  const unread = everyItem('meeting_list', { number_of_participants: 'about 9' });
  const { manifest } = await day.run({ ...ASK, include: ['meetings'] }, { at: LATER, alter: unread });
  expect(kindsOf(manifest)).toStrictEqual(['participants tables-differ']);
});

test('meetings, ends and join times that cannot be read are gaps', async () => {
  const tenant = tenantOf(
    meeting('', MORNING, [person('ann', MORNING)]),
    meeting('100000002', AFTERNOON, [{ ...person('ann', AFTERNOON), join: Number.NaN }]),
  );
  vi.spyOn(Date.prototype, 'toISOString').mockImplementation(function (this: Date) {
    return Number.isNaN(this.getTime())
      ? 'some time ago, roughly'
      : new Intl.DateTimeFormat('sv-SE', {
          dateStyle: 'short',
          timeStyle: 'medium',
          timeZone: 'UTC',
        })
          .format(this)
          .replace(' ', 'T') + '.000Z';
  });
  const day = new StagedDay(store, tenant);
  const { manifest } = await day.run(ASK, { at: SETTLED });
  vi.restoreAllMocks();
  expect(kindsOf(manifest)).toContain('meetings unreadable');
  expect(kindsOf(manifest)).toContain('quality_minutes unreadable');
});

test('a file with a number of rows at which files are cut off is a gap', async () => {
  const people = Array.from({ length: 5000 }, (_, index) => person(`u${index}`, MORNING));
  const day = new StagedDay(store, tenantOf(meeting('100000001', MORNING, people)));
  const ask: Ask = { ...ASK, include: ['meetings', 'participants'], listing: 'export', user_id_type: 'user_id' };
  const { manifest } = await day.run(ask, { at: SETTLED });
  expect(kindsOf(manifest)).toStrictEqual(['participants cut-off']);
});

test('what the reading of a file meets is a gap, once', async () => {
  const day = new StagedDay(store, twoMeetings());
  const ask: Ask = { ...ASK, listing: 'export', user_id_type: 'user_id' };
  const { manifest } = await day.run(ask, { at: SETTLED, outcome: () => 'another sheet' });
  const reason = 'sheets of a file that have another layout and are not read';
  expect(manifest.gaps).toStrictEqual([
    { table: 'participants', kind: 'unreadable', reason, count: 2 },
    { table: 'meetings', kind: 'unreadable', reason, count: 1 },
  ]);
});

test('rows in a hidden sheet are a gap', async () => {
  const day = new StagedDay(store, twoMeetings());
  const ask: Ask = { ...ASK, include: ['meetings'] };
  const { manifest } = await day.run(ask, { at: SETTLED, outcome: () => 'hidden sheet' });
  const reason = "hidden sheets of a file that have the layout's rows and are not read";
  expect(manifest.gaps).toStrictEqual([{ table: 'meetings', kind: 'unreadable', reason, count: 1 }]);
  expect(manifest.tables.meetings?.rows).toBe(2);
});

test('a session says when it was asked about, whether that is final, and how many minutes it should have', async () => {
  const guest = person('Guest', MORNING, 30, 'guest');
  const bob = person('bob', MORNING + 90, 20);
  const day = new StagedDay(store, tenantOf(meeting('100000001', MORNING, [person('ann', MORNING), bob, guest])));
  const bobs = createHash('sha256')
    .update(JSON.stringify(['session', meetingKey('100000001', MORNING), 'user_id', 'ou_bob', bob.join]))
    .digest('hex');
  const none = (call: Call) => call.unit === `${bobs.slice(0, 32)}.list`;
  await day.run(ASK, { at: MORNING + 3 * HOUR, outcome: when('no-data', none), code: '126010' });
  const said = (await day.rows('units')).map((row) => [
    row['participant_name'],
    row['status'],
    row['asked_at'] === null ? null : Date.parse(String(row['asked_at'])) / 1000 > MORNING + 3 * HOUR,
    row['settled'],
    row['code'],
    row['minutes_expected'],
    row['rows'],
  ]);
  expect(said.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toStrictEqual([
    ['Guest', 'skipped', null, null, null, 30, 0],
    ['ann', 'done', true, false, null, 30, 30],
    ['bob', 'pending', true, false, 126010, 21, 0],
  ]);
  await day.run(ASK, { at: SETTLED });
  const settled = (await day.rows('units')).map((row) => row['settled']);
  expect([settled.filter((each) => each === true).length, settled.includes(null)]).toStrictEqual([2, true]);
});

test('a session has as many rows as are in the table, however many times a page came', async () => {
  const day = new StagedDay(
    store,
    tenantOf(meeting('100000001', MORNING, [person('ann', MORNING), person('bob', MORNING)])),
  );
  const { manifest } = await day.run(ASK, { at: SETTLED, outcome: when('twice', isOf('participant_quality_list')) });
  expect(manifest).toMatchObject({ complete: true, tables: { quality_minutes: { rows: 60, repeated_rows: 60 } } });
  expect((await day.rows('units')).map((row) => row['rows'])).toStrictEqual([30, 30]);
});

test('the hash of the rows is that of what is known, whenever it was asked', async () => {
  const day = new StagedDay(store, twoMeetings());
  const { manifest: early } = await day.run(ASK, { at: TO + HOUR });
  const { manifest: late } = await day.run(ASK, { at: SETTLED });
  expect(hashesOf(late)).toStrictEqual(hashesOf(early));
});

test('a rebuild keeps what only fetching can know', async () => {
  const day = new StagedDay(store, twoMeetings());
  await day.run(ASK, { at: SETTLED });
  const { manifest } = await day.run(ASK, { at: LATER, outcome: when('empty', isOf('meeting_list')) });
  expect(kindsOf(manifest)).toContain('meetings vanished');
  await rebuildDay(store, { profile: 'default', day: DAY, product: 'test', settle_hours: 6, privacy: KEEP });
  const rebuilt = await readManifest(store, { profile: 'default', day: DAY });
  expect(kindsOf(rebuilt!)).toStrictEqual(kindsOf(manifest));
  expect(rebuilt).toMatchObject({ complete: false, calls: manifest.calls });
  expect(await day.rows('meetings')).toHaveLength(2);
  const healed = await day.run(ASK, { at: LATER + HOUR });
  expect(healed.manifest.complete).toBe(true);
});

test('a day is sealed by a second look at all of it after it has settled, and stands for the same ask only', async () => {
  const day = new StagedDay(store, twoMeetings());
  const first = await day.run(ASK, { at: TO + 7 * HOUR });
  const second = await day.run(ASK, { at: TO + 7 * HOUR + 600, refresh: 'unsettled' });
  expect([first, second].map(({ manifest }) => manifest.sealed)).toStrictEqual([false, false]);
  await day.run(ASK, { at: SETTLED });
  const missing = await day.run(ASK, { at: SETTLED + 60, refresh: 'missing' });
  expect(missing.manifest.sealed).toBe(false);
  const again = await day.run(ASK, { at: SETTLED + 600 });
  expect(again.manifest.sealed).toBe(true);
  const unsettled = (ask: Ask, at: number) => day.run(ask, { at, refresh: 'unsettled' });
  expect(await unsettled(ASK, LATER)).toMatchObject({ sealed: true, calls: [] });
  expect((await unsettled({ ...ASK, include: ['meetings'] }, LATER)).sealed).toBe(true);
  const others: Partial<Ask>[] = [
    { include: ['meetings', 'reservations'], room_level_id: 'omb_1' },
    { user_id_type: 'user_id' },
    { source: 'both' },
    { include_external_meetings: true },
  ];
  for (const [index, other] of others.entries()) {
    expect((await unsettled({ ...ASK, ...other }, LATER + index * HOUR)).sealed, JSON.stringify(other)).toBe(false);
  }
});

test('a sealed day stays so where a run comes to the same rows, and not where it comes to others', async () => {
  const day = new StagedDay(store, twoMeetings());
  for (const at of [SETTLED, SETTLED + 60]) await day.run(ASK, { at });
  const missing = await day.run(ASK, { at: LATER, refresh: 'missing' });
  const narrow = await day.run({ ...ASK, include: ['meetings'] }, { at: LATER + HOUR });
  expect([missing, narrow].map(({ manifest }) => manifest.sealed)).toStrictEqual([true, true]);
  day.tenant.meetings.pop();
  const fewer = await day.run({ ...ASK, include: ['meetings'] }, { at: LATER + 2 * HOUR });
  expect(fewer.manifest.sealed).toBe(false);
});

test('a day sealed for its meetings alone does not stand for all of its tables', async () => {
  const day = new StagedDay(store, twoMeetings());
  const narrow: Ask = { ...ASK, include: ['meetings'] };
  await day.run(narrow, { at: SETTLED });
  expect((await day.run(narrow, { at: SETTLED + 60 })).manifest.sealed).toBe(true);
  const whole = await day.run(ASK, { at: LATER, refresh: 'unsettled' });
  expect(whole.sealed).toBe(false);
  expect(await day.rows('participants')).toHaveLength(4);
});

test.each([
  ['product', { product: 'old' }],
  ['rules', { schema: 1, product: 'new' }],
])(
  'rows that an upgrade of the %s changes are no restatement, and those that Feishu changes are one',
  async (_, by) => {
    const day = new StagedDay(store, twoMeetings());
    await day.run(ASK, { at: SETTLED, product: 'old' });
    const known = await readManifest(store, { profile: 'default', day: DAY });
    // As if the old product had made other rows of the same answers.
    const rows = (await day.rows('meetings')).map((row) => ({ ...row, meeting_topic: 'otherwise' }));
    const toPath = store.path(known!.tables.meetings!.key);
    const { sha256, rowsHash } = await writeParquet({ columns: TABLES.meetings.columns, rows, sortBy: [], toPath });
    const tables = { ...known!.tables, meetings: { ...known!.tables.meetings!, ...by, sha256, rows_hash: rowsHash } };
    await store.writeJson(`manifests/profile=default/day=${DAY}.json`, { ...known, tables });
    const same = await day.run(ASK, { at: LATER, product: 'new' });
    expect(same.manifest.restatements).toStrictEqual([]);
    day.tenant.meetings.pop();
    const changed = await day.run(ASK, { at: LATER + HOUR, product: 'newer' });
    expect(changed.manifest.restatements).toContainEqual(expect.objectContaining({ table: 'meetings', removed: 1 }));
  },
);

test('a part that a failed split left behind is read no more', async () => {
  const ask: Ask = { ...ASK, include: ['reservations'], room_level_id: 'omb_1' };
  const booked = { room: 'blue', by: 'ann', start: MORNING, end: MORNING + HOUR };
  const day = new StagedDay(store, { meetings: [], bookings: [booked] });
  await day.run(ask, { at: SETTLED });
  const whole = (await store.readJson(partKey('window-1'))) as Record<string, unknown>;
  await store.writeJson(partKey('window-1.1'), { ...whole, unit: 'window-1.1' });
  day.tenant.bookings.pop();
  day.tenant.bookings.push({ ...booked, by: 'bob' });
  await day.run(ask, { at: LATER });
  expect((await day.rows('reservations')).map((row) => row['reserver'])).toStrictEqual(['bob']);
});

test('the table of days calls nothing whole that was made of what is not', async () => {
  const day = new StagedDay(store, { ...twoMeetings(), bookings: [] });
  await day.run(ASK, { at: NOON });
  const complete = async () => (await day.rows('days')).map(({ table, complete: is }) => [table, is]);
  const none = ['meetings', 'participants', 'quality_minutes', 'units'].map((table) => [table, false]);
  expect(await complete()).toStrictEqual(none);
  await day.run(ASK, { at: SETTLED });
  expect(await complete()).toStrictEqual(none.map(([table]) => [table, true]));
  await day.run(ASK, { at: LATER, outcome: when('failed', isOf('participant_quality_list')) });
  const [meetings, participants, minutes, units] = await complete();
  expect([meetings, participants, minutes, units].map((row) => row?.[1])).toStrictEqual([true, true, false, false]);
});

test('the table of days says of each table what the manifest says', async () => {
  const day = new StagedDay(store, twoMeetings());
  const { manifest } = await day.run(ASK, { at: SETTLED, outcome: when('empty', isOf('participant_list')) });
  const rows = await day.rows('days');
  expect(rows.map((row) => row['table'])).toStrictEqual(['meetings', 'participants', 'quality_minutes', 'units']);
  expect(rows[1]).toMatchObject({
    profile: 'default',
    day: DAY,
    complete: false,
    sealed: false,
    settled: true,
    rows: 0,
    rows_hash: manifest.tables.participants!.rows_hash,
    user_id_type: 'open_id',
    listing: 'list',
    source: 'list',
    product: 'test',
  });
  expect(JSON.parse(String(rows[1]!['gaps']))).toMatchObject([{ kind: 'people-differ', count: 2 }]);
  await rm(store.path(manifest.days!.key));
  await rebuildDay(store, { profile: 'default', day: DAY, product: 'test', settle_hours: 6, privacy: KEEP });
  expect(await day.rows('days')).toHaveLength(4);
});
