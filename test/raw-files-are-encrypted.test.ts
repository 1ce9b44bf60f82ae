/** What Feishu answered about a sealed day lies encrypted where that is the policy: read with the key as before, waited for without it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { gunzipSync } from 'node:zlib';
import { dropAnswers, dropOldAnswers } from '../dataset/drop-answers.ts';
import { pino } from 'pino';
import { encryptAnswers, lackingKeys } from '../dataset/encrypt-answers.ts';
import { readIndexBytes } from '../dataset/encrypted-index.ts';
import { erase } from '../dataset/erase.ts';
import { readPackList, shelfOf } from '../dataset/raw-packs.ts';
import { manifestKey, packFolder, packListKey, stageIndexFolder } from '../dataset/storage-keys.ts';
import { rebuildDay } from '../dataset/rebuild-day.ts';
import { verifyDay } from '../dataset/verify.ts';
import { BLOCK_BYTES, decrypted, encrypted, encryptFile } from '../store/encrypted-file.ts';
import { HiddenFile } from '../store/hidden-file.ts';
import { FileStore } from '../store/file-store.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { KEEP } from '../tables/privacy.ts';
import { keepRaw } from '../worker/raw-keeper.ts';
import { rawKey } from './support/raw-key.ts';
import type { SmallTenant } from './support/small-tenant.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO } from './support/staged-day.ts';
import { keysOf, STORE_KINDS } from './support/store-kinds.ts';

const OPTIONS = { product: 'test', settle_hours: 6, privacy: KEEP };
const WHERE = { profile: 'default', day: DAY };
const START = FROM + 9 * HOUR;
const SETTLED = TO + 31 * HOUR;
const LATER = TO + 60 * HOUR;
const FIRST = rawKey('2026-11');
const NEXT = rawKey('2027-01');

const tenant = (): SmallTenant => ({
  meetings: [
    {
      no: '100000001',
      start: START,
      end: START + HOUR,
      people: ['annabel', 'bob'].map((name) => ({
        name,
        kind: 'user' as const,
        join: START,
        leave: START + 1800,
        shown: START,
      })),
    },
  ],
  bookings: [],
});

/** Enough of them for packs in clear. */
const manyPeople = (): SmallTenant => {
  const { meetings, ...rest } = tenant();
  const [{ people, ...meeting }] = meetings as [(typeof meetings)[number]];
  const many = Array.from({ length: 20 }, (_, index) => ({ ...people[0]!, name: `person${index}` }));
  return { ...rest, meetings: [{ ...meeting, people: many }] };
};

class FailingStore extends FileStore {
  fails: ((what: 'put' | 'remove', key: string) => boolean) | null = null;
  override async put(...args: Parameters<FileStore['put']>) {
    if (this.fails?.('put', args[0])) throw new Error(`cut off at ${args[0]}`);
    return await super.put(...args);
  }
  override async remove(...args: Parameters<FileStore['remove']>) {
    if (this.fails?.('remove', args[0])) throw new Error(`cut off at ${args[0]}`);
    return await super.remove(...args);
  }
}

/** Those of the files that have a zip in them. */
async function zipsAmong(paths: readonly string[]): Promise<string[]> {
  const bytes = await Promise.all(paths.map((path) => readFile(path).catch(() => Buffer.alloc(0))));
  return paths.filter((_, index) => bytes[index]!.toString('latin1').includes('PK\u0003\u0004'));
}

/** Packs of the day that its list does not name. */
async function strangers(store: Store): Promise<string[]> {
  const known = (await readPackList(store, packFolder(WHERE)))!.packs.map(({ key }) => key);
  const keys = await keysOf(store, packFolder(WHERE));
  return keys.filter((key) => key !== packListKey(packFolder(WHERE)) && !known.includes(key));
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-encrypted-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** Below raw/, with the text in clear or behind gzip. */
async function rawWith(store: Store, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const key of await keysOf(store, 'raw/')) {
    const bytes = await store.read(key);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    if ((isGzip ? gunzipSync(bytes) : bytes).includes(text)) found.push(key);
  }
  return found;
}

async function problems(store: Store): Promise<string[]> {
  const scratch = new FileStore(join(folder, 'scratch'));
  await scratch.prepare();
  const found = await verifyDay(store, { ...WHERE, ...OPTIONS, scratch });
  return (found ?? []).map(({ key, problem }) => `${key}: ${problem}`);
}

describe.each(STORE_KINDS)('in $name, a sealed day', (kind) => {
  let url: string;
  let day: StagedDay;
  const damaged: string[] = [];
  const openWith = (...rawKeys: (typeof FIRST)[]): Store =>
    openStore(url, { rawKeys, onDamaged: ({ key }) => damaged.push(key) });
  beforeAll(() => (kind.isHere ? kind.start() : undefined));
  afterAll(() => kind.stop());
  beforeEach(async () => {
    if (!kind.isHere) return;
    damaged.length = 0;
    url = await kind.makePlace();
    day = new StagedDay(openWith(FIRST), tenant());
    await day.run(ASK, { at: SETTLED });
  });

  describe.skipIf(!kind.isHere)('(skipped without the server)', () => {
    test('alone is encrypted, and shows nothing below raw/; it holds, is rebuilt, asked again, and somebody is erased from it', async () => {
      const { store } = day;
      expect(await encryptAnswers(store, WHERE)).toBe(false);
      await day.run(ASK, { at: LATER });
      const clear = await rawWith(store, 'annabel');
      expect(clear.some((key) => key.includes('/_index/'))).toBe(true);
      expect(await encryptAnswers(store, WHERE)).toBe(true);
      expect(await rawWith(store, 'annabel')).toEqual([]);
      expect((await keysOf(store, 'raw/')).every((key) => /\/_(?:packed|index)\//.test(key))).toBe(true);
      expect(await encryptAnswers(store, WHERE)).toBe(false);
      expect(await problems(store)).toEqual([]);
      expect(await rebuildDay(store, { ...WHERE, ...OPTIONS })).toMatchObject({ committed: true });
      expect(await rawWith(store, 'annabel')).toEqual([]);

      const again = await day.run(ASK, { at: LATER + HOUR, refresh: 'missing' });
      expect(again.calls).toEqual([]);
      await day.run(ASK, { at: LATER + 2 * HOUR });
      expect(await rawWith(store, 'annabel')).toEqual([]);
      expect(await problems(store)).toEqual([]);

      const erased = await erase(store, { ...OPTIONS, profile: 'default', user: 'ou_annabel', isDryRun: false });
      expect(erased.days).toMatchObject([{ day: DAY }]);
      expect(await rawWith(store, 'bob')).toEqual([]);
      expect((await day.rows('participants')).map((row) => row['user_id'])).not.toContain('ou_annabel');
      await rebuildDay(store, { ...WHERE, ...OPTIONS });
      expect((await day.rows('participants')).map((row) => row['user_id'])).not.toContain('ou_annabel');
      expect(await problems(store)).toEqual([]);
      expect(damaged).toEqual([]);
    });

    test('is waited for without its key, which is named, and taken for damaged by nothing', async () => {
      await day.run(ASK, { at: LATER });
      await encryptAnswers(day.store, WHERE);
      const lacking = { name: 'StoreError', code: 'unavailable', message: expect.stringContaining('key "2026-11"') };
      for (const store of [openWith(), openWith(NEXT), openWith(rawKey('2026-11'))]) {
        await expect(rebuildDay(store, { ...WHERE, ...OPTIONS })).rejects.toMatchObject(lacking);
        await expect(problems(store)).rejects.toMatchObject(lacking);
        const erasing = erase(store, { ...OPTIONS, profile: 'default', user: 'ou_annabel', isDryRun: true });
        await expect(erasing).rejects.toMatchObject(lacking);
        const asking = new StagedDay(store, tenant()).run(ASK, { at: LATER + HOUR });
        await expect(asking).rejects.toMatchObject({ message: expect.stringContaining('RAW_KEYS') });
      }
      expect(damaged).toEqual([]);
      expect(await problems(openWith(NEXT, FIRST))).toEqual([]);
    });
  });
});

describe('encrypted raw files', () => {
  let day: StagedDay;
  let store: FileStore;
  const openWith = (...rawKeys: (typeof FIRST)[]) => new FileStore(store.rootPath, { rawKeys });
  beforeEach(async () => {
    store = new FileStore(await mkdtemp(join(folder, 'store-')), { rawKeys: [FIRST] });
    day = new StagedDay(store, tenant());
    for (const at of [SETTLED, LATER]) await day.run(ASK, { at });
    await encryptAnswers(store, WHERE);
  });

  test('are those of the days that a worker finds, whose log names the day and nobody', async () => {
    const clear = new FileStore(await mkdtemp(join(folder, 'store-')), { rawKeys: [FIRST] });
    const asked = new StagedDay(clear, tenant());
    for (const at of [SETTLED, LATER]) await asked.run(ASK, { at });
    const logged: unknown[] = [];
    const logger = pino({ base: null }, { write: (line) => void logged.push(JSON.parse(line)) });
    const rawKeep = { policy: 'encrypted', afterDays: null, encrypts: true };
    const keeper = keepRaw({ rawKeep, role: 'all' }, { store: clear, profiles: ['default'], logger });
    const encryptedWith = async () => (await readPackList(clear, packFolder(WHERE)))?.encrypted_with;
    await expect.poll(encryptedWith, { timeout: 60_000 }).toBe('2026-11');
    await keeper?.stop();
    expect(await rawWith(clear, 'annabel')).toEqual([]);
    expect(logged).toMatchObject([{ profile: 'default', day: DAY, msg: 'raw answers encrypted by policy' }]);
    expect(await lackingKeys(new FileStore(clear.rootPath), 'default')).toEqual([{ id: '2026-11', why: 'not here' }]);
    expect(await lackingKeys(clear, 'default')).toEqual([]);
  });

  test('are never written in clear on their way into a pack', async () => {
    const clear: string[] = [];
    let made = 0;
    class WatchedStore extends FileStore {
      readonly #paths: string[] = [];
      override async tempPath(): Promise<string> {
        clear.push(...(await zipsAmong(this.#paths)));
        this.#paths.push(await super.tempPath());
        made += 1;
        return this.#paths.at(-1)!;
      }
      override async withLock<T>(...[key, ...rest]: Parameters<FileStore['withLock']>): Promise<T> {
        clear.push(...(await zipsAmong(this.#paths)));
        return (await super.withLock(key, ...rest)) as T;
      }
    }
    const watched = new WatchedStore(store.rootPath, { rawKeys: [NEXT, FIRST] });
    expect(await encryptAnswers(watched, WHERE)).toBe(true);
    expect(made).toBeGreaterThan(0);
    expect(clear).toEqual([]);
    expect(await problems(openWith(NEXT))).toEqual([]);
  });

  test('of another key of the same id are told from those of a key that is not here', async () => {
    expect(await lackingKeys(openWith(rawKey('2026-11')), 'default')).toEqual([
      { id: '2026-11', why: 'another key of that id' },
    ]);
    expect(await lackingKeys(openWith(FIRST), 'default')).toEqual([]);
  });

  test('of an earlier key are written anew with the first one, and need the earlier one no more', async () => {
    expect(await encryptAnswers(openWith(FIRST, NEXT), WHERE)).toBe(false);
    expect(await encryptAnswers(openWith(NEXT, FIRST), WHERE)).toBe(true);
    await expect(problems(openWith(FIRST))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await problems(openWith(NEXT))).toEqual([]);
    expect(await rawWith(store, 'annabel')).toEqual([]);
  });

  test('that are changed are found out', async () => {
    for (const key of await keysOf(store, 'raw/')) {
      if (key.endsWith('.json')) continue;
      const bytes = await store.read(key);
      const flipped = Buffer.from(bytes);
      flipped[200] = flipped[200]! ^ 1;
      await store.put(key, flipped);
      expect((await problems(openWith(FIRST))).join('\n')).toContain(key);
      await store.put(key, bytes);
    }
    expect(await problems(openWith(FIRST))).toEqual([]);
  });

  test('that are copied to another profile, day or resource open there for nobody', async () => {
    const from = packFolder(WHERE);
    const list = (await readPackList(store, from))!;
    const packed = list.packs.find(({ resource }) => resource === 'participant_list')!;
    const places = [
      { ...WHERE, profile: 'mine', resource: packed.resource },
      { ...WHERE, day: '2026-10-02', resource: packed.resource },
      { ...WHERE, profile: 'mine', resource: 'participant_quality_list' as const },
    ];
    for (const { resource, ...where } of places) {
      const key = packFolder(where) + packed.key.slice(from.length).replace(packed.resource, resource);
      const copy = { ...packed, resource, key };
      await store.put(key, await store.read(packed.key));
      await expect(shelfOf(openWith(FIRST)).directory(copy)).rejects.toMatchObject({ code: 'damaged' });
    }
    const [index] = await keysOf(store, stageIndexFolder(WHERE));
    const moved = index!.replace('profile=default', 'profile=mine');
    await store.put(moved, await store.read(index!));
    await expect(readIndexBytes(store, moved)).rejects.toMatchObject({ code: 'damaged' });
  });

  test('whose list calls a pack one of another resource have a damaged list', async () => {
    const list = (await readPackList(store, packFolder(WHERE)))!;
    const packs = list.packs.map((each) => ({ ...each, resource: 'rooms' as const }));
    await store.writeJson(packListKey(packFolder(WHERE)), { ...list, packs });
    await expect(readPackList(store, packFolder(WHERE))).rejects.toMatchObject({ code: 'damaged' });
  });

  test('of an earlier key go, and it is still needed, where a change of keys was cut off before they went', async () => {
    const changing = new FailingStore(store.rootPath, { rawKeys: [NEXT, FIRST] });
    changing.fails = (what, key) => what === 'remove' && key.includes('/_packed/');
    await expect(encryptAnswers(changing, WHERE)).rejects.toThrow('cut off');
    changing.fails = null;
    expect(await lackingKeys(openWith(NEXT), 'default')).toEqual([{ id: '2026-11', why: 'not here' }]);
    await new StagedDay(openWith(NEXT), tenant()).run(ASK, { at: LATER + HOUR });
    expect(await rawWith(store, 'annabel')).toEqual([]);
    expect(await encryptAnswers(changing, WHERE)).toBe(true);
    expect(await lackingKeys(openWith(NEXT), 'default')).toEqual([]);
    expect(await strangers(store)).toEqual([]);
    expect(await encryptAnswers(changing, WHERE)).toBe(false);
    expect(await problems(openWith(NEXT))).toEqual([]);
  });

  test.each([[[FIRST]], [[]]])('go by policy where that was cut off after their list was written', async (rawKeys) => {
    const dropping = new FailingStore(await mkdtemp(join(folder, 'store-')), { rawKeys });
    const asked = new StagedDay(dropping, manyPeople());
    for (const at of [SETTLED, LATER]) await asked.run(ASK, { at });
    if (rawKeys.length > 0) await encryptAnswers(dropping, WHERE);
    dropping.fails = (what, key) => what === 'remove' && key.includes('/_packed/');
    await expect(dropAnswers(dropping, { ...WHERE, policy: '90d' })).rejects.toThrow('cut off');
    dropping.fails = null;
    expect(await strangers(dropping)).not.toEqual([]);
    const how = { onDropped: () => {}, onFailed: () => {}, signal: new AbortController().signal };
    await dropOldAnswers(dropping, { profile: 'default', policy: '90d', afterDays: 0 }, how);
    expect(await strangers(dropping)).toEqual([]);
    expect(await problems(dropping)).toEqual([]);
  });

  test('of which a copy of another place lies beside them are encrypted anew all the same', async () => {
    const from = packFolder(WHERE);
    const [first, second] = (await readPackList(store, from))!.packs;
    const copy = `${from}${first!.resource}-${'0'.repeat(32)}.zip.encrypted`;
    await store.put(copy, await store.read(second!.key));
    expect(await encryptAnswers(openWith(NEXT, FIRST), WHERE)).toBe(true);
    expect(await strangers(store)).toEqual([copy]);
    expect(await encryptAnswers(openWith(NEXT, FIRST), WHERE)).toBe(false);
  });

  test('include an index whose encryption failed at its commit', async () => {
    const failing = new FailingStore(store.rootPath, { rawKeys: [FIRST] });
    let puts = 0;
    failing.fails = (what, key) => what === 'put' && key.includes('/_index/') && ++puts === 2;
    await new StagedDay(failing, tenant()).run(ASK, { at: LATER + HOUR, refresh: 'missing' });
    failing.fails = null;
    expect(await rawWith(failing, 'annabel')).toEqual([expect.stringContaining('/_index/')]);
    expect(await encryptAnswers(failing, WHERE)).toBe(true);
    expect(await rawWith(failing, 'annabel')).toEqual([]);
    expect(await encryptAnswers(failing, WHERE)).toBe(false);
  });

  test('are not said to be encrypted again for what a run that never commits leaves beside them', async () => {
    await day.stage(ASK, { at: LATER + HOUR });
    await encryptAnswers(store, WHERE);
    expect(await encryptAnswers(store, WHERE)).toBe(false);
    expect(await rawWith(store, 'annabel')).not.toEqual([]);
    await day.run(ASK, { at: LATER + 2 * HOUR });
    expect(await rawWith(store, 'annabel')).toEqual([]);
  });

  test.each(['encrypted', '90d'])('of one day that fails are named, and hold up no other day: %s', async (policy) => {
    const failing = new FailingStore(await mkdtemp(join(folder, 'store-')), { rawKeys: [FIRST] });
    for (const at of [SETTLED, LATER]) await new StagedDay(failing, tenant()).run(ASK, { at });
    const earlier = { ...WHERE, day: '2026-09-30' };
    await failing.put(manifestKey(earlier), Buffer.from('{'));
    const logged: unknown[] = [];
    const logger = pino({ base: null }, { write: (line) => void logged.push(JSON.parse(line)) });
    const encrypts = policy === 'encrypted';
    const rawKeep = { policy, afterDays: encrypts ? null : 0, encrypts };
    const keeper = keepRaw({ rawKeep, role: 'all' }, { store: failing, profiles: ['default'], logger });
    await expect.poll(() => logged.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(2);
    await keeper?.stop();
    expect(logged).toMatchObject([
      { level: 40, profile: 'default', day: '2026-09-30', error: expect.stringContaining('2026-09-30') },
      { level: 30, profile: 'default', day: DAY },
    ]);
  });

  test('of sessions are called by no key in the log', async () => {
    const failing = new FailingStore(await mkdtemp(join(folder, 'store-')), { rawKeys: [FIRST] });
    for (const at of [SETTLED, LATER]) await new StagedDay(failing, tenant()).run(ASK, { at });
    failing.fails = (what, key) => what === 'remove' && key.includes('/participant_quality_list/');
    const logged: { error?: string }[] = [];
    const logger = pino({ base: null }, { write: (line) => void logged.push(JSON.parse(line) as object) });
    const rawKeep = { policy: 'encrypted', afterDays: null, encrypts: true };
    const keeper = keepRaw({ rawKeep, role: 'all' }, { store: failing, profiles: ['default'], logger });
    await expect.poll(() => logged.length, { timeout: 60_000 }).toBe(1);
    await keeper?.stop();
    expect(logged[0]!.error).toContain('/<session>.list/');
  });

  test('whose key is lost are exported again once packs and indexes are removed', async () => {
    for (const key of await keysOf(store, 'raw/')) await store.remove(key);
    const without = openWith();
    const again = await new StagedDay(without, tenant()).run(ASK, { at: LATER + HOUR });
    expect(again.manifest).toMatchObject({ complete: true });
    expect(await problems(without)).toEqual([]);
  });

  test('lose their answers by policy as those in clear do, and their records stay encrypted', async () => {
    expect(await dropAnswers(store, { ...WHERE, policy: '90d' })).not.toBeNull();
    expect(await rawWith(store, 'annabel')).toEqual([]);
    expect(await problems(openWith(FIRST))).toEqual([]);
  });
});

describe('an encrypted file', () => {
  const how = { place: 'here', path: 'the file', keys: [FIRST], setting: 'RAW_KEYS' };

  const BY = { key: FIRST, place: 'here' };

  test.each([0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES])(
    'of %i bytes opens',
    async (size) => {
      const bytes = randomBytes(size);
      expect((await decrypted(encrypted(bytes, BY), how)).equals(bytes)).toBe(true);
      const [from, to] = [join(folder, `clear-${size}`), join(folder, `encrypted-${size}`)];
      const hidden = await HiddenFile.create(from);
      // In pieces that begin and end anywhere, the first one last.
      for (const start of [...Array(Math.ceil(size / 100_003)).keys()].toReversed()) {
        const piece = bytes.subarray(start * 100_003, (start + 1) * 100_003);
        await hidden.write(piece, 0, piece.length, start * 100_003);
      }
      await encryptFile(hidden, to, BY);
      await hidden.close();
      expect(size > 1 && (await readFile(from)).equals(bytes)).toBe(false);
      expect((await decrypted(await readFile(to), how)).equals(bytes)).toBe(true);
    },
  );

  test('that is cut off, or has blocks of another place or file, is damaged', async () => {
    const whole = encrypted(randomBytes(2 * BLOCK_BYTES), BY);
    const other = encrypted(randomBytes(2 * BLOCK_BYTES), BY);
    const block = BLOCK_BYTES + 28;
    const [head, first, second] = [
      whole.subarray(0, 128),
      whole.subarray(128, 128 + block),
      whole.subarray(128 + block),
    ];
    const wrong = [
      Buffer.concat([head, first]),
      Buffer.concat([head, second, first]),
      Buffer.concat([head, first, other.subarray(128 + block)]),
      whole.subarray(0, 100),
    ];
    for (const bytes of wrong) await expect(decrypted(bytes, how)).rejects.toMatchObject({ code: 'damaged' });
  });
});
