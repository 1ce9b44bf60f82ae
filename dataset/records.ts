/**
 * The stage: raw files as received, and one small record for each unit. A unit is done when its record exists; a day is
 * committed by reading its records, so that neither a crash nor a changed column costs a call.
 */
import { decodeSegment } from '../store/keys.ts';
import type { Store, Version } from '../store/store.ts';
import { readManifest } from './manifest.ts';
import { isOfThoseUnderWay, normalRequest, sameSubject } from './questions.ts';
import { RawFiles } from './raw-files.ts';
import { readAhead } from './read-ahead.ts';
import { readIndex } from './stage-index.ts';
import {
  isRecordKey,
  rawFolderOf,
  recordKey,
  resourceFolder,
  type StageLocation,
  type StageResource,
  type UnitLocation,
} from './storage-keys.ts';
import { checkedRecord, isNewer, lastAnswer, newRecord, saysNothing, type UnitRecord } from './unit-record.ts';

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

/** `key`: where it is from. */
export function parseRecord(store: Store, key: string, bytes: Uint8Array): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return damaged(store, key, 'it is not valid JSON');
    throw error;
  }
  const read = checkedRecord(value, () => rawFolderOf(key));
  return 'problem' in read ? damaged(store, key, read.problem) : read;
}

function damaged(store: Store, key: string, reason: string): ReadRecord {
  store.noteDamaged({ key, reason });
  return { damaged: `damaged record ${key}: ${reason}` };
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
