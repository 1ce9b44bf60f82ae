/**
 * The one error of the store, and the one place that turns a file system's errno into it.
 *
 * - `unavailable`: the disk cannot take or give data now (full, read-only, no permission, I/O error, not mounted). A person
 *   has to act; the same call succeeds afterwards.
 * - `busy`: somebody else holds the lock for longer than the caller is willing to wait, or has come first.
 * - `not-found`: the key has no file.
 * - `refused`: the request itself is wrong (a key that leaves the root, data of another host, a value that does not fit).
 * - `damaged`: the file is there and is not what was written.
 */
export type StoreErrorCode = 'unavailable' | 'busy' | 'not-found' | 'refused' | 'damaged';

export interface StoreErrorDetails {
  cause?: unknown;
  /** The file or folder that the failed step touched. */
  path?: string;
}

/** Thrown by everything in `store/`. `message` says what was tried, what happened, and what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly path: string | undefined;

  constructor(code: StoreErrorCode, message: string, details: StoreErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.path = details.path;
  }
}

const ERRNO_MEANING: Record<string, { code: StoreErrorCode; says: string }> = {
  ENOSPC: { code: 'unavailable', says: 'the disk is full: free space there, or point DATA_URL at a larger disk' },
  EDQUOT: { code: 'unavailable', says: 'the disk quota is used up: raise it, or point DATA_URL elsewhere' },
  EFBIG: { code: 'unavailable', says: 'the file is larger than this disk or user may hold: raise the limit' },
  EACCES: { code: 'unavailable', says: 'permission denied: give the user that runs this process access to it' },
  EPERM: { code: 'unavailable', says: 'not permitted: give the user that runs this process access to it' },
  EROFS: { code: 'unavailable', says: 'the disk is mounted read-only: mount it writable' },
  EIO: { code: 'unavailable', says: 'the disk reports an I/O error: check the disk and its cable or volume' },
  ESTALE: { code: 'unavailable', says: 'the network mount has gone stale: mount it again' },
  ENODEV: { code: 'unavailable', says: 'the device is gone: mount the disk again' },
  EMFILE: { code: 'unavailable', says: 'this process has too many files open: raise its limit (ulimit -n)' },
  ENFILE: { code: 'unavailable', says: 'the system has too many files open: raise its limit' },
  ENOENT: { code: 'not-found', says: 'there is no such file' },
  ENAMETOOLONG: { code: 'refused', says: 'the name is too long for this disk' },
  EISDIR: { code: 'refused', says: 'a folder stands where a file is expected' },
  ENOTDIR: { code: 'refused', says: 'a file stands where a folder is expected' },
  ENOTEMPTY: { code: 'refused', says: 'a folder stands where a file is expected' },
  ELOOP: { code: 'refused', says: 'the symbolic links go round in a circle' },
};

/** The errno name of a Node system error (`ENOENT`), or undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('errno' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Turns whatever a file operation threw into a StoreError; errors that are no system errors come back as they are. */
export function toStoreError(error: unknown, attempt: { action: string; path: string }): unknown {
  if (error instanceof StoreError) return error;
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const meaning = ERRNO_MEANING[errno] ?? { code: 'unavailable', says: 'the file system refused it' };
  const message = `Cannot ${attempt.action} ${attempt.path}: ${meaning.says} (${errno}).`;
  return new StoreError(meaning.code, message, { cause: error, path: attempt.path });
}

/** What `reading` gives; undefined where it throws that there is no such file. */
export async function ifPresent<T>(reading: () => Promise<T>): Promise<T | undefined> {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** For a write that was to replace what another has replaced since. */
export function replacedMeanwhile(path: string): StoreError {
  const message = `${path} was written by another process meanwhile, and is kept as that left it; run it again.`;
  return new StoreError('busy', message, { path });
}

/** For a commit that was stopped for so long that another one has come first. */
export class OvertakenError extends StoreError {
  /** Of its files, those that it had put in place before: the other commit has replaced those that it has too. */
  readonly filesInPlace: number;

  constructor(path: string, { filesInPlace, cause }: { filesInPlace: number; cause: unknown }) {
    const rest = filesInPlace === 0 ? 'nothing of this commit was written' : 'the rest of this commit was not written';
    super('busy', `Another process has committed ${path} meanwhile, and ${rest}; run it again.`, { path, cause });
    this.filesInPlace = filesInPlace;
  }
}

/** Runs one file operation and lets only StoreErrors (or errors that are not the file system's) out. */
export async function fileOperation<T>(action: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw toStoreError(error, { action, path });
  }
}
