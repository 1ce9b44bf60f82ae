/**
 * The form of a file that is encrypted and is read in pieces: a head of 128 bytes, then blocks of 1 MiB (the last one may be
 * shorter), each sealed by itself (28 bytes more) with the head, its number and the file's place as associated data. So none
 * can be cut off, moved, or put into another file unseen, and no file opens at another place. The head: `FVCRYPT1`, the length of the key's id (1 byte), the id (64 bytes), how many
 * bytes the file has in clear (8, big-endian), 16 random ones, 3 zeros, and the seal of nothing, which tells another key of that id.
 */
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fileOperation, StoreError } from './errors.ts';
import type { HiddenFile } from './hidden-file.ts';
import { openBytes, SEAL_BYTES, sealBytes, type SealingKey } from './sealed-bytes.ts';

const MAGIC = Buffer.from('FVCRYPT1');
const ID_BYTES = 64;
const ID_AT = MAGIC.length + 1;
const SIZE_AT = ID_AT + ID_BYTES;
const SALT_AT = SIZE_AT + 8;
const SALT_BYTES = 16;
/** What a head says before its seal. */
export const TOLD_BYTES = 100;
export const HEAD_BYTES = TOLD_BYTES + SEAL_BYTES;
/** Of what is read or written at once, in clear. */
export const BLOCK_BYTES = 1024 * 1024;

/** Reads so many bytes of a file; fewer where it ends before. */
type ReadRange = (position: number, length: number) => Promise<Buffer>;

/** What an encrypted file has in clear. */
export interface ClearBlocks {
  /** Bytes. */
  size: number;
  /** Counted from 0, each of `BLOCK_BYTES` but the last. @throws StoreError `damaged` */
  block(index: number): Promise<Buffer>;
}

/** With what a file is encrypted. `place`: any text that says where it lies; it opens for no other. */
export interface EncryptedBy {
  key: SealingKey;
  place: string;
}

/** Writes what `source` has encrypted as the new file `to`, on this machine. */
export async function encryptFile(source: HiddenFile, to: string, by: EncryptedBy): Promise<void> {
  const target = await open(to, 'wx', 0o666);
  // writeFile on a handle goes on from its position and never stops half way through, as write may on a full disk.
  const written = (bytes: Buffer) => fileOperation('write', to, () => target.writeFile(bytes));
  try {
    const size = await source.size();
    const { head, seal } = sealerOf(size, by);
    await written(head);
    for (let index = 0; index * BLOCK_BYTES < size; index += 1) {
      await written(seal(await source.read(index * BLOCK_BYTES, BLOCK_BYTES), index));
    }
  } finally {
    await target.close();
  }
}

/** The same for what is in memory. */
export function encrypted(bytes: Uint8Array, by: EncryptedBy): Buffer {
  const { head, seal } = sealerOf(bytes.length, by);
  const blocks = Array.from({ length: Math.ceil(bytes.length / BLOCK_BYTES) }, (_, index) =>
    seal(bytes.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES), index),
  );
  return Buffer.concat([head, ...blocks]);
}

/** Id of the key that a file is encrypted with, by its first `TOLD_BYTES` or more; null: it is in clear. */
export function keyIdOf(bytes: Buffer): string | null {
  if (bytes.length < TOLD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  return bytes.toString('latin1', ID_AT, ID_AT + bytes[MAGIC.length]!);
}

/** With which key a file is encrypted, and whether it is among these. */
export interface KeyOfFile {
  id: string;
  is: 'here' | 'not here' | 'another key of that id';
}

/** By a file's first `HEAD_BYTES` or more; null: it is in clear. Damaged ones look like those of another key. */
export function keyOf(bytes: Buffer, keys: readonly SealingKey[]): KeyOfFile | null {
  const id = keyIdOf(bytes);
  if (id === null) return null;
  const key = keys.find((each) => each.id === id);
  if (key === undefined) return { id, is: 'not here' };
  const isOpened = isOpenedBy(bytes.subarray(TOLD_BYTES, HEAD_BYTES), key, bytes.subarray(0, TOLD_BYTES));
  return { id, is: isOpened ? 'here' : 'another key of that id' };
}

/** Of a whole file in memory. @throws StoreError as `openEncrypted` */
export async function decrypted(bytes: Buffer, how: OpenedBy): Promise<Buffer> {
  const read: ReadRange = async (position, length) => bytes.subarray(position, position + length);
  const { size, block } = await openEncrypted(read, how);
  const blocks: Buffer[] = [];
  for (let index = 0; index * BLOCK_BYTES < size; index += 1) blocks.push(await block(index));
  return Buffer.concat(blocks);
}

/** `path`: what messages call the file. `place`: as it was encrypted for. `setting`: where the keys come from. */
export interface OpenedBy {
  path: string;
  place: string;
  keys: readonly SealingKey[];
  setting: string;
}

/**
 * @throws StoreError `unavailable` where the key is not among these: the file is whole, and somebody has to bring the key;
 * `damaged` where it is no such file, or one of another place
 */
export async function openEncrypted(read: ReadRange, { path, place, keys, setting }: OpenedBy): Promise<ClearBlocks> {
  const damaged = (why: string, cause?: unknown): StoreError =>
    new StoreError('damaged', `${path} is damaged: ${why}. Restore it.`, { path, cause });
  const stored = await read(0, HEAD_BYTES);
  const head = stored.subarray(0, TOLD_BYTES);
  const found = keyOf(stored, keys);
  if (stored.length < HEAD_BYTES || found === null) throw damaged('it has no head');
  const { id, is } = found;
  const key = keys.find((each) => each.id === id);
  if (key === undefined) {
    const message = `${path} is encrypted with the key "${id}", which ${setting} does not have here: add it.`;
    throw new StoreError('unavailable', message, { path });
  }
  if (is !== 'here') {
    const why = `it is another key of that id, or the file's first bytes are damaged`;
    const message = `${path} does not open with the key "${id}" of ${setting}: ${why}. Bring the key, or restore the file.`;
    throw new StoreError('unavailable', message, { path });
  }
  const size = Number(head.readBigUInt64BE(SIZE_AT));
  return {
    size,
    block: async (index) => {
      const length = Math.min(BLOCK_BYTES, size - index * BLOCK_BYTES) + SEAL_BYTES;
      const sealed = await read(HEAD_BYTES + index * (BLOCK_BYTES + SEAL_BYTES), length);
      if (sealed.length < length) throw damaged('it ends too early');
      try {
        return openBytes(sealed, key, about({ head, index, place }));
      } catch (cause) {
        throw damaged('its bytes are not those written at this place', cause);
      }
    },
  };
}

/** What a new file of so many bytes in clear begins with, and what seals its blocks. */
function sealerOf(
  size: number,
  { key, place }: EncryptedBy,
): { head: Buffer; seal(block: Uint8Array, index: number): Buffer } {
  const told = Buffer.alloc(TOLD_BYTES);
  MAGIC.copy(told);
  told[MAGIC.length] = told.write(key.id, ID_AT, ID_BYTES, 'latin1');
  told.writeBigUInt64BE(BigInt(size), SIZE_AT);
  randomBytes(SALT_BYTES).copy(told, SALT_AT);
  return {
    head: Buffer.concat([told, sealBytes(Buffer.alloc(0), key, told)]),
    seal: (block, index) => sealBytes(block, key, about({ head: told, index, place })),
  };
}

function about({ head, index, place }: { head: Buffer; index: number; place: string }): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(index);
  return Buffer.concat([head, number, Buffer.from(place)]);
}

function isOpenedBy(seal: Buffer, key: SealingKey, head: Buffer): boolean {
  try {
    openBytes(seal, key, head);
    return true;
  } catch {
    // GCM does not tell why; whoever asks says what it may be.
    return false;
  }
}
