/** Writes a zip archive to a file, part by part, with what it holds never whole in memory. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';
import { END_SIGNATURE, END_SIZE, ENTRY_SIGNATURE, ENTRY_SIZE, LOCAL_SIGNATURE, LOCAL_SIZE, UTF8_FLAG } from './zip.ts';

/** From here on sizes need another form of the format, which not every program reads. */
const LARGEST = 0xffff_ffff;
const METHODS = { stored: 0, deflate: 8 } as const;
type Method = keyof typeof METHODS;
const VERSION = 20;
/** 1980-01-01, the first day that the format knows: the same rows make the same file. */
const DATE = 0x0021;

/** What a part, or the archive, would hold is more than the format takes. */
export class TooLargeError extends Error {}

/** What it writes to: an open file. Each byte is written once, those of a header after what follows it. */
export interface ZipTarget {
  write(bytes: Buffer, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
}

export class ZipWriter {
  readonly #file: ZipTarget;
  readonly #entries: Buffer[] = [];
  #position = 0;

  /** @param file open for writing, empty; stays open */
  constructor(file: ZipTarget) {
    this.#file = file;
  }

  /** Bytes so far, without the directory. */
  get size(): number {
    return this.#position;
  }

  /** `stored`: for what is packed already. @throws TooLargeError from 4 GiB on */
  async add(
    name: string,
    chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
    method: Method = 'deflate',
  ): Promise<void> {
    const start = this.#position;
    const headerSize = LOCAL_SIZE + Buffer.byteLength(name);
    this.#position += headerSize;
    let crc = 0;
    let size = 0;
    async function* bytes(): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        const part = Buffer.from(chunk);
        crc = crc32(part, crc);
        size += part.length;
        if (size >= LARGEST) throw new TooLargeError(`${name} would be over 4 GiB.`);
        yield part;
      }
    }
    const write = async (packed: AsyncIterable<Buffer>): Promise<void> => {
      for await (const part of packed) await this.#write(part);
    };
    if (method === 'stored') await write(bytes());
    else await pipeline(Readable.from(bytes()), createDeflateRaw(), write);
    const packedSize = this.#position - start - headerSize;
    if (this.#position >= LARGEST) throw new TooLargeError('The file would be over 4 GiB.');
    const entry = { name, method, crc, size, packedSize };
    // Only now are the sizes known.
    await this.#writeAt(localHeader(entry), start);
    this.#entries.push(directoryEntry(entry, start));
  }

  /** The directory, with which the archive is whole. */
  async end(): Promise<void> {
    const start = this.#position;
    const directory = Buffer.concat(this.#entries);
    const end = Buffer.alloc(END_SIZE);
    end.writeUInt32LE(END_SIGNATURE, 0);
    end.writeUInt16LE(this.#entries.length, 8);
    end.writeUInt16LE(this.#entries.length, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(start, 16);
    await this.#write(Buffer.concat([directory, end]));
  }

  async #write(bytes: Buffer): Promise<void> {
    await this.#writeAt(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** On a full disk a write may end half way through without an error; the one after it says why. */
  async #writeAt(bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }
}

interface Entry {
  name: string;
  method: Method;
  crc: number;
  size: number;
  packedSize: number;
}

function localHeader(entry: Entry): Buffer {
  const header = Buffer.alloc(LOCAL_SIZE);
  header.writeUInt32LE(LOCAL_SIGNATURE, 0);
  writeFields(header, 4, entry);
  return Buffer.concat([header, Buffer.from(entry.name)]);
}

function directoryEntry(entry: Entry, headerPosition: number): Buffer {
  const record = Buffer.alloc(ENTRY_SIZE);
  record.writeUInt32LE(ENTRY_SIGNATURE, 0);
  record.writeUInt16LE(VERSION, 4);
  writeFields(record, 6, entry);
  record.writeUInt32LE(headerPosition, 42);
  return Buffer.concat([record, Buffer.from(entry.name)]);
}

/** What both records say, in the same order. */
function writeFields(record: Buffer, at: number, { method, name, crc, size, packedSize }: Entry): void {
  record.writeUInt16LE(VERSION, at);
  record.writeUInt16LE(UTF8_FLAG, at + 2);
  record.writeUInt16LE(METHODS[method], at + 4);
  record.writeUInt16LE(DATE, at + 8);
  record.writeUInt32LE(crc, at + 10);
  record.writeUInt32LE(packedSize, at + 14);
  record.writeUInt32LE(size, at + 18);
  record.writeUInt16LE(Buffer.byteLength(name), at + 22);
}
