/** A day of just so many people that its raw files are packed: checked, rebuilt and asked again; and its answers dropped by policy. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dropAnswers, dropOldAnswers, droppedAnswers } from '../dataset/drop-answers.ts';
import type { Manifest } from '../dataset/manifest.ts';
import { RawFiles } from '../dataset/raw-files.ts';
import { tryRecord } from '../dataset/records.ts';
import { rebuildDay } from '../dataset/rebuild-day.ts';
import { verifyDay } from '../dataset/verify.ts';
import { KEEP } from '../tables/privacy.ts';
import { FileStore } from '../store/file-store.ts';
import { StoreError } from '../store/errors.ts';
import { keysOf } from './support/store-kinds.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type Call } from './support/staged-day.ts';

const WHERE = { profile: 'default', day: DAY, product: 'test', settle_hours: 6, privacy: KEEP };
const SETTLED = TO + 31 * HOUR;
const LATER = TO + 60 * HOUR;
const START = FROM + 9 * HOUR;
const PACKED = 'raw/_packed/';
const MINUTES = 'raw/participant_quality_list/';

let folder: string;
let store: FileStore;
let day: StagedDay;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-packs-'));
  vi.useFakeTimers({ toFake: ['Date'] });
  store = new FileStore(join(folder, 'store'));
  await store.prepare();
  const people = Array.from({ length: 8 }, (_, index) => ({
    name: `person${index}`,
    kind: 'user' as const,
    join: START,
    leave: START + 600,
    shown: START,
  }));
  day = new StagedDay(store, {
    meetings: [{ no: '100000001', start: START, end: START + HOUR, people }],
    bookings: [],
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

async function problems(): Promise<string[]> {
  const scratch = new FileStore(join(folder, 'scratch'));
  await scratch.prepare();
  const found = await verifyDay(store, { ...WHERE, scratch });
  return (found ?? []).map(({ key, problem }) => `${key}: ${problem}`);
}

function saidBy({ committed_at: _at, days: _days, ...said }: Manifest) {
  return said;
}

const isMinutes = ({ resource }: Call) => resource === 'participant_quality_list';
const withoutMinutes = (call: Call) => (isMinutes(call) ? ('failed' as const) : ('ok' as const));

async function dropped() {
  return await dropAnswers(store, { profile: 'default', day: DAY, policy: 'until_sealed' });
}

describe('a day in packs', () => {
  test('holds, and is rebuilt as it was', async () => {
    const { manifest } = await day.run(ASK, { at: SETTLED });
    expect(await keysOf(store, MINUTES)).toEqual([]);
    expect(await keysOf(store, PACKED)).toHaveLength(2);
    expect(await problems()).toEqual([]);
    expect(saidBy((await rebuildDay(store, WHERE))!.manifest)).toEqual(saidBy(manifest));
  });

  test('is committed where nothing may be removed, and tidied up where it may', async () => {
    await day.run(ASK, { at: SETTLED });
    const mayNot = new StoreError('unavailable', 'these credentials may not remove');
    const refused = (['remove', 'removeAll', 'removeVersion'] as const).map((name) =>
      vi.spyOn(store, name).mockRejectedValue(mayNot),
    );
    const { manifest } = await day.run(ASK, { at: LATER, refresh: 'all' });
    expect(manifest).toMatchObject({ generation: LATER * 1000, complete: true });
    expect(await problems()).toEqual([]);
    await expect(rebuildDay(store, WHERE)).rejects.toBe(mayNot);
    const onNotTidied = vi.fn<(error: unknown) => void>();
    expect(await rebuildDay(store, { ...WHERE, onNotTidied })).toMatchObject({ committed: true });
    expect(onNotTidied.mock.calls).toEqual([[mayNot]]);
    const lying = (await keysOf(store, MINUTES)).length;
    expect(lying).toBeGreaterThan(0);
    refused.forEach((spy) => spy.mockRestore());
    await rebuildDay(store, WHERE);
    expect(await keysOf(store, MINUTES)).toEqual([]);
    expect(await problems()).toEqual([]);
  });

  test('is not asked for what it has, and counts what has changed', async () => {
    await day.run(ASK, { at: SETTLED });
    const again = await day.run(ASK, { at: LATER, refresh: 'missing' });
    expect(again.calls).toEqual([]);
    expect(again.manifest).toMatchObject({ complete: true, restatements: [] });
    day.tenant.meetings[0]!.people.pop();
    const changed = await day.run(ASK, { at: LATER + HOUR });
    expect(changed.told.restatements).toEqual(
      expect.arrayContaining([{ table: 'participants', added: 0, removed: 1, changed: 0 }]),
    );
    expect(await problems()).toEqual([]);
  });

  test('keeps the rows that are known of a session when nothing more comes', async () => {
    const { manifest } = await day.run(ASK, { at: SETTLED });
    const isOfOne = ({ resource, unit }: Call): boolean =>
      resource === 'participant_quality_list' && unit === anySession;
    const anySession = (await day.run(ASK, { at: LATER })).calls.find(
      ({ resource }) => resource === 'participant_quality_list',
    )!.unit;
    const again = await day.run(ASK, { at: LATER + HOUR, outcome: (call) => (isOfOne(call) ? 'no-data' : 'ok') });
    expect(again.manifest.tables.quality_minutes?.rows).toBe(manifest.tables.quality_minutes?.rows);
    expect(await problems()).toEqual([]);
  });

  test('with a flipped byte in its pack is found out', async () => {
    await day.run(ASK, { at: SETTLED });
    const pack = (await keysOf(store, PACKED)).find((key) => key.endsWith('.zip'))!;
    const bytes = await store.read(pack);
    bytes[200] = bytes[200]! ^ 1;
    await store.put(pack, bytes);
    expect((await problems()).join('\n')).toMatch(/its bytes are not those packed/);
  });

  test('keeps a pack that no list names any more, be the list gone or an older one', async () => {
    await day.run(ASK, { at: SETTLED });
    const list = (await keysOf(store, PACKED)).find((key) => key.endsWith('packs.json'))!;
    const zips = async () => (await keysOf(store, PACKED)).filter((key) => key.endsWith('.zip'));
    const [before, first] = [await store.read(list), await zips()];
    await store.remove(list);
    await day.run({ ...ASK, include: ['meetings'] }, { at: LATER });
    expect(await zips()).toEqual(first);

    await store.put(list, before);
    await day.run(ASK, { at: LATER + HOUR, outcome: (call) => (call.resource === 'meeting_list' ? 'ok' : 'no-data') });
    await day.run(ASK, { at: LATER + 2 * HOUR });
    const second = await zips();
    const newest = await store.read(list);
    await store.put(list, Buffer.from(JSON.stringify({ version: 1, packs: [], dropped: null })));
    await day.run({ ...ASK, include: ['meetings'] }, { at: LATER + 3 * HOUR });
    expect(await zips()).toEqual(expect.arrayContaining(second));
    await store.put(list, newest);
    expect(await problems()).toEqual([]);
  });

  test('reads a record from the pack that it went into since the list was read', async () => {
    await day.run(ASK, { at: SETTLED });
    const raw = new RawFiles(store);
    const [key] = (await raw.list('raw/participant_quality_list/profile=default/day=' + DAY + '/')).filter((each) =>
      each.endsWith('record.json'),
    );
    const reader = new RawFiles(store);
    const old = await tryRecord(store, key!, reader);
    await day.run(ASK, { at: LATER });
    const now = await tryRecord(store, key!, new RawFiles(store));
    expect(now).not.toEqual(old);
    expect(await tryRecord(store, key!, reader)).toEqual(now);
  });

  describe.each([
    ['with a pack whose directory is damaged', (bytes: Buffer) => bytes.length - 22],
    ['with a pack of which an answer is damaged', () => 200],
  ])('%s', (_, at) => {
    /** As by a worker that starts anew, and has nothing of the pack in memory. */
    const damage = async (): Promise<void> => {
      const pack = (await keysOf(store, PACKED)).find((key) => key.endsWith('.zip'))!;
      const bytes = await store.read(pack);
      bytes[at(bytes)]! ^= 1;
      await store.put(pack, bytes);
      store = new FileStore(join(folder, 'store'));
      await store.prepare();
      day = new StagedDay(store, day.tenant);
    };

    test('keeps its rows while not all of it comes again, and is whole once it does', async () => {
      await day.run(ASK, { at: SETTLED });
      const rows = await day.rows('quality_minutes');
      await damage();
      day.tenant.bookings.push({ room: 'blue', by: 'ann', start: START, end: START + HOUR });
      const more: typeof ASK = { ...ASK, include: [...ASK.include, 'reservations'], room_level_id: 'omb_1' };
      const { manifest } = await day.run(more, { at: LATER, outcome: withoutMinutes });
      expect(manifest.gaps).toContainEqual({
        table: 'quality_minutes',
        kind: 'vanished',
        reason: expect.stringContaining('cannot be read') as string,
        count: 1,
      });
      expect(await day.rows('quality_minutes')).toEqual(rows);
      expect(await day.rows('reservations')).toHaveLength(1);
      const again = await day.run(ASK, { at: LATER + HOUR, refresh: 'missing' });
      expect(again.manifest).toMatchObject({ complete: true, gaps: [], restatements: [] });
    });

    test('takes in what is more, and names what it lacks', async () => {
      await day.run(ASK, { at: SETTLED });
      await damage();
      const people = [{ name: 'late', kind: 'user' as const, join: START, leave: START + 7200, shown: START }];
      day.tenant.meetings.push({ no: '100000002', start: START, end: START + 2 * HOUR, people });
      let left = 8;
      const outcome = (call: Call) => (isMinutes(call) && left-- > 0 ? 'failed' : 'ok');
      const { manifest } = await day.run(ASK, { at: LATER, outcome });
      const reason = 'failed: its raw answer cannot be read any more';
      expect(manifest.gaps).toContainEqual(
        expect.objectContaining({ table: 'quality_minutes', kind: 'failed', reason }),
      );
      expect((await day.rows('quality_minutes')).length).toBeGreaterThan(80);
      expect(manifest.tables.quality_minutes).toMatchObject({ vanished: false });
    });
  });

  test.each([
    ['participant_list', 'participants'],
    ['meeting_list', 'meetings'],
    ['rooms', 'reservations'],
  ] as const)('of which a page of %s is damaged keeps its rows where the list fails', async (resource, table) => {
    day.tenant.bookings.push({ room: 'blue', by: 'ann', start: START, end: START + HOUR });
    const include: (typeof ASK)['include'] = [...ASK.include, 'reservations'];
    const all: typeof ASK = { ...ASK, include, room_level_id: 'omb_1', enrich: ['meetings', 'reservations'] };
    await day.run(all, { at: SETTLED });
    const rows = await day.rows(table);
    const page = (await keysOf(store, `raw/${resource}/`)).find((key) => key.includes('-page-'))!;
    await store.put(page, Buffer.from('not what was written'));
    const outcome = (call: Call) => (call.resource === resource && call.via === 'list' ? 'failed' : 'ok');
    const { manifest } = await day.run(all, { at: LATER, outcome });
    expect(manifest.gaps).toContainEqual(expect.objectContaining({ table, kind: 'vanished' }));
    expect(await day.rows(table)).toEqual(rows);
    expect((await day.run(all, { at: LATER + HOUR, refresh: 'missing' })).manifest).toMatchObject({ complete: true });
  });

  test('that cannot be packed is committed all the same, and packed by its next commit', async () => {
    const lock = vi.spyOn(store, 'withLock');
    lock.mockImplementation(async (key, ...rest) => {
      if (key.startsWith(PACKED)) throw new StoreError('unavailable', 'no room');
      return await FileStore.prototype.withLock.call(store, key, ...(rest as [never]));
    });
    const { manifest } = await day.run(ASK, { at: SETTLED });
    expect(manifest).toMatchObject({ complete: true });
    expect(await keysOf(store, MINUTES)).toHaveLength(16);
    expect(await problems()).toEqual([]);
    lock.mockRestore();
    await day.run(ASK, { at: LATER, refresh: 'missing' });
    expect(await keysOf(store, MINUTES)).toEqual([]);
    expect(await problems()).toEqual([]);
  });
});

describe('a sealed day', () => {
  beforeEach(async () => {
    await day.run(ASK, { at: SETTLED });
  });

  test('only is without its answers by policy: it holds, its tables stay, and it is not rebuilt', async () => {
    expect(await dropped()).toBeNull();
    const { manifest } = await day.run(ASK, { at: LATER });
    expect(manifest.sealed).toBe(true);
    const rows = await day.rows('quality_minutes');
    expect(await dropped()).toMatchObject({ files: 10 });
    expect((await keysOf(store, 'raw/')).filter((key) => /-(page|task)-/.test(key))).toEqual([]);
    expect(await dropped()).toBeNull();
    expect(await problems()).toEqual([]);
    await expect(rebuildDay(store, WHERE)).rejects.toThrow(/raw answers dropped by policy/);
    expect(await day.rows('quality_minutes')).toEqual(rows);
    expect((await day.run(ASK, { at: LATER + HOUR, refresh: 'unsettled' })).sealed).toBe(true);
  });

  test('whose answers are gone is asked for all of them again, and has them then', async () => {
    const { calls } = await day.run(ASK, { at: LATER });
    await dropped();
    const again = await day.run(ASK, { at: LATER + HOUR, refresh: 'missing' });
    expect(again.calls).toHaveLength(calls.length);
    expect(again.manifest).toMatchObject({ complete: true, restatements: [] });
    expect(await problems()).toEqual([]);
    expect(await rebuildDay(store, WHERE)).toMatchObject({ committed: true });
  });

  test('whose answers are gone keeps a table of which not all come again', async () => {
    const { manifest } = await day.run(ASK, { at: LATER });
    await dropped();
    let left = 1;
    const outcome = ({ resource }: Call) =>
      resource === 'participant_quality_list' && left-- > 0 ? ('no-data' as const) : ('ok' as const);
    const again = await day.run(ASK, { at: LATER + HOUR, outcome });
    expect(again.manifest.tables.quality_minutes).toMatchObject({
      rows: manifest.tables.quality_minutes!.rows,
      sha256: manifest.tables.quality_minutes!.sha256,
      vanished: 'answers dropped',
    });
    expect(again.manifest.gaps).toContainEqual({
      table: 'quality_minutes',
      kind: 'vanished',
      reason: expect.stringContaining('RAW_KEEP') as string,
      count: 1,
    });
    expect(await problems()).toEqual([]);
  });

  test.each([
    ['fail', 'failed' as const],
    ['have none', 'no-data' as const],
  ])('whose answers are gone keeps its minutes where those of another source %s', async (_, outcome) => {
    await day.run(ASK, { at: LATER });
    await dropped();
    const rows = await day.rows('quality_minutes');
    await day.run(
      { ...ASK, source: 'export' },
      { at: LATER + HOUR, outcome: (call) => (isMinutes(call) ? outcome : 'ok') },
    );
    expect(await day.rows('quality_minutes')).toEqual(rows);
    expect(rows.length).toBeGreaterThan(0);
    const { manifest } = await day.run(ASK, { at: LATER + 2 * HOUR });
    expect(manifest).toMatchObject({ complete: true, gaps: [] });
    expect(await problems()).toEqual([]);
  });

  test('whose answers are gone keeps its minutes where fewer come again, though each question was answered', async () => {
    await day.run(ASK, { at: LATER });
    await dropped();
    const rows = await day.rows('quality_minutes');
    let left = 2;
    const outcome = (call: Call) => (isMinutes(call) && left-- > 0 ? 'empty' : 'ok');
    const { manifest } = await day.run({ ...ASK, source: 'export' }, { at: LATER + HOUR, outcome });
    expect(manifest.tables.quality_minutes).toMatchObject({ vanished: 'answers dropped' });
    expect(await day.rows('quality_minutes')).toEqual(rows);
    expect(await problems()).toEqual([]);
  });

  test('whose answers are gone has answers again where another source has all of them', async () => {
    await day.run(ASK, { at: LATER });
    await dropped();
    const { manifest } = await day.run({ ...ASK, source: 'export' }, { at: LATER + HOUR });
    expect(manifest).toMatchObject({ complete: true, gaps: [] });
    expect(await droppedAnswers(store, manifest)).toBeNull();
    expect(await problems()).toEqual([]);
    expect(saidBy((await rebuildDay(store, WHERE))!.manifest)).toEqual(saidBy(manifest));
    expect(await problems()).toEqual([]);
  });

  test('whose answers are gone is whole again after a week, though somebody of another day was seen under way', async () => {
    const other = { no: '100000009', start: TO + HOUR, end: TO + 100 * HOUR, people: [] };
    const seen = new StagedDay(store, { meetings: [...day.tenant.meetings, other], bookings: [] });
    await seen.run(ASK, { at: SETTLED, ongoing: true });
    expect((await seen.run(ASK, { at: LATER, ongoing: true })).manifest.sealed).toBe(true);
    await dropped();
    const { manifest } = await seen.run(ASK, { at: TO + 24 * 30 * HOUR, ongoing: true, refresh: 'all' });
    expect(manifest).toMatchObject({ complete: true, gaps: [] });
    expect(await problems()).toEqual([]);
  });

  test('stays as it is where its answers go beside a run that asks for nothing', async () => {
    await day.run(ASK, { at: LATER });
    const put = vi.spyOn(store, 'put');
    put.mockImplementationOnce(async (...index) => {
      expect(await dropped()).not.toBeNull();
      return await FileStore.prototype.put.apply(store, index);
    });
    const { calls, manifest } = await day.run(ASK, { at: LATER + HOUR, refresh: 'missing' });
    expect(calls).toEqual([]);
    expect(manifest).toMatchObject({ complete: true, sealed: true, gaps: [] });
    expect(await problems()).toEqual([]);
  });

  test('loses its answers so many days after it was sealed, and not before', async () => {
    await day.run(ASK, { at: LATER });
    const told: string[] = [];
    const drop = async () =>
      await dropOldAnswers(
        store,
        { profile: 'default', policy: '2d', afterDays: 2 },
        {
          onDropped: (which) => told.push(which),
          onFailed: (_, error) => told.push(String(error)),
          signal: new AbortController().signal,
        },
      );
    await drop();
    expect(told).toEqual([]);
    vi.setSystemTime((LATER + 49 * HOUR) * 1000);
    await drop();
    await drop();
    expect(told).toEqual([DAY]);
  });
});
