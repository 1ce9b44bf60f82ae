/** After an erasure nothing in the store names the person, all else is as it was, and no rebuild brings them back. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { edited, lookThrough } from '../dataset/erased-answers.ts';
import { RawFiles } from '../dataset/raw-files.ts';
import { putJsonGz, readAnswer } from '../dataset/stored-json.ts';
import { dropAnswers } from '../dataset/drop-answers.ts';
import { erase } from '../dataset/erase.ts';
import { ErasedPerson, type SaidCell } from '../dataset/erased-person.ts';
import { rebuildDay } from '../dataset/rebuild-day.ts';
import { readPackList, shelfOf } from '../dataset/raw-packs.ts';
import { manifestKey, packFolder, recordKey, singleTableKey } from '../dataset/storage-keys.ts';
import { verifyDay } from '../dataset/verify.ts';
import { readSheets, writeTextSheets } from '../sheets/index.ts';
import type { StoreError } from '../store/errors.ts';
import { FileStore } from '../store/file-store.ts';
import { readParquet, writeParquet, type Row } from '../store/parquet.ts';
import { TABLES } from '../tables/columns.ts';
import { KEEP, STRICT } from '../tables/privacy.ts';
import { ownStoreEach } from './support/own-store.ts';
import type { SmallTenant } from './support/small-tenant.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type Call } from './support/staged-day.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'feishu-vc-erase-'));
});
afterAll(async () => await rm(scratch, { recursive: true, force: true }));

const SETTLED = TO + 31 * HOUR;
const START = FROM + 9 * HOUR;
const person = (name: string) => ({ name, kind: 'user' as const, join: START, leave: START + 1800, shown: START });
const tenant = (): SmallTenant => ({
  meetings: [
    { no: '100000001', start: START, end: START + HOUR, people: ['annabel', 'bob'].map(person) },
    { no: '100000002', start: START + HOUR, end: START + 2 * HOUR, people: [person('bob')] },
  ],
  bookings: [
    { room: 'blue', by: 'annabel', start: START, end: START + HOUR },
    { room: 'red', by: 'bob', start: START, end: START + HOUR },
  ],
});
const ALL: typeof ASK = {
  ...ASK,
  include: [...ASK.include, 'reservations'],
  room_level_id: 'omb_1',
  source: 'both',
  enrich: ['meetings'],
};
const OPTIONS = { product: 'test', settle_hours: 6, privacy: KEEP };
const WHERE = { profile: 'default', day: DAY, ...OPTIONS };
const ERASE = { ...OPTIONS, profile: 'default', user: 'ou_annabel', isDryRun: false };

const ofBob = (rows: readonly Row[]) => rows.filter((row) => row['user_id'] === 'ou_bob');
const run = (id: string) => ({ kind: 'single' as const, workflow_id: id, run_id: 'r', generation: 1 });

/** Files of the store in which the text stands, whatever they are packed in. */
async function filesWith(text: string): Promise<string[]> {
  const root = join(store.path('store.json'), '..');
  const found: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && (path.includes(text) || (await textOf(path)).includes(text))) found.push(path);
  }
  return found;
}

async function textOf(path: string): Promise<string> {
  if (path.endsWith('.gz')) return gunzipSync(await readFile(path)).toString('utf8');
  const texts: string[] = [];
  if (path.endsWith('.xlsx')) {
    for await (const { rows } of readSheets(path))
      for await (const { cells } of rows) texts.push(JSON.stringify(cells));
  } else if (path.endsWith('.parquet')) {
    for await (const row of readParquet(path)) texts.push(JSON.stringify(row));
  } else return await readFile(path, 'utf8');
  return texts.join('\n');
}

async function problems(): Promise<string[]> {
  const found = await verifyDay(store, { ...WHERE, scratch: new FileStore(scratch) });
  return found!.map(({ key, problem }) => `${key}: ${problem}`);
}

test('an erased person is nowhere in the store, and the day holds as before, also when it is rebuilt', async () => {
  const day = new StagedDay(store, tenant());
  const { manifest: before } = await day.run(ALL, { at: SETTLED });
  const bobBefore = ofBob(await day.rows('quality_minutes'));
  expect((await filesWith('annabel')).length).toBeGreaterThan(8);
  const planned = await erase(store, { ...ERASE, isDryRun: true });
  expect(planned).toMatchObject({ days: [{ day: DAY }], ids: 1, names: 1 });
  expect((await filesWith('annabel')).length).toBeGreaterThan(8);
  expect(await problems()).toStrictEqual([]);

  expect(await erase(store, ERASE)).toStrictEqual(planned);
  expect(await filesWith('annabel')).toStrictEqual([]);
  expect(await problems()).toStrictEqual([]);
  const { manifest } = (await rebuildDay(store, WHERE))!;
  expect(await filesWith('annabel')).toStrictEqual([]);
  expect(manifest.erased).toStrictEqual([{ at: expect.any(String), rows: planned.days[0]!.rows }]);
  expect({ gaps: manifest.gaps, units: manifest.units }).toStrictEqual({ gaps: before.gaps, units: before.units });
  expect(ofBob(await day.rows('quality_minutes'))).toStrictEqual(bobBefore);
  const [{ user_id: madeUp } = {}] = (await day.rows('units')).filter((row) => row['user_id'] !== 'ou_bob');
  expect(madeUp).toMatch(/^ou_erased_[0-9a-f]{16}$/);
  expect(await erase(store, ERASE)).toMatchObject({ days: [], single_runs: [] });
});

/** Members of the day's packs in which the text stands, or null where there is no pack. */
async function packedWith(text: string): Promise<string[] | null> {
  const list = await readPackList(store, packFolder({ profile: 'default', day: DAY }));
  if (list === null || list.packs.length === 0) return null;
  const found: string[] = [];
  for (const pack of list.packs) {
    for (const entry of (await shelfOf(store).directory(pack)).values()) {
      const bytes = await shelfOf(store).read(pack, entry);
      const content = (entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
      if (entry.name.includes(text) || content.includes(text)) found.push(entry.name);
    }
  }
  return found;
}

const MANY = ['annabel', 'bob', ...Array.from({ length: 10 }, (_, index) => `guest${index}`)];
const crowd = (): SmallTenant => ({
  meetings: [{ no: '100000001', start: START, end: START + HOUR, people: MANY.map(person) }],
  bookings: [],
});

test('what lies in packs is written anew without them', async () => {
  const day = new StagedDay(store, crowd());
  await day.run({ ...ASK, source: 'list' }, { at: SETTLED });
  const bobBefore = ofBob(await day.rows('quality_minutes'));
  expect((await packedWith('annabel'))!.length).toBeGreaterThan(0);

  expect((await erase(store, ERASE)).days).toMatchObject([{ day: DAY }]);
  expect(await filesWith('annabel')).toStrictEqual([]);
  expect(await packedWith('annabel')).toStrictEqual([]);
  expect(await problems()).toStrictEqual([]);
  await rebuildDay(store, WHERE);
  expect([await filesWith('annabel'), await packedWith('annabel')]).toStrictEqual([[], []]);
  expect(ofBob(await day.rows('quality_minutes'))).toStrictEqual(bobBefore);
});

test('a day whose answers went by policy is named where its tables have them', async () => {
  const day = new StagedDay(store, crowd());
  for (const at of [SETTLED, SETTLED + 29 * HOUR]) await day.run({ ...ASK, source: 'list' }, { at });
  expect(await dropAnswers(store, { profile: 'default', day: DAY, policy: 'until_sealed' })).not.toBeNull();
  expect(await erase(store, ERASE)).toMatchObject({ days: [], days_without_answers: [DAY] });
  expect(await erase(store, { ...ERASE, user: 'ou_nobody' })).toMatchObject({ days: [], days_without_answers: [] });
});

test('in a day whose answers went by policy, one beside them that no table has is without them', async () => {
  const people = crowd().meetings[0]!.people.slice(1);
  const meeting = { ...crowd().meetings[0]!, people };
  const other = { no: '100000002', start: START, end: START + HOUR, people: [person('bob')] };
  const before = { meetings: [meeting, other], bookings: [] };
  const ask = { ...ASK, source: 'list' as const };
  for (const at of [SETTLED, SETTLED + 29 * HOUR]) await new StagedDay(store, before).run(ask, { at });
  expect(await dropAnswers(store, { profile: 'default', day: DAY, policy: 'until_sealed' })).not.toBeNull();
  const late = { ...meeting, people: [...people, person('annabel')] };
  const day = new StagedDay(store, { meetings: [late, other], bookings: [] });
  let lists = 0;
  const outcome = ({ resource }: Call) => (resource === 'participant_list' && ++lists === 2 ? 'no-data' : 'ok');
  await day.run(ask, { at: SETTLED + 30 * HOUR, outcome });
  expect((await filesWith('annabel')).length).toBeGreaterThan(0);
  const rows = await day.rows('quality_minutes');

  expect(await erase(store, ERASE)).toMatchObject({ days: [{ day: DAY }], days_without_answers: [] });
  expect(await filesWith('annabel')).toStrictEqual([]);
  expect(await day.rows('quality_minutes')).toStrictEqual(rows);
  expect(await problems()).toStrictEqual([]);
});

test('a commit of what was read before an erasure is refused, and made again without them', async () => {
  const day = new StagedDay(store, tenant());
  const missing = { at: SETTLED + HOUR, refresh: 'missing' as const };
  await day.run({ ...ASK, source: 'list' }, { at: SETTLED });
  const beside = new FileStore(join(store.path('store.json'), '..'));
  const lock = vi.spyOn(store, 'withLock');
  lock.mockImplementationOnce(async (...locked) => {
    expect((await erase(beside, ERASE)).days).toMatchObject([{ day: DAY }]);
    return await FileStore.prototype.withLock.apply(store, locked);
  });
  await expect(day.run({ ...ASK, source: 'list' }, missing)).rejects.toThrow(/Somebody was erased/);
  await day.run({ ...ASK, source: 'list' }, missing);
  expect(await filesWith('annabel')).toStrictEqual([]);
  expect(await problems()).toStrictEqual([]);
});

test('while answers of a day are written anew, nobody commits the day', async () => {
  const day = new StagedDay(store, tenant());
  await day.run({ ...ASK, source: 'list' }, { at: SETTLED });
  const beside = new FileStore(join(store.path('store.json'), '..'));
  const seen: unknown[] = [];
  vi.spyOn(beside, 'writeJson').mockImplementation(async (...written) => {
    if (written[0].endsWith('/record.json') && seen.length === 0) {
      const key = manifestKey({ profile: 'default', day: DAY });
      const free = store.withLock(key, () => Promise.resolve('free'), { waitMs: 0 });
      seen.push(await free.catch((error: StoreError) => error.code));
    }
    return await FileStore.prototype.writeJson.apply(beside, written);
  });
  await erase(beside, ERASE);
  expect(seen).toStrictEqual(['busy']);
});

test('under a policy that hides people they are erased as well', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(ALL, { at: SETTLED, privacy: STRICT });
  const hashes = new Set((await day.rows('participants')).map((row) => row['user_id']));
  await erase(store, { ...ERASE, privacy: STRICT });
  expect(await filesWith('annabel')).toStrictEqual([]);
  const gone = [...hashes].filter((hash) => hash !== null);
  const left = await Promise.all(gone.map(async (hash) => (await filesWith(String(hash))).length > 0));
  expect(left.filter(Boolean)).toHaveLength(1);
});

test('an erasure that is cut off at any write goes on where it was', async () => {
  for (let fails = 1; ; fails += 12) {
    await rm(join(store.path('store.json'), '..'), { recursive: true, force: true });
    await store.prepare();
    const day = new StagedDay(store, tenant());
    await day.run({ ...ALL, source: 'list', enrich: [] }, { at: SETTLED });
    if (await goesThrough(fails)) break;
    await erase(store, ERASE);
    expect(await filesWith('annabel')).toStrictEqual([]);
    expect(await problems()).toStrictEqual([]);
    expect((await day.rows('participants')).length).toBe(3);
  }
});

/** Whether it is through before its n-th write or removal, which fails. */
async function goesThrough(fails: number): Promise<boolean> {
  let writes = 0;
  const cut = new FileStore(join(store.path('store.json'), '..'));
  for (const name of ['put', 'putFile', 'remove'] as const) {
    const real = cut[name].bind(cut) as (...args: unknown[]) => Promise<unknown>;
    Object.assign(cut, {
      [name]: async (...args: unknown[]) => {
        if (++writes === fails) throw new Error('cut off');
        return await real(...args);
      },
    });
  }
  try {
    await erase(cut, ERASE);
    return true;
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'cut off') throw error;
    return false;
  }
}

test('single runs that know them go as a whole, and others stay', async () => {
  for (const [id, user_id] of [
    ['of-ann', 'ou_annabel'],
    ['of-bob', 'ou_bob'],
  ] as const) {
    const path = await store.tempPath();
    const { columns } = TABLES.participants;
    await writeParquet({ columns, rows: [{ row_key: '1', user_id }], sortBy: [], toPath: path });
    await store.putFile(singleTableKey('participants', run(id)), path);
    await store.writeJson(recordKey({ ...run(id), resource: 'meeting_list', unit: 'u' }), {});
  }
  expect((await erase(store, ERASE)).single_runs).toStrictEqual(['of-ann']);
  expect(await filesWith('of-ann')).toStrictEqual([]);
  expect(await filesWith('of-bob')).toHaveLength(2);
});

const cells = (row: Record<string, string>): SaidCell[] =>
  Object.entries(row).map(([column, text]) => ({
    column,
    cell: column === 'meeting_no' ? 'meeting_no' : 'name',
    text,
  }));

test('another kind of id is found by the address beside it, and names in texts go with them', () => {
  const erased = new ErasedPerson('48213', Buffer.alloc(32));
  expect(erased.learn(cells({ user_id: '48213', email: 'ann@x.cn', organizer: '张三' }))).toBe(true);
  expect(erased.learn(cells({ user_id: 'ou_1', email: 'ann@x.cn', organizer: 'Ann' }))).toBe(true);
  expect(erased.has('ou_1')).toBe(true);
  const topic = cells({ user_id: 'ou_2', meeting_topic: '张三的会议 with Ann, Anna and 48213', meeting_no: '48213' });
  expect(erased.erasedFrom(topic, 'day')).toStrictEqual(['ou_2', 'erased的会议 with erased, Anna and erased', '48213']);
  expect(erased.erasedFrom(cells({ user_id: 'ou_2', participant_name: '张三' }), 'day')).toBeNull();
  expect(erased.erasedFrom(cells({ reserver: '张三', room_name: 'red' }), 'day')).toStrictEqual(['erased', 'red']);
});

test('what leaves a cell empty links nobody, and what links too many ids ends it before anything is changed', () => {
  const erased = new ErasedPerson('ou_ann', Buffer.alloc(32));
  for (const email of ['', '-', '--', 'N/A', '无']) {
    erased.learn(cells({ user_id: 'ou_ann', email, employee_id: email, participant_name: 'Ann' }));
    const bob = cells({ user_id: 'ou_bob', email, employee_id: email, participant_name: 'Bob' });
    expect(erased.learn(bob)).toBe(false);
    expect(erased.erasedFrom(bob, 'day')).toBeNull();
  }
  const office = (index: number) => cells({ user_id: `ou_${index}`, email: 'office@x.cn' });
  erased.learn(cells({ user_id: 'ou_ann', email: 'office@x.cn' }));
  const all = () => Array.from({ length: 20 }, (_, index) => erased.learn(office(index)));
  expect(all).toThrow(/Nobody was erased: an address or job number/);
});

test('a name is erased where it is whole, an address in any case, and a number that is theirs without an id beside it', () => {
  const erased = new ErasedPerson('ou_1', Buffer.alloc(32));
  erased.learn(cells({ user_id: 'ou_1', participant_name: '王伟', email: 'Wei@x.cn', phone: '13800138000' }));
  erased.learn(cells({ user_id: '48213', email: 'wei@X.cn', participant_name: 'Wei' }));
  expect(erased.has('48213')).toBe(true);
  const others = cells({ participant_name: '王伟明', room_name: '王伟厅', reserver: '王伟明' });
  expect(erased.erasedFrom(others, 'day')).toBeNull();
  const guest = cells({ participant_name: 'WEI (HR)', phone: '13800138000' });
  expect(erased.erasedFrom(guest, 'day')).toStrictEqual(['erased (HR)', '']);
});

test.each([
  { what: 'whose id is a year', user: '2026', name: 'Zhang San', device: 'windows' },
  { what: 'who is called as a kind of device', user: 'u1001', name: 'Mac', device: 'MAC' },
])('an erasure of somebody $what leaves the minutes and devices of others', async ({ user, name, device }) => {
  const meeting = { no: '100000001', start: START, end: START + HOUR, people: [user, 'bob'].map(person) };
  const day = new StagedDay(store, { meetings: [meeting], bookings: [] });
  const asked = { ...ASK, user_id_type: 'user_id' as const };
  const alter = ({ resource }: Call, items: Record<string, unknown>[]) =>
    resource === 'participant_list'
      ? items.map((item) => ({ ...item, device, ...(item['user_id'] === user && { participant_name: name }) }))
      : items;
  await day.run(asked, { at: SETTLED, alter });
  const others = async () => {
    const tables = ['quality_minutes', 'units', 'participants'] as const;
    const rows = await Promise.all(tables.map(async (table) => await day.rows(table)));
    return rows.map((each) => each.filter((row) => row['user_id'] === 'bob'));
  };
  const before = await others();
  expect(before.map((rows) => rows.length)).toEqual([30, 1, 1]);
  await erase(store, { ...ERASE, user });
  expect(await others()).toEqual(before);
});

test('an id of digits is found where it stands alone, and not in a date or a number', () => {
  const somebody = new ErasedPerson('2026', Buffer.alloc(32));
  for (const text of ['2026.10.01 09:00:00 (GMT+08:00)', '2026-10-01T01:00:00Z', '10/01/2026', '0.2026', '12:2026']) {
    expect(somebody.scrubbed(text)).toBe(text);
  }
  expect(somebody.scrubbed('call 2026, or 2026.')).toBe('call erased, or erased.');
});

test('numbers, lists of texts and fields that no table has go with a row of theirs', async () => {
  const key = 'raw/participant_list/profile=default/day=2025-03-04/u/1-p1.json.gz';
  const bob = { user_id: 'ou_bob', employee_id: 7, nick_name: 'bobby', aliases: ['bob@x.cn'] };
  const ann = {
    user_id: 'ou_annabel',
    employee_id: 7_700_123,
    nick_name: 'bel',
    aliases: ['ou_annabel', 'x'],
    union_id: 'on_1',
  };
  await putJsonGz(store, key, JSON.stringify({ code: 0, data: { participants: [ann, bob] } }));
  const erased = new ErasedPerson('ou_annabel', Buffer.alloc(32));
  const file = { key, raw: new RawFiles(store), resource: 'participant_list' } as const;
  await lookThrough(store, file, erased);
  const changed = await edited(store, file, { look: (row) => erased.erasedFrom(row, ''), toKey: key });
  expect(changed?.rows).toBeGreaterThan(0);
  const page = await readAnswer(store, new RawFiles(store), { key });
  const [first, second] = (page as { data: { participants: Record<string, unknown>[] } }).data.participants;
  expect(second).toStrictEqual(bob);
  expect(first).toMatchObject({ employee_id: '', nick_name: '', union_id: '', aliases: ['erased', 'x'] });
});

test('a sheet that is hidden stays hidden', async () => {
  const path = await store.tempPath();
  const rows = [['a', null]];
  await writeTextSheets(path, [
    { hidden: false, rows },
    { hidden: true, rows },
  ]);
  const seen: boolean[] = [];
  for await (const { hidden, rows: lines } of readSheets(path)) {
    for await (const _ of lines);
    seen.push(hidden);
  }
  expect(seen).toStrictEqual([false, true]);
});

test('an answer that no record names goes, and an erasure that was cut off is ended for its profile alone', async () => {
  const day = new StagedDay(store, tenant());
  await day.run({ ...ASK, source: 'list' }, { at: SETTLED });
  const loose = `raw/participant_list/profile=default/day=${DAY}/left-behind/1-p1.json.gz`;
  await putJsonGz(
    store,
    loose,
    JSON.stringify({ data: { participants: [{ user_id: 'ou_annabel', user_name: 'annabel' }] } }),
  );
  expect(await goesThrough(5)).toBe(false);
  await expect(erase(store, { ...ERASE, profile: 'other' })).rejects.toThrow(/profile default was cut off/);
  await erase(store, ERASE);
  expect(await filesWith('annabel')).toStrictEqual([]);
  expect(await store.exists(loose)).toBe(false);
});
