/**
 * The stage: raw files as received, and one small record for each unit. A unit is done when its record exists; a day is
 * committed by reading its records, so that neither a crash nor a changed column costs a call.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { addCounts, UNIT_STATUSES } from '../model/units.ts';
import type { FileStore } from '../store/file-store.ts';
import { normalRequest, sameSubject } from './questions.ts';
import {
  isRecordKey,
  recordKey,
  resourceFolder,
  type StageLocation,
  type StageResource,
  type UnitLocation,
} from './storage-keys.ts';

const rawFile = z.object({ key: z.string(), bytes: z.number(), sha256: z.string() });
export type RawFile = z.infer<typeof rawFile>;

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
  /** Rows of each file, where the window was asked in parts; a file of a suspicious number may be cut off. */
  file_rows: z.array(z.number()).optional(),
  pages: z.number(),
  task_id: z.string().nullable(),
  unknown_creates: z.number(),
  /** Calls by endpoint, failed attempts included. */
  calls: z.record(z.string(), z.number()),
  /** End of what was asked about, unix seconds, where "no data" may mean "not yet" for some hours after it. */
  settles_after: z.number().nullable(),
  /** A later ask that brought nothing, while what was known before is kept. */
  later: z.object({ ...answer, request: z.record(z.string(), z.unknown()).optional() }).nullable(),
});
export type UnitRecord = z.infer<typeof unitRecord>;

/** What a unit's last ask came to, the kept rows of an earlier one aside. */
export function lastAnswer(record: UnitRecord): Pick<UnitRecord, 'status' | 'reason' | 'asked_at' | 'generation'> {
  return record.later ?? record;
}

export async function readRecord(store: FileStore, location: UnitLocation): Promise<UnitRecord | null> {
  return await readRecordAt(store, recordKey(location));
}

export async function readRecordAt(store: FileStore, key: string): Promise<UnitRecord | null> {
  if (!(await store.exists(key))) return null;
  return unitRecord.parse(await store.readJson(key));
}

/**
 * Writes a unit's record. A record of a later run stays. Rows that are known stay too when a new answer about the same
 * thing has none: the new answer is then noted beside them.
 */
export async function writeRecord(store: FileStore, location: UnitLocation, record: UnitRecord): Promise<void> {
  const known = await readRecord(store, location);
  if (known && lastAnswer(known).generation > record.generation) return;
  const { status, reason, asked_at, generation } = record;
  const request = normalRequest(record.resource, record.request);
  const keepsRows =
    known !== null &&
    known.rows > 0 &&
    record.rows === 0 &&
    known.generation < generation &&
    sameSubject(known, record);
  const kept = keepsRows
    ? { ...known, later: { status, reason, asked_at, generation, request } }
    : { ...record, request };
  await store.writeJson(recordKey(location), kept);
}

/** Every record of a place's resource. */
export async function* recordsOf(
  store: FileStore,
  location: StageLocation,
  resource: StageResource,
): AsyncGenerator<UnitRecord, void, undefined> {
  for await (const key of store.list(resourceFolder(location, resource))) {
    if (isRecordKey(key)) yield unitRecord.parse(await store.readJson(key));
  }
}

/** Keeps an answer's bytes as received, compressed. `sha256` is that of the stored file. */
export async function putJsonGz(store: FileStore, key: string, bytes: Uint8Array | string): Promise<RawFile> {
  const written = await store.put(key, gzipSync(bytes));
  return { key, ...written };
}

export async function readJsonGz(store: FileStore, key: string): Promise<unknown> {
  return JSON.parse(gunzipSync(await store.read(key)).toString('utf8')) as unknown;
}

export async function writeIndex(store: FileStore, key: string, records: UnitRecord[]): Promise<RawFile> {
  return await putJsonGz(store, key, JSON.stringify(records));
}

export async function readIndex(store: FileStore, key: string): Promise<UnitRecord[]> {
  return z.array(unitRecord).parse(await readJsonGz(store, key));
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
