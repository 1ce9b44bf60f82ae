/**
 * The index of a commit, which is encrypted where it lies when its day's packs are: it says of whom was asked. The hash that the
 * manifest has of it is that of its bytes in clear.
 */
import { decrypted, encrypted, keyIdOf } from '../store/encrypted-file.ts';
import type { SealingKey } from '../store/sealed-bytes.ts';
import type { Store } from '../store/store.ts';
import { openedBy } from './raw-packs.ts';
import { generationOf, stageIndexFolder, type DayLocation } from './storage-keys.ts';

/** In clear. @throws StoreError `unavailable` without the key; `damaged` */
export async function readIndexBytes(store: Store, key: string): Promise<Buffer> {
  const bytes = await store.read(key);
  return keyIdOf(bytes) !== null ? await decrypted(bytes, openedBy(store, { key, place: key })) : bytes;
}

/** Of the commits up to the location's generation. `anew`: those of another key too. @returns whether there was any */
export async function encryptIndexes(
  store: Store,
  location: DayLocation,
  { key, anew }: { key: SealingKey; anew: boolean },
): Promise<boolean> {
  let isAny = false;
  for await (const index of store.list(stageIndexFolder(location))) {
    if ((generationOf(index) ?? 0) > location.generation) continue;
    const bytes = await store.read(index);
    const id = keyIdOf(bytes);
    if (id === key.id || (id !== null && !anew)) continue;
    await store.put(index, encrypted(await readIndexBytes(store, index), { key, place: index }));
    isAny = true;
  }
  return isAny;
}
