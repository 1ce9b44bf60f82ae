/**
 * Packs the raw files of a committed day, and writes them anew: packs first, then their list by compare-and-swap, and only
 * then goes what they stand for. Cut off anywhere it leaves a file twice at most, alike, and the next packing takes it away.
 */
import { crc32 } from 'node:zlib';
import type { ZipDirectory, ZipEntry } from '../sheets/index.ts';
import { ifPresent, StoreError } from '../store/errors.ts';
import type { Store, Version } from '../store/store.ts';
import type { SealingKey } from '../store/sealed-bytes.ts';
import { encryptIndexes } from './encrypted-index.ts';
import { readAhead } from './read-ahead.ts';
import {
  encryptingKey,
  isDropped,
  memberOf,
  NO_PACKS,
  PackWriter,
  readPackList,
  sha256Of,
  shelfOf,
  strangePacks,
  writePackList,
} from './raw-packs.ts';
import type { NewPack, Pack, PackList } from './raw-packs.ts';
import { parseRecord } from './records.ts';
import { isNewer, type RawFile } from './unit-record.ts';
import {
  generationOf,
  isRecordKey,
  packFolder,
  packListKey,
  resourceFolder,
  STAGE_RESOURCES,
  type DayLocation,
  type StageResource,
} from './storage-keys.ts';
import type { Manifest } from './manifest.ts';
import { folderOf, removeSuperseded, type JustRead, type RawInUse } from './superseded.ts';

/** Fewer files of a resource are no burden, and are not worth a pack. */
const WORTH_A_PACK = 16;
/** A larger answer stays a file of its own: it is read in pieces, and saves nothing in a pack. */
const LARGEST_MEMBER = 16 * 1024 * 1024;

interface PackedDay {
  location: DayLocation;
  folder: string;
  list: PackList;
  version: Version;
  /** With which its packs are written; null: in clear. */
  key: SealingKey | null;
}

/** A member of a pack. */
interface Packed {
  pack: Pack;
  entry: ZipEntry;
}

/** Members of a resource's packs, by the keys of the files that they stand for. Of two with one key that of the later pack counts. */
class Members implements Iterable<Member> {
  readonly #folder: string;
  readonly #packs: { pack: Pack; directory: ZipDirectory }[] = [];

  /** `folder`: that of the resource. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  add(pack: Pack, directory: ZipDirectory): void {
    this.#packs.push({ pack, directory });
  }

  get size(): number {
    return this.#packs.reduce((sum, { directory }) => sum + directory.size, 0);
  }

  get(key: string): Packed | undefined {
    if (!key.startsWith(this.#folder)) return undefined;
    const name = key.slice(this.#folder.length);
    for (const { pack, directory } of this.#packs.toReversed()) {
      const entry = memberOf(directory, name);
      if (entry !== undefined) return { pack, entry };
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<Member & { from: Packed }, void, undefined> {
    for (const { pack, directory } of this.#packs) {
      for (const entry of directory.values()) {
        const key = this.#folder + entry.name;
        if (this.get(key)?.pack === pack) yield { key, from: { pack, entry } };
      }
    }
  }
}

/** Of a file as it was read for a pack: which version, and what a member with its bytes says of itself. */
type PackedFile = Pick<ZipEntry, 'size' | 'crc'> & { version: Version };

/** What is to be in a resource's packs: a file under its key, or what a pack has of it. */
interface Member {
  key: string;
  from: Packed | 'file';
}
/** Null for what turns out to have no place in a pack. */
type BytesOf = (member: Member) => Promise<Buffer | null>;

/**
 * After a commit: what is of no use goes, and the rest is packed. That this can fail, as with credentials that may not remove,
 * is told to `onNotTidied`, where given, and else thrown: the day is committed, and its next commit or rebuild tidies up.
 */
export async function tidyDay(
  store: Store,
  location: DayLocation,
  {
    manifest,
    justRead,
    onNotTidied,
  }: {
    manifest: Pick<Manifest, 'tables' | 'generation'>;
    justRead?: JustRead;
    onNotTidied?: ((error: unknown) => void) | undefined;
  },
): Promise<void> {
  try {
    const inUse = await removeSuperseded(store, location, manifest, justRead);
    if (inUse !== null) await packDay(store, location, inUse);
  } catch (error) {
    if (!onNotTidied) throw error;
    onNotTidied(error);
  }
}

/**
 * `inUse`: as `removeSuperseded` found it just before. `encrypt`: the packs are encrypted, and so is each that is written for
 * this day later; one that is already keeps to it. An encrypted day has every file in packs, few or large as they may be.
 * @returns whether it changed anything
 * @throws StoreError `busy` where another packs the day at the same time
 */
export async function packDay(
  store: Store,
  location: DayLocation,
  inUse: RawInUse,
  { encrypt = false }: { encrypt?: boolean } = {},
): Promise<boolean> {
  const day = await packedDay(store, location, { encrypt });
  const isEncrypted = day.key !== null;
  /** All of them are written anew. */
  const isOtherKey = encrypt && day.key?.id !== day.list.encrypted_with;
  const read = new Map<string, PackedFile>();
  const membersFor = async (resource: StageResource, members: Members): Promise<Member[] | null> => {
    const loose = await looseKeys(store, location, resource);
    const largest = isEncrypted ? Infinity : LARGEST_MEMBER;
    const wanted = wantedOf(resourceFolder(location, resource), { inUse, members, largest });
    const chosen: Member[] = [];
    let added = 0;
    for (const key of wanted) {
      const member = members.get(key);
      const isAdded = loose.has(key) && !(await staysPacked(store, { key, member, inUse }));
      if (isAdded) added += 1;
      const from = isAdded ? 'file' : member;
      if (from) chosen.push({ key, from });
    }
    if (isOtherKey) return chosen;
    const isWorthIt =
      members.size > 0 ? added > 0 || chosen.length < members.size : added >= (isEncrypted ? 1 : WORTH_A_PACK);
    return isWorthIt ? chosen : null;
  };
  const bytesOf: BytesOf = async ({ key, from }) =>
    from === 'file'
      ? await packable(store, key, { answer: inUse.answers.get(key), read })
      : await shelfOf(store).read(from.pack, from.entry);
  const isWanted = (key: string): boolean => inUse.answers.has(key) || inUse.records.has(key);
  let isChanged = false;
  if (day.key !== null) {
    const commits = { ...location, generation: inUse.generation };
    isChanged = await encryptIndexes(store, commits, { key: day.key, anew: encrypt });
  }
  const encryptedWith = isOtherKey ? day.key!.id : day.list.encrypted_with;
  try {
    if (await replacePacks(store, day, { membersFor, bytesOf, isWanted, encryptedWith })) isChanged = true;
  } finally {
    // What is in force stands for them, whatever keeps older packs from going: their key may be lacking.
    if (await removePacked(store, location, { inUse, read })) isChanged = true;
  }
  return isChanged;
}

/** Keys of a resource's files that belong into a pack, in ascending order. */
function wantedOf(
  folder: string,
  { inUse, members, largest }: { inUse: RawInUse; members: Members; largest: number },
): string[] {
  const isOfCommit = (key: string): boolean => (generationOf(key) ?? 0) <= inUse.generation;
  const answers = [...inUse.answers.values()]
    .filter(({ key, bytes }) => bytes <= largest && isOfCommit(key))
    .map(({ key }) => key);
  const unknown = Array.from(members, ({ key }) => key).filter((key) => inUse.unknown.has(folderOf(key)));
  const keys = new Set([...answers, ...inUse.records, ...unknown].filter((key) => key.startsWith(folder)));
  return [...keys].toSorted();
}

/** Whether what a pack has under the key is what is to be in it: the same, or a newer record, or the answer that is meant. */
async function staysPacked(
  store: Store,
  { key, member, inUse }: { key: string; member: Packed | undefined; inUse: RawInUse },
): Promise<boolean> {
  if (inUse.unknown.has(folderOf(key))) return true;
  if (member === undefined) return false;
  const loose = await ifPresent(() => store.read(key));
  if (loose === undefined || isSame(loose, member.entry)) return true;
  const packed = await shelfOf(store).read(member.pack, member.entry);
  if (!isRecordKey(key)) return sha256Of(packed) === inUse.answers.get(key)?.sha256;
  const [file, other] = [parseRecord(store, key, loose), parseRecord(store, key, packed)];
  return 'record' in other && !('record' in file && isNewer(file.record, other.record));
}

function isSame(bytes: Buffer, { size, crc }: ZipEntry): boolean {
  return bytes.length === size && crc32(bytes) === crc;
}

/** Null where it went meanwhile, or is not the answer that is meant. */
async function packable(
  store: Store,
  key: string,
  { answer, read }: { answer: RawFile | undefined; read: Map<string, PackedFile> },
): Promise<Buffer | null> {
  const file = await ifPresent(() => store.readVersion(key));
  if (file === undefined || (answer !== undefined && sha256Of(file.bytes) !== answer.sha256)) return null;
  read.set(key, { version: file.version, size: file.bytes.length, crc: crc32(file.bytes) });
  return file.bytes;
}

/**
 * What the packs in force stand for goes as files: the same bytes, and what is older or was not meant. A run that writes while
 * this goes on has records of its own, which are newer and stay. `read`: as they were read for packs, so that none is read again.
 * @returns whether any went
 */
async function removePacked(
  store: Store,
  location: DayLocation,
  { inUse, read }: { inUse: RawInUse; read: ReadonlyMap<string, PackedFile> },
): Promise<boolean> {
  let isAny = false;
  const { list } = await packedDay(store, location);
  for (const resource of STAGE_RESOURCES) {
    const folder = resourceFolder(location, resource);
    const { members, areDamaged } = await packedResource(store, { list, resource, folder });
    if (members.size === 0 || areDamaged) continue;
    const isSpare = async (key: string, version: Version): Promise<boolean> => {
      const member = members.get(key);
      if (member === undefined || inUse.unknown.has(folderOf(key))) return false;
      const known = read.get(key);
      const isMember = known?.size === member.entry.size && known.crc === member.entry.crc;
      return (isMember && known.version === version) || (await staysPacked(store, { key, member, inUse }));
    };
    const looked = readAhead(store.versions(folder), async ({ key, version }) => {
      if (!(await isSpare(key, version))) return null;
      if (!isRecordKey(key)) return key;
      // A later run writes its record under the same key, so this one is removed by itself, at once, and as it was looked at.
      if (await store.removeVersion(key, version, { emptyFolder: true })) isAny = true;
      return null;
    });
    const spare: string[] = [];
    for await (const key of looked) if (key !== null) spare.push(key);
    await store.removeAll(spare, { emptyFolder: true });
    isAny ||= spare.length > 0;
  }
  return isAny;
}

/** Gives another's bytes for those of a raw file, or takes the file away. */
export type RawEdit = (key: string, bytes: Buffer) => Promise<Uint8Array | 'drop'> | Uint8Array | 'drop';

/**
 * Passes every raw file of a day through `edit`, records too, wherever it lies. The packs change all at once, files one by
 * one; what a record or an index says of an answer's hash is the caller's to bring after.
 * @returns what has other bytes now, by its key; null: it is gone
 */
export async function rewriteRawFiles(
  store: Store,
  location: DayLocation,
  edit: RawEdit,
  dropped: (list: PackList) => PackList['dropped'] = (list) => list.dropped,
): Promise<Map<string, Omit<RawFile, 'key'> | null>> {
  const changed = new Map<string, Omit<RawFile, 'key'> | null>();
  const edited = async (key: string, bytes: Buffer): Promise<Buffer | null> => {
    const now = await edit(key, bytes);
    if (now === 'drop') {
      changed.set(key, null);
      return null;
    }
    if (!bytes.equals(now)) changed.set(key, { bytes: now.length, sha256: sha256Of(now) });
    return Buffer.from(now);
  };
  const day = await packedDay(store, location);
  await replacePacks(store, day, {
    membersFor: async (_resource, members) => (members.size === 0 ? null : [...members]),
    bytesOf: async ({ key, from }) =>
      await edited(key, await (from === 'file' ? store.read(key) : shelfOf(store).read(from.pack, from.entry))),
    isWanted: () => true,
    droppedOf: dropped,
  });
  for (const resource of STAGE_RESOURCES) {
    for (const key of await looseKeys(store, location, resource)) {
      const bytes = await ifPresent(() => store.read(key));
      if (bytes === undefined) continue;
      const now = await edited(key, bytes);
      if (now === null) await store.remove(key, { emptyFolder: true });
      else if (!bytes.equals(now)) await store.put(key, now);
    }
  }
  return changed;
}

/**
 * Writes packs aside, puts those and their list in force, and removes what no list names. `membersFor`: what is to be in a
 * resource's packs; null: they stay as they are. `isWanted`: what may not be lost with a pack that no list names.
 * @returns whether it changed anything
 */
async function replacePacks(
  store: Store,
  { folder, location, list, version, key: encryptsWith }: PackedDay,
  {
    membersFor,
    bytesOf,
    isWanted,
    droppedOf = ({ dropped }) => dropped,
    encryptedWith = list.encrypted_with,
  }: {
    membersFor: (resource: StageResource, members: Members) => Promise<Member[] | null>;
    bytesOf: BytesOf;
    isWanted: (key: string) => boolean;
    droppedOf?: (list: PackList) => PackList['dropped'];
    encryptedWith?: string | null;
  },
): Promise<boolean> {
  const made: NewPack[] = [];
  const kept: Pack[] = [];
  const writers: PackWriter[] = [];
  try {
    for (const resource of STAGE_RESOURCES) {
      const below = resourceFolder(location, resource);
      const { members, areDamaged, packs } = await packedResource(store, { list, resource, folder: below });
      const chosen = areDamaged ? null : await membersFor(resource, members);
      if (chosen === null) {
        kept.push(...packs);
        continue;
      }
      const writer = new PackWriter(store, { folder, resource, key: encryptsWith });
      writers.push(writer);
      const reading = readAhead(chosen, async (member) => ({ key: member.key, bytes: await bytesOf(member) }));
      for await (const { key, bytes } of reading) {
        if (bytes !== null) await writer.add(key.slice(below.length), bytes);
      }
      made.push(...(await writer.end()));
    }
    const packs = [...kept, ...made.map(({ tempPath: _tempPath, ...pack }) => pack)];
    const next: PackList = { version: 1, packs, dropped: droppedOf(list), encrypted_with: encryptedWith };
    const isChanged = JSON.stringify(next) !== JSON.stringify(list);
    if (
      !isChanged &&
      (await uselessPacks(store, { location, folder, list: next, before: list, isWanted })).length === 0
    )
      return false;
    return await store.withLock(packListKey(folder), async (lock) => {
      for (const { key, tempPath } of made) {
        await lock.assertHeld();
        await store.putFile(key, tempPath);
      }
      await lock.assertHeld();
      if (isChanged) await writePackList(store, folder, { list: next, replacing: version });
      else if ((await store.version(packListKey(folder))) !== version) return false;
      const useless = await uselessPacks(store, { location, folder, list: next, before: list, isWanted });
      for (const key of useless) {
        await lock.assertHeld();
        await store.remove(key);
      }
      return isChanged || useless.length > 0;
    });
  } finally {
    await Promise.all(writers.map((writer) => writer.discard()));
  }
}

/** @throws StoreError `damaged` where nobody can know what a pack has */
export async function assertReadable(store: Store, location: DayLocation): Promise<void> {
  const { list } = await packedDay(store, location);
  for (const pack of list.packs) await shelfOf(store).directory(pack);
}

/**
 * Packs that the list does not name and that may go: those that it was made of, and those of a packing that was cut off, of
 * which everything that is wanted lies elsewhere. Another one stays: its list was lost, or an older one was put back, or it was away itself.
 */
async function uselessPacks(
  store: Store,
  {
    folder,
    before,
    ...o
  }: { location: DayLocation; folder: string; list: PackList; before: PackList; isWanted: (key: string) => boolean },
): Promise<string[]> {
  const former = new Set(before.packs.map(({ key }) => key));
  const useless: string[] = [];
  for (const key of await strangePacks(store, folder, o.list)) {
    if (former.has(key) || (await isOfNoUse(store, key, o))) useless.push(key);
    else
      store.noteDamaged({
        key,
        reason: 'no list names this pack, and it is damaged or has answers that lie nowhere else',
      });
  }
  return useless;
}

/** Whether each of its members is of no use, or went by policy, or lies elsewhere: of one that is damaged nobody knows. */
async function isOfNoUse(
  store: Store,
  key: string,
  { location, list, isWanted }: { location: DayLocation; list: PackList; isWanted: (key: string) => boolean },
): Promise<boolean> {
  const resource = STAGE_RESOURCES.find((each) => key.slice(key.lastIndexOf('/') + 1).startsWith(`${each}-`));
  if (resource === undefined) return false;
  const folder = resourceFolder(location, resource);
  const { members } = await packedResource(store, { list, resource, folder });
  const stranger: Pack = { resource, key, files: 0, ...(await store.hash(key)) };
  const directory = await shelfOf(store)
    .directory(stranger)
    .catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'damaged') return null;
      throw error;
    });
  if (directory === null) return false;
  for (const { name } of directory.values()) {
    const member = folder + name;
    if (isDropped(list, member)) continue;
    if (isWanted(member) && members.get(member) === undefined && !(await store.exists(member))) return false;
  }
  return true;
}

async function packedDay(
  store: Store,
  location: DayLocation,
  { encrypt = false }: { encrypt?: boolean } = {},
): Promise<PackedDay> {
  const folder = packFolder(location);
  // Before it is read: what takes its place is made of what was read.
  const version = await store.version(packListKey(folder));
  const list = (version === null ? null : await readPackList(store, folder)) ?? NO_PACKS;
  const key = encrypt || list.encrypted_with !== null ? encryptingKey(store) : null;
  return { location, folder, list, version, key };
}

interface PackedResource {
  members: Members;
  /** One of them cannot be read, so that nobody knows what it has: they stay, and so do the files beside them. */
  areDamaged: boolean;
  /** Those that are there: one that is lost holds nothing back. */
  packs: Pack[];
}

async function packedResource(
  store: Store,
  { list, resource, folder }: { list: PackList; resource: StageResource; folder: string },
): Promise<PackedResource> {
  const found: PackedResource = { members: new Members(folder), areDamaged: false, packs: [] };
  for (const pack of list.packs.filter((each) => each.resource === resource)) {
    try {
      found.members.add(pack, await shelfOf(store).directory(pack));
      found.packs.push(pack);
    } catch (error) {
      if (!(error instanceof StoreError) || (error.code !== 'damaged' && error.code !== 'not-found')) throw error;
      store.noteDamaged({ key: pack.key, reason: error.message });
      if (error.code === 'not-found') continue;
      found.packs.push(pack);
      found.areDamaged = true;
    }
  }
  return found;
}

async function looseKeys(store: Store, location: DayLocation, resource: StageResource): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const key of store.list(resourceFolder(location, resource))) keys.add(key);
  return keys;
}
