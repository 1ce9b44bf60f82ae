/** A day of some tables may be complete: whoever reads others is told that it has none of them. */
import { expect, test } from 'vitest';
import type { Manifest } from '../dataset/manifest.ts';
import { openDuckDb } from '../store/duckdb.ts';
import type { FileStore } from '../store/file-store.ts';
import { queryRows } from '../store/query.ts';
import type { TableName } from '../tables/columns.ts';
import { gapsOf } from '../worker/notify/day-gaps.ts';
import { haveWholeMinutes, statesOf } from '../worker/programs/common/report-days.ts';
import { blocksOf, documentText } from './support/documents.ts';
import { ownStoreEach } from './support/own-store.ts';
import type { SmallTenant } from './support/small-tenant.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type Ask, type RunOptions } from './support/staged-day.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));

const ALL: TableName[] = ['meetings', 'participants', 'quality_minutes', 'units'];
const RANGE = { from: DAY, to: DAY };
const MEETINGS_ALONE: Partial<Ask> = { include: ['meetings'] };

const start = FROM + 9 * HOUR;
const people = ['ann', 'bob'].map((name) => ({ name, kind: 'user' as const, join: start, leave: start + HOUR }));
const TENANT: SmallTenant = {
  meetings: [{ no: '100000001', start, end: start + HOUR, people: people.map((each) => ({ ...each, shown: start })) }],
  bookings: [],
};

async function committed(ask: Partial<Ask> = {}, options: Partial<RunOptions> = {}): Promise<Manifest> {
  const { manifest } = await new StagedDay(store, TENANT).run({ ...ASK, ...ask }, { at: TO + 31 * HOUR, ...options });
  return manifest;
}

const isOfMinutes = ({ resource }: { resource: string }) => resource === 'participant_quality_list';

test('a report calls a day complete that has all tables, and names those that a day lacks', async () => {
  const [state] = statesOf(RANGE, [await committed(MEETINGS_ALONE)]);
  expect(state).toMatchObject({ state: 'gaps', rows: { meetings: 1 } });
  expect(state?.gaps).toStrictEqual(
    ['participants', 'quality_minutes', 'units'].map((table) => ({ table, reason: 'not asked for', count: 1 })),
  );
  expect(statesOf(RANGE, [await committed()])).toMatchObject([{ state: 'complete', gaps: [] }]);
});

test('a report lacks the reservations of a day where another day has them', async () => {
  const without = await committed();
  const other = '2026-10-02';
  const withThem = { ...(await committed({ include: ['reservations'], room_level_id: 'omb_1' })), day: other };
  expect(withThem.complete).toBe(true);
  const states = statesOf({ from: DAY, to: other }, [without, withThem]);
  expect(states.map(({ state, gaps }) => [state, gaps.map(({ table }) => table)])).toStrictEqual([
    ['gaps', ['reservations']],
    ['complete', []],
  ]);
});

test('periods are compared where every day of them has its minutes, whole', async () => {
  expect(haveWholeMinutes(RANGE, [await committed(MEETINGS_ALONE)])).toBe(false);
  const whole = await committed();
  expect(haveWholeMinutes(RANGE, [whole])).toBe(true);
  expect(haveWholeMinutes({ from: DAY, to: '2026-10-02' }, [whole])).toBe(false);
  const failed = await committed({}, { at: TO + 60 * HOUR, outcome: (call) => (isOfMinutes(call) ? 'failed' : 'ok') });
  expect(haveWholeMinutes(RANGE, [failed])).toBe(false);
});

test('people are told of a day that lacks tables which their schedule asks for', async () => {
  const location = { profile: 'default', day: DAY };
  expect(await gapsOf(store, location, ALL)).toStrictEqual([{ kind: 'absent', count: 1 }]);
  await committed(MEETINGS_ALONE);
  expect(await gapsOf(store, location, ALL)).toStrictEqual([{ kind: 'absent', count: 3 }]);
  expect(await gapsOf(store, location, ['meetings'])).toBeNull();
  await committed({}, { outcome: (call) => (isOfMinutes(call) ? 'failed' : 'ok') });
  expect(await gapsOf(store, location, ALL)).toStrictEqual([{ kind: 'failed', count: 2 }]);
  // What another run asked for besides is no gap of this schedule.
  expect(await gapsOf(store, location, ['meetings', 'participants'])).toBeNull();
});

/** What the n-th query of the page gives, over this store. */
async function answersTo(index: number): Promise<unknown[]> {
  const sql = blocksOf(documentText('docs/guarantees.md'), 'sql')[index]!.replaceAll("'data/", `'${store.rootPath}/`);
  const duckdb = await openDuckDb();
  try {
    const rows = [];
    for await (const row of queryRows(duckdb, sql.trim().replace(/;$/, ''))) rows.push(row);
    return rows;
  } finally {
    duckdb.close();
  }
}

test('the documented query of days without who was under way names them', async () => {
  await committed({}, { ongoing: true, outcome: ({ unit }) => (unit === 'ongoing' ? 'failed' : 'ok') });
  expect(await answersTo(1)).toMatchObject([{ profile: 'default', sealed: false }]);
  await committed({}, { ongoing: true });
  expect(await answersTo(1)).toStrictEqual([]);
});

test('the documented query of days names the tables that a day lacks', async () => {
  await committed(MEETINGS_ALONE);
  const lacking = ['participants', 'quality_minutes', 'units'];
  expect(await answersTo(0)).toMatchObject(lacking.map((table) => ({ day: DAY, table, complete: null, gaps: null })));
  await committed();
  expect(await answersTo(0)).toStrictEqual([]);
});
