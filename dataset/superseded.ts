/** Which raw files of a committed day are of use, and which are not any more. */
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { Manifest } from './manifest.ts';
import { RawFiles } from './raw-files.ts';
import { isDropped, NO_PACKS, readPackList } from './raw-packs.ts';
import { isPart, lastAnswer, readIndex, tryRecord, type RawFile, type UnitRecord } from './records.ts';
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

/**
 * Removes raw files that neither a committed table nor a unit's record was made of. Where an index or a record is damaged,
 * nobody knows which of the files it names: they stay. What lies in packs goes when these are written anew.
 * @returns null where an index is damaged
 */
export async function removeSuperseded(
  store: Store,
  location: DayLocation,
  manifest: Pick<Manifest, 'tables' | 'generation'>,
): Promise<RawInUse | null> {
  const indexes = new Set(Object.values(manifest.tables).map((table) => table.run.stage.key));
  const { generation } = manifest;
  const inUse: RawInUse = { generation, answers: new Map(), records: new Set(), unknown: new Set() };
  const list = (await readPackList(store, packFolder(location))) ?? NO_PACKS;
  const use = (file: RawFile): void => {
    if (isDropped(list, file.key)) return;
    if (!inUse.answers.has(file.key)) inUse.answers.set(file.key, file);
  };
  for (const key of indexes) {
    const records = await indexOf(store, key);
    if (records === null) return null;
    for (const record of records) record.files.forEach(use);
  }
  const raw = new RawFiles(store);
  const keys: string[] = [];
  for (const resource of STAGE_RESOURCES) {
    for (const key of await raw.list(resourceFolder(location, resource))) {
      if (!isRecordKey(key)) {
        keys.push(key);
        continue;
      }
      const read = await tryRecord(store, key, raw);
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
    if (!indexes.has(key) && !isLater(key)) await store.remove(key);
  }
  for (const key of keys) {
    if (!isLater(key) && !inUse.answers.has(key) && !inUse.unknown.has(folderOf(key))) await store.remove(key);
  }
  return inUse;
}

export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

/** Null where it is damaged. */
export async function indexOf(store: Store, key: string): Promise<UnitRecord[] | null> {
  try {
    return await readIndex(store, key);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'damaged') throw error;
    store.noteDamaged({ key, reason: error.message });
    return null;
  }
}
