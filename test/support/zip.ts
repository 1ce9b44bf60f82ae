import { crc32, deflateRawSync } from 'node:zlib';

/** One entry, and what its records are to say that is not so. */
export interface ZipPart {
  name: string;
  data: string | Uint8Array;
  /** Default deflate. A number is written as it is, over stored bytes. */
  method?: 'stored' | 'deflate' | number;
  /** Lengths and checksum follow the data; `bare` leaves the descriptor's signature out. */
  descriptor?: 'signed' | 'bare';
  /** Sizes and position in a zip64 field. */
  zip64?: boolean;
  /** Added to the flags of both records. */
  flags?: number;
  /** Takes the place of the packed bytes; the lengths stay true to what is packed here. */
  packed?: Uint8Array;
  /** What both records say instead. */
  claim?: { crc?: number; size?: number; packedSize?: number };
  /** What the local header alone says instead. */
  localClaim?: { name?: string; method?: number; size?: number };
  /** The directory's position of the local header. */
  headerPosition?: number;
}

export interface ZipOptions {
  comment?: Uint8Array;
  /** Writes a zip64 end record, and fills the short one up. */
  zip64End?: boolean;
  /** Order of the entries in the directory; the data stands in the order of the parts. */
  directoryOrder?: 'same' | 'reversed';
  /** Bytes before the first entry. */
  prefix?: Uint8Array;
  claim?: { count?: number };
}

interface Record {
  part: ZipPart;
  name: Buffer;
  flags: number;
  method: number;
  crc: number;
  size: number;
  packedSize: number;
  position: number;
}

/** A zip archive with every liberty that the format allows, and lies where they are asked for. */
export function zipOf(parts: readonly ZipPart[], options: ZipOptions = {}): Buffer {
  const pieces: Buffer[] = [];
  let position = 0;
  const put = (...bytes: Uint8Array[]): void => {
    for (const piece of bytes) {
      pieces.push(Buffer.from(piece));
      position += piece.length;
    }
  };
  put(options.prefix ?? Buffer.alloc(0));
  const records = parts.map((part) => {
    const { record, packed } = pack(part, position);
    put(localHeader(record), packed, descriptor(record));
    return record;
  });
  const start = position;
  const listed = options.directoryOrder === 'reversed' ? records.toReversed() : records;
  for (const record of listed) put(directoryEntry(record));
  put(endRecords({ count: options.claim?.count ?? parts.length, start, size: position - start, options }));
  return Buffer.concat(pieces);
}

function pack(part: ZipPart, position: number): { record: Record; packed: Buffer } {
  const data = Buffer.from(part.data);
  const method =
    part.method === undefined || part.method === 'deflate' ? 8 : part.method === 'stored' ? 0 : part.method;
  const packed = Buffer.from(part.packed ?? (method === 8 ? deflateRawSync(data) : data));
  const record = {
    part,
    name: Buffer.from(part.name),
    flags: 0x0800 | (part.descriptor === undefined ? 0 : 0x0008) | (part.flags ?? 0),
    method,
    crc: part.claim?.crc ?? crc32(data),
    size: part.claim?.size ?? data.length,
    packedSize: part.claim?.packedSize ?? packed.length,
    position: part.headerPosition ?? position,
  };
  return { record, packed };
}

function localHeader(record: Record): Buffer {
  const { part } = record;
  const name = part.localClaim?.name === undefined ? record.name : Buffer.from(part.localClaim.name);
  const extra = part.zip64 === true ? zip64Extra([record.size, record.packedSize]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(part.zip64 === true ? 45 : 20, 4);
  header.writeUInt16LE(record.flags, 6);
  header.writeUInt16LE(part.localClaim?.method ?? record.method, 8);
  if (part.descriptor === undefined) {
    header.writeUInt32LE(record.crc, 14);
    header.writeUInt32LE(part.zip64 === true ? 0xffffffff : record.packedSize, 18);
    header.writeUInt32LE(part.zip64 === true ? 0xffffffff : (part.localClaim?.size ?? record.size), 22);
  }
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

function descriptor(record: Record): Buffer {
  const { part } = record;
  if (part.descriptor === undefined) return Buffer.alloc(0);
  const values = [record.crc, record.packedSize, record.size];
  return words(part.descriptor === 'signed' ? [0x08074b50, ...values] : values);
}

function directoryEntry(record: Record): Buffer {
  const { part } = record;
  const long = part.zip64 === true;
  const extra = long ? zip64Extra([record.size, record.packedSize, record.position]) : Buffer.alloc(0);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(45, 4);
  entry.writeUInt16LE(long ? 45 : 20, 6);
  entry.writeUInt16LE(record.flags, 8);
  entry.writeUInt16LE(record.method, 10);
  entry.writeUInt32LE(record.crc, 16);
  entry.writeUInt32LE(long ? 0xffffffff : record.packedSize, 20);
  entry.writeUInt32LE(long ? 0xffffffff : record.size, 24);
  entry.writeUInt16LE(record.name.length, 28);
  entry.writeUInt16LE(extra.length, 30);
  entry.writeUInt32LE(long ? 0xffffffff : record.position, 42);
  return Buffer.concat([entry, record.name, extra]);
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + values.length * 8);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(values.length * 8, 2);
  for (const [index, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + index * 8);
  return extra;
}

function endRecords(input: { count: number; start: number; size: number; options: ZipOptions }): Buffer {
  const { count, start, size, options } = input;
  const comment = Buffer.from(options.comment ?? []);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  const long = options.zip64End === true;
  end.writeUInt16LE(long ? 0xffff : count, 8);
  end.writeUInt16LE(long ? 0xffff : count, 10);
  end.writeUInt32LE(long ? 0xffffffff : size, 12);
  end.writeUInt32LE(long ? 0xffffffff : start, 16);
  end.writeUInt16LE(comment.length, 20);
  if (!long) return Buffer.concat([end, comment]);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(start + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end, comment]);
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}
