/** A folder of this process for files that are on their way to a bucket or come from one. It goes with the process. */
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf, fileOperation, toStoreError } from './errors.ts';

const PREFIX = 'feishu-vc-store-';
/** A folder that is still used looks young to other processes, whether there is a file in it or not. */
const TOUCHED_EVERY_MS = 3_600_000;

let folder: Promise<string> | undefined;

/** Made on first use, below TMPDIR, for the owner only. */
export async function scratchFolder(): Promise<string> {
  folder ??= makeFolder();
  return await folder;
}

async function makeFolder(): Promise<string> {
  const path = await fileOperation('create a folder in', tmpdir(), () => mkdtemp(join(tmpdir(), PREFIX)));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  setInterval(() => void touch(path), TOUCHED_EVERY_MS).unref();
  return path;
}

async function touch(path: string): Promise<void> {
  try {
    await utimes(path, new Date(), new Date());
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/** Removes what dead processes of this user left. @returns how many folders */
export async function sweepScratch(olderThanMs: number): Promise<number> {
  const names = await fileOperation('list', tmpdir(), () => readdir(tmpdir()));
  let removed = 0;
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const path = join(tmpdir(), name);
    if (!(await isLeft(path, olderThanMs))) continue;
    await fileOperation('remove', path, () => rm(path, { recursive: true, force: true }));
    removed += 1;
  }
  return removed;
}

async function isLeft(path: string, olderThanMs: number): Promise<boolean> {
  try {
    const { uid, mtimeMs } = await stat(path);
    const isOwn = path !== (await folder) && (process.getuid === undefined || uid === process.getuid());
    return isOwn && Date.now() - mtimeMs >= olderThanMs;
  } catch (error) {
    // Its process has ended meanwhile.
    if (errnoOf(error) === 'ENOENT') return false;
    throw toStoreError(error, { action: 'look up', path });
  }
}
