import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { errnoOf, fileOperation, StoreError, toStoreError } from './errors.ts';
import {
  compareText,
  discard,
  fileChunks,
  handleChunks,
  isPresent,
  isSymbolicLink,
  syncFile,
  syncFolder,
  writeSynced,
} from './file-io.ts';
import type { FileSource, WrittenFile } from './file-io.ts';
import { checkClaim, claimedProfiles, claimStore, readIdentity, STORE_FILE } from './identity.ts';
import type { StoreClaim, StoreIdentity } from './identity.ts';
import { BUILD_FOLDER, checkKey, encodeSegment, TEMP_PREFIX } from './keys.ts';
import { LOCKS_FOLDER, withFileLock } from './lock.ts';
import type { HeldLock, LockOptions } from './lock.ts';
import { LEFTOVER_AGE_MS, sweepStore } from './sweep.ts';
import type { SweepResult } from './sweep.ts';

const NOISE_BLOCK_BYTES = 64 * 1024;

export interface StoredFileStat {
  bytes: number;
  modifiedMs: number;
}
/** `waitMs` is the longest wait for the lock (default 120 000), after which StoreError `busy` is thrown. */
export type WithLockOptions = Pick<LockOptions, 'waitMs' | 'signal'>;

export interface FileStoreOptions {
  /** A lock whose owner gave no sign of life for this long is taken over. Default 30 000. */
  lockStaleAfterMs?: number;
  /** Told of files that readers take for absent, since they are not what was written. */
  onDamaged?: (problem: { key: string; reason: string }) => void;
}

/**
 * Files under one root folder, named by keys (relative paths with `/`, see `checkKey`; text from outside goes through
 * `encodeSegment`). A file appears whole or not at all: it is written aside in the same folder, synced, renamed, and the
 * folder is synced. Nothing is written or removed through a symbolic link below the root. All methods throw StoreError; errors of a `source` or of a callback come out unchanged.
 */
export class FileStore {
  readonly rootPath: string;
  readonly #lockStaleAfterMs: number;
  readonly #onDamaged: NonNullable<FileStoreOptions['onDamaged']>;
  #claimed = false;

  constructor(rootPath: string, options: FileStoreOptions = {}) {
    this.rootPath = resolve(rootPath);
    this.#lockStaleAfterMs = options.lockStaleAfterMs ?? 30_000;
    this.#onDamaged = options.onDamaged ?? (() => {});
  }

  /** Creates the root folder where it is absent. Other methods do not: an absent root is a disk that is not mounted. */
  async prepare(): Promise<void> {
    await fileOperation('create', this.rootPath, () => mkdir(this.rootPath, { recursive: true }));
  }

  /**
   * Binds the store to an API host and this profile to its time zone, app and tenant, in `store.json` at the root; creates the
   * root. Throws StoreError `refused` where the store holds data of another host, or the profile that of another zone, app
   * or tenant.
   * @returns the scope of the profile's days: that of its first claim
   */
  async claim(claim: StoreClaim): Promise<string> {
    await this.prepare();
    const dayScope = await claimStore(this, claim);
    this.#claimed = true;
    return dayScope;
  }

  /** As `claim`, without writing anything: throws where that would be refused. */
  async checkClaim(claim: StoreClaim): Promise<void> {
    await checkClaim(this, claim);
  }

  /** The profiles that workers of this store have claimed, from the first on. */
  async claimedProfiles(): Promise<string[]> {
    return await claimedProfiles(this);
  }

  /** Passes on that a file is damaged and is taken for absent. */
  noteDamaged(problem: { key: string; reason: string }): void {
    this.#onDamaged(problem);
  }

  /** Whose data the store holds; null where nothing was claimed yet. */
  async identity(): Promise<StoreIdentity | null> {
    return await readIdentity(this);
  }

  path(key: string): string {
    return join(this.rootPath, checkKey(key));
  }

  /** Absolute `file://` URI. */
  uri(key: string): string {
    return pathToFileURL(this.path(key)).href;
  }

  async put(key: string, source: FileSource): Promise<WrittenFile> {
    const tempPath = await this.#tempIn(dirname(this.path(key)));
    try {
      const written = await writeSynced(tempPath, source);
      await this.#moveIntoPlace(key, tempPath);
      return written;
    } catch (error) {
      await discard(tempPath);
      throw error;
    }
  }

  /**
   * Moves a finished file, written at `tempPath()` or elsewhere on the same disk, to its key. A file of another disk is
   * copied aside first. `tempPath` is gone afterwards; on failure it stays, for the caller to try again or to remove.
   */
  async putFile(key: string, tempPath: string): Promise<void> {
    await fileOperation('sync', tempPath, () => syncFile(tempPath));
    await this.#ensureFolder(dirname(this.path(key)));
    try {
      await this.#moveIntoPlace(key, tempPath);
    } catch (error) {
      if (!(error instanceof StoreError) || errnoOf(error.cause) !== 'EXDEV') throw error;
      await this.put(key, fileChunks(tempPath));
      await fileOperation('remove', tempPath, () => rm(tempPath));
    }
  }

  /** A fresh name on the store's disk, apart from what readers look at: for files that something else writes before `putFile`. */
  async tempPath(): Promise<string> {
    return this.#tempIn(join(this.rootPath, BUILD_FOLDER));
  }

  async read(key: string): Promise<Buffer> {
    const path = this.path(key);
    return this.#reading(path, () => readFile(path));
  }

  /** Throws `not-found` at once; later trouble arrives as the stream's `error` event, a StoreError too. */
  async readStream(key: string): Promise<Readable> {
    const path = this.path(key);
    const handle = await this.#reading(path, () => open(path, 'r'));
    return Readable.from(handleChunks(handle, path), { objectMode: false });
  }

  /** Throws StoreError `damaged` where the file is not JSON. */
  async readJson(key: string): Promise<unknown> {
    const text = (await this.read(key)).toString('utf8');
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new StoreError('damaged', `${this.path(key)} is not valid JSON; restore it, or remove it and run again.`, {
        cause: error,
        path: this.path(key),
      });
    }
  }

  async writeJson(key: string, value: unknown): Promise<WrittenFile> {
    return this.put(key, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Throws `unavailable` where the disk of a claimed store has gone: what lies there is not absent. */
  async exists(key: string): Promise<boolean> {
    if ((await this.#statOrNull(key)) !== null) return true;
    if (this.#claimed) await this.#assertRoot();
    return false;
  }

  async stat(key: string): Promise<StoredFileStat> {
    const found = await this.#statOrNull(key);
    if (found === null) throw await this.#absent(this.path(key));
    return found;
  }

  /** Keys that start with `prefix` (any text, as in an object store), in ascending order of their characters. */
  async *list(prefix = ''): AsyncGenerator<string, void, undefined> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') checkKey(folder.slice(0, -1));
    await this.#assertRoot();
    yield* this.#walk(folder, prefix);
  }

  /** Removes one file; one that is absent is fine. */
  async remove(key: string): Promise<void> {
    const path = this.path(key);
    await this.#refuseLinks(dirname(path));
    await fileOperation('remove', path, () => rm(path, { force: true }));
    await this.#syncFolderIfPresent(dirname(path));
  }

  /** Removes every file whose key starts with `prefix`, and folders that are empty then. The empty prefix is refused. */
  async removePrefix(prefix: string): Promise<void> {
    if (prefix === '') throw new StoreError('refused', 'Removing everything under DATA_URL is refused.');
    for await (const key of this.list(prefix)) {
      await this.remove(key);
      await this.#removeEmptyFolders(dirname(this.path(key)));
    }
  }

  /** Writes so many bytes aside and removes them again: throws what keeps the disk from taking them. */
  async tryWriting(bytes: number): Promise<void> {
    const tempPath = await this.#tempIn(this.rootPath);
    try {
      await writeSynced(tempPath, noise(bytes));
    } finally {
      await discard(tempPath);
    }
  }

  /**
   * Runs `fn` while this process, and no other on any machine that shares the root, holds the lock named `key`. A waiter
   * takes over from an owner without a sign of life for `lockStaleAfterMs`; `lock.assertHeld()` tells an owner that was
   * stopped for so long, and ought to stand before each step that must not happen twice.
   */
  async withLock<T>(key: string, fn: (lock: HeldLock) => Promise<T>, options: WithLockOptions = {}): Promise<T> {
    const folder = join(this.rootPath, LOCKS_FOLDER, encodeSegment(checkKey(key)));
    await this.#ensureFolder(folder);
    return withFileLock({ ...options, folder, name: key, staleAfterMs: this.#lockStaleAfterMs }, fn);
  }

  /**
   * Removes what dead processes left: temporary files and folders, and released locks, untouched for `olderThanMs`
   * (default: a day, since nobody who writes a table is alive and idle for so long).
   */
  async sweep(olderThanMs = LEFTOVER_AGE_MS): Promise<SweepResult> {
    await this.#refuseLinks(join(this.rootPath, LOCKS_FOLDER));
    return sweepStore(this.rootPath, olderThanMs);
  }

  async #tempIn(folder: string): Promise<string> {
    await this.#ensureFolder(folder);
    return join(folder, TEMP_PREFIX + randomBytes(8).toString('hex'));
  }

  async *#walk(folder: string, prefix: string): AsyncGenerator<string, void, undefined> {
    const names = (await this.#entries(folder))
      .filter((entry) => !entry.name.startsWith('.'))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    // Comparing folders with their slash gives the order of whole keys, not that of a tree.
    for (const name of names.toSorted(compareText)) {
      const key = folder + name;
      if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
      if (name.endsWith('/')) yield* this.#walk(key, prefix);
      else if (key.startsWith(prefix)) yield key;
    }
  }

  async #entries(folder: string): Promise<Dirent[]> {
    const path = join(this.rootPath, folder);
    try {
      return await readdir(path, { withFileTypes: true });
    } catch (error) {
      const errno = errnoOf(error);
      // The folder is absent, was removed while it was listed, or is a file.
      if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw toStoreError(error, { action: 'list', path });
      await this.#assertRoot();
      return [];
    }
  }

  async #moveIntoPlace(key: string, tempPath: string): Promise<void> {
    const path = this.path(key);
    await fileOperation('write', path, () => rename(tempPath, path));
    await fileOperation('sync', dirname(path), () => syncFolder(dirname(path)));
  }

  async #reading<T>(path: string, operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') throw await this.#absent(path, error);
      throw toStoreError(error, { action: 'read', path });
    }
  }

  /** Tells a file that is not there from a disk that is not there. */
  async #absent(path: string, cause?: unknown): Promise<StoreError> {
    const problem = await this.#rootProblem();
    if (problem !== undefined) return problem;
    return new StoreError('not-found', `There is no file ${path}.`, { path, cause });
  }

  async #assertRoot(): Promise<void> {
    const problem = await this.#rootProblem();
    if (problem !== undefined) throw problem;
  }

  async #rootProblem(): Promise<StoreError | undefined> {
    const root = this.rootPath;
    if (!(await isPresent(root))) {
      return new StoreError('unavailable', `DATA_URL's folder ${root} is absent: create it, or mount its disk.`, {
        path: root,
      });
    }
    // A mount point without its disk is an empty folder: writing there would start a second store under the first.
    if (this.#claimed && !(await isPresent(join(root, STORE_FILE)))) {
      const message = `${join(root, STORE_FILE)} has gone while this process was running: mount the disk of DATA_URL again.`;
      return new StoreError('unavailable', message, { path: root });
    }
    return undefined;
  }

  async #ensureFolder(folder: string): Promise<void> {
    await this.#refuseLinks(folder);
    if (folder !== this.rootPath && (await isPresent(folder))) return;
    await this.#assertRoot();
    await this.#makeFolder(folder);
  }

  /**
   * A link below the root would lead what is written, or removed, out of the store: to where others read or own it. The root
   * itself may be one.
   * @throws StoreError `refused`
   */
  async #refuseLinks(folder: string): Promise<void> {
    const below: string[] = [];
    for (let path = folder; path !== this.rootPath; path = dirname(path)) below.push(path);
    const isLink = await Promise.all(below.map((path) => isSymbolicLink(path)));
    const link = below.find((_, index) => isLink[index]);
    if (link === undefined) return;
    const message = `${link} is a symbolic link, and nothing is written through one: mount the other place there, or link the whole folder of DATA_URL.`;
    throw new StoreError('refused', message, { path: link });
  }

  /** Not `mkdir` with `recursive`: Node 20 reports a read-only disk as ENOENT there. */
  async #makeFolder(folder: string): Promise<void> {
    try {
      await mkdir(folder);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EEXIST') return;
      if (errno !== 'ENOENT' || folder === this.rootPath) throw toStoreError(error, { action: 'create', path: folder });
      await this.#makeFolder(dirname(folder));
      await this.#makeFolder(folder);
      return;
    }
    // A new folder survives a power cut only when the folder that names it is synced.
    await this.#syncFolderIfPresent(dirname(folder));
  }

  async #statOrNull(key: string): Promise<StoredFileStat | null> {
    const path = this.path(key);
    try {
      const found = await stat(path);
      return found.isFile() ? { bytes: found.size, modifiedMs: found.mtimeMs } : null;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ENOENT' || errno === 'ENOTDIR') return null;
      throw toStoreError(error, { action: 'look up', path });
    }
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let path = folder; path !== this.rootPath; path = dirname(path)) {
      try {
        await rmdir(path);
      } catch (error) {
        const errno = errnoOf(error);
        // Somebody still has, or has just put, a file there; or another process removed it first.
        if (errno === 'ENOTEMPTY' || errno === 'EEXIST' || errno === 'ENOENT') return;
        throw toStoreError(error, { action: 'remove', path });
      }
    }
  }

  async #syncFolderIfPresent(folder: string): Promise<void> {
    try {
      await syncFolder(folder);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw toStoreError(error, { action: 'sync', path: folder });
    }
  }
}

/** Not zeros: a disk that compresses would take any number of them. */
async function* noise(bytes: number): AsyncGenerator<Uint8Array> {
  const block = randomBytes(Math.min(bytes, NOISE_BLOCK_BYTES));
  for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, left);
}
