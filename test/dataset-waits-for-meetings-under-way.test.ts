/** A meeting that is under way is in no list of ended ones: the day that it began in is open until it is over. */
import { expect, test } from 'vitest';
import type { Manifest } from '../dataset/manifest.ts';
import type { FileStore } from '../store/file-store.ts';
import { ownStoreEach } from './support/own-store.ts';
import { meetingCells, meetingItem, type TenantMeeting } from './support/small-tenant.ts';
import { ASK, FROM, HOUR, StagedDay, TO, type Ask, type RunOptions } from './support/staged-day.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));

const MEETINGS: Ask = { ...ASK, include: ['meetings'] };
const EXTERNAL: Ask = { ...MEETINGS, include_external_meetings: true };
const MORNING: TenantMeeting = { no: '100000001', start: FROM + 9 * HOUR, end: FROM + 10 * HOUR, people: [] };
/** Of the day's last hour. */
const night = (endsAfterHours: number): TenantMeeting => ({
  no: '100000002',
  start: TO - HOUR,
  end: TO + endsAfterHours * HOUR,
  people: [],
});
const dayOf = (...meetings: TenantMeeting[]) => new StagedDay(store, { meetings, bookings: [] });
const look = async (day: StagedDay, hours: number, options: Partial<RunOptions> = {}, ask = MEETINGS) =>
  await day.run(ask, { at: TO + hours * HOUR, ongoing: true, ...options });
const kindsOf = ({ gaps }: Pick<Manifest, 'gaps'>) => gaps.map(({ table, kind }) => `${table} ${kind}`);
const OPEN = { complete: false, settled: false, sealed: false };

test('a meeting of over a day that is still under way a day after the day keeps it open, and the day is whole once it is over', async () => {
  const day = dayOf(MORNING, night(50));
  for (const hours of [25, 31, 49]) {
    const { manifest } = await look(day, hours, { refresh: 'unsettled' });
    expect(manifest).toMatchObject(OPEN);
    expect(manifest.gaps).toStrictEqual([
      expect.objectContaining({ kind: 'may-change', reason: expect.stringContaining('under way') as string }),
    ]);
  }
  const over = await look(day, 57, { refresh: 'unsettled' });
  expect(over.manifest).toMatchObject({ complete: true, settled: true });
  expect(await day.rows('meetings')).toHaveLength(2);
  const again = await look(day, 81, { refresh: 'unsettled' });
  expect(again.manifest.sealed).toBe(true);
});

test('a day is settled six hours after its last meeting, where that ends more than a day after the day', async () => {
  const day = dayOf(MORNING, night(40));
  for (const [hours, settled] of [
    [41, false],
    [45, false],
    [47, true],
  ] as const) {
    const { manifest } = await look(day, hours, { refresh: 'unsettled' });
    expect(manifest, `${hours} h after the day's end`).toMatchObject({ complete: true, settled });
  }
});

test('what was asked for while a meeting was under way is missing what came after', async () => {
  const day = dayOf(MORNING, night(50));
  await look(day, 26);
  await look(day, 51, { refresh: 'missing' });
  expect(await day.rows('meetings')).toHaveLength(2);
});

const killed: RunOptions['outcome'] = ({ unit }) => {
  if (unit === 'export') throw new Error('killed');
  return 'ok';
};

test('a list from before it was known that nobody is under way does not count', async () => {
  const day = dayOf(MORNING, night(50));
  await look(day, 26);
  await expect(look(day, 51, { outcome: killed })).rejects.toThrow('killed');
  const { manifest } = await look(day, 52, { refresh: 'missing' });
  expect(manifest.gaps).toStrictEqual([]);
  expect(await day.rows('meetings')).toHaveLength(2);
});

const refuses: RunOptions['outcome'] = ({ unit }) => (unit === 'ongoing' ? 'failed' : 'ok');

test('a meeting that was seen under way stays so while nobody answers whether it is', async () => {
  const day = dayOf(MORNING, night(50));
  await look(day, 26);
  const { manifest } = await look(day, 51, { outcome: refuses });
  expect(kindsOf(manifest)).toStrictEqual(['meetings may-change']);
});

test('a meeting that ended before the question is not under way, whatever the answer is called', async () => {
  const day = dayOf(MORNING);
  const noNotice: RunOptions['alter'] = ({ unit }, items) =>
    unit === 'ongoing' ? [meetingCells(MORNING, MORNING.end)] : items;
  const { manifest } = await look(day, 26, { alter: noNotice });
  expect(manifest).toMatchObject({ complete: true });
});

const withoutEnd = (meeting: TenantMeeting): NonNullable<RunOptions['alter']> => {
  const at = { ...meeting, end: meeting.start };
  return ({ unit }, items) =>
    unit === 'ongoing' ? [meetingCells(at, TO)] : unit === 'ongoing-list' ? [meetingItem(at, TO)] : items;
};

test.each([
  ['own ones', MEETINGS],
  ['external ones', EXTERNAL],
])('of %s one whose end is its start is under way, unless the list of ended ones has it', async (_, ask) => {
  const long: TenantMeeting = ask === EXTERNAL ? { ...night(50), external: true } : night(50);
  const unanswered = { ...MORNING, end: MORNING.start };
  const day = dayOf(unanswered, long);
  expect((await look(day, 26, { alter: withoutEnd(long) }, ask)).manifest).toMatchObject(OPEN);
  expect((await look(day, 51, { alter: withoutEnd(unanswered) }, ask)).manifest).toMatchObject({ complete: true });
  expect(await day.rows('meetings')).toHaveLength(2);
});

test.each([
  ['own ones', MEETINGS],
  ['external ones', EXTERNAL],
])('of %s a list closes as soon as it says that none is under way', async (_, ask) => {
  const day = dayOf(MORNING, { ...night(3), ...(ask === EXTERNAL ? { external: true } : {}) });
  const early = await look(day, 1, {}, ask);
  expect(kindsOf(early.manifest)).toStrictEqual(['meetings may-change']);
  const over = await look(day, 4, {}, ask);
  expect(over.manifest).toMatchObject({ complete: true, settled: false });
  expect(await day.rows('meetings')).toHaveLength(2);
});

test('after a week those under way are asked for only where one was', async () => {
  const lookedIn = async (day: StagedDay) =>
    (await look(day, 24 * 8)).calls.filter(({ unit }) => unit === 'ongoing').length;
  expect(await lookedIn(dayOf(MORNING))).toBe(0);
  const day = dayOf(MORNING, night(24 * 7));
  await look(day, 24 * 6);
  expect(await lookedIn(day)).toBe(1);
  expect(await day.rows('meetings')).toHaveLength(2);
});

const fails: RunOptions['outcome'] = ({ unit }) => (unit === 'ongoing-list' ? 'failed' : 'ok');

test('a list does not stand for long meetings while nobody could be asked who is under way, until a week has gone', async () => {
  const day = dayOf(MORNING, { ...night(40), external: true });
  const early = await look(day, 32, { outcome: fails }, EXTERNAL);
  expect(kindsOf(early.manifest)).toStrictEqual(['meetings may-change']);
  expect(early.manifest).toMatchObject(OPEN);
  const { manifest } = await look(day, 49, { refresh: 'missing' }, EXTERNAL);
  expect(manifest).toMatchObject({ complete: true, gaps: [] });
  expect(await day.rows('meetings')).toHaveLength(2);
  const late = await look(day, 24 * 7 + 1, { outcome: fails }, EXTERNAL);
  expect(late.manifest.gaps).toStrictEqual([]);
});

const hasNothing: RunOptions['outcome'] = ({ unit }) => (unit === 'ongoing' ? 'no-data' : 'ok');

test.each([
  ['takes no question', refuses, '121003'],
  ['has no data', hasNothing, '121004'],
  ['finds no meeting', hasNothing, '126009'],
])('where Feishu %s about those under way, the day says that a long one may lack', async (_, outcome, code) => {
  const day = dayOf(MORNING, night(40));
  const { manifest } = await look(day, 32, { outcome, code });
  expect(manifest).toMatchObject({ complete: true, explained: { lists_without_who_is_under_way: 1 } });
  const later = await look(day, 24 * 7 + 1, { outcome, code });
  expect(later.manifest.explained).toStrictEqual({});
});

const hasNoList: RunOptions['outcome'] = ({ unit }) => (unit === 'ongoing-list' ? 'no-data' : 'ok');

test('an external meeting that was seen under way stays so where the list has no data of any', async () => {
  const day = dayOf(MORNING, { ...night(100), external: true });
  await look(day, 26, {}, EXTERNAL);
  for (const hours of [32, 60]) {
    const { manifest } = await look(day, hours, { outcome: hasNoList }, EXTERNAL);
    expect(manifest, `${hours} h after the day's end`).toMatchObject(OPEN);
  }
  expect((await look(day, 101, {}, EXTERNAL)).manifest).toMatchObject({ complete: true });
  expect(await day.rows('meetings')).toHaveLength(2);
});

test('a meeting that was seen under way is looked for after a week, whichever kind of id is asked for then', async () => {
  const day = dayOf(MORNING, night(24 * 9));
  await look(day, 24 * 6);
  const other: Ask = { ...MEETINGS, user_id_type: 'user_id' };
  expect((await look(day, 24 * 8, {}, other)).manifest).toMatchObject(OPEN);
  expect((await look(day, 24 * 9 + 1, {}, other)).manifest).toMatchObject({ complete: true });
  expect(await day.rows('meetings')).toHaveLength(2);
});

test('a file of those under way that has rows in a hidden sheet alone leaves a gap', async () => {
  const day = dayOf(MORNING);
  const { manifest } = await look(day, 26, { outcome: ({ unit }) => (unit === 'ongoing' ? 'hidden sheet' : 'ok') });
  expect(kindsOf(manifest)).toStrictEqual(['meetings unreadable']);
});

const failing: RunOptions['outcome'] = ({ unit }) => {
  if (unit === 'ongoing') return 'no-data';
  return unit === 'ongoing-list' ? 'failed' : 'ok';
};

test.each([
  ['nobody', [MORNING]],
  // Of the next day.
  ['only others', [MORNING, { no: '100000003', start: TO + HOUR, end: TO + 100 * HOUR, people: [] }]],
])('a day that is sealed stays so where a later ask fails, when %s was under way', async (_, meetings) => {
  const day = dayOf(...meetings);
  await look(day, 31, {}, EXTERNAL);
  expect((await look(day, 55, {}, EXTERNAL)).manifest.sealed).toBe(true);
  for (const hours of [60, 61]) {
    const { manifest } = await look(day, hours, { outcome: failing, code: '190001' }, EXTERNAL);
    expect(manifest, `${hours} h after the day's end`).toMatchObject({ complete: true, sealed: true, gaps: [] });
  }
  const refused = await look(day, 62, { outcome: hasNoList }, EXTERNAL);
  expect(refused.manifest).toMatchObject({ sealed: true, explained: {} });
});

test.each([
  ['takes no question', refuses, '121003'],
  ['is not supported', hasNothing, '121002'],
  ['has no data', hasNothing, '121004'],
  ['finds no meeting', hasNothing, '126009'],
])(
  'a meeting that was seen under way keeps the day open for a week where Feishu %s ever after',
  async (_, outcome, code) => {
    const day = dayOf(MORNING, night(100));
    await look(day, 26);
    for (const hours of [60, 24 * 7 - 1]) {
      expect((await look(day, hours, { outcome, code })).manifest, `${hours} h after the day's end`).toMatchObject(
        OPEN,
      );
    }
    const { manifest } = await look(day, 24 * 7 + 1, { outcome, code, refresh: 'missing' });
    expect(manifest).toMatchObject({ complete: true, gaps: [], explained: { lists_without_who_is_under_way: 1 } });
    expect(await day.rows('meetings')).toHaveLength(2);
    expect((await look(day, 24 * 7 + 2, { outcome, code })).manifest).toMatchObject({ sealed: true });
  },
);

test('one that is seen under way after a week counts as over a day after that, where Feishu says nothing any more', async () => {
  const day = dayOf(MORNING, night(24 * 10));
  for (const hours of [26, 24 * 8]) await look(day, hours);
  const quiet = { outcome: refuses, refresh: 'unsettled' } as const;
  expect((await look(day, 24 * 8 + 23, quiet)).manifest).toMatchObject(OPEN);
  const { calls, manifest } = await look(day, 24 * 9 + 1, quiet);
  expect(calls.map(({ unit }) => unit)).toStrictEqual(['export']);
  expect(manifest).toMatchObject({ complete: true, explained: { lists_without_who_is_under_way: 1 } });
});
