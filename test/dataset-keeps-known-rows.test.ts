/** Rows that were known stay, whatever came instead of rows since: what an answer counts for, and from which moment. */
import { writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { exportActivities } from '../activities/exports.ts';
import { listActivities, type ListPage, type ListPageInput } from '../activities/lists.ts';
import { SessionPlaces } from '../activities/session-places.ts';
import type { Deps } from '../activities/deps.ts';
import { stageActivities } from '../activities/stage.ts';
import type { Manifest } from '../dataset/manifest.ts';
import { readRecord, writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import type { UnitRecord } from '../dataset/unit-record.ts';
import { pageKey, recordKey, type UnitLocation } from '../dataset/storage-keys.ts';
import type { FileStore } from '../store/file-store.ts';
import { Attempts, stubCallDeps, stubProfile } from './support/call-deps.ts';
import { sendJson, serve, type FeishuServer } from './support/feishu-server.ts';
import { ownStoreEach } from './support/own-store.ts';
import type { SmallTenant, TenantBooking } from './support/small-tenant.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type Ask, type Call, type Outcome } from './support/staged-day.ts';
import { unitRecord } from './support/unit-record.ts';

const SETTLED = TO + 31 * HOUR;
const LATER = TO + 60 * HOUR;
const AT = { kind: 'day', profile: 'default', day: DAY, generation: SETTLED * 1000 } as const;
const WINDOW: UnitLocation = { ...AT, resource: 'resource_reservation_list', unit: 'window-1' };
const REQUEST = { room_level_id: 'omb_1', need_topic: true, start_time: String(FROM), end_time: String(TO) };

let store: FileStore;
ownStoreEach((made) => (store = made));

function record(o: Partial<UnitRecord>): UnitRecord {
  const { resource, unit, generation } = WINDOW;
  return unitRecord({ resource, unit, generation, via: 'export', asked_at: SETTLED, request: REQUEST, ...o });
}
const withRows = (rows: number, o: Partial<UnitRecord> = {}) => record({ rows, ...o });
const empty = record;

const kindsOf = ({ gaps }: Pick<Manifest, 'gaps'>) => gaps.map(({ table, kind }) => `${table} ${kind}`).toSorted();
const when =
  (outcome: Outcome, is: (call: Call) => boolean) =>
  (call: Call): Outcome =>
    is(call) ? outcome : 'ok';

const MORNING = FROM + 9 * HOUR;
const oneMeeting = (): SmallTenant => ({
  meetings: [
    {
      no: '100000001',
      start: MORNING,
      end: MORNING + HOUR,
      people: ['ann', 'bob'].map((name) => ({
        name,
        kind: 'user' as const,
        join: MORNING,
        leave: MORNING + 1800,
        shown: MORNING,
      })),
    },
  ],
  bookings: [],
});

test('an empty answer that is noted twice in one run erases no rows', async () => {
  await writeRecord(store, WINDOW, withRows(5, { generation: 1 }));
  const again = empty({ generation: 2, asked_at: LATER });
  await writeRecord(store, WINDOW, again);
  await writeRecord(store, WINDOW, again);
  expect(await readRecord(store, WINDOW)).toMatchObject({ rows: 5, later: { status: 'empty', generation: 2 } });
});

test('an empty answer of the run that had rows before it was stopped erases none of them', async () => {
  await writeRecord(store, WINDOW, withRows(5));
  await writeRecord(store, WINDOW, empty({ asked_at: SETTLED + 60 }));
  expect(await readRecord(store, WINDOW)).toMatchObject({ rows: 5, later: { status: 'empty' } });
});

const isList = ({ resource }: Call) => resource === 'participant_list';

test.each<Outcome>(['no-data', 'failed'])(
  'an answer without rows (%s) in the place of a record that cannot be read erases no committed row',
  async (outcome) => {
    const day = new StagedDay(store, oneMeeting());
    await day.run(ASK, { at: SETTLED });
    const before = await day.rows('participants');
    for await (const key of store.list(`raw/participant_list/profile=default/day=${DAY}/`)) {
      if (key.endsWith('record.json')) await store.put(key, '{"version": 1, "reso');
    }
    const { manifest } = await day.run(ASK, { at: LATER, outcome: when(outcome, isList) });
    expect(await day.rows('participants')).toStrictEqual(before);
    expect(kindsOf(manifest)).toStrictEqual([`participants ${outcome === 'failed' ? 'failed' : 'vanished'}`]);
  },
);

test.each<Outcome>(['no-data', 'failed'])(
  'rows that stay beside an answer of "%s" are as old as they are',
  async (outcome) => {
    const day = new StagedDay(store, oneMeeting());
    const SECOND = TO + 400 * HOUR;
    await day.run(ASK, { at: SETTLED });
    const { manifest } = await day.run(ASK, {
      at: SECOND,
      outcome: when(
        outcome,
        ({ resource }) => resource === 'participant_list' || resource === 'participant_quality_list',
      ),
    });
    const { meetings, participants, quality_minutes, units } = manifest.tables;
    expect(meetings!.asked_at).toBeGreaterThanOrEqual(SECOND);
    for (const table of [participants, quality_minutes, units]) {
      expect(table!.asked_at).toBeGreaterThanOrEqual(SETTLED);
      expect(table!.asked_at).toBeLessThan(SECOND);
    }
  },
);

test('a record that cannot be read when the day is committed costs no committed row, and is a gap', async () => {
  const day = new StagedDay(store, oneMeeting());
  await day.run(ASK, { at: SETTLED });
  const before = await day.rows('meetings');
  const key = recordKey({ ...AT, resource: 'meeting_list', unit: 'export' });
  // After its answer was noted, and before the commit.
  const tear = (call: Call): Outcome => {
    if (call.resource === 'participant_quality_list') writeFileSync(store.path(key), '{"ver');
    return 'ok';
  };
  const { manifest } = await day.run(ASK, { at: LATER, outcome: tear });
  expect(await day.rows('meetings')).toStrictEqual(before);
  expect(kindsOf(manifest)).toStrictEqual(['meetings failed']);
});

const stage = () => stageActivities({ store, settleHours: 6 } as unknown as Deps);
const PARTS = [1, 2].map((part) => ({ ...WINDOW, unit: `window-1.${part}` }));
const join2 = () => stage().joinParts({ location: WINDOW, request: REQUEST, parts: PARTS });
async function noteParts(...parts: UnitRecord[][]): Promise<void> {
  for (const [index, records] of parts.entries()) {
    const location = PARTS[index]!;
    for (const each of records) await writeRecord(store, location, { ...each, unit: location.unit });
  }
}

test('a window of two parts, of which the second came back empty since, has vanished rows', async () => {
  await noteParts([withRows(3)], [withRows(4, { generation: 1 }), empty({ asked_at: SETTLED + 60 })]);
  await new Attempts().once(join2);
  expect(await readRecord(store, WINDOW)).toMatchObject({
    rows: 7,
    later: { status: 'empty', asked_at: SETTLED + 60, generation: AT.generation },
  });
});

test('a window of two parts is as old as the older one', async () => {
  await noteParts([withRows(3, { asked_at: SETTLED - 600 })], [withRows(4)]);
  expect(await new Attempts().once(join2)).toStrictEqual({ rows: 7 });
  expect(await new Attempts().once(join2)).toStrictEqual({ rows: 7 });
  expect(await readRecord(store, WINDOW)).toMatchObject({ rows: 7, asked_at: SETTLED - 600, later: null });
});

test('a window that looked cut off is what its parts are', async () => {
  await writeRecord(store, WINDOW, withRows(5000));
  await noteParts([withRows(3000)], [withRows(2900)]);
  expect(await new Attempts().once(join2)).toStrictEqual({ rows: 5900 });
  expect(await readRecord(store, WINDOW)).toMatchObject({ rows: 5900, pages: 2 });
});

function depsOf({ client: feishu }: FeishuServer) {
  return { ...stubCallDeps(), store, settleHours: 6, profile: () => stubProfile({ feishu }) };
}

test('a list is as old as its first page: what came after that may lack', async () => {
  let pages = 0;
  const server = await serve((response) => {
    pages += 1;
    const items = [{ meeting_id: String(pages) }];
    const more = pages === 1 ? { has_more: true, page_token: 'next' } : { has_more: false };
    sendJson(response, { code: 0, msg: 'success', data: { meeting_list: items, ...more } });
  });
  try {
    const location: UnitLocation = { ...AT, resource: 'meeting_list', unit: 'list' };
    const deps = depsOf(server);
    const { fetchListPage } = listActivities(deps, new SessionPlaces(deps));
    const query = { start_time: String(FROM), end_time: String(TO) };
    const ask: ListPageInput = {
      profile: 'default',
      list: 'meeting_list',
      query,
      location,
      settlesAfter: null,
      page: 1,
    };
    vi.setSystemTime(SETTLED * 1000);
    const first = (await new Attempts().once(() => fetchListPage(ask))) as ListPage & { status: 'more' };
    expect(first).toMatchObject({ status: 'more', asked_at: SETTLED });
    vi.setSystemTime(LATER * 1000);
    const { asked_at, page_token } = first;
    await new Attempts().once(() => fetchListPage({ ...ask, page: 2, page_token, ...(asked_at && { asked_at }) }));
    expect(await readRecord(store, location)).toMatchObject({ asked_at: SETTLED, pages: 2 });
  } finally {
    await server.close();
  }
});

test('a file is as old as its task: what came after that was asked for may lack', async () => {
  const server = await serve((response) => {
    // Its answer takes its time.
    vi.setSystemTime(LATER * 1000);
    sendJson(response, { code: 0, msg: 'success', data: { task_id: '1' } });
  });
  try {
    const deps = depsOf(server);
    const { createExportTask } = exportActivities(deps, new SessionPlaces(deps));
    const request = { start_time: String(FROM), end_time: String(TO) };
    vi.setSystemTime(SETTLED * 1000);
    const ask = { profile: 'default', resource: 'meeting_list', request } as const;
    expect(await new Attempts().once(() => createExportTask(ask))).toMatchObject({ task_id: '1', asked_at: SETTLED });
  } finally {
    await server.close();
  }
});

test('the pages of a long list are read some at a time', async () => {
  const location: UnitLocation = { ...AT, resource: 'meeting_list', unit: 'list' };
  const PAGES = 100;
  for (let page = 1; page < PAGES; page++) await putJsonGz(store, pageKey(location, page), '{}');
  const server = await serve((response) =>
    sendJson(response, { code: 0, msg: 'success', data: { meeting_list: [{ meeting_id: '1' }], has_more: false } }),
  );
  const [read, underWay] = [store.read.bind(store), { now: 0, most: 0 }];
  vi.spyOn(store, 'read').mockImplementation(async (key) => {
    underWay.most = Math.max(underWay.most, ++underWay.now);
    return await read(key).finally(() => (underWay.now -= 1));
  });
  try {
    const deps = depsOf(server);
    const { fetchListPage } = listActivities(deps, new SessionPlaces(deps));
    const query = { start_time: String(FROM), end_time: String(TO) };
    const ask = { profile: 'default', list: 'meeting_list', query, location, settlesAfter: null, page: PAGES } as const;
    expect(await new Attempts().once(() => fetchListPage(ask))).toMatchObject({ status: 'done' });
    expect((await readRecord(store, location))?.files).toHaveLength(PAGES);
    expect(underWay.most).toBeLessThanOrEqual(16);
  } finally {
    await server.close();
  }
});

test('whether "no data" may still come is judged by when it was asked, not by when it was noted', async () => {
  const settles_after = SETTLED - 5 * HOUR;
  vi.setSystemTime((SETTLED + 2 * HOUR) * 1000);
  const note = {
    profile: 'default',
    location: WINDOW,
    reason: '126009 none',
    request: REQUEST,
    via: 'export' as const,
  };
  const noted = await new Attempts().once(() =>
    stage().recordFailure({ ...note, no_data: { settles_after }, asked_at: SETTLED }),
  );
  expect(noted).toStrictEqual({ status: 'pending' });
  expect(await readRecord(store, WINDOW)).toMatchObject({ status: 'pending', asked_at: SETTLED });
});

const ROOMS: Ask = { ...ASK, include: ['reservations'], room_level_id: 'omb_1' };
const booking = (hour: number, o: Partial<TenantBooking> = {}): TenantBooking => ({
  room: 'blue',
  by: 'ann',
  start: FROM + hour * HOUR,
  end: FROM + (hour + 1) * HOUR,
  ...o,
});
const ofWindow = (unit: string) => (call: Call) => call.unit === unit;
const bookedIn = async (day: StagedDay) =>
  (await day.rows('reservations')).map((row) => {
    const hour = (column: string) => (Date.parse(String(row[column])) / 1000 - FROM) / HOUR;
    return `${String(row['reserver'])} ${hour('event_start_time')} to ${hour('event_end_time')}`;
  });

// A booking of the afternoon lies in both of the first two windows, of which one has the older answer.
test.each(['window-1', 'window-2'])(
  'a booking that was made longer is there once, although %s is older',
  async (old) => {
    const day = new StagedDay(store, { meetings: [], bookings: [booking(14)] });
    await day.run(ROOMS, { at: SETTLED });
    day.tenant.bookings.splice(0, 1, booking(14, { end: FROM + 16 * HOUR }));
    await day.run(ROOMS, { at: LATER, outcome: when('failed', ofWindow(old)) });
    expect(await bookedIn(day)).toStrictEqual(['ann 14 to 16']);
  },
);

test.each(['window-1', 'window-2'])('a booking that was moved is there once, although %s is older', async (old) => {
  const day = new StagedDay(store, { meetings: [], bookings: [booking(14), booking(18, { by: 'bob' })] });
  await day.run(ROOMS, { at: SETTLED });
  day.tenant.bookings.splice(0, 1, booking(15));
  await day.run(ROOMS, { at: LATER, outcome: when('failed', ofWindow(old)) });
  expect(await bookedIn(day)).toStrictEqual(['ann 15 to 16', 'bob 18 to 19']);
});

test('what an older window alone knows stays', async () => {
  const day = new StagedDay(store, { meetings: [], bookings: [booking(3), booking(14, { by: 'bob' })] });
  await day.run(ROOMS, { at: SETTLED });
  await day.run(ROOMS, { at: LATER, outcome: when('failed', ofWindow('window-1')) });
  expect(await bookedIn(day)).toStrictEqual(['ann 3 to 4', 'bob 14 to 15']);
});

test('a window that came back empty does not say that a booking is kept which another window has no more', async () => {
  const day = new StagedDay(store, { meetings: [], bookings: [booking(14), booking(18, { by: 'bob' })] });
  await day.run(ROOMS, { at: SETTLED });
  day.tenant.bookings.shift();
  const { manifest } = await day.run(ROOMS, { at: LATER, outcome: when('empty', ofWindow('window-1')) });
  expect(await bookedIn(day)).toStrictEqual(['bob 18 to 19']);
  expect(manifest.gaps).toStrictEqual([
    expect.objectContaining({
      kind: 'vanished',
      reason: expect.stringMatching(
        /came back empty: rows known before are kept, unless a newer answer says otherwise$/,
      ),
    }),
  ]);
});

test('a meeting that was under way and is over keeps a day open no longer', async () => {
  const day = new StagedDay(store, oneMeeting());
  const end = TO + 2 * HOUR;
  const [ann] = day.tenant.meetings[0]!.people;
  const night = { ...ann!, join: TO - HOUR, leave: end, shown: end };
  day.tenant.meetings.push({ no: '100000003', start: TO - HOUR, end, people: [night] });
  const early = await day.run(ASK, { at: TO + HOUR, ongoing: true });
  expect(kindsOf(early.manifest)).toStrictEqual(['meetings may-change']);
  const over = await day.run(ASK, { at: TO + 4 * HOUR, ongoing: true });
  expect(over.manifest.gaps).toStrictEqual([]);
  expect(await day.rows('meetings')).toHaveLength(2);
});

test('an empty answer about another level leaves no rows of the level before', async () => {
  const day = new StagedDay(store, { meetings: [], bookings: [booking(14)] });
  await day.run(ROOMS, { at: SETTLED });
  day.tenant.bookings.pop();
  const { manifest } = await day.run({ ...ROOMS, room_level_id: 'omb_2' }, { at: LATER });
  expect(await day.rows('reservations')).toStrictEqual([]);
  expect(manifest).toMatchObject({ gaps: [], tables: { reservations: { run: { room_level_id: 'omb_2' } } } });
});

/** With a meeting of the next day, so that no file is empty. */
function withTomorrow(): SmallTenant {
  const { meetings } = oneMeeting();
  const start = TO + 2 * HOUR;
  return {
    meetings: [...meetings, { ...meetings[0]!, no: '100000009', start, end: start + HOUR, people: [] }],
    bookings: [],
  };
}

test.each<[string, Partial<Ask>]>([
  ['alike', {}],
  ['by another source', { source: 'export' }],
  ['by both sources', { source: 'both' }],
  ['by another kind of id', { user_id_type: 'user_id' }],
  ['by another way of listing', { listing: 'export', user_id_type: 'user_id' }],
  ['with external meetings', { include_external_meetings: true }],
  ['with the list beside the file', { enrich: ['meetings'] }],
])('meetings that a file has no more erase nothing of the day, asked for %s', async (_, other) => {
  const day = new StagedDay(store, withTomorrow());
  const first = await day.run(ASK, { at: SETTLED });
  day.tenant.meetings.shift();
  const { manifest } = await day.run({ ...ASK, ...other }, { at: LATER });
  expect(kindsOf(manifest)).toStrictEqual(
    ['meetings', 'participants', 'quality_minutes', 'units'].map((table) => `${table} vanished`),
  );
  for (const [name, { rows }] of Object.entries(first.manifest.tables)) {
    expect(manifest.tables[name as 'meetings']!.rows, name).toBe(rows);
  }
});

test('meetings that a file has no more erase nothing of what a run with external meetings had of it', async () => {
  const day = new StagedDay(store, withTomorrow());
  await day.run({ ...ASK, include_external_meetings: true }, { at: SETTLED });
  day.tenant.meetings.shift();
  const { manifest } = await day.run({ ...ASK, include: ['meetings'] }, { at: LATER });
  expect(kindsOf(manifest)).toStrictEqual(['meetings vanished']);
});

test('external meetings are not missed by a run that asks for none', async () => {
  const tenant = withTomorrow();
  tenant.meetings[0] = { ...tenant.meetings[0]!, external: true };
  const day = new StagedDay(store, tenant);
  await day.run({ ...ASK, include_external_meetings: true }, { at: SETTLED });
  const { manifest } = await day.run(ASK, { at: LATER });
  expect(manifest.gaps).toStrictEqual([]);
  expect(await day.rows('meetings')).toStrictEqual([]);
});

test('reservations that a file has no more stay, though the list is asked beside it for the first time', async () => {
  const day = new StagedDay(store, { meetings: [], bookings: [booking(14)] });
  await day.run(ROOMS, { at: SETTLED });
  day.tenant.bookings.splice(0, 1, booking(29));
  const { manifest } = await day.run({ ...ROOMS, enrich: ['reservations'] }, { at: LATER });
  expect(kindsOf(manifest)).toContain('reservations vanished');
  expect(await bookedIn(day)).toStrictEqual(['ann 14 to 15']);
});

test('a meeting less is a restatement, whatever is asked otherwise that says nothing of meetings', async () => {
  const day = new StagedDay(store, withTomorrow());
  const [first] = day.tenant.meetings;
  day.tenant.meetings.push({ ...first!, no: '100000002', start: first!.start + HOUR, end: first!.end + HOUR });
  await day.run(ASK, { at: SETTLED });
  day.tenant.meetings.pop();
  const { manifest } = await day.run({ ...ASK, source: 'both' }, { at: LATER });
  expect(manifest.restatements.map(({ table, removed }) => [table, removed])).toStrictEqual([
    ['meetings', 1],
    ['participants', 2],
    ['quality_minutes', 60],
  ]);
});
