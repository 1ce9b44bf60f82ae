import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commitFiles, tornFiles } from '../store/commit.ts';
import type { FileToCommit } from '../store/commit.ts';
import { hashFile } from '../store/file-io.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { STORE_KINDS } from './support/store-kinds.ts';

const MANIFEST = 'manifests/day.json';
const KEYS = ['tables/meetings/data', 'tables/units/data'];
interface Manifest {
  generation: number;
  files: { key: string; sha256: string }[];
}

let dataUrl: string;
let store: Store;

/** A store whose process dies before or after the nth change that a commit makes. */
function crashingAfter(changes: number): Store {
  const crashing = openStore(dataUrl);
  let changesLeft = changes;
  const change = async <T>(changing: () => Promise<T>): Promise<T> => {
    if (changesLeft <= 0) throw new Error('crash before');
    const result = await changing();
    changesLeft -= 1;
    if (changesLeft === 0.5) throw new Error('crash after');
    return result;
  };
  const putFile = crashing.putFile.bind(crashing);
  const writeJson = crashing.writeJson.bind(crashing);
  crashing.putFile = (...call) => change(() => putFile(...call));
  crashing.writeJson = (...call) => change(() => writeJson(...call));
  return crashing;
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
  into: Store,
  generation: number,
  files: Required<FileToCommit>[],
  lockKey = 'day',
): ReturnType<typeof commitFiles<Manifest>> {
  const manifest = { generation, files: files.map(({ key, sha256 }) => ({ key, sha256 })) };
  return commitFiles<Manifest>(into, { lockKey, files, manifestKey: MANIFEST, buildManifest: () => manifest });
}

async function manifestInForce(): Promise<Manifest> {
  const manifest: Manifest = JSON.parse(String(await store.read(MANIFEST)));
  return manifest;
}

describe.each(STORE_KINDS)('in $name', (kind) => {
  beforeAll(() => (kind.isHere ? kind.start() : undefined));
  afterAll(() => kind.stop());
  beforeEach(async () => {
    if (!kind.isHere) return;
    dataUrl = await kind.makePlace();
    store = openStore(dataUrl);
  });

  describe.skipIf(!kind.isHere)('a commit', () => {
    test('puts the files and the manifest in force and says where', async () => {
      const files = await prepare(1);
      const result = await commit(store, 1, files);
      expect(result).toMatchObject({
        status: 'committed',
        manifest: { generation: 1 },
        uri: store.uri(MANIFEST),
        file: await store.hash(MANIFEST),
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
      await Promise.all(prepared.map(({ generation, files }) => commit(openStore(dataUrl), generation, files)));
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

  describe.skipIf(!kind.isHere)('a crash', () => {
    // Whole numbers die before a change, halves right after one, before the caller hears of it.
    test.each([0, 0.5, 1, 1.5, 2, 2.5])(
      'after %d changes leaves one manifest in force and is repaired by the next run',
      async (point) => {
        await commit(store, 1, await prepare(1));
        const files = await prepare(2);
        const crashing = crashingAfter(point % 1 === 0 ? point : point + 1);
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
          ['--import', 'tsx', script, 'commitForEver', dataUrl, String(version), String(staleAfterMs)],
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
      await commit(openStore(dataUrl, { lockStaleAfterMs: staleAfterMs }), 2, await prepare(2));
      expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
    });
  });

  describe.skipIf(!kind.isHere)('a writer that wakes late', () => {
    // Its lock went stale while it was stopped, and another has committed: as if there had been no lock.
    test.each([
      ['its first file', 0],
      ['its second file', 1],
    ])('before %s overwrites nothing that is newer', async (_, putBefore) => {
      await commit(store, 1, await prepare(1));
      const late = openStore(dataUrl);
      const putFile = late.putFile.bind(late);
      let puts = 0;
      const newer = await prepare(3);
      late.putFile = async (...call) => {
        if (puts++ === putBefore) await commit(store, 3, newer, 'the lock of another');
        await putFile(...call);
      };
      await expect(commit(late, 2, await prepare(2))).rejects.toMatchObject({ code: 'busy' });
      expect((await manifestInForce()).generation).toBe(3);
      expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
    });

    test('before its manifest leaves the newer one in force', async () => {
      await commit(store, 1, await prepare(1));
      const late = openStore(dataUrl);
      const writeJson = late.writeJson.bind(late);
      const newer = await prepare(3);
      late.writeJson = async (...call) => {
        await commit(store, 3, newer, 'the lock of another');
        return await writeJson(...call);
      };
      await expect(commit(late, 2, await prepare(2))).rejects.toMatchObject({ code: 'busy' });
      expect((await manifestInForce()).generation).toBe(3);
      expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
    });

    test('that is stopped inside and lost its lock is told so, and the newer commit stays whole', async () => {
      await commit(store, 1, await prepare(1));
      const impatient = openStore(dataUrl, { lockStaleAfterMs: 300 });
      const newer = await prepare(3);
      const files = await prepare(2);
      const late = commitFiles<Manifest>(openStore(dataUrl, { lockStaleAfterMs: 3_600_000 }), {
        lockKey: 'day',
        files,
        manifestKey: MANIFEST,
        buildManifest: async () => {
          await commit(impatient, 3, newer);
          return { generation: 2, files: [] };
        },
      });
      await expect(late).rejects.toMatchObject({ code: 'busy' });
      expect((await manifestInForce()).generation).toBe(3);
      expect(await tornFiles(store, (await manifestInForce()).files)).toEqual([]);
    });
  });
});

function isVersion(value: unknown): value is { version: number } {
  return typeof value === 'object' && value !== null && 'version' in value && typeof value.version === 'number';
}

/** What the child process writes. */
function versionText(name: string, version: number): string {
  return `${name} version ${version}\n`.repeat(5_000);
}
