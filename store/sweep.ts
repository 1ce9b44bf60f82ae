import type { Dirent } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, fileOperation, toStoreError } from './errors.ts';
import { LOCKS_FOLDER, TEMP_PREFIX } from './keys.ts';
import { isReleased } from './lock.ts';
import type { SweepResult } from './store.ts';

/** Removing a lock's folder starts its numbers again; nobody looks at one moment and creates a ticket an hour later. */
const SHORTEST_LOCK_AGE_MS = 3_600_000;

/** See FileStore.sweep. An absent root has nothing to sweep. */
export async function sweepStore(rootPath: string, olderThanMs: number): Promise<SweepResult> {
  const temporary = await sweepTemporary(rootPath, olderThanMs);
  const locks = await sweepLocks(join(rootPath, LOCKS_FOLDER), Math.max(olderThanMs, SHORTEST_LOCK_AGE_MS));
  return { temporary, locks };
}

async function sweepTemporary(folder: string, olderThanMs: number): Promise<number> {
  let removed = 0;
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(TEMP_PREFIX)) {
      if ((await newestAgeMs(path, entry)) < olderThanMs) continue;
      await fileOperation('remove', path, () => rm(path, { recursive: true, force: true }));
      removed += 1;
    } else if (entry.isDirectory() && entry.name !== LOCKS_FOLDER) {
      removed += await sweepTemporary(path, olderThanMs);
    }
  }
  return removed;
}

async function sweepLocks(folder: string, olderThanMs: number): Promise<number> {
  let removed = 0;
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if ((await ageMs(path)) < olderThanMs || !(await isReleased(path))) continue;
    await fileOperation('remove', path, () => rm(path, { recursive: true, force: true }));
    removed += 1;
  }
  return removed;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw toStoreError(error, { action: 'list', path: folder });
  }
}

/** Of a folder, the age of what was changed last in it: its own time stands still while a long file in it grows. */
async function newestAgeMs(path: string, entry: Dirent): Promise<number> {
  const inside = entry.isDirectory() ? await entriesOf(path) : [];
  const ages = await Promise.all([ageMs(path), ...inside.map(({ name }) => ageMs(join(path, name)))]);
  return Math.min(...ages);
}

/** Age by the last change; 0 for what another process has just removed or renamed. */
async function ageMs(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw toStoreError(error, { action: 'look up', path });
  }
}
