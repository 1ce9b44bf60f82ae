import { Readable, pipeline } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { UnreadableFileError } from './errors.ts';
import type { Limits } from './limits.ts';
import type { ByteSource } from './source.ts';
import { ENCRYPTED_FLAGS, LOCAL_SIGNATURE, LOCAL_SIZE, entryName, zipError, type ZipEntry } from './zip.ts';

/**
 * Parsed in a fraction of a millisecond, and in a few before the code is compiled. Smaller saves nothing more, larger is
 * not faster.
 */
const CHUNK_BYTES = 64 * 1024;
/** zlib takes no smaller one. */
const SMALLEST_CHUNK = 64;
/** Parts below this are cheap whatever their ratio; short XML packs very well. */
const RATIO_FROM_BYTES = 1024 * 1024;

/** Counts what the parts of one file inflate to, against `Limits.inflatedBytes`. */
export class InflateAllowance {
  readonly #limits: Limits;
  #used = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** The announced size is enough: `readPart` stops a part that goes beyond it. */
  take(entry: ZipEntry): void {
    this.#used += entry.size;
    if (this.#used > this.#limits.inflatedBytes) {
      throw zipError('too-large', `The parts inflate to more than ${this.#limits.inflatedBytes} bytes`, entry.name);
    }
    if (entry.size >= RATIO_FROM_BYTES && entry.size > entry.packedSize * this.#limits.ratio) {
      throw zipError('too-large', `The part inflates more than ${this.#limits.ratio} times`, entry.name);
    }
  }
}

/**
 * The inflated bytes of one part, in pieces, as fast as they are taken. Complete and equal to what was packed if, and only
 * if, the iteration ends without an error: length, checksum and the end of the packed data are checked at the end.
 */
export async function* readPart(input: {
  source: ByteSource;
  entry: ZipEntry;
  allowance: InflateAllowance;
  signal?: AbortSignal | undefined;
}): AsyncGenerator<Buffer, void, undefined> {
  const { source, entry, signal } = input;
  input.allowance.take(entry);
  const position = await dataPosition(source, entry);
  const packed = packedBytes(source, position, entry.packedSize);
  let crc = 0;
  let size = 0;
  for await (const chunk of entry.method === 'stored' ? packed : inflate(packed, entry)) {
    signal?.throwIfAborted();
    size += chunk.length;
    if (size > entry.size)
      throw zipError('bad-zip', `The part is longer than the ${entry.size} bytes it announces`, entry.name);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (size !== entry.size)
    throw zipError('bad-zip', `The part has ${size} bytes and announces ${entry.size}`, entry.name);
  if (crc !== entry.crc)
    throw zipError('bad-crc', 'The part does not have the bytes its checksum was made from', entry.name);
}

/** Where the packed bytes begin. The local header repeats the directory; where both speak, they must agree. */
async function dataPosition(source: ByteSource, entry: ZipEntry): Promise<number> {
  const header = await source.read(entry.headerPosition, LOCAL_SIZE);
  if (header.readUInt32LE(0) !== LOCAL_SIGNATURE)
    throw zipError('bad-zip', 'The part has no header of its own', entry.name);
  const flags = header.readUInt16LE(6);
  if ((flags & ENCRYPTED_FLAGS) !== 0) throw zipError('encrypted', 'The part is encrypted', entry.name);
  const nameLength = header.readUInt16LE(26);
  const name = entryName(await source.read(entry.headerPosition + LOCAL_SIZE, nameLength), flags);
  if (name !== entry.name || header.readUInt16LE(8) !== (entry.method === 'stored' ? 0 : 8)) {
    throw zipError('bad-zip', "The part's own header contradicts the zip directory", entry.name);
  }
  // With a data descriptor the header is written before the lengths are known; the directory has them.
  const sizesFollow = (flags & 0x0008) !== 0;
  const agrees = (short: number, known: number): boolean => sizesFollow || short === known || short === 0xffffffff;
  if (
    (!sizesFollow && header.readUInt32LE(14) !== entry.crc) ||
    !agrees(header.readUInt32LE(18), entry.packedSize) ||
    !agrees(header.readUInt32LE(22), entry.size)
  ) {
    throw zipError('bad-zip', "The part's own header contradicts the zip directory", entry.name);
  }
  return entry.headerPosition + LOCAL_SIZE + nameLength + header.readUInt16LE(28);
}

async function* packedBytes(source: ByteSource, position: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += CHUNK_BYTES) {
    yield await source.read(position + at, Math.min(CHUNK_BYTES, length - at));
  }
}

/** Inflates in zlib's threads, with back-pressure, so that the event loop only sees finished chunks. */
async function* inflate(packed: AsyncIterable<Buffer>, entry: ZipEntry): AsyncGenerator<Buffer> {
  const stream = createInflateRaw({ chunkSize: Math.max(SMALLEST_CHUNK, Math.min(CHUNK_BYTES, entry.size)) });
  // Whatever fails while it is fed destroys the stream too, and the loop below reports it.
  pipeline(Readable.from(packed, { highWaterMark: 1 }), stream, () => undefined);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
    // Deflate data ends by itself; bytes after that end, or an end that never came, mean that a length lies.
    if (stream.bytesWritten !== entry.packedSize)
      throw zipError('bad-zip', 'Data follows the end of the part', entry.name);
  } catch (error) {
    throw inflateError(error, entry);
  } finally {
    stream.destroy();
  }
}

function inflateError(error: unknown, entry: ZipEntry): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') {
    return new UnreadableFileError({
      code: 'truncated',
      where: entry.name,
      message: 'The part ends too early',
      cause: error,
    });
  }
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new UnreadableFileError({
      code: 'bad-zip',
      where: entry.name,
      message: 'The part cannot be inflated',
      cause: error,
    });
  }
  return error;
}
