import { createHash, randomBytes } from 'node:crypto';
import { access, lstat, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { errnoOf, fileOperation, ifPresent, toStoreError } from './errors.ts';

const READ_CHUNK_BYTES = 256 * 1024;
const NOISE_BLOCK_BYTES = 64 * 1024;

/** What may be written; text is written as UTF-8. */
export type FileSource = AsyncIterable<Uint8Array> | Uint8Array | string;

export interface WrittenFile {
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
}

/** Writes a file that must not exist yet and syncs it; errors of `source` come out unchanged. `mode`: what the umask leaves of it. */
export async function writeSynced(path: string, source: FileSource, mode = 0o666): Promise<WrittenFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await fileOperation('write', path, () => open(path, 'wx', mode));
  try {
    for await (const chunk of chunksOf(source)) {
      // writeFile on a handle goes on from its position and, unlike write, never stops half way through a chunk.
      await fileOperation('write', path, () => handle.writeFile(chunk));
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    await fileOperation('sync', path, () => handle.sync());
  } finally {
    await fileOperation('close', path, () => handle.close());
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Size and hash of a file, read in pieces. */
export async function hashFile(path: string): Promise<WrittenFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of fileChunks(path)) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Whether the file is there with the bytes of this hash (lower-case hex). */
export async function hasHash(path: string, sha256: string): Promise<boolean> {
  return (await ifPresent(() => hashFile(path)))?.sha256 === sha256;
}

/** Throws `not-found` for an absent file on the first read. */
export async function* fileChunks(
  path: string,
  chunkBytes = READ_CHUNK_BYTES,
): AsyncGenerator<Buffer, void, undefined> {
  yield* handleChunks(await fileOperation('read', path, () => open(path, 'r')), path, chunkBytes);
}

/** The rest of an open file; closes the handle when it ends, fails, or is left. */
export async function* handleChunks(
  handle: FileHandle,
  path: string,
  chunkBytes = READ_CHUNK_BYTES,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await fileOperation('read', path, () => handle.read(buffer, 0, buffer.length));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

export async function syncFile(path: string): Promise<void> {
  // Opened for writing: Windows refuses to sync what was opened for reading.
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows has no handle for a folder, and keeps names durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function isPresent(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw toStoreError(error, { action: 'look up', path });
  }
}

/** The path itself, not what it leads to; false for what is absent. */
export async function isSymbolicLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    const errno = errnoOf(error);
    // A file where a folder is expected is found by whoever needs the folder.
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return false;
    throw toStoreError(error, { action: 'look up', path });
  }
}

/** Removes a temporary file or folder on the way out of a failure, which is what the caller wants to hear about. */
export async function discard(path: string): Promise<void> {
  try {
    await rm(path, { force: true, recursive: true });
  } catch (error) {
    // The sweep at the next start removes it; a bug, unlike a disk in trouble, still comes out.
    if (errnoOf(error) === undefined) throw error;
  }
}

/** Order by UTF-16 code units, the same on every machine and locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export async function* chunksOf(source: FileSource): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof source === 'string') yield Buffer.from(source, 'utf8');
  else if (source instanceof Uint8Array) yield source;
  else yield* source;
}

/** Not zeros: a disk that compresses would take any number of them. */
export async function* noise(bytes: number): AsyncGenerator<Uint8Array> {
  const block = randomBytes(Math.min(bytes, NOISE_BLOCK_BYTES));
  for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, left);
}
