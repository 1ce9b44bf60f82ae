import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { commitFiles } from '../store/commit.ts';
import { toStoreError } from '../store/errors.ts';
import { FileStore } from '../store/file-store.ts';
import { parquetInfo, writeParquet } from '../store/parquet.ts';
import type { Row } from '../store/parquet.ts';

const run = promisify(execFile);
let mounted: string | undefined;
afterEach(async () => {
  if (mounted !== undefined) await run('umount', [mounted]);
  mounted = undefined;
});

/** A disk of its own of one MiB; the test is skipped where mounting is not allowed. */
async function smallDisk(context: TestContext): Promise<FileStore> {
  const folder = await mkdtemp(join(tmpdir(), 'store-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  } catch (error) {
    context.skip(`no small disk could be mounted here: ${String(error).split('\n', 1)[0]}`);
  }
  mounted = folder;
  return new FileStore(folder);
}

function* manyRows(): Generator<Row> {
  for (let index = 0; index < 20_000; index += 1) yield { row_key: `${index}${Math.sin(index)}`.repeat(4) };
}
const COLUMNS = [{ name: 'row_key', type: 'text' }] as const;

describe('a disk that is full', () => {
  test('is unavailable, keeps the old file, and takes a smaller one right away', async (context) => {
    const store = await smallDisk(context);
    await store.put('a/f', 'old');
    const full = store.put('a/f', Buffer.alloc(2_000_000));
    await expect(full).rejects.toMatchObject({
      name: 'StoreError',
      code: 'unavailable',
      message: expect.stringContaining('disk is full'),
    });
    expect(String(await store.read('a/f'))).toBe('old');
    expect(await readdir(store.path('a'))).toEqual(['f']);
    await store.put('a/f', 'new');
  });

  test('is unavailable for a table, and nothing of it is left', async (context) => {
    const store = await smallDisk(context);
    const toPath = await store.tempPath();
    const full = writeParquet({ columns: COLUMNS, rows: manyRows(), sortBy: [], toPath });
    await expect(full).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('disk is full') });
    expect(await readdir(dirname(toPath))).toEqual([]);
    await writeParquet({ columns: COLUMNS, rows: [{ row_key: 'k' }], sortBy: [], toPath });
    expect((await parquetInfo(toPath)).rows).toBe(1);
  });

  test('while DuckDB writes is unavailable too', async (context) => {
    const store = await smallDisk(context);
    const toPath = await store.tempPath();
    const rows = Array.from({ length: 300 }, (_, index) => ({ row_key: randomText(index, 2_000) }));
    const full = writeParquet({ columns: COLUMNS, rows, sortBy: [], toPath });
    await expect(full).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^Cannot write Parquet to .*disk is full/),
    });
    expect(await readdir(dirname(toPath))).toEqual([]);
  });

  test('during a commit leaves the manifest in force, and its lock is free again', async (context) => {
    const store = await smallDisk(context);
    const commit = (size: number): Promise<unknown> =>
      commitFiles(store, {
        lockKey: 'day',
        files: [],
        manifestKey: 'm.json',
        buildManifest: () => ({ text: 'x'.repeat(size) }),
      });
    await commit(10);
    await expect(commit(2_000_000)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.readJson('m.json')).toEqual({ text: 'x'.repeat(10) });
    await store.withLock('day', async () => {}, { waitMs: 0 });
  });
});

/** Text that hardly compresses. */
function randomText(seed: number, length: number): string {
  let text = '';
  while (text.length < length) text += createHash('sha512').update(`${seed} ${text.length}`).digest('base64');
  return text;
}

describe('a disk that does not take data', () => {
  test('because it is read-only is unavailable', async (context) => {
    const store = await smallDisk(context);
    await store.put('a/f', 'x');
    const toPath = await store.tempPath();
    await run('mount', ['-o', 'remount,ro', store.rootPath]);
    const attempts = [
      () => store.put('a/g', 'x'),
      () => store.put('b/g', 'x'),
      () => store.remove('a/f'),
      () => store.withLock('k', async () => {}),
      () => writeParquet({ columns: COLUMNS, rows: [], sortBy: [], toPath }),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('read-only'),
      });
    }
    expect(String(await store.read('a/f'))).toBe('x');
  });

  test('because of its permissions is unavailable', async (context) => {
    const root = await mkdtemp(join(tmpdir(), 'store-rights-'));
    await chmod(root, 0o555);
    const script = `
      import { FileStore } from ${JSON.stringify(join(import.meta.dirname, '../store/file-store.ts'))};
      try { await new FileStore(process.argv.at(-1)).put('a/f', 'x'); } catch (error) { console.log(error.code, error.message); }`;
    const isRoot = process.getuid?.() === 0;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script, root], {
      cwd: join(import.meta.dirname, '..'),
      // Root may write anywhere: the attempt is made as the user nobody.
      ...(isRoot ? { uid: 65_534, gid: 65_534, env: { PATH: process.env.PATH, HOME: '/tmp' } } : {}),
    });
    let said = '';
    let complained = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (complained += text.toString()));
    await once(child, 'close');
    if (said === '') context.skip(`another user cannot run this checkout: ${complained.slice(0, 200)}`);
    expect(said).toMatch(/^unavailable .*permission denied/);
  });
});

test.each([
  ['EIO', 'unavailable'],
  ['EDQUOT', 'unavailable'],
  ['ESTALE', 'unavailable'],
  ['EMFILE', 'unavailable'],
  ['ENAMETOOLONG', 'refused'],
  ['EWHATEVER', 'unavailable'],
])('errno %s is %s', (errno, code) => {
  const error = Object.assign(new Error('x'), { code: errno, errno: -1 });
  expect(toStoreError(error, { action: 'write', path: '/d/f' })).toMatchObject({
    code,
    cause: error,
    message: expect.stringContaining(errno),
  });
});

test('what is no system error passes as it is', () => {
  const bug = new TypeError('x is not a function');
  expect(toStoreError(bug, { action: 'write', path: '/d/f' })).toBe(bug);
});
