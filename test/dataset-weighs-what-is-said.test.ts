/** Figures that cannot be true, that one source leaves out, or that two answers give otherwise. */
import { expect, test } from 'vitest';
import type { Manifest } from '../dataset/manifest.ts';
import type { FileStore } from '../store/file-store.ts';
import { isoOfUnix } from '../model/calendar.ts';
import { stillTrue } from '../tables/reservation-answers.ts';
import { atOnce } from '../tables/steps.ts';
import { ownStoreEach } from './support/own-store.ts';
import { stamp, type SmallTenant } from './support/small-tenant.ts';
import { ASK, FROM, HOUR, StagedDay, TO, type Ask, type RunOptions } from './support/staged-day.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));

type Item = Record<string, unknown>;

const MORNING = FROM + 9 * HOUR;
const SETTLED = TO + 31 * HOUR;
const tenant = (...names: string[]): SmallTenant => ({
  meetings: [
    {
      no: '100000001',
      start: MORNING,
      end: MORNING + HOUR,
      people: names.map((name) => ({
        name,
        kind: 'user' as const,
        join: MORNING,
        leave: MORNING + 3300,
        shown: MORNING,
      })),
    },
  ],
  bookings: [],
});
const kindsOf = ({ gaps }: Manifest) => gaps.map(({ table, kind }) => `${table} ${kind}`);
/** Elements or rows of one unit or resource, each changed. */
const each =
  (of: string, change: (item: Item) => Item): NonNullable<RunOptions['alter']> =>
  ({ resource, unit }, items) =>
    resource === of || unit === of ? items.map(change) : items;
async function manifestOf(alter: RunOptions['alter'], ask: Partial<Ask> = {}, of = tenant('ann', 'bob')) {
  const day = new StagedDay(store, of);
  const { manifest } = await day.run({ ...ASK, ...ask }, { at: SETTLED, ...(alter ? { alter } : {}) });
  return { manifest, rows: await day.rows('meetings') };
}

const before = (item: Item) => ({ ...item, leave_time: stamp(MORNING - 600), time_in_meeting: undefined });

const oneMinuteOfNoStay: RunOptions['alter'] = (call, items) => {
  if (call.resource === 'participant_quality_list') return items.slice(0, 1);
  return call.resource === 'participant_list' ? items.map(before) : items;
};

test('a leave time before the join time says nothing of the stay, and that is a gap', async () => {
  const { manifest } = await manifestOf(oneMinuteOfNoStay);
  expect(kindsOf(manifest)).toContain('quality_minutes unreadable');
});

test.each<[string, Partial<Ask>, RunOptions['alter']]>([
  ['files, which give an id to nobody else', { listing: 'export', user_id_type: 'user_id' }, undefined],
  [
    'a list without strangers beside one with them',
    {},
    each('participant_list', ({ is_external, ...item }) => (is_external === true ? { ...item, is_external } : item)),
  ],
])('more people of the tenant than the meeting counts are a gap in %s', async (_, ask, alter) => {
  const [first] = tenant('ann', 'bob', 'cid').meetings;
  const guest = { ...tenant('ann').meetings[0]!.people[0]!, name: 'guest', kind: 'guest' as const };
  const other = { ...first!, no: '100000002', people: [first!.people[0]!, guest] };
  const one: RunOptions['alter'] = (call, items) =>
    call.unit === 'export'
      ? items.map((item) => (item['meeting_no'] === '100000001' ? { ...item, number_of_participants: '1' } : item))
      : (alter?.(call, items) ?? items);
  const { manifest } = await manifestOf(one, ask, { meetings: [first!, other], bookings: [] });
  expect(kindsOf(manifest)).toStrictEqual(['participants people-differ']);
});

test('more people than the meeting counts, where no list says who is external, are counted as a doubt', async () => {
  const unsaid = each('participant_list', (item) => ({ ...item, is_external: undefined }));
  const { manifest } = await manifestOf((call, items) =>
    call.unit === 'export'
      ? items.map((item) => ({ ...item, number_of_participants: '1' }))
      : (unsaid?.(call, items) ?? items),
  );
  expect(manifest).toMatchObject({ gaps: [], complete: true, explained: { more_than_counted: 1 } });
});

const backwards = each('export', (item) => ({
  ...item,
  meeting_end_time: stamp(MORNING - 600),
  meeting_duration_s: null,
}));

test('a meeting that ends before it starts is a gap, and is not asked about', async () => {
  const { manifest: alone } = await manifestOf(backwards, { include: ['meetings'] });
  expect(kindsOf(alone)).toStrictEqual(['meetings unreadable']);
  const day = new StagedDay(store, tenant('ann'));
  const { calls, manifest } = await day.run(ASK, { at: SETTLED, ...(backwards && { alter: backwards }) });
  expect(calls.map(({ resource }) => resource)).not.toContain('participant_list');
  expect(kindsOf(manifest)).toStrictEqual(['meetings unreadable', 'participants unreadable']);
});

const webinar = (item: Item) => ({ ...item, meeting_subtype: 8, number_of_webinar_viewers: 'many' });

const countedInWords: RunOptions['alter'] = (call, items) =>
  call.resource === 'meeting_list' && call.unit !== 'ongoing'
    ? items.map((item) => ({ ...(call.via === 'list' ? webinar(item) : item), number_of_participants: '500' }))
    : items;

test('a count of viewers that cannot be read allows no count', async () => {
  const { manifest } = await manifestOf(countedInWords, { enrich: ['meetings'] });
  expect(kindsOf(manifest)).toContain('participants unreadable');
});

const onlyListed: RunOptions['alter'] = ({ unit }, items) =>
  items.map((item) =>
    unit === 'export'
      ? { ...item, number_of_participants: null }
      : unit === 'list'
        ? { ...item, number_of_participants: '9' }
        : item,
  );

test('a figure that the file leaves empty is the one of the list', async () => {
  const { manifest, rows } = await manifestOf(onlyListed, { enrich: ['meetings'] });
  expect(rows.map((row) => row['number_of_participants'])).toStrictEqual([9]);
  expect(kindsOf(manifest)).toStrictEqual(['participants people-differ']);
});

test('two meetings of a number that follow each other within a minute are two', async () => {
  const first = { ...tenant('ann').meetings[0]!, end: MORNING + 20 };
  const alter = each('list', (item) => ({
    ...item,
    meeting_start_time: stamp(MORNING + 40),
    meeting_end_time: stamp(MORNING + 1800),
    meeting_duration: '00:29:20',
  }));
  const of = { meetings: [first], bookings: [] };
  const { manifest, rows } = await manifestOf(alter, { include: ['meetings'], enrich: ['meetings'] }, of);
  expect(rows).toHaveLength(2);
  expect(kindsOf(manifest)).toContain('meetings sources-differ');
});

test('meetings of two numbers are two, whatever instance id they are said to have', async () => {
  const [first] = tenant('ann').meetings;
  const other = { ...first!, no: '100000002', end: MORNING + HOUR / 2, people: [], external: true as const };
  const ask = { include: ['meetings'] as Ask['include'], include_external_meetings: true };
  const sameId = each('list', (item) => ({ ...item, meeting_instance_id: '0' }));
  const { rows } = await manifestOf(sameId, ask, { meetings: [first!, other], bookings: [] });
  expect(rows.map((row) => row['meeting_no'])).toStrictEqual(['100000001', '100000002']);
});

test('of one booking that two windows of one moment give another end, the one of the later window stands', () => {
  const booked = (end: number) => ({
    values: {
      room_name: 'blue',
      reserver: 'ann',
      event_start_time: isoOfUnix(MORNING),
      event_end_time: isoOfUnix(end),
    },
  });
  const window = { from: FROM, to: TO, asked_at: SETTLED, run: 1, scope: 'all' };
  const [early, late] = [booked(MORNING + HOUR), booked(MORNING + 2 * HOUR)];
  const found = atOnce(
    stillTrue([
      { ...window, windows: [[early]] },
      { ...window, windows: [[late]] },
    ]),
  );
  expect(found.flat()).toStrictEqual([late]);
});

const oneRoom: RunOptions['alter'] = ({ resource }, items) => (resource === 'rooms' ? items.slice(0, 1) : items);

test('a room that the list of rooms has not, though it was booked, is a gap', async () => {
  const bookings = ['blue', 'red'].map((room) => ({ room, by: 'ann', start: MORNING, end: MORNING + HOUR }));
  const ask: Partial<Ask> = { include: ['reservations'], room_level_id: 'omb_1' };
  const all = await manifestOf(undefined, ask, { meetings: [], bookings });
  expect(all.manifest.gaps).toStrictEqual([]);
  const { manifest } = await manifestOf(oneRoom, ask, { meetings: [], bookings });
  expect(manifest.gaps).toStrictEqual([expect.objectContaining({ kind: 'sources-differ', count: 1 })]);
});
