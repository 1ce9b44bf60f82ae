/** Single runs that know somebody. Nothing else is made of their files: they go as a whole. */
import { decodeSegment } from '../store/keys.ts';
import { readParquet } from '../store/parquet.ts';
import type { Store } from '../store/store.ts';
import { STRICT } from '../tables/privacy.ts';
import { disguiseOf } from './disguise.ts';
import { edited, type Look } from './erased-answers.ts';
import type { ErasedPerson } from './erased-person.ts';
import { RawFiles } from './raw-files.ts';
import { readRecordAt } from './records.ts';
import {
  isRecordKey,
  isRunOfAnother,
  singleRunOf,
  SINGLE_FOLDERS,
  STAGE_RESOURCES,
  type StageResource,
} from './storage-keys.ts';

/** @returns the ids of the runs that went, or would go */
export async function eraseSingleRuns(
  store: Store,
  { person, profile, isDryRun }: { person: ErasedPerson; profile: string; isDryRun: boolean },
): Promise<string[]> {
  const filesOf = new Map<string, string[]>();
  const known = new Set<string>();
  const called = await namesIn(store, person);
  for (const folder of SINGLE_FOLDERS) {
    for await (const key of store.list(folder)) {
      const run = singleRunOf(key);
      if (run === null || isRunOfAnother(profile, idOf(run))) continue;
      filesOf.set(run, [...(filesOf.get(run) ?? []), key]);
      if (!known.has(run) && (await hasPerson(store, key, person, called))) known.add(run);
    }
  }
  for (const run of known) if (!isDryRun) for (const key of filesOf.get(run) ?? []) await store.remove(key);
  return Array.from(known, idOf);
}

function idOf(run: string): string {
  return decodeSegment(run.split('/')[0] ?? '') ?? run;
}

/** As they are, and as policies write them. */
export async function namesIn(store: Store, person: ErasedPerson): Promise<Set<string>> {
  const disguise = await disguiseOf(store, STRICT);
  const hashed = person.all().flatMap((text) => disguise.shown('user_id', text) ?? []);
  return new Set([...person.all(), ...hashed]);
}

async function hasPerson(
  store: Store,
  key: string,
  person: ErasedPerson,
  called: ReadonlySet<string>,
): Promise<boolean> {
  if (key.endsWith('.parquet')) return await hasInRows(store, key, { called, person });
  if (!isRecordKey(key)) return await isInAnswer(store, key, person);
  const record = await readRecordAt(store, key);
  // Its answers are looked at by themselves.
  if (record === null) return false;
  if (Object.values(record.request).some((value) => typeof value === 'string' && person.has(value))) return true;
  return false;
}

/** Whatever names it, and where nothing does. @throws StoreError `damaged`, UnreadableFileError */
export async function isInAnswer(store: Store, key: string, person: ErasedPerson): Promise<boolean> {
  if (!/\.(?:json\.gz|xlsx)$/.test(key)) return false;
  let isThere = false;
  const look: Look = (cells) => {
    isThere ||= person.erasedFrom(cells, '') !== null;
    return null;
  };
  await edited(store, { key, raw: new RawFiles(store), resource: resourceIn(key) }, { look, toKey: key });
  return isThere;
}

function resourceIn(key: string): StageResource {
  return STAGE_RESOURCES.find((resource) => key.includes(`/${resource}/`)) ?? 'participant_list';
}

/** Whether a row of a table says one of these. */
export async function hasInRows(
  store: Store,
  key: string,
  { called, person }: { called: ReadonlySet<string>; person: ErasedPerson },
): Promise<boolean> {
  return await store.withLocalFiles([key], async (pathOf) => {
    for await (const row of readParquet(pathOf(key))) {
      const isNamed = (value: unknown): boolean =>
        typeof value === 'string' && (called.has(value) || person.scrubbed(value) !== value);
      if (Object.values(row).some(isNamed)) return true;
    }
    return false;
  });
}
