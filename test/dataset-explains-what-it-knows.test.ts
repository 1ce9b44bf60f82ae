/** What a day calls explained is explained: answers that look whole and are not. */
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Manifest } from '../dataset/manifest.ts';
import { RawFiles } from '../dataset/raw-files.ts';
import { FileStore } from '../store/file-store.ts';
import { meetingKey, sessionKey } from '../tables/keys.ts';
import { ownStoreEach } from './support/own-store.ts';
import { minuteItem, stamp, type SmallTenant, type TenantMeeting, type TenantPerson } from './support/small-tenant.ts';
import { ASK, FROM, HOUR, StagedDay, TO, type Ask, type Call, type RunOptions } from './support/staged-day.ts';

type Item = Record<string, unknown>;

let store: FileStore;
ownStoreEach((made) => (store = made));

const SETTLED = TO + 31 * HOUR;
const MORNING = FROM + 9 * HOUR;

function person(name: string, o: Partial<TenantPerson> & { minutes?: number } = {}): TenantPerson {
  const { minutes = 30, join: joins = MORNING, kind = 'user' } = o;
  return { name, kind, join: joins, leave: joins + minutes * 60, shown: joins };
}
const meeting = (people: TenantPerson[], hours = 1): TenantMeeting => ({
  no: '100000001',
  start: MORNING,
  end: MORNING + hours * HOUR,
  people,
});
const tenantOf = (...meetings: TenantMeeting[]): SmallTenant => ({ meetings, bookings: [] });

/** Changes each element or row of one list's answers. */
function altered(resource: Call['resource'], via: Call['via'], change: (item: Item) => Item): RunOptions['alter'] {
  return (call, items) => (call.resource === resource && call.via === via ? items.map(change) : items);
}

const without =
  (name: string) =>
  (item: Item): Item =>
    Object.fromEntries(Object.entries(item).filter(([each]) => each !== name));

const counting = (text: string) =>
  altered('meeting_list', 'export', (item) => ({ ...item, number_of_participants: text }));

const noRooms: RunOptions['alter'] = ({ resource }, items) => (resource === 'rooms' ? [] : items);
/** Equally many minutes, five later. */
const later: RunOptions['alter'] = ({ resource, via }, items) =>
  resource === 'participant_quality_list' && via === 'list'
    ? items.map((_, index) => minuteItem(MORNING + (index + 5) * 60))
    : items;

async function manifestOf(tenant: SmallTenant, alter?: RunOptions['alter'], ask?: Partial<Ask>): Promise<Manifest> {
  const day = new StagedDay(store, tenant);
  const { manifest } = await day.run({ ...ASK, ...ask }, { at: SETTLED, ...(alter ? { alter } : {}) });
  return manifest;
}
const people = (change: (item: Item) => Item[]): NonNullable<RunOptions['alter']> => {
  return ({ resource }, items) => (resource === 'participant_list' ? items.flatMap(change) : items);
};
/** Nothing is said of when somebody left or how long they stayed. */
const untold = people((item) => [without('leave_time')(without('time_in_meeting')(item))]);
/** The device that was there for 95 minutes, and one that stayed for all of the time. */
const alsoLonger = people((item) => [
  { ...item, device: 'ios', leave_time: stamp(MORNING + 95 * 60), time_in_meeting: '01:35:00' },
  item,
]);
const kindsOf = ({ gaps }: Manifest) => gaps.map(({ table, kind }) => `${table} ${kind}`).toSorted();

test('people of the tenant without an id are no guests', async () => {
  const tenant = tenantOf(meeting([person('ann'), person('bob'), person('guest', { kind: 'guest' })]));
  const manifest = await manifestOf(tenant, altered('participant_list', 'list', without('user_id')));
  expect(manifest).toMatchObject({ complete: false, explained: { guests: 1 } });
  expect(manifest.gaps).toContainEqual(expect.objectContaining({ kind: 'no-id', count: 2 }));
});

test('a telephone of the tenant without an id calls by no telephone network', async () => {
  const alter = altered('participant_list', 'list', (item) => ({ ...without('user_id')(item), device: 'iphone' }));
  const manifest = await manifestOf(tenantOf(meeting([person('ann')])), alter);
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes no-id']);
  const caller = altered('participant_list', 'list', (item) => ({ ...item, device: 'pstn' }));
  const called = await manifestOf(tenantOf(meeting([person('guest', { kind: 'guest' })])), caller);
  expect(called).toMatchObject({ complete: true, explained: { phone_callers: 1 } });
});

test('a guest does not hide somebody of the tenant without an id who has the same name and came in the same second', async () => {
  const alter = people((item) => [false, true].map((is_external) => ({ ...without('user_id')(item), is_external })));
  const manifest = await manifestOf(tenantOf(meeting([person('ann')])), alter);
  expect(kindsOf(manifest)).toContain('quality_minutes no-id');
});

test('a file that has a job number and no id of somebody lacks the id', async () => {
  const two = [person('ann'), person('room', { kind: 'room' })];
  const alter = altered('participant_list', 'export', (item) =>
    item['user_id'] === null ? item : { ...item, user_id: null, employee_id: '007' },
  );
  const manifest = await manifestOf(tenantOf(meeting(two)), alter, { listing: 'export', user_id_type: 'user_id' });
  expect(manifest.explained).toStrictEqual({ without_id_in_files: 1 });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes no-id']);
});

test('an answer whose elements have nothing that is known is not "done"', async () => {
  const tenant = tenantOf(meeting([person('ann'), person('bob')]));
  const alter = altered('participant_quality_list', 'list', (item) => ({ renamed: item['network'] }));
  const manifest = await manifestOf(tenant, alter);
  expect(manifest).toMatchObject({ complete: false, units: { failed: 2 } });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes unreadable']);
});

test('minutes are expected of a stay whose end is not said, but whose length is', async () => {
  const day = new StagedDay(store, tenantOf(meeting([person('ann', { minutes: 150 })], 3)));
  const { manifest } = await day.run(ASK, {
    at: SETTLED,
    alter: altered('participant_list', 'list', without('leave_time'))!,
    outcome: ({ resource }) => (resource === 'participant_quality_list' ? 'cut' : 'ok'),
  });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes minutes-lacking']);
});

test('a stay that ends before it begins is as long as it says', async () => {
  const day = new StagedDay(store, tenantOf(meeting([person('ann', { minutes: 150 })], 3)));
  const { manifest } = await day.run(ASK, {
    at: SETTLED,
    alter: altered('participant_list', 'list', (item) => ({ ...item, leave_time: stamp(MORNING - HOUR) }))!,
    outcome: ({ resource }) => (resource === 'participant_quality_list' ? 'cut' : 'ok'),
  });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes minutes-lacking']);
});

test.each([
  { stay: 'of which nothing but the beginning is said', alter: untold },
  { stay: 'of two devices, one of them longer', alter: alsoLonger },
])('an answer that ends with a whole page is cut off where the stay may be longer: one $stay', async ({ alter }) => {
  const tenant = tenantOf(meeting([person('ann', { minutes: 150 })], 3));
  const cut = await new StagedDay(store, tenant).run(ASK, {
    at: SETTLED,
    alter,
    outcome: ({ resource }) => (resource === 'participant_quality_list' ? 'cut' : 'ok'),
  });
  expect(kindsOf(cut.manifest)).toStrictEqual(['quality_minutes minutes-lacking']);
  const other = new FileStore(join(store.rootPath, 'other'));
  await other.prepare();
  const uncut = await new StagedDay(other, tenant).run(ASK, { at: SETTLED, alter });
  expect(uncut.manifest).toMatchObject({ gaps: [], complete: true });
});

test('rooms and a laptop of one user in the same second are each asked about', async () => {
  const three = [person('blue', { kind: 'room' }), person('red', { kind: 'room' }), person('ann')];
  const day = new StagedDay(store, tenantOf(meeting(three)));
  const alter = altered('participant_list', 'list', (item) => ({ ...item, user_id: 'ou_ann' }))!;
  const { manifest, calls } = await day.run(ASK, { at: SETTLED, alter });
  expect(calls.filter(({ resource }) => resource === 'participant_quality_list')).toHaveLength(3);
  expect(manifest).toMatchObject({ units: { done: 3 }, gaps: [], complete: true });
  expect(await day.rows('quality_minutes')).toHaveLength(90);
});

test('of several devices in one session, minutes that only the longer stay has are counted as a doubt', async () => {
  const longer = { device: 'ios', leave_time: stamp(MORNING + HOUR), time_in_meeting: '01:00:00' };
  const manifest = await manifestOf(tenantOf(meeting([person('ann', { minutes: 10 })])), ({ resource }, items) =>
    resource === 'participant_list' ? [...items, { ...items[0], ...longer }] : items,
  );
  expect(manifest).toMatchObject({ complete: true, explained: { sessions_of_several_devices: 1 } });
});

test('meetings of one number and start that end at different times are each asked about', async () => {
  const day = new StagedDay(store, tenantOf(meeting([person('ann')]), meeting([person('bob'), person('cid')], 2)));
  const { manifest, calls } = await day.run(ASK, { at: SETTLED });
  expect(calls.filter(({ resource }) => resource === 'participant_list')).toHaveLength(2);
  expect(manifest).toMatchObject({ units: { done: 3 }, gaps: [], complete: true });
  const rows = await day.rows('participants');
  expect(new Set(rows.map((row) => row['row_key'])).size).toBe(3);
  expect(new Set(rows.map((row) => row['meeting_key'])).size).toBe(1);
  const again = await day.run(ASK, { at: SETTLED + HOUR, refresh: 'missing' });
  expect(again.calls).toStrictEqual([]);
});

test('of two such meetings, one whose list does not come is missed', async () => {
  const day = new StagedDay(store, tenantOf(meeting([person('ann')]), meeting([person('bob')], 2)));
  let lists = 0;
  const { manifest } = await day.run(ASK, {
    at: SETTLED,
    outcome: ({ resource }) => (resource === 'participant_list' && ++lists === 2 ? 'failed' : 'ok'),
  });
  expect(kindsOf(manifest)).toStrictEqual(['participants failed']);
});

test('somebody whom the lists of two such meetings have is one', async () => {
  const day = new StagedDay(store, tenantOf(meeting([person('ann')]), meeting([person('ann'), person('bob')], 2)));
  await day.run(ASK, { at: SETTLED });
  expect(await day.rows('participants')).toHaveLength(2);
  expect(await day.rows('quality_minutes')).toHaveLength(60);
});

test('the list of reservations is missed where no room is listed though there are reservations', async () => {
  const bookings = [{ room: 'blue', by: 'ann', start: MORNING, end: MORNING + HOUR }];
  const ask: Partial<Ask> = { include: ['reservations'], room_level_id: 'omb_1', enrich: ['reservations'] };
  expect(kindsOf(await manifestOf({ meetings: [], bookings }, noRooms, ask))).toContain('reservations not-asked');
});

test('without rooms and without reservations there is nothing to list', async () => {
  const ask: Partial<Ask> = { include: ['reservations'], room_level_id: 'omb_1', enrich: ['reservations'] };
  expect(await manifestOf({ meetings: [], bookings: [] }, undefined, ask)).toMatchObject({ gaps: [], complete: true });
});

test('a count that cannot be read is a gap, one that is not there is counted', async () => {
  const tenant = tenantOf(meeting([person('ann')]));
  expect(kindsOf(await manifestOf(tenant, counting('some')))).toStrictEqual(['participants unreadable']);
  const missing = await manifestOf(tenant, counting(''));
  expect(missing).toMatchObject({ complete: true, explained: { meetings_without_a_count: 1 } });
});

test('a guest who comes back does not hide that somebody else is missing', async () => {
  const guest = (after: number) => person('guest', { kind: 'guest', join: MORNING + after * 60, minutes: 10 });
  const again = tenantOf(meeting([person('ann'), guest(0), guest(20)]));
  const doubtful = await manifestOf(again, counting('3'));
  expect(doubtful).toMatchObject({ complete: true, explained: { returning_guests: 1 } });
  expect(kindsOf(await manifestOf(again, counting('4')))).toContain('participants people-differ');
  const two = await manifestOf(tenantOf(meeting([person('ann'), guest(0), guest(5)])), counting('3'));
  expect(two.complete).toBe(true);
  expect(two.explained).not.toHaveProperty('returning_guests');
});

test('a guest who is there for no second is somebody', async () => {
  const tenant = tenantOf(meeting([person('ann'), person('guest', { kind: 'guest', minutes: 0 })]));
  const manifest = await manifestOf(tenant);
  expect(manifest.complete).toBe(true);
  expect(manifest.explained).not.toHaveProperty('returning_guests');
});

test('a meeting that only the list has is no external one because others are', async () => {
  const outside: TenantMeeting = { ...meeting([person('eve')]), no: '100000009', external: true };
  // The file has the external one, and lacks the other.
  const alter = altered('meeting_list', 'export', (item) => ({ ...item, meeting_no: '100000009' }));
  const ask: Partial<Ask> = { include: ['meetings'], include_external_meetings: true };
  const { gaps } = await manifestOf(tenantOf(meeting([person('ann')]), outside), alter, ask);
  expect(gaps).toContainEqual(expect.objectContaining({ kind: 'sources-differ', count: 1 }));
});

test('two sources with equally many minutes, but others, differ', async () => {
  const manifest = await manifestOf(tenantOf(meeting([person('ann')])), later, { source: 'both' });
  expect(kindsOf(manifest)).toContain('quality_minutes sources-differ');
});

test('two sources that share no minute differ, however short somebody was there', async () => {
  const manifest = await manifestOf(tenantOf(meeting([person('ann', { minutes: 2 })])), later, { source: 'both' });
  expect(kindsOf(manifest)).toContain('quality_minutes sources-differ');
});

const perMinute = (change: (items: Item[]) => Item[]): NonNullable<RunOptions['alter']> => {
  return ({ resource }, items) => (resource === 'participant_quality_list' ? change(items) : items);
};
/** The documented shape: the CPU's group is a minute later than its siblings, without an offset. */
const withCpuLater = (item: Item, index: number): Item => {
  const time = stamp(MORNING + (2 * index + 1) * 60).replace(/ \(.*/, '');
  return { ...item, cpu_usage: { time, client_avg_cpu_usage: '1%' } };
};

test.each([
  {
    what: 'that come twice',
    change: (items: Item[]) => items.slice(0, 30).flatMap((item) => [item, { ...item, cpu_usage: { system: '1' } }]),
    also: [],
  },
  {
    what: 'whose groups are a minute apart',
    change: (items: Item[]) => items.filter((_, index) => index % 2 === 0).map(withCpuLater),
    also: [],
  },
  {
    what: 'whose times cannot be read',
    change: (items: Item[]) => items.map((_, n) => ({ network: { time: `minute ${n}`, network_delay: '7ms' } })),
    also: ['quality_minutes unreadable'],
  },
  {
    what: 'without any time',
    change: (items: Item[]) => items.map((_, n) => ({ network: { network_delay: `${n}ms` } })),
    also: ['quality_minutes unreadable'],
  },
  {
    what: 'of nine days before',
    change: (items: Item[]) => items.map((_, n) => minuteItem(MORNING - 9 * 24 * HOUR + n * 60)),
    also: ['quality_minutes sources-differ'],
  },
])('as many rows as minutes are too few where they are rows $what', async ({ change, also }) => {
  const tenant = tenantOf(meeting([person('ann', { minutes: 60 }), person('bob', { minutes: 60 })]));
  const manifest = await manifestOf(tenant, perMinute(change));
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes minutes-lacking', ...also]);
  expect(manifest.units).toStrictEqual({ failed: 2 });
});

test('who comes back and is told the minutes of the first stay has none of the second', async () => {
  const twice = [0, 30].map((after) => person('ann', { join: MORNING + after * 60, minutes: 20 }));
  const first = Array.from({ length: 20 }, (_, minute) => minuteItem(MORNING + minute * 60));
  const told = await manifestOf(
    tenantOf(meeting([...twice, person('bob', { minutes: 50 })])),
    perMinute((items) => (items.length === 20 ? first : items)),
  );
  expect(kindsOf(told)).toStrictEqual(['quality_minutes minutes-lacking', 'quality_minutes sources-differ']);
  expect(told.units).toStrictEqual({ done: 2, failed: 1 });
});

const aMinuteOff = (items: Item[]) =>
  items.map((_, n) => ({
    ...minuteItem(MORNING + (n + 1) * 60),
    cpu_usage: { time: stamp(MORNING + (n + 2) * 60) },
  }));

test('whole minutes of a stay, whose groups are a minute apart and a minute off, are whole', async () => {
  const tenant = tenantOf(meeting([person('ann'), person('bob')]));
  expect(await manifestOf(tenant, perMinute(aMinuteOff))).toMatchObject({ complete: true, gaps: [] });
});

const halfTwice = (items: Item[]) =>
  items.length < 60 ? items : items.slice(0, 30).flatMap((one) => [one, { ...one, video: {} }]);

test('a session with rows for minutes that it lacks is asked again for what is missing', async () => {
  const day = new StagedDay(store, tenantOf(meeting([person('ann', { minutes: 60 }), person('bob')])));
  await day.run(ASK, { at: SETTLED, alter: perMinute(halfTwice) });
  const { manifest, calls } = await day.run(ASK, { at: SETTLED + HOUR, refresh: 'missing' });
  expect(calls.map(({ resource }) => resource)).toStrictEqual(['participant_quality_list']);
  expect(manifest).toMatchObject({ complete: true, units: { done: 2 } });
});

test('a day without a minute is none that Feishu has no data of, whatever the codes are', async () => {
  const four = [1, 2].map((n) => ({ ...meeting([person('ann'), person('bob')]), no: `10000000${n}` }));
  let asked = 0;
  const { manifest } = await new StagedDay(store, tenantOf(...four)).run(ASK, {
    at: SETTLED,
    outcome: ({ resource }) => (resource !== 'participant_quality_list' ? 'ok' : asked++ % 2 ? 'empty' : 'no-data'),
  });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes no-data', 'quality_minutes no-data']);
  expect(manifest.gaps.map(({ reason }) => reason)).toStrictEqual([
    'no data (126009) of most sessions of the day',
    'no data (an empty answer) of most sessions of the day',
  ]);
});

test('a meeting without a minute is one, whatever the codes are', async () => {
  const silent = meeting([person('ann'), person('bob')]);
  const others = { ...meeting(['cid', 'dan', 'eve'].map((name) => person(name))), no: '100000002' };
  const keyOf = (name: string) => sessionKey(meetingKey(silent.no, silent.start), { user_id: `ou_${name}` }, MORNING);
  const { manifest } = await new StagedDay(store, tenantOf(silent, others)).run(ASK, {
    at: SETTLED,
    outcome: ({ unit }) =>
      unit === `${keyOf('ann')}.list` ? 'empty' : unit === `${keyOf('bob')}.list` ? 'no-data' : 'ok',
  });
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes no-data', 'quality_minutes no-data']);
});

const inRoom = (name: string, ...others: string[]) => [
  person(name, { kind: 'room' }),
  ...others.map((other) => person(other)),
];

/** Two rooms and three people in two meetings: the rooms are neither most of the day's sessions nor all of a meeting's. */
const roomsAndPeople = () =>
  tenantOf(meeting(inRoom('blue', 'ann')), { ...meeting(inRoom('red', 'bob', 'cid')), no: '100000002' });

const ofRooms = {
  table: 'quality_minutes',
  kind: 'no-data',
  reason: 'no data (126010) of all rooms of the day',
  count: 2,
};
test.each([
  { rooms: ['blue'], gaps: [] },
  { rooms: ['blue', 'red'], gaps: [ofRooms] },
])(
  'no data of the rooms $rooms of two, while people have minutes, makes gaps: $gaps.length',
  async ({ rooms, gaps }) => {
    const tenant = roomsAndPeople();
    const keys = tenant.meetings.flatMap(({ no, start }) =>
      rooms.map((room) => `${sessionKey(meetingKey(no, start), { room_id: `omm_${room}` }, MORNING)}.list`),
    );
    const { manifest } = await new StagedDay(store, tenant).run(ASK, {
      at: SETTLED,
      code: '126010',
      outcome: ({ unit }) => (keys.includes(unit) ? 'no-data' : 'ok'),
    });
    expect(manifest).toMatchObject({ gaps, units: { done: 5 - rooms.length, empty: rooms.length } });
  },
);

test.each([
  {
    whom: 'of whose two devices one was there for an hour',
    change: (item: Item) => [
      item,
      { ...item, device: 'ios', leave_time: stamp(MORNING + 60), time_in_meeting: '00:01:00' },
    ],
  },
  {
    whom: 'who stayed for no second between a join and a leave an hour apart',
    change: (item: Item) => [{ ...item, time_in_meeting: '00:00:00' }],
  },
])('somebody $whom was not there for a moment only', async ({ change }) => {
  const day = new StagedDay(store, tenantOf(meeting([person('ann', { minutes: 60 }), person('bob', { minutes: 60 })])));
  const { manifest } = await day.run(ASK, {
    at: SETTLED,
    alter: people(change),
    outcome: ({ resource }) => (resource === 'participant_quality_list' ? 'no-data' : 'ok'),
  });
  expect(manifest.explained).toStrictEqual({});
  expect(kindsOf(manifest)).toStrictEqual(['quality_minutes no-data']);
});

const onlyTrue = (item: Item) => (item['is_external'] === true ? item : without('is_external')(item));

test('where only strangers are said to be external, the others are of the tenant', async () => {
  const tenant = tenantOf(meeting([person('ann'), person('bob'), person('guest', { kind: 'guest' })]));
  const alter = people((item) => [without('user_id')(onlyTrue(item))]);
  const manifest = await manifestOf(tenant, alter);
  expect(manifest.explained).toStrictEqual({ guests: 1 });
  expect(manifest.gaps).toStrictEqual([expect.objectContaining({ kind: 'no-id', count: 2 })]);
});

test('where people of the tenant are said not to be external, nothing is said of the others', async () => {
  const tenant = tenantOf(meeting([person('ann'), person('guest', { kind: 'guest' })]));
  const onlyFalse = people((item) => [item['is_external'] === true ? without('is_external')(item) : item]);
  expect(await manifestOf(tenant, onlyFalse)).toMatchObject({ complete: true, explained: { guests: 1 } });
});

test('viewers of a webinar who are listed stand for no others', async () => {
  const viewers = people((item) => [{ ...item, webinar_user_role: '3' }]);
  const webinar: RunOptions['alter'] = (call, items) =>
    call.resource !== 'meeting_list'
      ? viewers(call, items)
      : items.map((item) => ({
          ...item,
          number_of_participants: '4',
          ...(call.via === 'list' && { meeting_subtype: 8, number_of_webinar_viewers: '2' }),
        }));
  const ask: Partial<Ask> = { include_webinar: true, enrich: ['meetings'] };
  const two = await manifestOf(tenantOf(meeting([person('ann'), person('bob')])), webinar, ask);
  expect(kindsOf(two)).toStrictEqual(['participants people-differ']);
});

test('a session whose stay cannot be read has nothing that its minutes are set against', async () => {
  const noon = people((item) => [{ ...item, leave_time: 'noon', time_in_meeting: '2h50' }]);
  const manifest = await manifestOf(tenantOf(meeting([person('ann'), person('bob')])), noon);
  expect(manifest.gaps).toStrictEqual([expect.objectContaining({ kind: 'unreadable', count: 2 })]);
  const half = people((item) => [{ ...item, leave_time: 'noon' }]);
  expect(await manifestOf(tenantOf(meeting([person('ann'), person('bob')])), half)).toMatchObject({ gaps: [] });
});

const inList = (change: Item) => altered('meeting_list', 'list', (item) => ({ ...item, ...change }));

test('a meeting of which file and list say otherwise is a gap', async () => {
  const tenant = tenantOf(meeting([person('ann'), person('bob')]));
  const gapsOf = async (change: Item) => (await manifestOf(tenant, inList(change), { enrich: ['meetings'] })).gaps;
  const differ = { table: 'meetings', kind: 'sources-differ', count: 1 };
  expect(await gapsOf({ number_of_participants: '5', meeting_end_time: stamp(MORNING + 3 * HOUR) })).toStrictEqual([
    { ...differ, reason: 'meeting_end_time of meetings differs between E1 and L1' },
    { ...differ, reason: 'number_of_participants of meetings differs between E1 and L1' },
  ]);
  // To the minute, as times are in places, and in other words.
  expect(await gapsOf({ meeting_end_time: stamp(MORNING + HOUR + 40), meeting_topic: 'Topic' })).toStrictEqual([]);
});

test('a meeting of the next day of which file and list say otherwise is no gap of this one', async () => {
  const next = { ...meeting([person('ann')]), no: '100000002', start: TO + HOUR, end: TO + 2 * HOUR };
  const alter = altered('meeting_list', 'list', (item) =>
    item['meeting_id'] === next.no ? { ...item, number_of_participants: '5' } : item,
  );
  const manifest = await manifestOf(tenantOf(meeting([person('ann')]), next), alter, { enrich: ['meetings'] });
  expect(manifest.gaps).toStrictEqual([]);
});

test('a file that is compared with its list is read once, and so are the pages of the list', async () => {
  const { bookings } = BOOKINGS;
  const ask: Ask = { ...ASK, ...RESERVATIONS, include: ['meetings', 'reservations'] };
  const day = new StagedDay(store, { ...tenantOf(meeting([person('ann')])), bookings });
  const asking = await day.stage({ ...ask, enrich: ['meetings', 'reservations'] }, { at: SETTLED });
  const files = vi.spyOn(RawFiles.prototype, 'withSource');
  const pages = vi.spyOn(RawFiles.prototype, 'read');
  await day.commit(asking);
  const keys = [...files.mock.calls, ...pages.mock.calls].map(([{ key }]) => key);
  vi.restoreAllMocks();
  const compared = keys.filter((key) => key.includes('meeting_list') || key.includes('reservation'));
  // E1 and L1; for each of three windows E4, and L4 of one room and of the others.
  expect(compared).toHaveLength(11);
  expect(new Set(compared).size).toBe(11);
});

test('meetings that the file has twice are no gap where the list has both', async () => {
  let rows = 0;
  const alter: RunOptions['alter'] = ({ resource, via }, items) => {
    if (resource !== 'meeting_list') return items;
    return via === 'export'
      ? items.map((item) => ({ ...item, meeting_topic: `topic ${(rows += 1)}` }))
      : items.map((item) => ({ ...item, meeting_instance_id: `instance ${(rows += 1)}` }));
  };
  const tenant = tenantOf(meeting([person('ann')]), meeting([person('ann')]));
  const manifest = await manifestOf(tenant, alter, { include: ['meetings'], enrich: ['meetings'] });
  expect(manifest.tables.meetings?.rows).toBe(2);
  expect(manifest.gaps).toStrictEqual([]);
});

const BOOKINGS: SmallTenant = {
  meetings: [],
  bookings: [{ room: 'blue', by: 'ann', start: MORNING, end: MORNING + HOUR }],
};
const RESERVATIONS: Partial<Ask> = { include: ['reservations'], room_level_id: 'omb_1' };

test('a reservation of which file and list say otherwise is a gap', async () => {
  const alter = altered('resource_reservation_list', 'list', (item) => ({
    ...item,
    event_end_time: stamp(MORNING + 5 * HOUR),
  }));
  const manifest = await manifestOf(BOOKINGS, alter, { ...RESERVATIONS, enrich: ['reservations'] });
  expect(kindsOf(manifest)).toStrictEqual(['reservations sources-differ']);
});

const inTheMorning: RunOptions['alter'] = ({ resource }, items) =>
  resource === 'resource_reservation_list'
    ? items.map((item) => ({ ...item, event_start_time: '2026.10.01 in the morning' }))
    : items;

test('a reservation whose start cannot be read is one gap, with a list beside the file as without', async () => {
  for (const beside of [{}, { enrich: ['reservations' as const] }]) {
    const manifest = await manifestOf(BOOKINGS, inTheMorning, { ...RESERVATIONS, ...beside });
    expect(manifest.gaps).toStrictEqual([expect.objectContaining({ kind: 'unreadable', count: 1 })]);
  }
});

test('rooms are missed where none is listed though there are reservations', async () => {
  expect(await manifestOf({ meetings: [], bookings: [] }, noRooms, RESERVATIONS)).toMatchObject({ complete: true });
  const manifest = await manifestOf(BOOKINGS, noRooms, RESERVATIONS);
  expect(manifest.gaps).toStrictEqual([expect.objectContaining({ kind: 'sources-differ', count: 1 })]);
});

test('a session that is asked again in vain was asked when its answer came', async () => {
  const day = new StagedDay(store, tenantOf(meeting([person('ann'), person('bob')])));
  await day.run(ASK, { at: SETTLED });
  const asked = async () => (await day.rows('units')).map((row) => row['asked_at']);
  const before = await asked();
  await day.run(ASK, {
    at: SETTLED + 24 * HOUR,
    outcome: ({ resource }) => (resource === 'participant_quality_list' ? 'failed' : 'ok'),
  });
  expect(await asked()).toStrictEqual(before);
});

test('people who came and went days before a meeting are none of its people', async () => {
  const before = people((item) => [
    { ...item, join_time: stamp(MORNING - 120 * HOUR), leave_time: stamp(MORNING - 120 * HOUR + 60) },
  ]);
  const manifest = await manifestOf(tenantOf(meeting([person('ann'), person('bob')])), before);
  expect(manifest.gaps).toContainEqual(expect.objectContaining({ kind: 'people-differ', count: 2 }));
  const waiting = people((item) => [{ ...item, join_time: stamp(MORNING - 300), leave_time: stamp(MORNING - 60) }]);
  const early = await manifestOf(tenantOf(meeting([person('ann'), person('bob')])), waiting);
  expect(kindsOf(early)).not.toContain('participants people-differ');
});
