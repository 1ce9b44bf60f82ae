/** Raw files that are encrypted by policy, once their day is sealed: everything reads them as before, where the key is. */
import type { Store } from '../store/store.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { packDay } from './pack-day.ts';
import { encryptingKey, readPackList } from './raw-packs.ts';
import { manifestDays, packFolder, resourceFolder, STAGE_RESOURCES, type DayLocation } from './storage-keys.ts';
import { removeSuperseded } from './superseded.ts';

/**
 * Takes a sealed day's raw files into encrypted packs; those of another key are written anew with the first one. Cut off, it goes
 * on where it is called again. @returns false where the day is not sealed, or is encrypted already, or its index is damaged
 */
export async function encryptAnswers(
  store: Store,
  { profile, day }: { profile: string; day: string },
): Promise<boolean> {
  const manifest = await readManifest(store, { profile, day });
  if (!manifest?.sealed || (await isEncrypted(store, manifest))) return false;
  const location: DayLocation = { kind: 'day', profile, day, generation: manifest.generation };
  const inUse = await removeSuperseded(store, location, manifest);
  if (inUse === null) return false;
  await packDay(store, location, inUse, { encrypt: true });
  return true;
}

/** All sealed days of a profile, one after the other. */
export async function encryptSealedDays(
  store: Store,
  profile: string,
  { onEncrypted, signal }: { onEncrypted: (day: string) => void; signal: AbortSignal },
): Promise<void> {
  for (const day of await manifestDays(store, profile)) {
    if (signal.aborted) return;
    if (await encryptAnswers(store, { profile, day })) onEncrypted(day);
  }
}

/** Ids of the keys with which days of a profile are encrypted, and which are not here. */
export async function lackingKeys(store: Store, profile: string): Promise<string[]> {
  const ids = new Set<string>();
  for (const day of await manifestDays(store, profile)) {
    const list = await readPackList(store, packFolder({ profile, day }));
    if (list?.encrypted_with) ids.add(list.encrypted_with);
  }
  return [...ids].filter((id) => !store.rawKeys.some((key) => key.id === id));
}

/** An encryption that was cut off leaves files beside the packs. */
async function isEncrypted(store: Store, { profile, day, generation }: Manifest): Promise<boolean> {
  const location: DayLocation = { kind: 'day', profile, day, generation };
  const list = await readPackList(store, packFolder(location));
  if (list?.encrypted_with !== encryptingKey(store).id) return false;
  const areEmpty = STAGE_RESOURCES.map(
    async (resource) => (await store.list(resourceFolder(location, resource)).next()).done,
  );
  return (await Promise.all(areEmpty)).every(Boolean);
}
