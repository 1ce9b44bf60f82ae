import { UnreadableFileError, type UnreadableCode } from './errors.ts';
import { EventLoopYielder } from './event-loop-yielder.ts';
import type { Limits } from './limits.ts';
import type { ByteSource } from './source.ts';

/** One file in the archive, as its central directory describes it. */
export interface ZipEntry {
  name: string;
  method: 'stored' | 'deflate';
  crc: number;
  packedSize: number;
  size: number;
  /** Position of the entry's local header in the file. */
  headerPosition: number;
}

/** The archive's entries by lower-case name: part names are equal whatever their case. */
export type ZipDirectory = ReadonlyMap<string, ZipEntry>;

interface DirectoryRecord {
  count: number;
  size: number;
  position: number;
}

export const END_SIGNATURE = 0x06054b50;
export const END_SIZE = 22;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_LOCATOR_SIZE = 20;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ZIP64_END_SIZE = 56;
export const ENTRY_SIGNATURE = 0x02014b50;
export const ENTRY_SIZE = 46;
export const LOCAL_SIGNATURE = 0x04034b50;
export const LOCAL_SIZE = 30;
const LONGEST_COMMENT = 0xffff;
/** The directory is held whole while it is read; ten thousand entries of a workbook need about 1 MiB. */
const LARGEST_DIRECTORY = 8 * 1024 * 1024;
/** Encrypted, "compressed patched data", strong encryption, masked directory. */
export const ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000;
export const UTF8_FLAG = 0x0800;

/** Reads and checks the central directory. @throws UnreadableFileError */
export async function readDirectory(source: ByteSource, limits: Limits): Promise<ZipDirectory> {
  const { record, end } = await findDirectory(source);
  if (record.count > limits.entries) throw zipError('too-large', `The zip has ${record.count} entries`);
  if (record.size > LARGEST_DIRECTORY) throw zipError('too-large', `The zip's directory is ${record.size} bytes long`);
  if (record.position + record.size !== end) {
    throw zipError('bad-zip', 'The zip directory is not where the end record says');
  }
  const bytes = await source.read(record.position, record.size);
  const entries: ZipEntry[] = [];
  // A pack of a day's answers has tens of thousands.
  const yielder = new EventLoopYielder();
  let position = 0;
  for (let index = 0; index < record.count; index++) {
    const { entry, next } = readEntry(bytes, position);
    if (entry !== undefined) entries.push(entry);
    position = next;
    if (yielder.due()) await yielder.rest();
  }
  if (position !== bytes.length) throw zipError('bad-zip', 'The zip directory is longer than its entries');
  refuseOverlap(entries, record.position);
  return await byName(entries, yielder);
}

async function findDirectory(source: ByteSource): Promise<{ record: DirectoryRecord; end: number }> {
  const tailSize = Math.min(source.size, END_SIZE + LONGEST_COMMENT);
  const tailPosition = source.size - tailSize;
  const tail = await source.read(tailPosition, tailSize);
  for (let at = tailSize - END_SIZE; at >= 0; at--) {
    // The record counts where its comment ends with the file: a comment may hold a signature of its own.
    if (tail.readUInt32LE(at) !== END_SIGNATURE || at + END_SIZE + tail.readUInt16LE(at + 20) !== tailSize) continue;
    return readEnd(source, tail.subarray(at), tailPosition + at);
  }
  throw await notAZip(source, tail);
}

async function readEnd(
  source: ByteSource,
  end: Buffer,
  position: number,
): Promise<{ record: DirectoryRecord; end: number }> {
  const zip64 = await readZip64End(source, position);
  const disks = [end.readUInt16LE(4), end.readUInt16LE(6)];
  const countHere = end.readUInt16LE(8);
  const record = { count: end.readUInt16LE(10), size: end.readUInt32LE(12), position: end.readUInt32LE(16) };
  if (zip64 === undefined) {
    if (disks.some((disk) => disk !== 0) || countHere !== record.count) {
      throw zipError('bad-zip', 'The zip is one of several volumes');
    }
    return { record, end: position };
  }
  if (
    !agrees(record.count, zip64.record.count, 0xffff) ||
    !agrees(record.size, zip64.record.size, 0xffffffff) ||
    !agrees(record.position, zip64.record.position, 0xffffffff)
  ) {
    throw zipError('bad-zip', 'The two end records of the zip contradict each other');
  }
  return zip64;
}

/** A short field that is full says that the long one has the number. */
function agrees(short: number, full: number, saturated: number): boolean {
  return short === saturated || short === full;
}

async function readZip64End(
  source: ByteSource,
  endPosition: number,
): Promise<{ record: DirectoryRecord; end: number } | undefined> {
  const locatorPosition = endPosition - ZIP64_LOCATOR_SIZE;
  if (locatorPosition < 0) return undefined;
  const locator = await source.read(locatorPosition, ZIP64_LOCATOR_SIZE);
  if (locator.readUInt32LE(0) !== ZIP64_LOCATOR_SIGNATURE) return undefined;
  const position = readUInt64(locator, 8);
  if (position + ZIP64_END_SIZE > locatorPosition) throw zipError('bad-zip', 'The zip64 end record is out of place');
  const end = await source.read(position, ZIP64_END_SIZE);
  if (end.readUInt32LE(0) !== ZIP64_END_SIGNATURE) throw zipError('bad-zip', 'There is no zip64 end record');
  if (position + 12 + readUInt64(end, 4) !== locatorPosition) {
    throw zipError('bad-zip', 'The zip64 end record has a wrong length');
  }
  if (end.readUInt32LE(16) !== 0 || end.readUInt32LE(20) !== 0 || readUInt64(end, 24) !== readUInt64(end, 32)) {
    throw zipError('bad-zip', 'The zip is one of several volumes');
  }
  return {
    record: { count: readUInt64(end, 32), size: readUInt64(end, 40), position: readUInt64(end, 48) },
    end: position,
  };
}

function readEntry(bytes: Buffer, position: number): { entry: ZipEntry | undefined; next: number } {
  const namePosition = position + ENTRY_SIZE;
  if (namePosition > bytes.length || bytes.readUInt32LE(position) !== ENTRY_SIGNATURE) {
    throw zipError('bad-zip', 'The zip directory has fewer entries than it says');
  }
  const extraPosition = namePosition + bytes.readUInt16LE(position + 28);
  const commentPosition = extraPosition + bytes.readUInt16LE(position + 30);
  const next = commentPosition + bytes.readUInt16LE(position + 32);
  if (next > bytes.length) throw zipError('bad-zip', 'An entry reaches over the end of the zip directory');

  const flags = bytes.readUInt16LE(position + 8);
  const name = entryName(bytes.subarray(namePosition, extraPosition), flags);
  if ((flags & ENCRYPTED_FLAGS) !== 0) throw zipError('encrypted', 'A part is encrypted', name);
  const sizes = readSizes(bytes, position, bytes.subarray(extraPosition, commentPosition), name);
  if (name.endsWith('/')) {
    if (sizes.size !== 0) throw zipError('bad-zip', 'A folder has contents', name);
    return { entry: undefined, next };
  }
  const method = methodOf(bytes.readUInt16LE(position + 10), name);
  if (method === 'stored' && sizes.packedSize !== sizes.size) {
    throw zipError('bad-zip', 'A stored part has two different lengths', name);
  }
  return { entry: { name, method, crc: bytes.readUInt32LE(position + 16), ...sizes }, next };
}

function methodOf(method: number, name: string): ZipEntry['method'] {
  if (method === 0) return 'stored';
  if (method === 8) return 'deflate';
  throw zipError('unsupported-method', `Compression method ${method} is not read`, name);
}

function readSizes(
  bytes: Buffer,
  position: number,
  extra: Buffer,
  name: string,
): Pick<ZipEntry, 'packedSize' | 'size' | 'headerPosition'> {
  let packedSize = bytes.readUInt32LE(position + 20);
  let size = bytes.readUInt32LE(position + 24);
  let headerPosition = bytes.readUInt32LE(position + 42);
  const disk = bytes.readUInt16LE(position + 34);
  const long = zip64Field(extra);
  let at = 0;
  // The field holds, in this order, only what does not fit the short fields.
  const take = (): number => {
    if (long === undefined || at + 8 > long.length) throw zipError('bad-zip', 'A zip64 length is missing', name);
    at += 8;
    return readUInt64(long, at - 8);
  };
  if (size === 0xffffffff) size = take();
  if (packedSize === 0xffffffff) packedSize = take();
  if (headerPosition === 0xffffffff) headerPosition = take();
  if (disk !== 0 && disk !== 0xffff) throw zipError('bad-zip', 'A part is in another volume', name);
  return { packedSize, size, headerPosition };
}

function zip64Field(extra: Buffer): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    // Some writers pad the extra field with bytes that are no field.
    if (end > extra.length) return undefined;
    if (extra.readUInt16LE(at) === 0x0001) return extra.subarray(at + 4, end);
    at = end;
  }
  return undefined;
}

/** The name as compared and reported: `/` between folders, whatever the writer's system puts there. */
export function entryName(bytes: Buffer, flags: number): string {
  const name = bytes.toString((flags & UTF8_FLAG) === 0 ? 'latin1' : 'utf8').replaceAll('\\', '/');
  const segments = (name.endsWith('/') ? name.slice(0, -1) : name).split('/');
  const escapes = segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  if (escapes || name.includes('\0') || /^[a-z]:/i.test(name)) {
    throw zipError('path', 'A part has a name that is absolute or leaves the archive', JSON.stringify(name));
  }
  return name;
}

async function byName(entries: readonly ZipEntry[], yielder: EventLoopYielder): Promise<ZipDirectory> {
  const directory = new Map<string, ZipEntry>();
  for (const entry of entries) {
    const key = entry.name.toLowerCase();
    if (directory.has(key)) throw zipError('duplicate-part', 'Two parts have one name', entry.name);
    directory.set(key, entry);
    if (yielder.due()) await yielder.rest();
  }
  return directory;
}

/** Entries that share bytes make a small file inflate without end. */
function refuseOverlap(entries: readonly ZipEntry[], directoryPosition: number): void {
  const sorted = entries.toSorted((one, other) => one.headerPosition - other.headerPosition);
  for (const [index, entry] of sorted.entries()) {
    const next = sorted[index + 1]?.headerPosition ?? directoryPosition;
    if (entry.headerPosition + LOCAL_SIZE + entry.name.length + entry.packedSize > next) {
      throw zipError('bad-zip', 'A part reaches into what follows it', entry.name);
    }
  }
}

async function notAZip(source: ByteSource, tail: Buffer): Promise<UnreadableFileError> {
  const head = await source.read(0, Math.min(source.size, 4096));
  if (head.length >= 4 && head.readUInt32LE(0) === LOCAL_SIGNATURE) {
    return zipError('truncated', 'The zip has no end record');
  }
  if (head.length >= 8 && head.readUInt32BE(0) === 0xd0cf11e0) {
    // A workbook with a password is a compound file around an encrypted package; so is, without it, the old .xls.
    const mark = Buffer.from('EncryptedPackage', 'utf16le');
    if (head.includes(mark) || tail.includes(mark)) return zipError('encrypted', 'The workbook has a password');
    return zipError('not-a-zip', 'This is a compound file, as old .xls files and some protected workbooks are');
  }
  return zipError('not-a-zip', 'The file is no zip archive');
}

function readUInt64(bytes: Buffer, position: number): number {
  const value = bytes.readBigUInt64LE(position);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw zipError('bad-zip', 'A zip64 length is impossibly large');
  return Number(value);
}

export function zipError(code: UnreadableCode, message: string, where = 'the zip directory'): UnreadableFileError {
  return new UnreadableFileError({ code, where, message });
}
