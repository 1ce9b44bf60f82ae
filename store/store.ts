import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { StoreError } from './errors.ts';
import type { FileSource, WrittenFile } from './file-io.ts';
import { checkClaim, claimedProfiles, claimStore, readIdentity } from './identity.ts';
import type { StoreClaim, StoreIdentity } from './identity.ts';
import type { SealingKey } from './sealed-bytes.ts';
import { storeSecret } from './secret.ts';

/** `waitMs` is the longest wait for the lock (default 120 000), after which StoreError `busy` is thrown. */
export interface WithLockOptions {
  waitMs?: number;
  signal?: AbortSignal;
}

export interface HeldLock {
  /** Throws StoreError `busy` when another process has taken the lock over, because this one was stopped for too long. */
  assertHeld(): Promise<void>;
}

export interface StoreOptions {
  /** A lock whose owner gave no sign of life for this long is taken over. Default 30 000. */
  lockStaleAfterMs?: number;
  /** Told of files that readers take for absent, since they are not what was written. */
  onDamaged?: (problem: { key: string; reason: string }) => void;
  /** The first one encrypts raw files, where they are to be; each opens what it has encrypted. Default: none. */
  rawKeys?: readonly SealingKey[];
}

/** Which of its contents a key has. It changes with each write; null: it has none. */
export type Version = string | null;

export interface PutOptions {
  /** Written only where the key still has this version; StoreError `busy` else. Without it: whatever is there. */
  replacing?: Version;
  /** On a disk only its owner may read it, whatever the umask. A bucket has its own rules of who reads. */
  ownerOnly?: boolean;
}

export interface RemoveOptions {
  /** For what may come back with a power cut: on a disk the folder that it lay in goes too, where nothing else is left in it. */
  emptyFolder?: boolean;
}

export interface ListOptions {
  /** Also what has a name in its key that starts with a dot: what is being written, locks. */
  hidden?: boolean;
}

export interface SweepResult {
  /** Temporary files and folders removed, and uploads that were never finished. */
  temporary: number;
  /** Released locks that were removed. */
  locks: number;
}

const LOCK_STALE_AFTER_MS = 30_000;
/** The most that is read whole: manifests, records, answers, locks. */
export const WHOLE_BYTES = 256 * 1024 * 1024;
/** A table that waits for the others of its commit is not touched; a commit is given up after minutes. */
export const LEFTOVER_AGE_MS = 86_400_000;

/**
 * Where the data lies, as the product needs it: files named by keys (relative paths with `/`, see `checkKey`; text from outside
 * goes through `encodeSegment`). A file appears whole or not at all. What reads files by their path (DuckDB, XLSX) gets
 * local ones. All methods throw StoreError; errors of a `source` or of a callback come out unchanged.
 *
 * Each kind of place is a class of its own; test/store-contract-*.test.ts says what both have to do.
 */
export abstract class Store {
  protected readonly lockStaleAfterMs: number;
  readonly rawKeys: readonly SealingKey[];
  readonly #onDamaged: NonNullable<StoreOptions['onDamaged']>;
  #isClaimed = false;
  #secret: Promise<Buffer> | undefined;

  constructor(options: StoreOptions = {}) {
    this.lockStaleAfterMs = options.lockStaleAfterMs ?? LOCK_STALE_AFTER_MS;
    this.rawKeys = options.rawKeys ?? [];
    this.#onDamaged = options.onDamaged ?? (() => {});
  }

  /** Makes the place ready where the product may do so; throws where it cannot be used. */
  abstract prepare(): Promise<void>;
  /** What does not hold in this place that the documents promise of a store, a sentence each. */
  abstract shortcomings(): Promise<string[]>;
  /** Whether what is replaced or removed stays there as an older version. @throws StoreError where the place does not say */
  abstract keepsOldVersions(): Promise<boolean>;
  /** What messages call a file, or the whole place. */
  abstract where(key?: string): string;
  /** Absolute. */
  abstract uri(key: string): string;

  abstract put(key: string, source: FileSource, options?: PutOptions): Promise<WrittenFile>;
  /** A fresh name on a local disk, apart from what readers look at: for files that something else writes before `putFile`. */
  abstract tempPath(): Promise<string>;
  /** Takes a finished local file to its key. It is gone afterwards; on failure it stays, for the caller to try again or to remove. */
  abstract putFile(key: string, tempPath: string, options?: PutOptions): Promise<void>;
  abstract version(key: string): Promise<Version>;

  abstract read(key: string): Promise<Buffer>;
  /** As `read`, with the version of the bytes: at most an older one, where it is written meanwhile. */
  abstract readVersion(key: string): Promise<{ bytes: Buffer; version: Version }>;
  /** Throws `not-found` at once; later trouble arrives as the stream's `error` event, a StoreError too. */
  abstract readStream(key: string): Promise<Readable>;
  /** Bytes from `position` on: `length` of them, or fewer where the file ends before. */
  abstract readRange(key: string, position: number, length: number): Promise<Buffer>;
  /**
   * Gives `work` local paths to read these files at, which end in their keys and are good while it runs. Nothing stands at
   * the path of a file that is absent.
   */
  abstract withLocalFiles<T>(
    keys: readonly string[],
    work: (pathOf: (key: string) => string) => Promise<T>,
  ): Promise<T>;
  /** Keys that start with `prefix` (any text), in ascending order of their characters. */
  abstract list(prefix?: string, options?: ListOptions): AsyncGenerator<string, void, undefined>;
  /** As `list`, with versions. */
  abstract versions(prefix: string): AsyncGenerator<{ key: string; version: Version }, void, undefined>;
  /** Removes one file; one that is absent is fine. */
  abstract remove(key: string, options?: RemoveOptions): Promise<void>;
  /** As `remove`, of a file that is still of this version. @returns whether it was */
  abstract removeVersion(key: string, version: Version, options?: RemoveOptions): Promise<boolean>;
  /** As `remove` of each, in as few requests as the place takes. Where one fails others may be gone. */
  abstract removeAll(keys: readonly string[], options?: RemoveOptions): Promise<void>;

  /** Throws what keeps the place from taking so many bytes, as far as can be found out by a trial. */
  abstract tryWriting(bytes: number): Promise<void>;
  /**
   * Runs `fn` while this process, and no other on any machine that shares the place, holds the lock named `key`. A waiter
   * takes over from an owner without a sign of life for `lockStaleAfterMs`; `lock.assertHeld()` tells an owner that was
   * stopped for so long, and ought to stand before each step that must not happen twice.
   */
  abstract withLock<T>(key: string, fn: (lock: HeldLock) => Promise<T>, options?: WithLockOptions): Promise<T>;
  /**
   * Removes what dead processes left, untouched for `olderThanMs` (default: a day, since nobody who writes a table is alive
   * and idle for so long).
   */
  abstract sweep(olderThanMs?: number): Promise<SweepResult>;

  async exists(key: string): Promise<boolean> {
    return (await this.version(key)) !== null;
  }

  /** Size and hash of what is stored, read in pieces. */
  async hash(key: string): Promise<WrittenFile> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of (await this.readStream(key)) as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    return { bytes, sha256: hash.digest('hex') };
  }

  /** Throws StoreError `damaged` where the file is not JSON. */
  async readJson(key: string): Promise<unknown> {
    const text = (await this.read(key)).toString('utf8');
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new StoreError('damaged', `${this.where(key)} is not valid JSON; restore it, or remove it and run again.`, {
        cause: error,
        path: this.where(key),
      });
    }
  }

  async writeJson(key: string, value: unknown, options: PutOptions = {}): Promise<WrittenFile> {
    return this.put(key, `${JSON.stringify(value, null, 2)}\n`, options);
  }

  /**
   * Binds the store to an API host and this profile to its time zone, app and tenant, in `store.json` at the root; prepares
   * the place. Throws StoreError `refused` where the store holds data of another host, or the profile that of another zone, app
   * or tenant.
   * @returns the scope of the profile's days: that of its first claim
   */
  async claim(claim: StoreClaim): Promise<string> {
    await this.prepare();
    const dayScope = await claimStore(this, claim);
    await this.secret();
    this.#isClaimed = true;
    return dayScope;
  }

  /** Whether `claim` has succeeded in this process: `store.json` is there from then on. */
  protected get isClaimed(): boolean {
    return this.#isClaimed;
  }

  /** As `claim`, without writing anything: throws where that would be refused. */
  async checkClaim(claim: StoreClaim): Promise<void> {
    await checkClaim(this, claim);
  }

  /** The profiles that workers of this store have claimed, from the first on. */
  async claimedProfiles(): Promise<string[]> {
    return await claimedProfiles(this);
  }

  /** 32 bytes that stay with the store, see secret.ts. Made at its first claim, or when they are first needed. */
  async secret(): Promise<Buffer> {
    this.#secret ??= storeSecret(this);
    try {
      return await this.#secret;
    } catch (error) {
      this.#secret = undefined;
      throw error;
    }
  }

  /** Passes on that a file is damaged and is taken for absent. */
  noteDamaged(problem: { key: string; reason: string }): void {
    this.#onDamaged(problem);
  }

  /** Whose data the store holds; null where nothing was claimed yet. */
  async identity(): Promise<StoreIdentity | null> {
    return await readIdentity(this);
  }
}
