/**
 * The stage: raw files as received, and one small record for each unit. A unit is done when its record exists; a day is
 * committed by reading its records, so that neither a crash nor a changed column costs a call.
 */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createGunzip, createGzip, gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { addCounts, UNIT_STATUSES } from '../model/units.ts';
import { errnoOf, StoreError } from '../store/errors.ts';
import { decodeSegment } from '../store/keys.ts';
import type { Store, Version } from '../store/store.ts';
import { readIndexBytes } from './encrypted-index.ts';
import { JsonArray } from './json-array.ts';
import { readManifest } from './manifest.ts';
import { isOfThoseUnderWay, normalRequest, sameSubject } from './questions.ts';
import { RawFiles, type WantedFile } from './raw-files.ts';
import { readAhead } from './read-ahead.ts';
import {
  isRecordKey,
  rawFolderOf,
  rawFolderOfIndexed,
  recordKey,
  resourceFolder,
  type StageLocation,
  type StageResource,
  type UnitLocation,
} from './storage-keys.ts';

const rawFile = z.object({ key: z.string(), bytes: z.number(), sha256: z.string() });
export type RawFile = z.infer<typeof rawFile>;
/** Of a unit whose place says where it lies. */
export type StoredFile = Omit<RawFile, 'key'>;

const answer = {
  status: z.enum(UNIT_STATUSES),
  reason: z.string().nullable(),
  /** Unix seconds: when it was asked, which for a file is when its task was created. */
  asked_at: z.number(),
  generation: z.number(),
};
const unitRecord = z.object({
  version: z.literal(1),
  resource: z.string().transform((name) => name as StageResource),
  unit: z.string(),
  via: z.enum(['export', 'list']),
  ...answer,
  /** The question in its normal form: what the answer counts for. The files do not say which meeting or person they are of. */
  request: z.record(z.string(), z.unknown()),
  files: z.array(rawFile),
  rows: z.number(),
  pages: z.number(),
  task_id: z.string().nullable(),
  /** Who asked: a task and its file belong to that identity. Absent in records of earlier versions. */
  identity: z.enum(['app', 'user']).optional(),
  /** Stands for a record that could not be read: nobody knows what it answered. Or for one whose answers are lost. */
  damaged: z.union([z.literal(true), z.enum(['answers dropped', 'answers damaged'])]).optional(),
  unknown_creates: z.number(),
  /** Calls by endpoint, failed attempts included. */
  calls: z.record(z.string(), z.number()),
  /** End of what was asked about, unix seconds, where "no data" may mean "not yet" for some hours after it. */
  settles_after: z.number().nullable(),
  /** A later ask that brought nothing, while what was known before is kept. */
  later: z.object({ ...answer, request: z.record(z.string(), z.unknown()).optional() }).nullable(),
});
export type UnitRecord = z.infer<typeof unitRecord>;

/** Why the answers that a record tells of are not to be had any more: by `RAW_KEEP`, or since they cannot be read. */
export type Lost = Exclude<UnitRecord['damaged'], true | undefined>;

export const LOST_WORDS: Record<Lost, string> = {
  'answers dropped': 'its raw answer went by RAW_KEEP',
  'answers damaged': 'its raw answer cannot be read any more',
};

/** Null where nothing of it is lost. */
export function lostOf(record: UnitRecord | undefined): Lost | null {
  return record?.damaged === undefined || record.damaged === true ? null : record.damaged;
}

/** What a unit's last ask came to, the kept rows of an earlier one aside. */
export function lastAnswer(record: UnitRecord): Pick<UnitRecord, 'status' | 'reason' | 'asked_at' | 'generation'> {
  return record.later ?? record;
}

export async function readRecord(store: Store, location: UnitLocation, raw?: RawFiles): Promise<UnitRecord | null> {
  return await readRecordAt(store, recordKey(location), raw);
}

/**
 * A damaged record is as good as none, and so is one whose answers were dropped by policy: its unit is asked again, and the
 * record is written anew.
 */
export async function readRecordAt(
  store: Store,
  key: string,
  raw: RawFiles = new RawFiles(store),
): Promise<UnitRecord | null> {
  const read = await tryRecord(store, key, raw);
  if (read === null || 'damaged' in read) return null;
  return (await areDropped(raw, read.record)) ? null : read.record;
}

/** Whether answers of a record went by policy. */
async function areDropped(raw: RawFiles, { files }: UnitRecord): Promise<boolean> {
  for (const file of files) if (await raw.isDropped(file)) return true;
  return false;
}

/** `version`: of the file, where nothing else lies under the key. */
type ReadRecord = { record: UnitRecord; version?: Version } | { damaged: string };

/** Null where there is no such file. @throws StoreError for a store that is away */
export async function tryRecord(
  store: Store,
  key: string,
  raw: RawFiles = new RawFiles(store),
): Promise<ReadRecord | null> {
  const { loose, packed } = await raw.both(key);
  const parsed = (found: typeof loose | typeof packed): ReadRecord | null => {
    if (found === null) return null;
    return 'bytes' in found ? parseRecord(store, key, found.bytes) : damaged(store, key, 'it cannot be read');
  };
  const [file, member] = [parsed(loose), parsed(packed)];
  if (loose !== null && 'version' in loose && packed === null && file !== null && 'record' in file)
    return { ...file, version: loose.version };
  if (file === null || member === null) return file ?? member;
  // What was written after the packing and cannot be read may be the newer one.
  if ('damaged' in file || 'damaged' in member) return file;
  return isNewer(file.record, member.record) ? file : member;
}

/** Of two records of a unit: a worker that was stopped and wakes late may write an older one beside a newer one. */
export function isNewer(one: UnitRecord, other: UnitRecord): boolean {
  const [a, b] = [lastAnswer(one), lastAnswer(other)];
  return a.generation > b.generation || (a.generation === b.generation && a.asked_at > b.asked_at);
}

/** `key`: where it is from. */
export function parseRecord(store: Store, key: string, bytes: Uint8Array): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return damaged(store, key, 'it is not valid JSON');
    throw error;
  }
  const checked = unitRecord.safeParse(value);
  if (!checked.success) return damaged(store, key, shapeProblem(checked.error));
  if (hasFilesElsewhere(checked.data, rawFolderOf(key))) return damaged(store, key, ELSEWHERE);
  return { record: checked.data };
}

const ELSEWHERE = 'it names files of another place';

/** Whoever may write one folder of a store speaks for the files in that folder alone. */
function hasFilesElsewhere({ files }: UnitRecord, folder: string): boolean {
  return files.some(({ key }) => !key.startsWith(folder));
}

function damaged(store: Store, key: string, reason: string): ReadRecord {
  store.noteDamaged({ key, reason });
  return { damaged: `damaged record ${key}: ${reason}` };
}

/** Names of fields, never their values. */
function shapeProblem(error: z.ZodError): string {
  const fields = [...new Set(error.issues.map(({ path }) => path.join('.') || 'the whole'))];
  return `it has another shape than a record (${fields.slice(0, 5).join(', ')})`;
}

/**
 * Writes a unit's record. A record of a later run stays. Rows that are known stay too when a new answer about the same
 * thing has none, whichever run they are of: the new answer is then noted beside them.
 */
export async function writeRecord(store: Store, location: UnitLocation, record: UnitRecord): Promise<void> {
  const known = await knownRecord(store, location);
  if (known && lastAnswer(known).generation > lastAnswer(record).generation) return;
  // None that began in the day can come to be under way later: an ask that tells of nobody leaves it at that.
  if (known && saysNobody(known) && record.rows === 0 && !saysNobody(record) && sameSubject(known, record)) return;
  const { status, reason, asked_at, generation } = record;
  const request = normalRequest(record.resource, record.request);
  const keepsRows = known !== null && known.rows > 0 && record.rows === 0 && sameSubject(known, record);
  const kept = keepsRows
    ? { ...known, later: { status, reason, asked_at, generation, request } }
    : { ...record, request };
  await store.writeJson(recordKey(location), kept);
}

/** Whether the last answer was that no meeting is under way. */
function saysNobody(record: UnitRecord): boolean {
  const { status, reason } = lastAnswer(record);
  return isOfThoseUnderWay(record) && status === 'empty' && !saysNothing(reason);
}

/**
 * Feishu takes no question about those under way (not supported, a parameter that is wrong), or says that it has no data, which
 * may mean that nobody is: asked again it will not say either.
 */
export function saysNothing(reason: string | null): boolean {
  return ['121002', '121003', '121004', '126009'].includes(codeIn(reason) ?? '');
}

/** Of a unit whose record cannot be read, what the committed day was made of: its rows do not go with the record. */
async function knownRecord(store: Store, location: UnitLocation): Promise<UnitRecord | null> {
  const read = await tryRecord(store, recordKey(location));
  if (read === null) return null;
  return 'record' in read ? read.record : await committedRecord(store, location);
}

/** The newest that the tables of a committed day were made of. @throws StoreError where manifest or index is damaged */
async function committedRecord(
  store: Store,
  { resource, unit, ...location }: UnitLocation,
): Promise<UnitRecord | null> {
  const manifest = location.kind === 'day' ? await readManifest(store, location) : null;
  const runs = Object.values(manifest?.tables ?? {}).map(({ run }) => run);
  for (const { stage } of runs.toSorted((a, b) => b.generation - a.generation)) {
    const records = await readIndex(store, stage.key);
    const found = records.find((record) => record.resource === resource && record.unit === unit);
    if (found && !found.damaged) return found;
  }
  return null;
}

/**
 * Every record of a place's resource. Of a unit whose record is damaged: that it failed, and why.
 * @param onFile is told of those that lie as files and nowhere else
 */
export async function* recordsOf(
  store: Store,
  location: StageLocation,
  resource: StageResource,
  onFile: (record: UnitRecord, file: { key: string; version: Version }) => void = () => {},
): AsyncGenerator<UnitRecord, void, undefined> {
  const raw = new RawFiles(store);
  const keys = (await raw.list(resourceFolder(location, resource))).filter(isRecordKey);
  const reading = readAhead(keys, async (key) => ({ key, read: await tryRecord(store, key, raw) }));
  for await (const { key, read } of reading) {
    if (read === null) continue;
    if ('record' in read && read.version !== undefined) onFile(read.record, { key, version: read.version });
    yield 'record' in read
      ? read.record
      : await withoutRecord(store, location, { resource, key, reason: read.damaged });
  }
}

async function withoutRecord(
  store: Store,
  location: StageLocation,
  lost: { resource: StageResource; key: string; reason: string },
): Promise<UnitRecord> {
  const failed = failedRecord(location, lost);
  const committed = await committedRecord(store, { ...location, resource: lost.resource, unit: failed.unit });
  if (!committed || committed.rows === 0) return failed;
  const { reason, generation } = failed;
  const { asked_at } = lastAnswer(committed);
  return { ...committed, later: { status: 'failed', reason, asked_at, generation } };
}

function failedRecord(
  { generation }: StageLocation,
  { resource, key, reason }: { resource: StageResource; key: string; reason: string },
): UnitRecord {
  const unit = decodeSegment(key.split('/').at(-2) ?? '') ?? key;
  const via = unit.endsWith('export') ? 'export' : 'list';
  const place = { resource, unit, generation };
  return newRecord(place, { via, status: 'failed', reason, asked_at: 0, request: {}, damaged: true });
}

type Said = Pick<UnitRecord, 'via' | 'status' | 'reason' | 'asked_at' | 'request'>;

/** A record of this version. What is not said of it is that there is none: no file, no row, no cost. */
export function newRecord(
  { resource, unit, generation }: Pick<UnitRecord, 'resource' | 'unit' | 'generation'>,
  said: Said & Partial<Omit<UnitRecord, 'version'>>,
): UnitRecord {
  return {
    version: 1,
    resource,
    unit,
    generation,
    files: [],
    rows: 0,
    pages: 0,
    task_id: null,
    unknown_creates: 0,
    calls: {},
    settles_after: null,
    later: null,
    ...said,
  };
}

// In zlib's threads: a large answer would hold the event loop.
const inflated = promisify(gunzip);
const deflated = promisify(gzip);

/** Keeps an answer's bytes as received, compressed. `sha256` is that of the stored file. */
export async function putJsonGz(store: Store, key: string, bytes: Uint8Array | string): Promise<RawFile> {
  const written = await store.put(key, await deflated(bytes));
  return { key, ...written };
}

/** Bytes that a stored answer inflates to at most: Feishu's have at most 4 MiB. */
const ANSWER_BYTES = 16 * 1024 * 1024;
/** The records of a whole day. */
const INDEX_BYTES = 256 * 1024 * 1024;

/** A stored answer. @throws StoreError `not-found`, `damaged` */
export async function readAnswer(store: Store, raw: RawFiles, file: WantedFile): Promise<unknown> {
  const bytes = await raw.read(file);
  try {
    return JSON.parse((await inflated(bytes, { maxOutputLength: ANSWER_BYTES })).toString('utf8')) as unknown;
  } catch (error) {
    // Not as the cause: a parser quotes what it reads.
    if (isOfContent(error)) throw damagedFile(store, file.key, NOT_WRITTEN);
    throw error;
  }
}

const NOT_WRITTEN = 'it is not the compressed JSON that was written';

/** What the parser, a bound, or zlib says of bytes that are not those that were written. Anything else is a fault of ours. */
function isOfContent(error: unknown): boolean {
  const code = errnoOf(error) ?? '';
  return error instanceof SyntaxError || error instanceof RangeError || code.startsWith('Z_');
}

function damagedFile(store: Store, key: string, reason: string): StoreError {
  const path = store.where(key);
  return new StoreError('damaged', `${path} is damaged: ${reason}. Restore it, or remove it and run again.`, { path });
}

/** Part of a window that was asked in parts. The whole window is made of all of them at once, or of none. */
export function isPart({ unit }: UnitRecord): boolean {
  return /\.[123]$/.test(unit);
}

/** `records`: the JSON of each. */
export async function writeIndex(store: Store, key: string, records: Iterable<string>): Promise<RawFile> {
  const packed = await buffer(Readable.from(arrayText(records)).pipe(createGzip()));
  return { key, ...(await store.put(key, packed)) };
}

function* arrayText(items: Iterable<string>): Generator<string, void, undefined> {
  let isFirst = true;
  yield '[';
  for (const item of items) {
    yield isFirst ? item : `,${item}`;
    isFirst = false;
  }
  yield ']';
}

/** @throws StoreError `damaged` */
export async function readIndex(store: Store, key: string): Promise<UnitRecord[]> {
  const records: UnitRecord[] = [];
  for await (const record of recordsOfIndex(store, key)) records.push(record);
  return records;
}

/** One after the other, so that not all of a large day's are held. @throws StoreError `damaged`, be it after some of them */
export async function* recordsOfIndex(store: Store, key: string): AsyncGenerator<UnitRecord, void, undefined> {
  for await (const value of itemsOf(store, key, await readIndexBytes(store, key))) {
    const checked = unitRecord.safeParse(value);
    if (!checked.success) throw damagedFile(store, key, shapeProblem(checked.error));
    const record = checked.data;
    if (hasFilesElsewhere(record, rawFolderOfIndexed(key, record.resource))) throw damagedFile(store, key, ELSEWHERE);
    yield record;
  }
}

/** The elements of a compressed JSON array. */
async function* itemsOf(store: Store, key: string, bytes: Uint8Array): AsyncGenerator<unknown, void, undefined> {
  const inflating = Readable.from([bytes]).pipe(createGunzip()) as AsyncIterable<Buffer>;
  const array = new JsonArray();
  let inflatedBytes = 0;
  try {
    for await (const chunk of inflating) {
      inflatedBytes += chunk.length;
      if (inflatedBytes > INDEX_BYTES) throw new RangeError('it is too large');
      yield* array.take(chunk);
    }
    array.end();
  } catch (error) {
    // Not as the cause: a parser quotes what it reads.
    if (isOfContent(error)) throw damagedFile(store, key, NOT_WRITTEN);
    throw error;
  }
}

/** Words of this product that a record may give as its reason: no policy has to hide them. */
const OWN_WORDS = new Set([
  ...Object.values(LOST_WORDS),
  'an empty file',
  'empty files',
  'an empty answer',
  'no reason given',
  'Feishu does not know the task any more',
  'it is done and names no file',
]);

/** The record without what Feishu, or whatever failed, said in words: they may name a person. The code stays. */
export function withoutWords(record: UnitRecord): UnitRecord {
  const { later } = record;
  return {
    ...record,
    reason: codeOnly(record.reason),
    later: later && { ...later, reason: codeOnly(later.reason) },
  };
}

function codeOnly(reason: string | null): string | null {
  if (reason === null || OWN_WORDS.has(reason)) return reason;
  const code = codeIn(reason);
  return code === null ? 'the words are hidden by the privacy policy' : `Feishu code ${code}`;
}

/** Calls by endpoint, of all of them together. */
export function sumOfCalls(records: UnitRecord[]): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const record of records) addCounts(calls, record.calls);
  return calls;
}

/** Feishu's code in the words of a reason, such as `126009 cannot find meeting`; null where it names none. */
export function codeIn(reason: string | null): string | null {
  const found = /^(\d{4,9})\b|\bFeishu code (\d{4,9})\b/.exec(reason ?? '');
  return found?.[1] ?? found?.[2] ?? null;
}
