/** Raw files that are of no use any more. */
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { Manifest } from './manifest.ts';
import { isPart, readIndex, tryRecord, type UnitRecord } from './records.ts';
import { isRecordKey, resourceFolder, STAGE_RESOURCES, stageIndexFolder, type DayLocation } from './storage-keys.ts';

/**
 * Raw files that neither a committed table nor a unit's record was made of are of no use any more. Where an index or a record is
 * damaged, nobody knows which of the files it names: they stay.
 */
export async function removeSuperseded(
  store: Store,
  location: DayLocation,
  manifest: Pick<Manifest, 'tables' | 'generation'>,
): Promise<void> {
  const indexes = new Set(Object.values(manifest.tables).map((table) => table.run.stage.key));
  const needed = new Set<string>();
  for (const key of indexes) {
    const records = await indexOf(store, key);
    if (records === null) return;
    for (const record of records) for (const file of record.files) needed.add(file.key);
  }
  const keys: string[] = [];
  const kept = new Set<string>();
  for (const resource of STAGE_RESOURCES) {
    for await (const key of store.list(resourceFolder(location, resource))) {
      if (!isRecordKey(key)) {
        keys.push(key);
        continue;
      }
      const read = await tryRecord(store, key);
      if (read !== null && 'record' in read && isPart(read.record) && read.record.generation <= manifest.generation) {
        await store.remove(key);
        continue;
      }
      if (read !== null && 'damaged' in read) kept.add(folderOf(key));
      else for (const file of read?.record.files ?? []) needed.add(file.key);
    }
  }
  for await (const key of store.list(stageIndexFolder(location))) if (!indexes.has(key)) await store.remove(key);
  for (const key of keys) if (!needed.has(key) && !kept.has(folderOf(key))) await store.remove(key);
}

function folderOf(key: string): string {
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
