/** What is known of one unit, a question to Feishu and its answer: the record of it, and what that says. */
import { z } from 'zod';
import { addCounts, UNIT_STATUSES } from '../model/units.ts';
import type { StageResource } from './storage-keys.ts';

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

/** Of two records of a unit: a worker that was stopped and wakes late may write an older one beside a newer one. */
export function isNewer(one: UnitRecord, other: UnitRecord): boolean {
  const [a, b] = [lastAnswer(one), lastAnswer(other)];
  return a.generation > b.generation || (a.generation === b.generation && a.asked_at > b.asked_at);
}

/** Part of a window that was asked in parts. The whole window is made of all of them at once, or of none. */
export function isPart({ unit }: UnitRecord): boolean {
  return /\.[123]$/.test(unit);
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

/**
 * A record as it was stored. `folderOf`: in which its files have to lie, since whoever may write one folder of a store speaks for
 * the files in that folder alone.
 */
export function checkedRecord(
  value: unknown,
  folderOf: (record: UnitRecord) => string,
): { record: UnitRecord } | { problem: string } {
  const checked = unitRecord.safeParse(value);
  if (!checked.success) return { problem: shapeProblem(checked.error) };
  const record = checked.data;
  const folder = folderOf(record);
  if (record.files.some(({ key }) => !key.startsWith(folder))) return { problem: 'it names files of another place' };
  return { record };
}

/** Names of fields, never their values. */
function shapeProblem(error: z.ZodError): string {
  const fields = [...new Set(error.issues.map(({ path }) => path.join('.') || 'the whole'))];
  return `it has another shape than a record (${fields.slice(0, 5).join(', ')})`;
}

/** Calls by endpoint, of all of them together. */
export function sumOfCalls(records: UnitRecord[]): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const record of records) addCounts(calls, record.calls);
  return calls;
}

/**
 * Feishu takes no question about those under way (not supported, a parameter that is wrong), or says that it has no data, which
 * may mean that nobody is: asked again it will not say either.
 */
export function saysNothing(reason: string | null): boolean {
  return ['121002', '121003', '121004', '126009'].includes(codeIn(reason) ?? '');
}

/** Feishu's code in the words of a reason, such as `126009 cannot find meeting`; null where it names none. */
export function codeIn(reason: string | null): string | null {
  const found = /^(\d{4,9})\b|\bFeishu code (\d{4,9})\b/.exec(reason ?? '');
  return found?.[1] ?? found?.[2] ?? null;
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
