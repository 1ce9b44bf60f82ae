/**
 * Folders of this process for files on their way: to a bucket, from one, or out of DuckDB's memory. They hold rows, and go with the
 * process: at its end, by a signal too. What one that was killed left is swept by the next program.
 */
import { rmSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf, fileOperation } from './errors.ts';

const PREFIX = 'feishu-vc-tmp-';
/** Those of before, too. */
const OURS = /^feishu-vc-(?:tmp-|store-|verify-)?[A-Za-z0-9]{6}$/;
/** A folder that is still used looks young to other processes, whether there is a file in it or not. */
const TOUCHED_EVERY_MS = 3_600_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Files and folders that go with this process. */
const going = new Set<string>();

/** Has a file or folder removed at the end of this process, unless `removed` says before that it is gone. */
export function goesWithProcess(path: string): { removed(): void } {
  watchEnd();
  going.add(path);
  return { removed: () => void going.delete(path) };
}

let isWatching = false;

function watchEnd(): void {
  if (isWatching) return;
  isWatching = true;
  process.once('exit', removeAll);
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // Whoever else listens ends this process in his own way.
      if (process.listenerCount(signal) > 1) return;
      process.exit(128 + constants.signals[signal]);
    });
  }
}

function removeAll(): void {
  for (const path of going) rmSync(path, { recursive: true, force: true });
}

/** A new folder below TMPDIR, for the owner only. It goes with this process. */
export async function temporaryFolder(): Promise<string> {
  return (await newFolder()).path;
}

/** Runs `work` with a new folder, which is removed after. */
export async function withTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const { path, remove } = await newFolder();
  try {
    return await work(path);
  } finally {
    await remove();
  }
}

async function newFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await fileOperation('create a folder in', tmpdir(), () => mkdtemp(join(tmpdir(), PREFIX)));
  const { removed } = goesWithProcess(path);
  const touching = setInterval(() => void touch(path), TOUCHED_EVERY_MS).unref();
  const remove = async (): Promise<void> => {
    clearInterval(touching);
    await rm(path, { recursive: true, force: true });
    removed();
  };
  return { path, remove };
}

let shared: Promise<string> | undefined;

/** The one for what goes to buckets and comes from them, made on first use. */
export async function scratchFolder(): Promise<string> {
  shared ??= temporaryFolder();
  return await shared;
}

async function touch(path: string): Promise<void> {
  try {
    await utimes(path, new Date(), new Date());
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/** Removes what dead processes of this user left; what it may not look at or remove stays. @returns how many folders */
export async function sweepScratch(olderThanMs: number): Promise<number> {
  let removed = 0;
  for (const name of (await unlessDenied(() => readdir(tmpdir()))) ?? []) {
    const path = join(tmpdir(), name);
    if (!OURS.test(name) || going.has(path)) continue;
    if ((await unlessDenied(() => removeLeft(path, olderThanMs))) === true) removed += 1;
  }
  return removed;
}

async function removeLeft(path: string, olderThanMs: number): Promise<boolean> {
  // Not `stat`: anybody may put a link there.
  const found = await lstat(path);
  const isOwn = found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid());
  if (!isOwn || Date.now() - found.mtimeMs < olderThanMs) return false;
  await rm(path, { recursive: true, force: true });
  return true;
}

/** Undefined where the file system refuses it, or another process has come first. */
async function unlessDenied<T>(operation: () => Promise<T>): Promise<T | undefined> {
  try {
    return await operation();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
