import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { commitFiles, tornFiles } from '../store/commit.ts';
import type { FileToCommit } from '../store/commit.ts';
import { hashFile } from '../store/file-io.ts';
import type { WrittenFile } from '../store/file-io.ts';
import { FileStore } from '../store/file-store.ts';

const MANIFEST = 'manifests/day.json';
const KEYS = ['tables/meetings/data', 'tables/units/data'];
interface Manifest {
  generation: number;
  files: { key: string; sha256: string }[];
}

let root: string;
let store: FileStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'store-commits-'));
  store = new FileStore(root);
});

/** The process dies before or after the nth change that a commit makes to the disk. */
class CrashingStore extends FileStore {
  changesLeft = Number.POSITIVE_INFINITY;
  override putFile(key: string, tempPath: string): Promise<void> {
    return this.#change(() => super.putFile(key, tempPath));
  }
  override writeJson(key: string, value: unknown): Promise<WrittenFile> {
    return this.#change(() => super.writeJson(key, value));
  }
  async #change<T>(change: () => Promise<T>): Promise<T> {
    if (this.changesLeft <= 0) throw new Error('crash before');
    const result = await change();
    this.changesLeft -= 1;
    if (this.changesLeft === 0.5) throw new Error('crash after');
    return result;
  }
}

async function prepare(generation: number): Promise<Required<FileToCommit>[]> {
  return Promise.all(
    KEYS.map(async (key) => {
      const tempPath = await store.tempPath();
      await appendFile(tempPath, `${key} of generation ${generation}`);
      return { tempPath, key, sha256: (await hashFile(tempPath)).sha256 };
    }),
  );
}

function commit(
  into: FileStore,
  generation: number,
  files: Required<FileToCommit>[],
): ReturnType<typeof commitFiles<Manifest>> {
  const manifest = { generation, files: files.map(({ key, sha256 }) => ({ key, sha256 })) };
  return commitFiles<Manifest>(into, { lockKey: 'day', files, manifestKey: MANIFEST, buildManifest: () => manifest });
}

async function manifestInForce(): Promise<Manifest> {
  const manifest: Manifest = JSON.parse(String(await store.read(MANIFEST)));
  return manifest;
}

describe('a commit', () => {
  test('puts the files and the manifest in force and says where', async () => {
    const files = await prepare(1);
    const result = await commit(store, 1, files);
    expect(result).toMatchObject({
      status: 'committed',
      manifest: { generation: 1 },
      uri: store.uri(MANIFEST),
      file: await hashFile(store.path(MANIFEST)),
    });
    expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
  });

  test('gets the manifest in force, and null at first', async () => {
    const seen: unknown[] = [];
    for (const generation of [1, 2]) {
      await commitFiles(store, {
        lockKey: 'day',
        files: [],
        manifestKey: MANIFEST,
        buildManifest: (previous) => {
          seen.push(previous);
          return { generation };
        },
      });
    }
    expect(seen).toEqual([null, { generation: 1 }]);
  });

  test('that comes too late changes nothing and takes its temporary files away', async () => {
    await commit(store, 2, await prepare(2));
    const late = await prepare(1);
    const result = await commitFiles(store, {
      lockKey: 'day',
      files: late,
      manifestKey: MANIFEST,
      buildManifest: () => 'superseded',
    });
    expect(result).toEqual({ status: 'superseded' });
    expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
    for (const { tempPath } of late) await expect(readFile(tempPath)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('at the same time as others never mixes their files', async () => {
    const prepared = await Promise.all(
      [1, 2, 3, 4, 5].map(async (generation) => ({ generation, files: await prepare(generation) })),
    );
    await Promise.all(prepared.map(({ generation, files }) => commit(new FileStore(root), generation, files)));
    expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
  });

  test('without one of its temporary files is refused before anything moved', async () => {
    await commit(store, 1, await prepare(1));
    const [first, second] = await prepare(2);
    if (first === undefined || second === undefined) throw new Error('two files');
    const absent = { ...second, tempPath: `${second.tempPath}-gone` };
    await expect(commit(store, 2, [first, absent])).rejects.toMatchObject({ code: 'not-found' });
    expect((await manifestInForce()).generation).toBe(1);
    expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
  });

  test('over a manifest that is damaged is refused and keeps the files that are there', async () => {
    await store.put(MANIFEST, '{"generation": 1');
    const files = await prepare(2);
    await expect(commit(store, 2, files)).rejects.toMatchObject({ code: 'damaged' });
    expect(await store.exists(KEYS[0] ?? '')).toBe(false);
  });
});

describe('a crash', () => {
  // Whole numbers die before a change, halves right after one, before the caller hears of it.
  test.each([0, 0.5, 1, 1.5, 2, 2.5])(
    'after %d changes leaves one manifest in force and is repaired by the next run',
    async (point) => {
      await commit(store, 1, await prepare(1));
      const crashing = new CrashingStore(root);
      const files = await prepare(2);
      crashing.changesLeft = point % 1 === 0 ? point : point + 1;
      await expect(commit(crashing, 2, files)).rejects.toThrow(/crash/);

      const { generation, files: named } = await manifestInForce();
      expect(generation).toBe(point > 2 ? 2 : 1);
      const moved = Math.ceil(point);
      expect(await tornFiles(store, named)).toEqual(generation === 2 ? [] : KEYS.slice(0, moved));

      await commit(store, 2, files);
      expect((await manifestInForce()).generation).toBe(2);
      expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
    },
  );

  test('by SIGKILL at any moment leaves whole files, a whole manifest, and a store that takes the next commit', async () => {
    const staleAfterMs = 400;
    let version = 1;
    for (let round = 0; round < 6; round += 1) {
      const script = join(import.meta.dirname, 'store-child.ts');
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', script, 'commitForEver', root, String(version), String(staleAfterMs)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      let heard = '';
      child.stdout.on('data', (text: Buffer) => (heard += text.toString()));
      while (!heard.includes('committed')) await sleep(5);
      await sleep(Math.random() * 40);
      child.kill('SIGKILL');
      await once(child, 'exit');

      const last = Number(/committed (\d+)\n$/.exec(heard.slice(0, heard.lastIndexOf('\n') + 1))?.[1]);
      const manifest = await store.readJson('manifest.json');
      version = isVersion(manifest) ? manifest.version : Number.NaN;
      // It may have died after the manifest was written and before it said so.
      expect([last, last + 1]).toContain(version);
      for (const name of ['a', 'b', 'c']) {
        const text = String(await store.read(`data/${name}`));
        expect([versionText(name, version), versionText(name, version + 1)].includes(text), `${name} is whole`).toBe(
          true,
        );
      }
      version += 1;
    }
    await commit(new FileStore(root, { lockStaleAfterMs: staleAfterMs }), 2, await prepare(2));
    expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
  });
});

function isVersion(value: unknown): value is { version: number } {
  return typeof value === 'object' && value !== null && 'version' in value && typeof value.version === 'number';
}

/** What the child process writes. */
function versionText(name: string, version: number): string {
  return `${name} version ${version}\n`.repeat(5_000);
}
