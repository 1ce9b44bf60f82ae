import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RawFiles } from '../dataset/raw-files.ts';
import { readAnswer } from '../dataset/stored-json.ts';
import { FileStore } from '../store/file-store.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { everythingIn, keysOf, STORE_KINDS } from './support/store-kinds.ts';

const MIB = 1024 * 1024;

describe.each(STORE_KINDS)('files in $name', (kind) => {
  let store: Store;
  beforeAll(() => (kind.isHere ? kind.start() : undefined));
  afterAll(() => kind.stop());
  beforeEach(async () => {
    if (kind.isHere) store = openStore(await kind.makePlace());
  });

  describe.skipIf(!kind.isHere)('writing', () => {
    test('a file from a stream arrives whole, with its size and hash', async () => {
      const chunks = [Buffer.from('会议'), Buffer.alloc(300_000, 7), Buffer.alloc(0), Buffer.from('end')];
      const whole = Buffer.concat(chunks);
      const written = await store.put('raw/a/b.bin', streamOf(chunks));
      expect(written).toEqual({ bytes: whole.length, sha256: createHash('sha256').update(whole).digest('hex') });
      expect(whole.equals(await store.read('raw/a/b.bin'))).toBe(true);
      expect(whole.equals(await buffer(await store.readStream('raw/a/b.bin')))).toBe(true);
      expect(await store.hash('raw/a/b.bin')).toEqual(written);
      expect(store.uri('raw/a/b.bin')).toMatch(/^(file|s3):\/\/.*\/raw\/a\/b\.bin$/);
      expect(await everythingIn(store)).toEqual(['raw/a/b.bin']);
    });

    test('a part of a file is read by itself, and ends where the file does', async () => {
      await store.put('a/part', 'one two three');
      expect(String(await store.readRange('a/part', 4, 3))).toBe('two');
      expect(String(await store.readRange('a/part', 8, 100))).toBe('three');
      await expect(store.readRange('a/none', 0, 1)).rejects.toMatchObject({ name: 'StoreError', code: 'not-found' });
    });

    test('a long file goes through in pieces and comes back byte for byte', async () => {
      const chunks = Array.from({ length: 25 }, (_, index) => Buffer.alloc(MIB, index));
      const written = await store.put('long', streamOf(chunks));
      expect(written.bytes).toBe(25 * MIB);
      expect(await store.hash('long')).toEqual(written);
    });

    test.each([0, 20])(
      'a source that fails after %i MiB leaves the old file and nothing else, and its error comes out unchanged',
      async (mib) => {
        await store.put('a/f', 'old');
        const cut = new Error('connection lost');
        const source = async function* () {
          yield Buffer.from('new');
          for (let index = 0; index < mib; index += 1) yield Buffer.alloc(MIB, index);
          throw cut;
        };
        await expect(store.put('a/f', source())).rejects.toBe(cut);
        expect(String(await store.read('a/f'))).toBe('old');
        expect(await everythingIn(store)).toEqual(['a/f']);
      },
    );

    test('a reader that opened the old file reads the old file to its end while the new one takes its place', async () => {
      await store.put('f', Buffer.alloc(1_000_000, 'o'));
      const stream = await store.readStream('f');
      await store.put('f', 'new');
      expect(Buffer.alloc(1_000_000, 'o').equals(await buffer(stream))).toBe(true);
      expect(String(await store.read('f'))).toBe('new');
    });

    test('writers of one key at the same time leave one of their files, whole', async () => {
      const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(50_000));
      await Promise.all(texts.map((text) => store.put('same', text)));
      expect(texts).toContain(String(await store.read('same')));
      expect(await everythingIn(store)).toEqual(['same']);
    });

    test('a finished file is taken to its key, and is gone where it was', async () => {
      const tempPath = await store.tempPath();
      await writeFile(tempPath, 'table');
      expect(await keysOf(store)).toEqual([]);
      await store.putFile('t/data.parquet', tempPath);
      expect(String(await store.read('t/data.parquet'))).toBe('table');
      await expect(stat(tempPath)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await everythingIn(store)).toEqual(['t/data.parquet']);
    });

    test('JSON is read back, and a file that is not JSON is called damaged', async () => {
      const value = { rows: 3, name: '会议', none: null };
      await store.writeJson('m.json', value);
      expect(await store.readJson('m.json')).toEqual(value);
      await store.put('m.json', '{"rows": 3');
      await expect(store.readJson('m.json')).rejects.toMatchObject({ code: 'damaged' });
    });

    test('a place that takes files says so, keeps nothing of the trial, and has no shortcomings', async () => {
      await store.tryWriting(100_000);
      expect(await store.shortcomings()).toEqual([]);
      expect(await everythingIn(store)).toEqual([]);
    });
  });

  describe.skipIf(!kind.isHere)('replacing', () => {
    test('a file is written over the version that was seen, and over nothing newer', async () => {
      expect(await store.version('f')).toBe(null);
      await store.put('f', 'one', { replacing: null });
      const seen = await store.version('f');
      await store.put('f', 'two', { replacing: seen });
      for (const replacing of [seen, null]) {
        await expect(store.put('f', 'late', { replacing })).rejects.toMatchObject({ code: 'busy' });
        const tempPath = await store.tempPath();
        await writeFile(tempPath, 'late');
        await expect(store.putFile('f', tempPath, { replacing })).rejects.toMatchObject({ code: 'busy' });
        expect(await readFile(tempPath, 'utf8')).toBe('late');
      }
      expect(String(await store.read('f'))).toBe('two');
      await store.remove('f');
      await expect(store.put('f', 'late', { replacing: seen })).rejects.toMatchObject({ code: 'busy' });
      expect(await store.exists('f')).toBe(false);
    });

    test('a long file is written over the version that was seen, and over nothing newer', async () => {
      await store.put('f', 'one');
      const seen = await store.version('f');
      await store.put('f', long('2'), { replacing: seen });
      for (const replacing of [seen, null])
        await expect(store.put('f', long('3'), { replacing })).rejects.toMatchObject({ code: 'busy' });
      expect(String((await store.read('f')).subarray(0, 1))).toBe('2');
      expect(await everythingIn(store)).toEqual(['f']);
    });
  });

  describe.skipIf(!kind.isHere)('versions', () => {
    test('are the same as they are read and as they are listed, and others after each write', async () => {
      const listed = async () => {
        const found: { key: string; version: string | null }[] = [];
        for await (const each of store.versions('t/')) found.push(each);
        return found;
      };
      const seen = new Set<string | null>();
      for (const text of ['one', 'two', 'twó']) {
        await store.put('t/f', text);
        const { bytes, version } = await store.readVersion('t/f');
        expect(String(bytes)).toBe(text);
        expect(await store.version('t/f')).toBe(version);
        expect(await listed()).toEqual([{ key: 't/f', version }]);
        seen.add(version);
      }
      expect(seen.size).toBe(3);
      await expect(store.readVersion('t/no')).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe.skipIf(!kind.isHere)('local files', () => {
    test('stand at paths that end in their keys, while they are used; of one that is absent there is nothing', async () => {
      await store.put('t/day=1/data', 'one');
      await store.put('t/day=2/data', 'two');
      const keys = ['t/day=1/data', 't/day=2/data', 't/day=3/data'];
      const texts = await store.withLocalFiles(keys, async (pathOf) => {
        expect(keys.every((key) => pathOf(key).endsWith(join('/', key)))).toBe(true);
        return await Promise.all(keys.map((key) => readFile(pathOf(key), 'utf8').catch(() => null)));
      });
      expect(texts).toEqual(['one', 'two', null]);
      const failure = new Error('no');
      await expect(store.withLocalFiles(keys, () => Promise.reject(failure))).rejects.toBe(failure);
    });
  });

  describe.skipIf(!kind.isHere)('what is absent', () => {
    test('a file that is not there is not-found, at once for streams too', async () => {
      for (const attempt of [
        () => store.read('a/no'),
        () => store.readStream('no'),
        () => store.hash('no'),
        () => store.readJson('no'),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ name: 'StoreError', code: 'not-found' });
      }
      expect(await store.exists('a/no')).toBe(false);
      await store.remove('a/no');
    });

    test('a folder is no file', async () => {
      await store.put('a/f', 'x');
      expect(await store.exists('a')).toBe(false);
      expect(await everythingIn(store)).toEqual(['a/f']);
    });
  });

  describe.skipIf(!kind.isHere)('listing', () => {
    test('keys come in the order of their characters, by any prefix, without temporary and hidden files', async () => {
      const segment = fc
        .string({ unit: fc.constantFrom('a', 'b', '-', '.', '=', '0', '~'), minLength: 1, maxLength: 3 })
        .filter((text) => !text.startsWith('.'));
      const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `d/${parts.join('/')}/file`);
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(key, { maxLength: 8 }), fc.nat(10), async (wanted, cut) => {
          store = openStore(await kind.makePlace());
          for (const each of wanted) {
            await store.put(each, '');
            await writeFile(await store.tempPath(), '');
          }
          const prefix = (wanted[0] ?? '').slice(0, cut);
          expect(await keysOf(store, prefix)).toEqual(wanted.filter((each) => each.startsWith(prefix)).toSorted());
        }),
        { numRuns: 40 },
      );
    });

    test('more keys than a server gives at a time all come, and go', async () => {
      const keys = Array.from({ length: 1_100 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
      for (let at = 0; at < keys.length; at += 50)
        await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, 'x')));
      expect(await keysOf(store, 'many/')).toEqual(keys);
      const kept = keys.splice(1_070);
      await store.removeAll([...keys, 'many/absent']);
      expect(await keysOf(store, 'many/')).toEqual(kept);
    });

    test('what has been written anew since it was looked at is not removed', async () => {
      await store.put('t/a', 'x');
      const version = await store.version('t/a');
      await store.put('t/a', 'y');
      expect(await store.removeVersion('t/a', version)).toBe(false);
      expect(String(await store.read('t/a'))).toBe('y');
      expect(await store.removeVersion('t/a', await store.version('t/a'))).toBe(true);
      expect(await store.removeVersion('t/a', version)).toBe(false);
      expect(await keysOf(store, 't/')).toEqual([]);
    });

    test('what is removed is not there any more', async () => {
      for (const key of ['t/a', 't/b']) await store.put(key, 'x');
      await store.remove('t/a');
      expect(await keysOf(store)).toEqual(['t/b']);
    });
  });
});

function long(fill: string) {
  return streamOf(Array.from({ length: 10 }, () => Buffer.alloc(MIB, fill)));
}

async function* streamOf(chunks: readonly Buffer[]) {
  yield* chunks;
}

test('What is no regular file, or is too large to be read at once, is damaged and is not waited for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-read-'));
  try {
    const store = new FileStore(folder);
    execFileSync('mkfifo', [join(folder, 'pipe.json')]);
    // As long as it says, and without a block of its own.
    await writeFile(join(folder, 'large.json'), '');
    await truncate(join(folder, 'large.json'), 2 ** 28 + 1);
    for (const key of ['pipe.json', 'large.json']) {
      await expect(store.readJson(key)).rejects.toMatchObject({ name: 'StoreError', code: 'damaged' });
    }
    await writeFile(join(folder, 'blank.json.gz'), gzipSync(Buffer.alloc(2 ** 24 + 1, ' ')));
    await writeFile(join(folder, 'full.json.gz'), gzipSync(`${' '.repeat(2 ** 23)}1`));
    const raw = new RawFiles(store);
    expect(await readAnswer(store, raw, { key: 'full.json.gz' })).toBe(1);
    await expect(readAnswer(store, raw, { key: 'blank.json.gz' })).rejects.toMatchObject({ code: 'damaged' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe('of a folder alone', () => {
  let store: FileStore;
  beforeEach(async () => {
    store = new FileStore(await mkdtemp(join(tmpdir(), 'store-files-')));
  });

  test('what is built for a key is apart from every folder that a glob for tables looks into', async () => {
    await store.put('tables/t/data.parquet', 'x');
    expect(relative(store.rootPath, await store.tempPath())).toMatch(/^\.build\/\.tmp-[0-9a-f]{16}$/);
  });

  test('the folder of what is removed goes where it is empty, and where that is wanted', async () => {
    for (const key of ['raw/unit/a', 'raw/unit/b', 'raw/other/a']) await store.put(key, 'x');
    await store.remove('raw/unit/a', { emptyFolder: true });
    expect(await readdir(store.path('raw/unit'))).toEqual(['b']);
    await store.remove('raw/unit/b', { emptyFolder: true });
    await store.remove('raw/other/a');
    expect(await readdir(store.path('raw'))).toEqual(['other']);
    await store.put('raw/unit/c', 'again');
    expect(String(await store.read('raw/unit/c'))).toBe('again');
  });

  describe('symbolic links', () => {
    let elsewhere: string;
    beforeEach(async () => {
      elsewhere = await mkdtemp(join(tmpdir(), 'store-elsewhere-'));
      await writeFile(join(elsewhere, 'f'), 'not ours');
    });

    test.each([
      ['a folder', 'raw', 'raw/f'],
      ['a folder further up', 'raw', 'raw/profile=p/f'],
      ['a folder further down', 'raw/profile=p', 'raw/profile=p/f'],
    ])('nothing is written, moved or removed through %s that is one', async (_what, link, key) => {
      await store.put('raw-first/x', 'x');
      if (link.includes('/')) await mkdir(join(store.rootPath, dirname(link)), { recursive: true });
      await symlink(elsewhere, join(store.rootPath, link));
      const tempPath = await store.tempPath();
      await writeFile(tempPath, 'table');
      const refused = { code: 'refused', message: expect.stringMatching(/is a symbolic link.*DATA_URL/) };
      await expect(store.put(key, 'x')).rejects.toMatchObject(refused);
      await expect(store.putFile(key, tempPath)).rejects.toMatchObject(refused);
      await expect(store.remove(key)).rejects.toMatchObject(refused);
      expect(await readdir(elsewhere)).toEqual(['f']);
      expect(String(await readFile(join(elsewhere, 'f')))).toBe('not ours');
    });

    test('neither locks nor tables that are built go through one', async () => {
      for (const name of ['.locks', '.build']) await symlink(elsewhere, join(store.rootPath, name));
      await expect(store.withLock('day', async () => 'held')).rejects.toMatchObject({ code: 'refused' });
      await expect(store.tempPath()).rejects.toMatchObject({ code: 'refused' });
      await expect(store.sweep(0)).rejects.toMatchObject({ code: 'refused' });
      expect(await readdir(elsewhere)).toEqual(['f']);
    });

    test('a link in the place of a file is replaced, and what it led to stays', async () => {
      await symlink(join(elsewhere, 'f'), join(store.rootPath, 'f'));
      await store.put('f', 'ours');
      expect(String(await readFile(join(elsewhere, 'f')))).toBe('not ours');
      expect(String(await store.read('f'))).toBe('ours');
    });

    test('the root may be one', async () => {
      const link = `${store.rootPath}-link`;
      await symlink(store.rootPath, link);
      const linked = new FileStore(link);
      await linked.put('raw/f', 'x');
      await linked.withLock('day', async () => {});
      expect(String(await store.read('raw/f'))).toBe('x');
    });
  });

  test('a file does not take the place of a folder', async () => {
    await store.put('a/f', 'x');
    await expect(store.put('a', 'x')).rejects.toMatchObject({ code: 'refused' });
    expect(await everythingIn(store)).toEqual(['a/f']);
  });

  test('what is hidden is listed on demand', async () => {
    await store.put('t/c', 'x');
    for (const path of ['.tmp-1/a', '.b'].map((name) => join(store.path('t'), name))) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'x');
    }
    expect(await keysOf(store, 't/')).toEqual(['t/c']);
    expect(await everythingIn(store)).toEqual(['t/.b', 't/.tmp-1/a', 't/c']);
  });

  test('a root that is absent is unavailable for reading and writing, and is not created on the way', async () => {
    await rm(store.rootPath, { recursive: true });
    for (const attempt of [
      () => store.put('a/f', 'x'),
      () => store.read('f'),
      () => store.list().next(),
      () => store.withLock('k', async () => {}),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('mount') });
    }
    await expect(stat(store.rootPath)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a mount that vanishes under a running process, leaving its empty mount point, takes no new folder', async () => {
    await store.claim({
      apiHost: 'https://open.feishu.cn',
      profile: 'default',
      timeZone: 'Asia/Shanghai',
      dayScope: 'q',
    });
    await store.put('a/f', 'x');
    await rename(store.rootPath, `${store.rootPath}-away`);
    await mkdir(store.rootPath);
    await expect(store.put('a/g', 'x')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.read('a/f')).rejects.toMatchObject({ code: 'unavailable' });
    // What lies on it is away, not absent.
    await expect(store.exists('a/f')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.list('a/').next()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.list().next()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await everythingIn(new FileStore(store.rootPath))).toEqual([]);
  });
});
