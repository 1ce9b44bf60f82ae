import { ifPresent, OvertakenError, StoreError } from './errors.ts';
import { discard, isPresent } from './file-io.ts';
import type { WrittenFile } from './file-io.ts';
import type { HeldLock, Store, Version } from './store.ts';

export interface FileToCommit {
  /** A finished local file, from `Store.tempPath`. */
  tempPath: string;
  key: string;
  /** Lower-case hex. With it, a temporary file that an earlier, interrupted try moved into place already is no failure. */
  sha256?: string;
}

export interface CommitInput<Manifest> {
  /** Commits with the same lock key never overlap, in any process; one key for all that write one manifest. */
  lockKey: string;
  /** The lock of this key, where the caller holds it already. */
  held?: HeldLock;
  files: readonly FileToCommit[];
  manifestKey: string;
  /**
   * Gets the manifest that is in force (`null` for none; not checked, it is whatever JSON stands there) and gives the one
   * that takes its place, or `superseded` where this commit comes too late. Runs under the lock: keep it short.
   */
  buildManifest: (previous: unknown) => Manifest | 'superseded' | Promise<Manifest | 'superseded'>;
  /** Files that are made of the manifest itself, in the order in which they are put in force after the others. */
  filesOfManifest?: () => readonly FileToCommit[];
}

export type CommitResult<Manifest> =
  { status: 'committed'; manifest: Manifest; uri: string; file: WrittenFile } | { status: 'superseded' };

/**
 * Puts a set of files and the manifest that names them in force: under a lock, data files first, manifest last.
 *
 * A crash before the manifest leaves the old manifest, whose hashes tell which files were replaced already (`tornFiles`);
 * a crash after it leaves the new one. Running the same commit again, or one with the files written anew, repairs it.
 * Each file takes the place of what stood there when the lock was taken, and of nothing newer: one who was stopped inside,
 * lost the lock and wakes late is refused, file by file. What stood there is told by `Store.version`.
 *
 * On failure the temporary files that were not moved stay, for that second run; `sweep` removes them in the end. A
 * superseded commit removes them itself and changes nothing.
 */
export async function commitFiles<Manifest extends object>(
  store: Store,
  input: CommitInput<Manifest>,
): Promise<CommitResult<Manifest>> {
  const underLock = async (lock: HeldLock): Promise<CommitResult<Manifest>> => {
    // Before it is read: what is put in its place is made of what was read.
    const manifestVersion = await store.version(input.manifestKey);
    const previous = manifestVersion === null ? null : await store.readJson(input.manifestKey);
    const manifest = await input.buildManifest(previous);
    if (manifest === 'superseded') {
      for (const { tempPath } of input.files) await discard(tempPath);
      return { status: 'superseded' };
    }
    const pending = await filesToMove(store, [...input.files, ...(input.filesOfManifest?.() ?? [])]);
    const versions = new Map<string, Version>();
    for (const { key } of pending) versions.set(key, await store.version(key));
    let filesInPlace = 0;
    try {
      for (const { tempPath, key } of pending) {
        await lock.assertHeld();
        await store.putFile(key, tempPath, { replacing: versions.get(key) ?? null });
        filesInPlace += 1;
      }
      await lock.assertHeld();
      const file = await store.writeJson(input.manifestKey, manifest, { replacing: manifestVersion });
      return { status: 'committed', manifest, uri: store.uri(input.manifestKey), file };
    } catch (cause) {
      const isLate = cause instanceof StoreError && cause.code === 'busy';
      if (!isLate || (await store.version(input.manifestKey)) === manifestVersion) throw cause;
      throw new OvertakenError(store.where(input.manifestKey), { filesInPlace, cause });
    }
  };
  return input.held ? await underLock(input.held) : await store.withLock(input.lockKey, underLock);
}

/** Looks before the first move, so that a commit that cannot be completed changes nothing. */
async function filesToMove(store: Store, files: readonly FileToCommit[]): Promise<FileToCommit[]> {
  const pending: FileToCommit[] = [];
  for (const file of files) {
    if (await isPresent(file.tempPath)) pending.push(file);
    else if (!(await holds(store, file))) {
      const message = `${file.tempPath}, which was to become ${file.key}, is absent: write it again and repeat the commit.`;
      throw new StoreError('not-found', message, { path: file.tempPath });
    }
  }
  return pending;
}

/**
 * Those of a manifest's files that are absent or hold other bytes than the manifest names: the sign of a commit that was
 * interrupted, or of a file that was changed from outside. Reads every file.
 */
export async function tornFiles(store: Store, files: readonly { key: string; sha256: string }[]): Promise<string[]> {
  const torn: string[] = [];
  for (const file of files) if (!(await holds(store, file))) torn.push(file.key);
  return torn;
}

async function holds(store: Store, file: { key: string; sha256?: string }): Promise<boolean> {
  if (file.sha256 === undefined) return false;
  return (await ifPresent(() => store.hash(file.key)))?.sha256 === file.sha256;
}
