/** Which raw files of a committed day are of use, and which are not any more. */
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { HeldLines } from './held-lines.ts';
import { HeldRecords } from './held-records.ts';
import type { Manifest } from './manifest.ts';
import { RawFiles } from './raw-files.ts';
import { readAhead } from './read-ahead.ts';
import { isDropped, NO_PACKS, readPackList } from './raw-packs.ts';
import { tryRecord } from './records.ts';
import { recordsOfIndex } from './stage-index.ts';
import { isPart, lastAnswer, lostOf, type RawFile, type UnitRecord } from './unit-record.ts';
import {
  generationOf,
  isRecordKey,
  packFolder,
  resourceFolder,
  STAGE_RESOURCES,
  stageIndexFolder,
  type DayLocation,
} from './storage-keys.ts';

/** What a committed day is made of, and what a run that came later has noted so far. */
export interface RawInUse {
  /** Of the commit: what later runs have received is none of its business, but that it stays. */
  generation: number;
  /** By their keys. Where a key has been written anew since the commit, the answer that the tables were made of. */
  answers: Map<string, RawFile>;
  /** Keys of the records that the commit knew. */
  records: Set<string>;
  /** Folders of units whose record is damaged, so that nobody knows which of the files are of use. */
  unknown: Set<string>;
}

/** What a commit has just read, so that it is not read again. */
export interface JustRead {
  indexKey: string;
  /** Of records in the index, as JSON: key and version. */
  versions: HeldLines;
}

/**
 * Removes raw files that neither a committed table nor a unit's record was made of. Where an index or a record is damaged,
 * nobody knows which of the files it names: they stay. What lies in packs goes when these are written anew.
 * @returns null where an index is damaged
 */
export async function removeSuperseded(
  store: Store,
  location: DayLocation,
  manifest: Pick<Manifest, 'tables' | 'generation'>,
  justRead?: JustRead,
): Promise<RawInUse | null> {
  const indexes = new Set(Object.values(manifest.tables).map((table) => table.run.stage.key));
  const { generation } = manifest;
  const inUse: RawInUse = { generation, answers: new Map(), records: new Set(), unknown: new Set() };
  const list = (await readPackList(store, packFolder(location))) ?? NO_PACKS;
  const use = (file: RawFile): void => {
    if (isDropped(list, file.key)) return;
    if (!inUse.answers.has(file.key)) inUse.answers.set(file.key, file);
  };
  // The index names no files of an answer that is lost; the record does.
  let namesAll = true;
  const useAnswer = (record: UnitRecord): void => {
    record.files.forEach(use);
    if (lostOf(record) !== null) namesAll = false;
  };
  for (const key of indexes) if (!(await readsIndex(store, key, useAnswer))) return null;
  const wasRead = namesAll && justRead && indexes.has(justRead.indexKey) ? justRead : null;
  const raw = new RawFiles(store);
  const keys: string[] = [];
  const useless: string[] = [];
  for (const resource of STAGE_RESOURCES) {
    const folder = resourceFolder(location, resource);
    const found = await raw.list(folder);
    // After the files were listed: a record that has come with one of them since the commit is another one.
    const known = wasRead ? await unchanged(store, folder, wasRead) : new Set();
    const records: string[] = [];
    for (const key of found) {
      if (known.has(key)) inUse.records.add(key);
      else if (isRecordKey(key)) records.push(key);
      else if (!inUse.answers.has(key)) keys.push(key);
    }
    const reading = readAhead(records, async (key) => ({ key, read: await tryRecord(store, key, raw) }));
    for await (const { key, read } of reading) {
      if (read === null) continue;
      if ('damaged' in read) inUse.unknown.add(folderOf(key));
      else if (isPart(read.record) && read.record.generation <= generation) await store.remove(key);
      else {
        read.record.files.forEach(use);
        const isOfCommit = lastAnswer(read.record).generation <= generation;
        if (isOfCommit && !isPart(read.record)) inUse.records.add(key);
      }
    }
  }
  // A run that came later may have written what no record, and no manifest, names yet.
  const isLater = (key: string): boolean => (generationOf(key) ?? 0) > generation;
  for await (const key of store.list(stageIndexFolder(location))) {
    if (!indexes.has(key) && !isLater(key)) useless.push(key);
  }
  for (const key of keys) {
    if (!isLater(key) && !inUse.answers.has(key) && !inUse.unknown.has(folderOf(key))) useless.push(key);
  }
  await store.removeAll(useless);
  return inUse;
}

/** Keys of the records that are still those that were read. */
async function unchanged(store: Store, folder: string, { versions }: JustRead): Promise<Set<string>> {
  const read = new Set<string>();
  for (const line of versions) if (line.startsWith(`["${folder}`)) read.add(line);
  const keys = new Set<string>();
  if (read.size === 0) return keys;
  for await (const { key, version } of store.versions(folder)) {
    if (read.has(JSON.stringify([key, version]))) keys.add(key);
  }
  return keys;
}

export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

/** Gives `use` the records of an index. @returns false where it is damaged, be it after some of them */
export async function readsIndex(store: Store, key: string, use: (record: UnitRecord) => void): Promise<boolean> {
  try {
    for await (const record of recordsOfIndex(store, key)) use(record);
    return true;
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'damaged') throw error;
    store.noteDamaged({ key, reason: error.message });
    return false;
  }
}

/** Null where it is damaged. */
export async function heldIndex(store: Store, key: string): Promise<HeldRecords | null> {
  const held = new HeldRecords();
  return (await readsIndex(store, key, (record) => held.add(record))) ? held : null;
}
