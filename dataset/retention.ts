/** Days and single runs that are older than they may be kept. */
import { encodeSegment, decodeSegment } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import { readRecordAt } from './records.ts';
import {
  isRecordKey,
  isRunOfAnother,
  manifestKey,
  packFolder,
  profileDays,
  resourceFolder,
  SINGLE_FOLDERS,
  singleRunOf,
  STAGE_RESOURCES,
  stageIndexFolder,
  tableFolder,
} from './storage-keys.ts';

export interface Outdated {
  days: { day: string; files: number }[];
  /** Workflow ids. Of runs that left no record nobody knows the age: they stay. */
  single_runs: string[];
}

export interface RetentionInput {
  profile: string;
  /** The first day that stays. */
  from: string;
  /** When it begins, unix ms. */
  fromMs: number;
}

interface Found extends Outdated {
  /** In the order in which they go. */
  keysOf: { day: string | null; keys: string[] }[];
}

export async function outdatedIn(store: Store, input: RetentionInput): Promise<Found> {
  const days = (await profileDays(store, input.profile)).filter((day) => day < input.from);
  const keysOf: Found['keysOf'] = [];
  for (const day of days) keysOf.push({ day, keys: await keysOfDay(store, { profile: input.profile, day }) });
  const runs = await outdatedRuns(store, input);
  return {
    days: keysOf.map(({ day, keys }) => ({ day: day ?? '', files: keys.length })),
    single_runs: [...runs.keys()],
    keysOf: [...keysOf, { day: null, keys: [...runs.values()].flat() }],
  };
}

/**
 * Notes what goes, then removes it: of a day its manifest first, so that no reader takes what is left for a day. Cut off, it
 * is run again.
 * @returns key of the log
 */
export async function removeOutdated(
  store: Store,
  { profile }: RetentionInput,
  { keysOf, days, single_runs }: Found,
): Promise<string> {
  const at = new Date().toISOString();
  const log = `retention/profile=${encodeSegment(profile)}/${encodeSegment(at)}.json`;
  await store.writeJson(log, { version: 1, at, days, single_runs });
  for (const { day, keys } of keysOf) {
    const remove = async (): Promise<void> => {
      for (const key of keys) await store.remove(key);
    };
    if (day === null) await remove();
    else await store.withLock(manifestKey({ profile, day }), remove);
  }
  return log;
}

async function keysOfDay(store: Store, where: { profile: string; day: string }): Promise<string[]> {
  const location = { kind: 'day' as const, ...where, generation: 0 };
  const tables = [...Object.keys(TABLES), 'days'] as (TableName | 'days')[];
  const folders = [
    ...tables.map((table) => tableFolder(table, where)),
    ...STAGE_RESOURCES.map((resource) => resourceFolder(location, resource)),
    stageIndexFolder(where),
    packFolder(location),
  ];
  const keys = (await store.exists(manifestKey(where))) ? [manifestKey(where)] : [];
  for (const folder of folders) for await (const key of store.list(folder)) keys.push(key);
  return keys;
}

/** Files by the workflow ids of runs that began before. */
async function outdatedRuns(store: Store, { profile, fromMs }: RetentionInput): Promise<Map<string, string[]>> {
  const filesOf = new Map<string, string[]>();
  const begun = new Map<string, number>();
  for (const folder of SINGLE_FOLDERS) {
    for await (const key of store.list(folder)) {
      const run = singleRunOf(key);
      if (run === null) continue;
      filesOf.set(run, [...(filesOf.get(run) ?? []), key]);
      const record = isRecordKey(key) ? await readRecordAt(store, key) : null;
      if (record) begun.set(run, Math.max(begun.get(run) ?? 0, record.generation));
    }
  }
  const runs = new Map<string, string[]>();
  for (const [run, at] of begun) {
    const id = decodeSegment(run.split('/')[0] ?? '') ?? run;
    if (at < fromMs && !isRunOfAnother(profile, id))
      runs.set(id, [...(runs.get(id) ?? []), ...(filesOf.get(run) ?? [])]);
  }
  return runs;
}
