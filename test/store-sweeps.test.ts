import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { FileStore } from '../store/file-store.ts';
import { tempFolder } from './support/temp-folder.ts';

let store: FileStore;
beforeEach(async () => {
  store = new FileStore(await tempFolder());
});

describe('sweeping a folder', () => {
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
