/**
 * Reading raw files: the one place that knows whether one lies by itself or in a pack. A file is in a pack that is in force
 * before it goes as a file, so who finds neither looks at the list of packs again, and then it is not there.
 */
import { StoreError } from '../store/errors.ts';
import type { Store, Version } from '../store/store.ts';
import { isPresent, type WrittenFile } from '../store/file-io.ts';
import {
  isDropped,
  memberOf,
  NO_PACKS,
  readPackList,
  sha256Of,
  shelfOf,
  type Pack,
  type PackList,
} from './raw-packs.ts';
import { placeInPacks } from './storage-keys.ts';

/** Where it lies and, where that is known, which bytes are meant. */
export interface WantedFile {
  key: string;
  sha256?: string;
}

/** For one piece of work: lists of packs are read once, and again where something is not found. */
export class RawFiles {
  readonly #store: Store;
  /** Keys that were listed, and were in a pack and nowhere else: no request is spent on looking for them again. */
  readonly #packedAlone = new Set<string>();
  readonly #lists = new Map<string, Promise<PackList>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws StoreError `not-found`, `damaged` */
  async read(wanted: WantedFile): Promise<Buffer> {
    const packed = await this.#packed(wanted.key);
    if (isWanted(packed, wanted)) return packed.bytes;
    return await this.#looseOr(wanted, packed, () => this.#store.read(wanted.key));
  }

  async hash(wanted: WantedFile): Promise<WrittenFile> {
    const packed = await this.#packed(wanted.key);
    if (isWanted(packed, wanted)) return written(packed.bytes);
    const found = await this.#looseOr(wanted, packed, () => this.#store.hash(wanted.key));
    return Buffer.isBuffer(found) ? written(found) : found;
  }

  /** Gives `work` the path of a local file, or the bytes of one in a pack; those are a few megabytes at most. */
  async withSource<T>(wanted: WantedFile, work: (source: string | Uint8Array) => Promise<T>): Promise<T> {
    const packed = await this.#packed(wanted.key);
    if (isWanted(packed, wanted)) return await work(packed.bytes);
    return await this.#store.withLocalFiles([wanted.key], async (pathOf) => {
      const path = pathOf(wanted.key);
      if (await isPresent(path)) return await work(path);
      const instead = await this.#instead(wanted.key, packed);
      if (instead !== null) return await work(instead);
      const where = this.#store.where(wanted.key);
      throw new StoreError('not-found', `There is no file ${where}.`, { path: where });
    });
  }

  /** What lies under the key by itself and in a pack: the two may differ where a run has written since, or was late. */
  async both(key: string): Promise<{ loose: FoundFile; packed: Found }> {
    const known = await this.#packed(key);
    if (known !== null && this.#packedAlone.has(key)) return { loose: null, packed: known };
    const loose = await tried(() => this.#store.readVersion(key));
    // One that went since the list was read lies in a pack of a newer list, beside which the known one is old.
    return { loose, packed: loose === null ? await this.#packed(key, 'anew') : known };
  }

  /** Keys in a folder of a day's resource, or of a single run's, each once, in ascending order. */
  async list(folder: string): Promise<string[]> {
    const keys = new Set<string>();
    for await (const key of this.#store.list(folder)) keys.add(key);
    const place = placeInPacks(`${folder}-`);
    if (place === null) return [...keys];
    // After the files: one that went meanwhile is in a pack.
    const names = await this.#orNone(place.folder, () =>
      this.#retrying(place.folder, 'anew', async ({ packs }) => {
        const own = packs.filter(({ resource }) => resource === place.resource);
        return (await Promise.all(own.map((pack) => this.#namesIn(pack)))).flat();
      }),
    );
    for (const key of names.map((name) => folder + name)) {
      if (!keys.has(key)) this.#packedAlone.add(key);
      keys.add(key);
    }
    return [...keys].toSorted();
  }

  /** Whether an answer is one of those that went by policy. */
  async isDropped({ key }: WantedFile): Promise<boolean> {
    const place = placeInPacks(key);
    const list = place && (await this.#list(place.folder, 'known'));
    return list !== null && isDropped(list, key);
  }

  async #looseOr<T>(wanted: WantedFile, packed: Found, read: () => Promise<T>): Promise<T | Buffer> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'not-found') throw error;
      const instead = await this.#instead(wanted.key, packed);
      if (instead === null) throw error;
      return instead;
    }
  }

  /** Where there is no such file: what was packed, be it other bytes than were meant. @throws StoreError `damaged` */
  async #instead(key: string, packed: Found): Promise<Buffer | null> {
    const again = (await this.#packed(key, 'anew')) ?? packed;
    if (again !== null && 'damaged' in again) throw again.damaged;
    return again?.bytes ?? null;
  }

  async #packed(key: string, which: 'known' | 'anew' = 'known'): Promise<Found> {
    const place = placeInPacks(key);
    if (place === null) return null;
    return await tried(() =>
      this.#retrying(place.folder, which, async ({ packs }) => {
        for (const pack of packs.filter(({ resource }) => resource === place.resource)) {
          const bytes = await this.#member(pack, place.name);
          if (bytes !== null) return { bytes };
        }
        return null;
      }),
    );
  }

  async #namesIn(pack: Pack): Promise<string[]> {
    return await this.#orNone(pack.key, async () =>
      Array.from((await shelfOf(this.#store).directory(pack)).values(), ({ name }) => name),
    );
  }

  /** Of a pack or list that is damaged nobody knows what it has: it is as good as none. */
  async #orNone(key: string, names: () => Promise<string[]>): Promise<string[]> {
    try {
      return await names();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'damaged') throw error;
      this.#store.noteDamaged({ key, reason: error.message });
      return [];
    }
  }

  async #member(pack: Pack, name: string): Promise<Buffer | null> {
    const shelf = shelfOf(this.#store);
    const entry = memberOf(await shelf.directory(pack), name);
    return entry === undefined ? null : await shelf.read(pack, entry);
  }

  /** A pack that is not there was replaced by one of a newer list, or is lost. */
  async #retrying<T>(folder: string, which: 'known' | 'anew', work: (list: PackList) => Promise<T>): Promise<T> {
    const list = await this.#list(folder, which);
    try {
      return await work(list);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'not-found') throw error;
    }
    try {
      return await work(await this.#list(folder, 'anew'));
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'not-found') throw error;
      const { message, path } = error;
      throw new StoreError('damaged', message, { cause: error, ...(path !== undefined && { path }) });
    }
  }

  async #list(folder: string, which: 'known' | 'anew'): Promise<PackList> {
    const known = which === 'known' ? this.#lists.get(folder) : undefined;
    const list = known ?? readPackList(this.#store, folder).then((found) => found ?? NO_PACKS);
    this.#lists.set(folder, list);
    return await list;
  }
}

/** Null: there is none. */
type Found = { bytes: Buffer } | { damaged: StoreError } | null;
type FoundFile = { bytes: Buffer; version: Version } | { damaged: StoreError } | null;

async function tried<T>(read: () => Promise<T | null>): Promise<T | { damaged: StoreError } | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'not-found') return null;
    if (error.code === 'damaged') return { damaged: error };
    throw error;
  }
}

function written(bytes: Buffer): WrittenFile {
  return { bytes: bytes.length, sha256: sha256Of(bytes) };
}

function isWanted(packed: Found, { sha256 }: WantedFile): packed is { bytes: Buffer } {
  if (packed === null || 'damaged' in packed) return false;
  return sha256 === undefined || sha256Of(packed.bytes) === sha256;
}
