import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { FileStore } from '../store/file-store.ts';

let store: FileStore;
beforeEach(async () => {
  store = new FileStore(await mkdtemp(join(tmpdir(), 'store-files-')));
});

async function keys(prefix = ''): Promise<string[]> {
  const found = [];
  for await (const key of store.list(prefix)) found.push(key);
  return found;
}

/** Every path under the root, hidden ones too. */
async function everything(): Promise<string[]> {
  return (await readdir(store.rootPath, { recursive: true })).toSorted();
}

describe('writing', () => {
  test('a file from a stream arrives whole, with its size and hash', async () => {
    const chunks = [Buffer.from('会议'), Buffer.alloc(300_000, 7), Buffer.alloc(0), Buffer.from('end')];
    const whole = Buffer.concat(chunks);
    const written = await store.put(
      'raw/a/b.bin',
      (async function* () {
        yield* chunks;
      })(),
    );
    expect(written).toEqual({ bytes: whole.length, sha256: createHash('sha256').update(whole).digest('hex') });
    expect(whole.equals(await store.read('raw/a/b.bin'))).toBe(true);
    expect(whole.equals(await buffer(await store.readStream('raw/a/b.bin')))).toBe(true);
    expect(await store.stat('raw/a/b.bin')).toMatchObject({ bytes: whole.length, modifiedMs: expect.any(Number) });
    expect(store.uri('raw/a/b.bin')).toBe(`file://${store.rootPath}/raw/a/b.bin`);
    expect(await everything()).toEqual(['raw', 'raw/a', 'raw/a/b.bin']);
  });

  test('a source that fails half way leaves the old file and nothing else, and its error comes out unchanged', async () => {
    await store.put('a/f', 'old');
    const cut = new Error('connection lost');
    await expect(
      store.put(
        'a/f',
        (async function* () {
          yield Buffer.from('new');
          throw cut;
        })(),
      ),
    ).rejects.toBe(cut);
    expect(String(await store.read('a/f'))).toBe('old');
    expect(await everything()).toEqual(['a', 'a/f']);
  });

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
    expect(await everything()).toEqual(['same']);
  });

  test('a finished file is moved to its key', async () => {
    const tempPath = await store.tempPath();
    await writeFile(tempPath, 'table');
    expect(await keys()).toEqual([]);
    await store.putFile('t/data.parquet', tempPath);
    expect(String(await store.read('t/data.parquet'))).toBe('table');
    expect(await readdir(join(store.rootPath, '.build'))).toEqual([]);
  });

  test('what is built for a key is apart from every folder that a glob for tables looks into', async () => {
    await store.put('tables/t/data.parquet', 'x');
    expect(relative(store.rootPath, await store.tempPath())).toMatch(/^\.build\/\.tmp-[0-9a-f]{16}$/);
  });

  test('JSON is read back, and a file that is not JSON is called damaged', async () => {
    const value = { rows: 3, name: '会议', none: null };
    await store.writeJson('m.json', value);
    expect(await store.readJson('m.json')).toEqual(value);
    await store.put('m.json', '{"rows": 3');
    await expect(store.readJson('m.json')).rejects.toMatchObject({ code: 'damaged' });
  });
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
    await expect(store.removePrefix(`${link}/`)).rejects.toMatchObject(refused);
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

describe('what is absent', () => {
  test('a file that is not there is not-found, at once for streams too', async () => {
    for (const attempt of [
      () => store.read('a/no'),
      () => store.readStream('no'),
      () => store.stat('no'),
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
    await expect(store.stat('a')).rejects.toMatchObject({ code: 'not-found' });
    await expect(store.put('a', 'x')).rejects.toMatchObject({ code: 'refused' });
    expect(await everything()).toEqual(['a', 'a/f']);
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
    await expect(readdir(store.rootPath)).rejects.toMatchObject({ code: 'ENOENT' });
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
    expect(await everything()).toEqual([]);
  });
});

describe('listing and removing', () => {
  test('keys come in the order of their characters, by any prefix, without temporary and hidden files', async () => {
    const segment = fc
      .string({ unit: fc.constantFrom('a', 'b', '-', '.', '=', '0', '~'), minLength: 1, maxLength: 3 })
      .filter((text) => !text.startsWith('.'));
    const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `d/${parts.join('/')}/file`);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 8 }), fc.nat(10), async (wanted, cut) => {
        store = new FileStore(await mkdtemp(join(tmpdir(), 'store-list-')));
        for (const each of wanted) {
          await store.put(each, '');
          await writeFile(await store.tempPath(), '');
        }
        const prefix = (wanted[0] ?? '').slice(0, cut);
        expect(await keys(prefix)).toEqual(wanted.filter((each) => each.startsWith(prefix)).toSorted());
        await rm(store.rootPath, { recursive: true });
      }),
      { numRuns: 40 },
    );
  });

  test('removing a prefix removes its files and the folders that are empty then, and no others', async () => {
    for (const key of ['t/day=1/a', 't/day=1/b/c', 't/day=10/a', 'u/x']) await store.put(key, 'x');
    await store.removePrefix('t/day=1/');
    expect(await everything()).toEqual(['t', 't/day=10', 't/day=10/a', 'u', 'u/x']);
    await store.removePrefix('t');
    expect(await everything()).toEqual(['u', 'u/x']);
  });
});

describe('sweeping', () => {
  test('old leftovers go, wherever they are; young ones and data stay', async () => {
    await store.put('t/data', 'x');
    const [old, young] = [await store.tempPath(), await store.tempPath()];
    const oldFolder = join(store.path('t'), '.tmp-0011223344556677');
    await writeFile(old, 'x');
    await writeFile(young, 'x');
    await mkdir(oldFolder);
    await writeFile(join(oldFolder, 'table.parquet'), 'x');
    const hourAgo = new Date(Date.now() - 3_600_000);
    for (const path of [old, join(oldFolder, 'table.parquet'), oldFolder, store.path('t/data')])
      await utimes(path, hourAgo, hourAgo);
    expect(await store.sweep(600_000)).toEqual({ temporary: 2, locks: 0 });
    expect(await readdir(store.path('t'))).toEqual(['data']);
    expect(await readdir(join(store.rootPath, '.build'))).toEqual([basename(young)]);
  });

  test('a folder in which a file still grows is no leftover, however old the folder is', async () => {
    const folder = await store.tempPath();
    await mkdir(folder);
    await writeFile(join(folder, 'run-0'), 'x');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(folder, hourAgo, hourAgo);
    expect(await store.sweep(600_000)).toEqual({ temporary: 0, locks: 0 });
    expect(await readdir(folder)).toEqual(['run-0']);
  });

  test('takes a day to call something a leftover where nobody says how long', async () => {
    const [recent, old] = [await store.tempPath(), await store.tempPath()];
    for (const [path, hours] of [
      [recent, 23],
      [old, 25],
    ] as const) {
      await writeFile(path, 'x');
      const then = new Date(Date.now() - hours * 3_600_000);
      await utimes(path, then, then);
    }
    expect(await store.sweep()).toMatchObject({ temporary: 1 });
    expect(await readdir(join(store.rootPath, '.build'))).toEqual([basename(recent)]);
  });

  test('locks that were given back long ago go, held ones stay, and a swept lock can be taken again', async () => {
    const dayAgo = new Date(Date.now() - 86_400_000);
    await store.withLock('done', async () => {});
    await store.withLock('held', async () => {
      for (const name of ['done', 'held']) await utimes(join(store.rootPath, '.locks', name), dayAgo, dayAgo);
      expect(await store.sweep(1_000)).toEqual({ temporary: 0, locks: 1 });
      expect(await readdir(join(store.rootPath, '.locks'))).toEqual(['held']);
    });
    expect(await store.withLock('done', async () => 'again')).toBe('again');
  });

  test('an absent root has nothing to sweep', async () => {
    expect(await new FileStore(join(store.rootPath, 'no')).sweep(0)).toEqual({ temporary: 0, locks: 0 });
  });
});
