/** Corruptions of a committed day, each of them to be found from files alone. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { committedDays } from '../dataset/committed-days.ts';
import { writeDaysFile } from '../dataset/days-table.ts';
import { findManifest, type Manifest } from '../dataset/manifest.ts';
import { tryRecord } from '../dataset/records.ts';
import { readIndex } from '../dataset/stage-index.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import type { UnitRecord } from '../dataset/unit-record.ts';
import { storedDays } from '../dataset/storage-keys.ts';
import { rowsHashOf } from '../dataset/table-files.ts';
import { verifyDay } from '../dataset/verify.ts';
import type { Problem } from '../dataset/verify-problem.ts';
import { straysOfNoDay } from '../dataset/verify-strays.ts';
import { FileStore } from '../store/file-store.ts';
import { readParquet, writeParquet, type Row } from '../store/parquet.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import { KEEP } from '../tables/privacy.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO } from './support/staged-day.ts';

const MANIFEST = `manifests/profile=default/day=${DAY}.json`;
const keyOf = (table: TableName | 'days') => `tables/${table}/profile=default/day=${DAY}/data.parquet`;

let folder: string;
let original: FileStore;
let store: FileStore;
let manifest: Manifest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-verify-'));
  original = new FileStore(join(folder, 'original'));
  await original.prepare();
  vi.useFakeTimers({ toFake: ['Date'] });
  const start = FROM + 9 * HOUR;
  const someone = (name: string) => ({ name, kind: 'user' as const, join: start, leave: start + 1800, shown: start });
  const meetings = [{ no: '100000001', start, end: start + HOUR, people: [someone('\u{FEFF}ann'), someone('bob')] }];
  const bookings = [{ room: 'blue', by: 'ann', start, end: start + HOUR }];
  const day = new StagedDay(original, { meetings, bookings });
  const whole = { ...ASK, include: [...ASK.include, 'reservations' as const], room_level_id: 'omb_1' };
  manifest = (await day.run(whole, { at: TO + 48 * HOUR })).manifest;
  vi.useRealTimers();
});
beforeEach(async () => {
  store = new FileStore(join(folder, 'store'));
  await cp(original.rootPath, store.rootPath, { recursive: true });
});
afterEach(() => rm(store.rootPath, { recursive: true, force: true }));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function verify(): Promise<Problem[] | null> {
  const scratch = new FileStore(join(folder, 'scratch'));
  await scratch.prepare();
  return await verifyDay(store, {
    profile: 'default',
    day: DAY,
    product: 'test',
    settle_hours: 6,
    privacy: KEEP,
    scratch,
  });
}

async function flip(key: string): Promise<void> {
  const bytes = await readFile(store.path(key));
  const at = Math.floor(bytes.length / 2);
  bytes[at] = bytes[at]! ^ 1;
  await writeFile(store.path(key), bytes);
}

/** As a wrong writer would: the rows of `days` say the same wrong thing. */
async function changeManifest(change: (manifest: Manifest) => void): Promise<void> {
  const changed = structuredClone(manifest);
  change(changed);
  const { tempPath, file } = await writeDaysFile(store, changed);
  await store.putFile(keyOf('days'), tempPath);
  await store.writeJson(MANIFEST, { ...changed, days: { ...file, key: keyOf('days') } });
}

/** Writes a table with other rows, and has the manifest name the new file and, unless `hash` is false, its rows. */
async function rewrite(table: TableName, change: (rows: Row[]) => Row[], { hash = true } = {}): Promise<void> {
  const rows: Row[] = [];
  for await (const row of readParquet(store.path(keyOf(table)))) rows.push(row);
  const toPath = store.path(keyOf(table));
  const columns = TABLES[table].columns;
  const { rowsHash: _, ...written } = await writeParquet({ columns, rows: change(rows), sortBy: [], toPath });
  const hashed = hash ? { rows_hash: await rowsHashOf(store, table, toPath) } : {};
  await changeManifest(({ tables }) => {
    Object.assign(tables[table]!, { ...written, ...hashed });
  });
}

const recordOf = (resource: string, unit: string) => `raw/${resource}/profile=default/day=${DAY}/${unit}/record.json`;
async function changeRecord(key: string, change: Record<string, unknown>): Promise<void> {
  await store.writeJson(key, { ...((await store.readJson(key)) as Record<string, unknown>), ...change });
}

const rawFile = async (resource: string): Promise<string> => {
  const records = await readIndex(store, manifest.tables.meetings!.run.stage.key);
  return records.find((record) => record.resource === resource)!.files[0]!.key;
};

const CORRUPTIONS: Record<string, () => Promise<void>> = {
  'a flipped byte in a table': () => flip(keyOf('participants')),
  'a table that is cut off': async () => {
    const bytes = await readFile(store.path(keyOf('units')));
    await writeFile(store.path(keyOf('units')), bytes.subarray(0, bytes.length - 9));
  },
  'a table that is not there': () => store.remove(keyOf('meetings')),
  'a table that is no Parquet': () => writeFile(store.path(keyOf('meetings')), 'no table'),
  'a second file beside a table': () =>
    cp(store.path(keyOf('meetings')), store.path(keyOf('meetings').replace('data', 'more'))),
  'a table that the manifest does not name': () => changeManifest(({ tables }) => delete tables.reservations),
  'a doubled row': () => rewrite('meetings', (rows) => [...rows, ...rows]),
  'a row that is gone': () => rewrite('quality_minutes', (rows) => rows.slice(1)),
  'a wrong key': () => rewrite('participants', ([first, ...rest]) => [{ ...first!, row_key: 'wrong' }, ...rest]),
  'a key that is absent': () => rewrite('units', ([first, ...rest]) => [{ ...first!, row_key: null }, ...rest]),
  'a changed value': () => rewrite('meetings', (rows) => rows.map((row) => ({ ...row, meeting_topic: 'another' }))),
  'a session of a meeting that is not there': () =>
    rewrite('participants', ([first, ...rest]) => [{ ...first!, meeting_key: 'nowhere' }, ...rest]),
  'minutes of a session that is not there': () =>
    rewrite('quality_minutes', ([first, ...rest]) => [{ ...first!, session_key: 'nowhere' }, ...rest]),
  'a number of rows that is wrong': () => changeManifest(({ tables }) => (tables.meetings!.rows += 1)),
  'a manifest of another day': () => changeManifest((each) => (each.day = '2026-10-02')),
  'a manifest of another profile': () => changeManifest((each) => (each.profile = 'other')),
  'a manifest that is no JSON': () => writeFile(store.path(MANIFEST), '{'),
  'a manifest without its fields': () => store.writeJson(MANIFEST, { version: 2 }).then(() => undefined),
  'no manifest at all': () => store.remove(MANIFEST),
  'complete, with a gap': () =>
    changeManifest((each) => each.gaps.push({ table: 'meetings', kind: 'failed', reason: 'x', count: 1 })),
  'a gap that is kept quiet': async () => {
    const index = manifest.tables.meetings!.run.stage.key;
    const records = await readIndex(store, index);
    const failed = records.map((record) =>
      record.resource === 'rooms' ? { ...record, status: 'failed' as const, reason: 'x' } : record,
    );
    await changeRecord(recordOf('rooms', 'rooms'), { status: 'failed', reason: 'x' });
    const { sha256 } = await putJsonGz(store, index, JSON.stringify(failed));
    await changeManifest(({ tables }) => {
      for (const table of Object.values(tables)) table.run.stage.sha256 = sha256;
    });
  },
  'rows that are not those of the hash': () =>
    rewrite('meetings', (rows) => rows.map((row) => ({ ...row, meeting_topic: 'another' })), { hash: false }),
  'units that are wrong': () => changeManifest((each) => (each.units.done = 7)),
  'codes that are wrong': () => changeManifest((each) => (each.codes['126009'] = 1)),
  'something explained that is not': () => changeManifest((each) => (each.explained['guests'] = 1)),
  'people counted wrongly': () => changeManifest((each) => (each.reconciliation['distinct_rooms_listed'] = 5)),
  'a run that was told something else': () =>
    changeManifest((each) => Object.values(each.told).forEach((told) => (told.codes = { none: 1 }))),
  'units that are wrong, by an earlier version': () =>
    changeManifest((each) => {
      each.units.done = 7;
      for (const table of Object.values(each.tables)) Object.assign(table, { schema: 1, product: 'older' });
    }),
  'a run that was told of other meetings': () =>
    changeManifest((each) => Object.values(each.told).forEach((told) => (told.of = { ...told.of!, meetings: 'x' }))),
  'a record that was changed since': () => changeRecord(recordOf('rooms', 'rooms'), { rows: 9 }),
  'a record that is not there': () => store.remove(recordOf('rooms', 'rooms')),
  'a record that is cut off': async () => {
    await store.put(recordOf('meeting_list', 'export'), '{"ver');
  },
  'a stale index': async () => {
    const index = manifest.tables.meetings!.run.stage.key;
    await putJsonGz(store, index, JSON.stringify((await readIndex(store, index)).slice(1)));
  },
  'an index that is not there': () => store.remove(manifest.tables.meetings!.run.stage.key),
  'a flipped byte in a raw file': async () => flip(await rawFile('participant_list')),
  'a raw file that is not there': async () => store.remove(await rawFile('meeting_list')),
  'rows of days that are not there': () => store.remove(keyOf('days')),
  'rows of days that are of another commit': async () => {
    await store.writeJson(MANIFEST, { ...manifest, committed_at: '2026-10-09T00:00:00.000Z' });
  },
  'settled, of a table that is not': () => changeManifest(({ tables }) => (tables.units!.settled = false)),
  'sealed, of a day with a gap': () =>
    changeManifest((each) => {
      each.sealed = true;
      each.complete = false;
      each.gaps.push({ table: 'meetings', kind: 'failed', reason: 'x', count: 1 });
    }),
};

/** Somebody else's, under the same name. */
function moved(file: { key: string }): void {
  file.key = file.key.replace(PLACE, ELSEWHERE);
}

const FOUND_BY: Record<string, RegExp> = {
  'a flipped byte in a table': /bytes are not those committed|damaged/,
  'a table that is cut off': /bytes|damaged/,
  'a table that is not there': /not there/,
  'a table that is no Parquet': /damaged/,
  'a second file beside a table': /no manifest names it/,
  'a table that the manifest does not name': /no manifest names it/,
  'a doubled row': /two rows have one row_key/,
  'a row that is gone': /rows are not the/,
  'a wrong key': /rows are not the/,
  'a key that is absent': /has no row_key/,
  'a changed value': /rows are not the/,
  'a session of a meeting that is not there': /meeting_key that meetings has not/,
  'minutes of a session that is not there': /session_key that units has not/,
  'a number of rows that is wrong': /the manifest says/,
  'a manifest of another day': /of another profile or day.*\(day\)/,
  'a manifest of another profile': /of another profile or day.*\(profile\)/,
  'a manifest that is no JSON': /cannot be read/,
  'a manifest without its fields': /not the documented ones/,
  'no manifest at all': /no manifest names it/,
  'complete, with a gap': /of gaps$/,
  'a gap that is kept quiet': /of complete, settled, gaps, told, tables.reservations.settled$/,
  'rows that are not those of the hash': /not those of the rows_hash/,
  'units that are wrong': /of units$/,
  'codes that are wrong': /of codes$/,
  'something explained that is not': /of explained$/,
  'people counted wrongly': /of reconciliation$/,
  'a run that was told something else': /of told$/,
  'units that are wrong, by an earlier version': /of units by the rules of this version: rebuild the day$/,
  'a run that was told of other meetings': /of told$/,
  'a record that was changed since': /not the record that the tables were made of/,
  'a record that is not there': /not there/,
  'a record that is cut off': /damaged/,
  'a stale index': /not the index/,
  'an index that is not there': /not there/,
  'a flipped byte in a raw file': /bytes are not those received/,
  'a raw file that is not there': /not there/,
  'rows of days that are not there': /not there/,
  'rows of days that are of another commit': /rows are not what the manifest says/,
  'settled, of a table that is not': /of settled, tables.units.settled$|of tables.units.settled$/,
  'sealed, of a day with a gap': /gaps/,
};

const PLACE = `profile=default/day=${DAY}`;
const ELSEWHERE = 'profile=other/day=2026-10-02';

describe('a committed day', () => {
  test.each([
    ['of another profile', (each: Manifest) => (each.profile = 'other')],
    ['of another day', (each: Manifest) => (each.day = '2026-10-02')],
    ['that names a table of another place', ({ tables }: Manifest) => moved(tables.meetings!)],
    ['that names records of another place', ({ tables }: Manifest) => moved(tables.meetings!.run.stage)],
    ['that names rows of days of another place', ({ days }: Manifest) => moved(days!)],
  ])('with a manifest %s is damaged for every reader', async (_, change) => {
    const changed = structuredClone(manifest);
    change(changed);
    await store.writeJson(MANIFEST, changed);
    const location = { profile: 'default', day: DAY };
    for (const read of [committedDays, findManifest]) {
      await expect(read(store, location)).rejects.toMatchObject({ name: 'StoreError', code: 'damaged' });
    }
  });

  test('with a record or an index that names files of another place reads none of them', async () => {
    const key = recordOf('rooms', 'rooms');
    const before = await tryRecord(store, key);
    expect(before).toHaveProperty('record.files.0');
    const { record } = before as { record: UnitRecord };
    const foreign = {
      ...record,
      files: record.files.map((file) => ({ ...file, key: file.key.replace(PLACE, ELSEWHERE) })),
    };
    await store.writeJson(key, foreign);
    expect(await tryRecord(store, key)).toMatchObject({ damaged: expect.stringMatching(/files of another place/) });
    const index = manifest.tables.meetings!.run.stage.key;
    await putJsonGz(store, index, JSON.stringify([foreign]));
    await expect(readIndex(store, index)).rejects.toMatchObject({ code: 'damaged' });
  });

  test('holds as it was committed', async () => {
    expect(await verify()).toStrictEqual([]);
    expect(await storedDays(store, 'default', Object.keys(TABLES))).toStrictEqual([DAY]);
  });

  test('that never was is no problem', async () => {
    const scratch = new FileStore(join(folder, 'scratch'));
    const input = { profile: 'default', day: '2020-01-01', product: 'test', settle_hours: 6, privacy: KEEP, scratch };
    expect(await verifyDay(store, input)).toBeNull();
  });

  test.each(Object.entries(CORRUPTIONS))('with %s is found out', async (what, corrupt) => {
    await corrupt();
    const problems = (await verify()) ?? [];
    expect(problems.map(({ problem }) => problem).join('\n')).toMatch(FOUND_BY[what]!);
  });

  test('of which a later run has noted more holds as it was', async () => {
    const later = { status: 'failed', reason: 'x', asked_at: TO + 60 * HOUR, generation: (TO + 60 * HOUR) * 1000 };
    await changeRecord(recordOf('rooms', 'rooms'), { later });
    expect(await verify()).toStrictEqual([]);
  });

  test('is only read', async () => {
    await verify();
    expect((await findManifest(store, { profile: 'default', day: DAY }))?.manifest).toStrictEqual(manifest);
  });
});

test('files that a query over all days reads and that are of no day are found, and what stopped writers left', async () => {
  expect(await straysOfNoDay(store)).toStrictEqual([]);
  const copies = ['more.parquet', 'profile=default/more.parquet', `profile=default/day=${DAY}/.tmp-1/data.parquet`];
  for (const name of copies) {
    const path = join(store.rootPath, 'tables/meetings', name);
    await mkdir(dirname(path), { recursive: true });
    await cp(store.path(keyOf('meetings')), path);
  }
  await mkdir(join(store.rootPath, 'tables/days/.tmp-2'), { recursive: true });
  await writeFile(join(store.rootPath, 'tables/days/.tmp-2/run-0'), 'x');
  const found = (await straysOfNoDay(store)).map(({ key, problem }) => `${key}: ${problem}`);
  const ofNoDay = 'queries over all days read it, and it is of no day';
  const left = 'a writer that was stopped has left it';
  expect(found.toSorted()).toStrictEqual([
    `tables/days/.tmp-2: ${left}`,
    `tables/meetings/more.parquet: ${ofNoDay}`,
    `tables/meetings/profile=default/day=${DAY}/.tmp-1/data.parquet: ${ofNoDay}`,
    `tables/meetings/profile=default/day=${DAY}/.tmp-1: ${left}`,
    `tables/meetings/profile=default/more.parquet: ${ofNoDay}`,
  ]);
});
