/** Raw files that are encrypted by policy, once their day is sealed: everything reads them as before, where the key is. */
import { HEAD_BYTES, keyOf, type KeyOfFile } from '../store/encrypted-file.ts';
import { ifPresent } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { forEachDay, type EachDay } from './each-day.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { packDay } from './pack-day.ts';
import { encryptingKey, keyIdAt, readPackList, strangePacks } from './raw-packs.ts';
import { forEachAhead } from './read-ahead.ts';
import {
  isEncryptedPack,
  manifestDays,
  packFolder,
  resourceFolder,
  STAGE_RESOURCES,
  type DayLocation,
} from './storage-keys.ts';
import { removeSuperseded } from './superseded.ts';

/**
 * Takes a sealed day's raw files into encrypted packs; those of another key are written anew with the first one. Cut off, it goes
 * on where it is called again. @returns false where the day is not sealed, or there is nothing to encrypt, or its index is damaged
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
  return await packDay(store, location, inUse, { encrypt: true });
}

/** All sealed days of a profile, one after the other. */
export async function encryptSealedDays(
  store: Store,
  profile: string,
  { onEncrypted, ...how }: { onEncrypted: (day: string) => void } & EachDay,
): Promise<void> {
  await forEachDay(store, profile, how, async (day) => {
    if (await encryptAnswers(store, { profile, day })) onEncrypted(day);
  });
}

export interface LackingKey {
  id: string;
  why: Exclude<KeyOfFile['is'], 'here'>;
}

/** The keys with which packs of a profile are encrypted, in force or left over, and which are not here, each once. */
export async function lackingKeys(store: Store, profile: string): Promise<LackingKey[]> {
  const lacking = new Map<string, LackingKey>();
  await forEachAhead(await manifestDays(store, profile), async (day) => {
    for await (const pack of store.list(packFolder({ profile, day }))) {
      const head = isEncryptedPack(pack) ? await ifPresent(() => store.readRange(pack, 0, HEAD_BYTES)) : undefined;
      const key = head === undefined ? null : keyOf(head, store.rawKeys);
      if (key !== null && key.is !== 'here') lacking.set(key.id, { id: key.id, why: key.is });
    }
  });
  return [...lacking.values()];
}

/** An encryption that was cut off leaves files beside the packs, packs that were in force before, or an index in clear. */
async function isEncrypted(store: Store, { profile, day, generation, tables }: Manifest): Promise<boolean> {
  const location: DayLocation = { kind: 'day', profile, day, generation };
  const list = await readPackList(store, packFolder(location));
  const { id } = encryptingKey(store);
  if (list?.encrypted_with !== id) return false;
  for (const index of new Set(Object.values(tables).map(({ run }) => run.stage.key))) {
    if ((await keyIdAt(store, index)) !== id && (await store.exists(index))) return false;
  }
  if ((await strangePacks(store, packFolder(location), list)).length > 0) return false;
  const areEmpty = STAGE_RESOURCES.map(
    async (resource) => (await store.list(resourceFolder(location, resource)).next()).done,
  );
  return (await Promise.all(areEmpty)).every(Boolean);
}
