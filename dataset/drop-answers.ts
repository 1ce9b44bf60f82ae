/** Answers that go by policy, once their day is sealed: its tables stay, and cannot be made again. */
import type { Store } from '../store/store.ts';
import { forEachDay, type EachDay } from './each-day.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { rewriteRawFiles } from './pack-day.ts';
import { isDropped, readPackList, strangePacks, type PackList } from './raw-packs.ts';
import type { RawFile } from './unit-record.ts';
import {
  generationOf,
  manifestDays,
  packFolder,
  resourceFolder,
  STAGE_RESOURCES,
  type DayLocation,
} from './storage-keys.ts';
import { readsIndex } from './superseded.ts';

const DAY_MS = 86_400_000;

/** As the words of whoever says that answers are not there. */
export const DROPPED = 'raw answers dropped by policy';

type Dropped = NonNullable<PackList['dropped']>;
export type DroppedAnswers = Pick<Dropped, 'files' | 'bytes'>;

/** What went of the answers that a committed day was made of; null: nothing. */
export async function droppedAnswers(store: Store, manifest: Manifest): Promise<Dropped | null> {
  const list = await readPackList(store, packFolder(manifest));
  if (!list?.dropped) return null;
  const files = await answersOf(store, manifest);
  return files.some((file) => isDropped(list, file.key)) ? list.dropped : null;
}

/**
 * Drops the answers that a sealed day was made of; its records stay, by which the next run knows what was asked. Cut off, it
 * goes on where it is called again. @returns null where the day is not sealed, or nothing is left to drop
 */
export async function dropAnswers(
  store: Store,
  { profile, day, policy }: { profile: string; day: string; policy: string },
): Promise<DroppedAnswers | null> {
  const manifest = await readManifest(store, { profile, day });
  if (!manifest?.sealed) return null;
  const { generation } = manifest;
  const location: DayLocation = { kind: 'day', profile, day, generation };
  const list = await readPackList(store, packFolder(location));
  const files = await answersOf(store, manifest);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const dropped = { policy, at: new Date().toISOString(), generation, files: files.length, bytes };
  const known = list?.dropped?.generation === generation ? list.dropped : dropped;
  const gone = await rewriteRawFiles(
    store,
    location,
    (key, kept) => ((generationOf(key) ?? Infinity) <= generation ? 'drop' : kept),
    () => known,
  );
  return gone.size === 0 ? null : { files: known.files, bytes: known.bytes };
}

/** The days of a profile that were sealed so many days ago, one after the other. */
export async function dropOldAnswers(
  store: Store,
  { profile, policy, afterDays }: { profile: string; policy: string; afterDays: number },
  { onDropped, ...how }: { onDropped: (day: string, what: DroppedAnswers) => void } & EachDay,
): Promise<void> {
  await forEachDay(store, profile, how, async (day) => {
    const manifest = await readManifest(store, { profile, day });
    if (!manifest?.sealed || Date.now() - Date.parse(manifest.committed_at) < afterDays * DAY_MS) return;
    if (await areGone(store, manifest)) return;
    const what = await dropAnswers(store, { profile, day, policy });
    if (what) onDropped(day, what);
  });
}

/** How many days of a profile are without raw answers by policy. */
export async function daysWithoutAnswers(store: Store, profile: string): Promise<number> {
  let days = 0;
  for (const day of await manifestDays(store, profile)) {
    const manifest = await readManifest(store, { profile, day });
    if (manifest !== null && (await droppedAnswers(store, manifest)) !== null) days += 1;
  }
  return days;
}

/** A dropping that was cut off leaves files beside the packs, or packs that were in force before. */
async function areGone(store: Store, { profile, day, generation }: Manifest): Promise<boolean> {
  const location: DayLocation = { kind: 'day', profile, day, generation };
  const list = await readPackList(store, packFolder(location));
  if (list?.dropped?.generation !== generation) return false;
  if ((await strangePacks(store, packFolder(location), list)).length > 0) return false;
  for (const resource of STAGE_RESOURCES) {
    for await (const key of store.list(resourceFolder(location, resource))) if (isDropped(list, key)) return false;
  }
  return true;
}

/** Each once. */
async function answersOf(store: Store, { tables }: Manifest): Promise<RawFile[]> {
  const files = new Map<string, RawFile>();
  for (const key of new Set(Object.values(tables).map(({ run }) => run.stage.key))) {
    const ofOne = new Map<string, RawFile>();
    const isWhole = await readsIndex(store, key, (record) => record.files.forEach((file) => ofOne.set(file.key, file)));
    if (isWhole) for (const file of ofOne.values()) files.set(file.key, file);
  }
  return [...files.values()];
}
