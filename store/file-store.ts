import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { errnoOf, fileOperation, replacedMeanwhile, StoreError, toStoreError } from './errors.ts';
import {
  compareText,
  discard,
  fileChunks,
  handleChunks,
  isPresent,
  isSymbolicLink,
  noise,
  syncFile,
  syncFolder,
  writeSynced,
} from './file-io.ts';
import type { FileSource, WrittenFile } from './file-io.ts';
import { STORE_FILE } from './identity.ts';
import { BUILD_FOLDER, checkKey, encodeSegment, LOCKS_FOLDER, TEMP_PREFIX } from './keys.ts';
import { withFileLock } from './lock.ts';
import { LEFTOVER_AGE_MS, Store, WHOLE_BYTES } from './store.ts';
import type {
  HeldLock,
  ListOptions,
  PutOptions,
  RemoveOptions,
  StoreOptions,
  SweepResult,
  Version,
  WithLockOptions,
} from './store.ts';
import { sweepStore } from './sweep.ts';

/** A pipe would keep its reader waiting for ever, and a device never ends. */
function assertReadable(path: string, { size, isFile }: { size: number; isFile: boolean }): void {
  if (isFile && size <= WHOLE_BYTES) return;
  const what = isFile ? `larger than the ${WHOLE_BYTES} bytes that are read at once` : 'no regular file';
  throw new StoreError('damaged', `${path} is ${what}: restore it.`, { path });
}

/**
 * A store in one root folder. A file is written aside in the same folder, synced, renamed, and the folder is synced. A key
 * that is to be replaced is looked at just before the rename: a folder has no compare-and-swap. Nothing is written or
 * removed through a symbolic link below the root.
 */
export class FileStore extends Store {
  readonly rootPath: string;

  constructor(rootPath: string, options: StoreOptions = {}) {
    super(options);
    this.rootPath = resolve(rootPath);
  }

  /** Creates the root folder where it is absent. Other methods do not: an absent root is a disk that is not mounted. */
  async prepare(): Promise<void> {
    await fileOperation('create', this.rootPath, () => mkdir(this.rootPath, { recursive: true }));
  }

  async keepsOldVersions(): Promise<boolean> {
    return false;
  }

  async shortcomings(): Promise<string[]> {
    return [];
  }

  where(key?: string): string {
    return key === undefined ? this.rootPath : this.path(key);
  }

  path(key: string): string {
    return join(this.rootPath, checkKey(key));
  }

  /** A `file://` URI. */
  uri(key: string): string {
    return pathToFileURL(this.path(key)).href;
  }

  async put(key: string, source: FileSource, options: PutOptions = {}): Promise<WrittenFile> {
    const folder = dirname(this.path(key));
    const tempPath = await this.#tempIn(folder);
    const mode = options.ownerOnly === true ? 0o600 : 0o666;
    try {
      const written = await writeSynced(tempPath, source, mode).catch(async (error: unknown) => {
        // Nothing of the source was read: the folder was empty, and went between the two steps.
        if (!(error instanceof StoreError) || error.code !== 'not-found') throw error;
        await this.#ensureFolder(folder);
        return await writeSynced(tempPath, source, mode);
      });
      await this.#moveIntoPlace(key, tempPath, options);
      return written;
    } catch (error) {
      await discard(tempPath);
      throw error;
    }
  }

  /** A rename. A file of another disk is copied aside first. */
  async putFile(key: string, tempPath: string, options: PutOptions = {}): Promise<void> {
    await fileOperation('sync', tempPath, () => syncFile(tempPath));
    await this.#ensureFolder(dirname(this.path(key)));
    try {
      await this.#moveIntoPlace(key, tempPath, options);
    } catch (error) {
      if (!(error instanceof StoreError) || errnoOf(error.cause) !== 'EXDEV') throw error;
      await this.put(key, fileChunks(tempPath), options);
      await fileOperation('remove', tempPath, () => rm(tempPath));
    }
  }

  /** On the store's own disk. */
  async tempPath(): Promise<string> {
    return this.#tempIn(join(this.rootPath, BUILD_FOLDER));
  }

  async read(key: string): Promise<Buffer> {
    const path = this.path(key);
    return this.#reading(path, async () => {
      const found = await stat(path);
      if (!found.isDirectory()) assertReadable(path, { size: found.size, isFile: found.isFile() });
      return await readFile(path);
    });
  }

  async readVersion(key: string): Promise<{ bytes: Buffer; version: Version }> {
    // Before it is read: what is written in between then has another one.
    const version = await this.version(key);
    return { bytes: await this.read(key), version };
  }

  async readStream(key: string): Promise<Readable> {
    const path = this.path(key);
    const handle = await this.#reading(path, () => open(path, 'r'));
    return Readable.from(handleChunks(handle, path), { objectMode: false });
  }

  async readRange(key: string, position: number, length: number): Promise<Buffer> {
    const path = this.path(key);
    const handle = await this.#reading(path, () => open(path, 'r'));
    try {
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      for (let read = -1; filled < length && read !== 0; filled += read) {
        const at = filled;
        read = (await this.#reading(path, () => handle.read(bytes, at, length - at, position + at))).bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await handle.close();
    }
  }

  /** The files themselves. */
  async withLocalFiles<T>(_keys: readonly string[], work: (pathOf: (key: string) => string) => Promise<T>): Promise<T> {
    return await work((key) => this.path(key));
  }

  /**
   * Of inode, size and time of the last change: each write makes a file anew. Throws `unavailable` where the disk of a claimed
   * store has gone: what lies there is not absent.
   */
  async version(key: string): Promise<Version> {
    const path = this.path(key);
    try {
      const found = await stat(path, { bigint: true });
      if (found.isFile()) return [found.ino, found.size, found.mtimeNs].join('-');
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw toStoreError(error, { action: 'look up', path });
    }
    if (this.isClaimed) await this.#assertRoot();
    return null;
  }

  async *list(prefix = '', { hidden = false }: ListOptions = {}): AsyncGenerator<string, void, undefined> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') checkKey(folder.slice(0, -1));
    await this.#assertRoot();
    yield* this.#walk(folder, { prefix, hidden });
  }

  async *versions(prefix: string): AsyncGenerator<{ key: string; version: Version }, void, undefined> {
    for await (const key of this.list(prefix)) yield { key, version: await this.version(key) };
  }

  async remove(key: string, { emptyFolder = false }: RemoveOptions = {}): Promise<void> {
    const path = this.path(key);
    await this.#refuseLinks(dirname(path));
    await fileOperation('remove', path, () => rm(path, { force: true }));
    if (emptyFolder) {
      // Not synced: what comes back with a power cut is what its caller removes again.
      await this.#removeEmpty(dirname(path));
      return;
    }
    await this.#syncFolderIfPresent(dirname(path));
  }

  async removeVersion(key: string, version: Version, options: RemoveOptions = {}): Promise<boolean> {
    if (version === null || (await this.version(key)) !== version) return false;
    await this.remove(key, options);
    return true;
  }

  async removeAll(keys: readonly string[], options: RemoveOptions = {}): Promise<void> {
    for (const key of keys) await this.remove(key, options);
  }

  /** Writes so many bytes aside and removes them again. */
  async tryWriting(bytes: number): Promise<void> {
    const tempPath = await this.#tempIn(this.rootPath);
    try {
      await writeSynced(tempPath, noise(bytes));
    } finally {
      await discard(tempPath);
    }
  }

  async withLock<T>(key: string, fn: (lock: HeldLock) => Promise<T>, options: WithLockOptions = {}): Promise<T> {
    const folder = join(this.rootPath, LOCKS_FOLDER, encodeSegment(checkKey(key)));
    await this.#ensureFolder(folder);
    return withFileLock({ ...options, folder, name: key, staleAfterMs: this.lockStaleAfterMs }, fn);
  }

  async sweep(olderThanMs = LEFTOVER_AGE_MS): Promise<SweepResult> {
    await this.#refuseLinks(join(this.rootPath, LOCKS_FOLDER));
    return sweepStore(this.rootPath, olderThanMs);
  }

  async #tempIn(folder: string): Promise<string> {
    await this.#ensureFolder(folder);
    return join(folder, TEMP_PREFIX + randomBytes(8).toString('hex'));
  }

  async *#walk(folder: string, wanted: { prefix: string; hidden: boolean }): AsyncGenerator<string, void, undefined> {
    const { prefix, hidden } = wanted;
    const names = (await this.#entries(folder))
      .filter((entry) => hidden || !entry.name.startsWith('.'))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    // Comparing folders with their slash gives the order of whole keys, not that of a tree.
    for (const name of names.toSorted(compareText)) {
      const key = folder + name;
      if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
      if (name.endsWith('/')) yield* this.#walk(key, wanted);
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

  async #moveIntoPlace(key: string, tempPath: string, { replacing }: PutOptions): Promise<void> {
    const path = this.path(key);
    if (replacing !== undefined && (await this.version(key)) !== replacing) throw replacedMeanwhile(path);
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
    if (this.isClaimed && !(await isPresent(join(root, STORE_FILE)))) {
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

  async #removeEmpty(folder: string): Promise<void> {
    try {
      await rmdir(folder);
    } catch (error) {
      const isFine = ['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '');
      if (!isFine) throw toStoreError(error, { action: 'remove', path: folder });
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
