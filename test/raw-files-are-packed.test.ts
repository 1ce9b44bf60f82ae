/** The raw files of a committed day lie in packs, encrypted or not, and whoever reads one need not know; a packing may be cut off anywhere. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gunzipSync } from 'node:zlib';
import { packDay, rewriteRawFiles } from '../dataset/pack-day.ts';
import { RawFiles } from '../dataset/raw-files.ts';
import { readPackList } from '../dataset/raw-packs.ts';
import { readRecord, recordsOf, writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import type { RawFile, UnitRecord } from '../dataset/unit-record.ts';
import {
  generationOf,
  isRecordKey,
  packFolder,
  pageKey,
  recordKey,
  type DayLocation,
  type UnitLocation,
} from '../dataset/storage-keys.ts';
import { removeSuperseded, type RawInUse } from '../dataset/superseded.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { openStore } from '../store/open-store.ts';
import { rawKey } from './support/raw-key.ts';
import { keysOf, STORE_KINDS } from './support/store-kinds.ts';
import { unitRecord } from './support/unit-record.ts';

/** Two files each; from sixteen on they are packed. */
const UNITS = 8;
const DAY: DayLocation = { kind: 'day', profile: 'default', day: '2026-10-01', generation: 1000 };
const FOLDER = packFolder(DAY);

function unitOf(index: number, generation = DAY.generation): UnitLocation {
  return { ...DAY, generation, resource: 'participant_quality_list', unit: `session-${index}.list` };
}

async function answered(store: Store, location: UnitLocation, answer: unknown): Promise<RawFile> {
  const file = await putJsonGz(store, pageKey(location, 1), JSON.stringify(answer));
  await writeRecord(store, location, recordOf(location, file));
  return file;
}

function recordOf({ unit, resource, generation }: UnitLocation, file: RawFile): UnitRecord {
  return unitRecord({ unit, resource, generation, files: [file], rows: 1, asked_at: generation / 1000 });
}

async function answersOf(store: Store, raw = new RawFiles(store)): Promise<string[]> {
  const answers: string[] = [];
  for await (const { files } of recordsOf(store, DAY, 'participant_quality_list')) {
    for (const file of files) {
      const bytes = await raw.read(file);
      expect(await raw.hash(file)).toEqual({ bytes: file.bytes, sha256: file.sha256 });
      answers.push(gunzipSync(bytes).toString());
    }
  }
  return answers.toSorted();
}

async function inUseOf(store: Store, generation = DAY.generation): Promise<RawInUse> {
  return (await removeSuperseded(store, DAY, { tables: {}, generation }))!;
}

async function packed(store: Store, generation?: number): Promise<void> {
  await packDay(store, DAY, await inUseOf(store, generation), encryption(store));
}

/** With a key they are encrypted. */
function encryption({ rawKeys }: Store): { encrypt: boolean } {
  return { encrypt: rawKeys.length > 0 };
}

/** Keys of files that are in no pack. */
async function loose(store: Store): Promise<string[]> {
  return (await keysOf(store, 'raw/')).filter((key) => !key.startsWith(FOLDER));
}

const EXPECTED = Array.from({ length: UNITS }, (_, index) => JSON.stringify({ answer: index })).toSorted();

const isPack = (key: string): boolean => /\.zip(?:\.encrypted)?$/.test(key);

const PLACES = [
  ...STORE_KINDS.map((kind) => ({ name: kind.name, kind, rawKeys: [] })),
  { name: `${STORE_KINDS[0]!.name}, encrypted`, kind: STORE_KINDS[0]!, rawKeys: [rawKey('2026-11')] },
];

describe.each(PLACES)('in $name', ({ kind, rawKeys }) => {
  const isEncrypted = rawKeys.length > 0;
  const opened = (): Store => openStore(url, { rawKeys });
  let store: Store;
  let url: string;
  beforeAll(() => (kind.isHere ? kind.start() : undefined));
  afterAll(() => kind.stop());
  beforeEach(async () => {
    if (!kind.isHere) return;
    url = await kind.makePlace();
    store = opened();
    for (let index = 0; index < UNITS; index += 1) await answered(store, unitOf(index), { answer: index });
  });

  describe.skipIf(!kind.isHere)('raw files', () => {
    test('are one archive after the packing, and are read as they were', async () => {
      const before = await answersOf(store);
      await packed(store);
      expect(await loose(store)).toEqual([]);
      const keys = await keysOf(store, 'raw/');
      expect(keys).toHaveLength(2);
      expect(keys.map((key) => key.replace(/[0-9a-f]{32}/, 'HASH'))).toEqual([
        `${FOLDER}packs.json`,
        `${FOLDER}participant_quality_list-HASH.zip${isEncrypted ? '.encrypted' : ''}`,
      ]);
      expect(await answersOf(store)).toEqual(before);
      expect(before).toEqual(EXPECTED);
      expect(await readRecord(store, unitOf(3))).toMatchObject({ unit: 'session-3.list', rows: 1 });
      expect(await readRecord(store, unitOf(UNITS))).toBeNull();
    });

    test('of a resource that has few stay as they are, but where they are encrypted', async () => {
      const list: UnitLocation = { ...DAY, resource: 'meeting_list', unit: 'list' };
      await answered(store, list, {});
      await packed(store);
      expect(await loose(store)).toEqual(isEncrypted ? [] : [pageKey(list, 1), recordKey(list)]);
    });

    test('that were packed when their reader comes to them are found in the pack', async () => {
      const raw = new RawFiles(store);
      const files: RawFile[] = [];
      for await (const record of recordsOf(store, DAY, 'participant_quality_list')) files.push(...record.files);
      await raw.read(files[0]!);
      await packed(store);
      for (const file of files) expect((await raw.read(file)).length).toBe(file.bytes);
    });

    test('that were packed anew when their reader comes to them are found in the new pack', async () => {
      await packed(store);
      const raw = new RawFiles(opened());
      const record = (await readRecord(store, unitOf(5)))!;
      await raw.read((await readRecord(store, unitOf(4)))!.files[0]!);
      await answered(store, unitOf(1, 2000), { answer: 'newer' });
      await packed(store, 2000);
      const anew = new RawFiles(opened());
      expect(gunzipSync(await anew.read(record.files[0]!)).toString()).toBe('{"answer":5}');
      expect(gunzipSync(await raw.read(record.files[0]!)).toString()).toBe('{"answer":5}');
    });

    test('of a later run are read instead of packed ones, and go into the pack with its commit', async () => {
      await packed(store);
      await answered(store, unitOf(7, 2000), { answer: 'newer' });
      const expected = [...EXPECTED.filter((each) => each !== '{"answer":7}'), '{"answer":"newer"}'].toSorted();
      expect(await answersOf(store)).toEqual(expected);
      // A run that has not committed yet.
      await packed(store, 1000);
      expect(await answersOf(store)).toEqual(expected);
      expect(await loose(store)).toHaveLength(2);
      await packed(store, 2000);
      expect(await loose(store)).toEqual([]);
      expect(await answersOf(store)).toEqual(expected);
      expect((await readPackList(store, FOLDER))!.packs.map(({ files }) => files)).toEqual([2 * UNITS]);
      expect(await keysOf(store, 'raw/')).toHaveLength(2);
    });

    test('that a late worker writes for a packed day are never read, and go with the next packing', async () => {
      await answered(store, unitOf(7, 2000), { answer: 'newer' });
      await packed(store, 2000);
      const late = unitOf(7, 500);
      const file = await putJsonGz(store, pageKey(late, 1), '{"answer":"late"}');
      await store.writeJson(recordKey(late), recordOf(late, file));
      expect(await answersOf(store)).not.toContain('{"answer":"late"}');
      expect(await readRecord(store, late)).toMatchObject({ generation: 2000 });
      await packed(store, 2000);
      expect(await loose(store)).toEqual([]);
      expect(await answersOf(store)).not.toContain('{"answer":"late"}');
    });

    test('that a late worker writes under the key of a packed answer are not taken for it', async () => {
      await packed(store);
      await putJsonGz(store, pageKey(unitOf(7), 1), '{"answer":"late"}');
      expect(await answersOf(store)).toEqual(EXPECTED);
      await packed(store);
      expect(await loose(store)).toEqual([]);
      expect(await answersOf(store)).toEqual(EXPECTED);
    });

    test('are there once where two pack the day at a time', async () => {
      const packers = [opened(), opened()];
      const inUse = await inUseOf(store);
      const results = await Promise.allSettled(packers.map((each) => packDay(each, DAY, inUse, encryption(each))));
      const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      expect(failures.length).toBeLessThan(2);
      for (const failure of failures) expect(failure).toMatchObject({ name: 'StoreError', code: 'busy' });
      await packed(store);
      expect(await keysOf(store, 'raw/')).toHaveLength(2);
      expect(await answersOf(store)).toEqual(EXPECTED);
    });

    test('of a pack that is lost are asked for again, and packed', async () => {
      await packed(store);
      await store.remove((await keysOf(store, FOLDER)).find(isPack)!);
      store = opened();
      expect(await readRecord(store, unitOf(0))).toBeNull();
      for (let index = 0; index < UNITS; index += 1) await answered(store, unitOf(index, 2000), { answer: index });
      await packed(store, 2000);
      expect(await answersOf(store)).toEqual(EXPECTED);
      expect(await loose(store)).toEqual([]);
    });

    test('pass through an edit, in packs and beside them', async () => {
      await packed(store);
      await answered(store, unitOf(7, 2000), { answer: 'newer' });
      const edited = await rewriteRawFiles(store, DAY, (key, bytes) => {
        if (isRecordKey(key)) return bytes;
        return generationOf(key) === 2000 || key.includes('session-3.') ? Buffer.from('edited') : 'drop';
      });
      expect([...edited.values()].filter((each) => each === null)).toHaveLength(UNITS - 1);
      expect([...edited].flatMap(([key, now]) => (now ? [key] : [])).toSorted()).toEqual([
        pageKey(unitOf(3), 1),
        pageKey(unitOf(7, 2000), 1),
      ]);
      const raw = new RawFiles(store);
      for (const key of [pageKey(unitOf(3), 1), pageKey(unitOf(7, 2000), 1)]) {
        expect(String(await raw.read({ key }))).toBe('edited');
        expect(await raw.hash({ key })).toEqual(edited.get(key));
      }
      await expect(raw.read({ key: pageKey(unitOf(4), 1) })).rejects.toMatchObject({ code: 'not-found' });
      expect(await readRecord(store, unitOf(4))).toMatchObject({ unit: 'session-4.list' });
      expect((await keysOf(store, FOLDER)).filter(isPack)).toHaveLength(1);
    });

    test('of a later run stay, though it writes them while those of an earlier one go', async () => {
      const units = Array.from({ length: UNITS }, (_, index) => unitOf(index, 2000));
      let isWritten = false;
      const overtaken = beforeEachRemoval(opened(), async () => {
        if (isWritten) return;
        isWritten = true;
        for (const unit of units) await answered(store, unit, { answer: 'newer' });
      });
      await packDay(overtaken, DAY, await inUseOf(store), encryption(store));
      expect(isWritten).toBe(true);
      for (const unit of units) expect(await readRecord(store, unit)).toMatchObject({ generation: 2000 });
      expect(new Set(await answersOf(store))).toEqual(new Set(['{"answer":"newer"}']));
    });

    test('are all there, and each once in the end, whichever write of a packing is the last before a kill', async () => {
      // A packed day with a newer answer: packs are written, replaced and removed.
      await packed(store);
      const expected = [...EXPECTED.filter((each) => each !== '{"answer":7}'), '{"answer":"newer"}'].toSorted();
      let isThrough = false;
      let kills = 0;
      for (let generation = 2000; !isThrough; generation += 1) {
        await answered(store, unitOf(7, generation), { answer: 'newer' });
        const dying = dyingAfter(opened(), kills);
        isThrough = await packDay(dying, DAY, await inUseOf(store, generation), encryption(store)).then(
          () => true,
          (error: unknown) => {
            expect(error).toBe(KILLED);
            return false;
          },
        );
        if (!isThrough) kills += 1;
        expect(await answersOf(opened())).toEqual(expected);
        await packed(store, generation);
        expect(await loose(store)).toEqual([]);
        expect(await keysOf(store, 'raw/')).toHaveLength(2);
        expect(await answersOf(store)).toEqual(expected);
      }
      // The pack, its list, the pack before, and two files.
      expect(kills).toBe(5);
    });
  });
});

/** A store that does this before it takes any file away. */
function beforeEachRemoval(store: Store, act: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return String(name).startsWith('remove')
        ? async (...args: unknown[]) => {
            await act();
            return Reflect.apply(value, target, args) as unknown;
          }
        : value.bind(target);
    },
  });
}

const KILLED = new StoreError('unavailable', 'killed');

/** A store whose process ends after so many writes and removals: nothing comes after, no cleaning up either. */
function dyingAfter(store: Store, writes: number): Store {
  let left = writes;
  const counted = new Set(['put', 'putFile', 'writeJson', 'remove', 'removeVersion']);
  const dying: Store = new Proxy(store, {
    get(target, name) {
      // Wherever in a request for many it ends.
      if (name === 'removeAll')
        return async (keys: string[]) => {
          for (const key of keys) await dying.remove(key);
        };
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (counted.has(String(name)) && left-- <= 0) return Promise.reject(KILLED);
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return dying;
}
