/**
 * Packs: zip archives, each of the raw files of one resource of a committed day. A member is called as the file is below the
 * resource's folder, and has its bytes; `unzip` there gives what lay there before. The day's list says which packs are in force.
 * Those of a day that is to be encrypted are, as whole archives; nobody but the shelf and the writer here knows of it.
 */
import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import {
  DEFAULT_LIMITS,
  InflateAllowance,
  readDirectory,
  readPart,
  UnreadableFileError,
  ZipWriter,
} from '../sheets/index.ts';
import type { ByteSource, ZipDirectory, ZipEntry } from '../sheets/index.ts';
import {
  BLOCK_BYTES,
  encryptFile,
  keyIdOf,
  openEncrypted,
  TOLD_BYTES,
  type ClearBlocks,
  type OpenedBy,
} from '../store/encrypted-file.ts';
import { ifPresent, StoreError } from '../store/errors.ts';
import { HiddenFile } from '../store/hidden-file.ts';
import { hashFile } from '../store/file-io.ts';
import type { SealingKey } from '../store/sealed-bytes.ts';
import type { Store, Version } from '../store/store.ts';
import {
  generationOf,
  isEncryptedPack,
  isRecordKey,
  packKey,
  packListKey,
  packPlace,
  type StageResource,
} from './storage-keys.ts';

const pack = z.object({
  resource: z.string().transform((name) => name as StageResource),
  key: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  files: z.number(),
});
export type Pack = z.infer<typeof pack>;

const packList = z.object({
  version: z.literal(1),
  packs: z.array(pack),
  /** Answers that went by `RAW_KEEP`: those of this run and of earlier ones. Records stay. */
  dropped: z
    .object({ policy: z.string(), at: z.string(), generation: z.number(), files: z.number(), bytes: z.number() })
    .nullable(),
  /** Id of the key with which all packs were encrypted at one time: each that is written from then on is too. Null: in clear. */
  encrypted_with: z.string().nullable().default(null),
});
/** What stands for a day's loose raw files, beside those that are still there. */
export type PackList = z.infer<typeof packList>;

/** Whether an answer is one of those that went, or was to go. */
export function isDropped({ dropped }: Pick<PackList, 'dropped'>, key: string): boolean {
  const generation = generationOf(key);
  return dropped !== null && generation !== null && generation <= dropped.generation;
}

export const NO_PACKS: PackList = { version: 1, packs: [], dropped: null, encrypted_with: null };

/** `folder`: that of the day's packs. @throws StoreError `damaged` */
export async function readPackList(store: Store, folder: string): Promise<PackList | null> {
  const key = packListKey(folder);
  let value: unknown;
  try {
    value = await store.readJson(key);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return null;
    throw error;
  }
  const checked = packList.safeParse(value);
  const isOfHere = ({ key: each, resource }: Pack): boolean => each.startsWith(`${packPlace(folder, resource)}-`);
  if (checked.success && checked.data.packs.every(isOfHere)) return checked.data;
  const path = store.where(key);
  throw new StoreError('damaged', `${path} is not a list of packs as this product writes it: restore it.`, { path });
}

/** @throws StoreError `busy` where another list was put in force since this version of it was read */
export async function writePackList(
  store: Store,
  folder: string,
  { list, replacing }: { list: PackList; replacing: Version },
): Promise<void> {
  await store.writeJson(packListKey(folder), list, { replacing });
}

/**
 * Packs that lie in a folder and are not in force: those that a list was made of, those of a packing that was cut off, and
 * those of another list.
 */
export async function strangePacks(store: Store, folder: string, { packs }: PackList): Promise<string[]> {
  const known = new Set([packListKey(folder), ...packs.map(({ key }) => key)]);
  const strange: string[] = [];
  for await (const key of store.list(folder)) if (!known.has(key)) strange.push(key);
  return strange;
}

/** Id of the key that a file is encrypted with; null: it is in clear, or not there. */
export async function keyIdAt(store: Store, key: string): Promise<string | null> {
  const head = await ifPresent(() => store.readRange(key, 0, TOLD_BYTES));
  return head === undefined ? null : keyIdOf(head);
}

/** The key that encrypts. @throws StoreError `unavailable` where there is none */
export function encryptingKey({ rawKeys: [first] }: Pick<Store, 'rawKeys'>): SealingKey {
  if (first !== undefined) return first;
  throw new StoreError('unavailable', `Raw answers are to be encrypted, and ${KEYS_SETTING} has no key here: add it.`);
}

/** What opens a file that is encrypted, where it is of this place. */
export function openedBy(store: Store, { key, place }: { key: string; place: string }): OpenedBy {
  return { path: store.where(key), place, keys: store.rawKeys, setting: KEYS_SETTING };
}

const KEYS_SETTING = 'RAW_KEYS';
const BLOCKS_KEPT = 32;
const DIRECTORIES_KEPT = 6;
/** A pack was written by this product, so that only its format bounds it. */
const LIMITS = {
  ...DEFAULT_LIMITS,
  entries: 65_535,
  inflatedBytes: Number.MAX_SAFE_INTEGER,
  ratio: Number.MAX_SAFE_INTEGER,
};

/**
 * Packs that were read last, in blocks: a day's answers are read one by one in another order than they lie in, and a bucket
 * is asked for a block rather than for each of them. What has a pack's name never changes.
 */
class PackShelf {
  readonly #store: Store;
  readonly #blocks = new Recent<Buffer>(BLOCKS_KEPT);
  readonly #encrypted = new Recent<ClearBlocks>(DIRECTORIES_KEPT);
  readonly #directories = new Recent<ZipDirectory>(DIRECTORIES_KEPT);

  constructor(store: Store) {
    this.#store = store;
  }

  async directory(of: Pack): Promise<ZipDirectory> {
    return await this.#directories.get(of.key, () =>
      this.#reading(of, async () => readDirectory(await this.#source(of), LIMITS)),
    );
  }

  async read(of: Pack, entry: ZipEntry): Promise<Buffer> {
    return await this.#reading(of, async () => {
      const parts: Buffer[] = [];
      const allowance = new InflateAllowance(LIMITS);
      const source = await this.#source(of);
      for await (const part of readPart({ source, entry, allowance })) parts.push(part);
      return Buffer.concat(parts);
    });
  }

  async #source(of: Pack): Promise<ByteSource> {
    const { key } = of;
    const { size, block: content } = await this.#content(of);
    const blockAt = async (index: number): Promise<Buffer> =>
      await this.#blocks.get(`${key} ${index}`, () => content(index));
    return {
      size,
      read: async (position, length) => {
        const parts: Buffer[] = [];
        for (let at = position; at < position + length;) {
          const start = at % BLOCK_BYTES;
          const block = await blockAt(Math.floor(at / BLOCK_BYTES));
          const part = block.subarray(start, start + position + length - at);
          if (part.length === 0) throw this.#damaged(key, 'it ends too early');
          parts.push(part);
          at += part.length;
        }
        return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      },
      close: async () => undefined,
    };
  }

  async #content({ key, resource, bytes: size }: Pack): Promise<ClearBlocks> {
    const read = async (position: number, length: number) => await this.#store.readRange(key, position, length);
    if (isEncryptedPack(key)) {
      const place = packPlace(key.slice(0, key.lastIndexOf('/') + 1), resource);
      return await this.#encrypted.get(key, () => openEncrypted(read, openedBy(this.#store, { key, place })));
    }
    return {
      size,
      block: async (index) => await read(index * BLOCK_BYTES, Math.min(BLOCK_BYTES, size - index * BLOCK_BYTES)),
    };
  }

  async #reading<T>({ key }: Pack, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof UnreadableFileError) throw this.#damaged(key, error.message);
      throw error;
    }
  }

  #damaged(key: string, why: string): StoreError {
    const path = this.#store.where(key);
    return new StoreError('damaged', `${path} is damaged: ${why}. Restore it.`, { path });
  }
}

/** A few values that are dear to get; the one that was not asked for longest goes. A failure is not kept. */
class Recent<T> {
  readonly #most: number;
  readonly #kept = new Map<string, Promise<T>>();

  constructor(most: number) {
    this.#most = most;
  }

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const value = this.#kept.get(key) ?? make();
    this.#kept.delete(key);
    this.#kept.set(key, value);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest);
    try {
      return await value;
    } catch (error) {
      if (this.#kept.get(key) === value) this.#kept.delete(key);
      throw error;
    }
  }
}

const shelves = new WeakMap<Store, PackShelf>();

export function shelfOf(store: Store): PackShelf {
  const shelf = shelves.get(store) ?? new PackShelf(store);
  shelves.set(store, shelf);
  return shelf;
}

/** The names of zip members are equal whatever their case. */
export function memberOf(directory: ZipDirectory, name: string): ZipEntry | undefined {
  const entry = directory.get(name.toLowerCase());
  return entry?.name === name ? entry : undefined;
}

/** So many members, or bytes, and a resource's files go on in another pack: the format takes no more than three times that. */
const MOST_MEMBERS = 20_000;
const MOST_BYTES = 1024 ** 3;

/** Of a local file, until it is put in force. */
export interface NewPack extends Pack {
  tempPath: string;
}

interface OpenPack {
  /** Hidden where it is to be encrypted. */
  file: FileHandle | HiddenFile;
  zip: ZipWriter;
  tempPath: string;
  names: Set<string>;
}

/** Writes packs aside, in the order of what it is given. The caller puts them in force or removes them. */
export class PackWriter {
  readonly #store: Store;
  readonly #folder: string;
  readonly #resource: StageResource;
  readonly #key: SealingKey | null;
  readonly #packs: NewPack[] = [];
  readonly #tempPaths: string[] = [];
  #open: OpenPack | null = null;

  /** `folder`: that of the day's packs. `key`: null where they stay in clear. */
  constructor(
    store: Store,
    { folder, resource, key }: { folder: string; resource: StageResource; key: SealingKey | null },
  ) {
    this.#store = store;
    this.#folder = folder;
    this.#resource = resource;
    this.#key = key;
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    const isFull =
      this.#open !== null &&
      (this.#open.names.size >= MOST_MEMBERS ||
        this.#open.zip.size >= MOST_BYTES ||
        this.#open.names.has(name.toLowerCase()));
    if (isFull) await this.#finish();
    this.#open ??= await this.#begin();
    this.#open.names.add(name.toLowerCase());
    // Answers are compressed as they are.
    await this.#open.zip.add(name, [bytes], isRecordKey(`/${name}`) ? 'deflate' : 'stored');
  }

  async end(): Promise<NewPack[]> {
    if (this.#open !== null) await this.#finish();
    return this.#packs;
  }

  /** Removes what was not put in force. */
  async discard(): Promise<void> {
    await this.#open?.file.close();
    this.#open = null;
    await Promise.all(this.#tempPaths.map((path) => rm(path, { force: true })));
  }

  async #begin(): Promise<OpenPack> {
    const tempPath = await this.#tempPath();
    const file = this.#key === null ? await open(tempPath, 'wx', 0o666) : await HiddenFile.create(tempPath);
    return { file, zip: new ZipWriter(file), tempPath, names: new Set<string>() };
  }

  async #tempPath(): Promise<string> {
    const tempPath = await this.#store.tempPath();
    this.#tempPaths.push(tempPath);
    return tempPath;
  }

  async #finish(): Promise<void> {
    const { file, zip, tempPath: path, names } = this.#open!;
    await zip.end();
    const isHidden = file instanceof HiddenFile && this.#key !== null;
    const tempPath = isHidden ? await this.#encrypted(file, this.#key) : path;
    await file.close();
    this.#open = null;
    if (tempPath !== path) await rm(path);
    const written = await hashFile(tempPath);
    const isEncrypted = this.#key !== null;
    const key = packKey(this.#folder, { resource: this.#resource, isEncrypted, ...written });
    this.#packs.push({ resource: this.#resource, key, ...written, files: names.size, tempPath });
  }

  async #encrypted(hidden: HiddenFile, key: SealingKey): Promise<string> {
    const path = await this.#tempPath();
    await encryptFile(hidden, path, { key, place: packPlace(this.#folder, this.#resource) });
    return path;
  }
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
