import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BucketClient, trialName } from './bucket-client.ts';
import type { BucketPlace, ListedObject } from './bucket-client.ts';
import { withBucketLock } from './bucket-lock.ts';
import { fileOperation, ifPresent, toStoreError } from './errors.ts';
import { chunksOf, discard, fileChunks, noise } from './file-io.ts';
import type { FileSource, WrittenFile } from './file-io.ts';
import { checkKey, encodeSegment, LOCKS_FOLDER, TEMP_PREFIX } from './keys.ts';
import { scratchFolder, sweepScratch } from './scratch.ts';
import { Semaphore } from './semaphore.ts';
import { LEFTOVER_AGE_MS, Store } from './store.ts';
import type {
  HeldLock,
  ListOptions,
  PutOptions,
  RemoveOptions,
  StoreOptions,
  SweepResult,
  Version,
  WithLockOptions,
} from './store.ts';

const DOWNLOADS_AT_ONCE = 8;
/** A bucket has no disk that fills up: a few bytes tell as much as many. */
const MOST_TRIED_BYTES = 1024;
const HIDDEN = /(?:^|\/)\./;

/**
 * A store in a bucket, below a prefix. An object appears whole or not at all by itself; what replaces a version is written by
 * compare-and-swap on its ETag, which the server decides on.
 */
export class BucketStore extends Store {
  readonly #bucket: BucketClient;

  constructor(place: BucketPlace, options: StoreOptions = {}) {
    super(options);
    this.#bucket = new BucketClient(place);
  }

  async prepare(): Promise<void> {
    await this.#bucket.look();
  }

  async keepsOldVersions(): Promise<boolean> {
    return await this.#bucket.keepsOldVersions();
  }

  async shortcomings(): Promise<string[]> {
    if (await this.#bucket.takesConditions()) return [];
    return [
      `${this.where()} takes no conditional writes (If-None-Match, If-Match). Locks keep no two processes apart then, and one ` +
        'that was stopped and wakes late may overwrite a newer commit: run one worker, and no rebuild beside it.',
    ];
  }

  where(key?: string): string {
    return this.#bucket.address(key === undefined ? '' : checkKey(key));
  }

  uri(key: string): string {
    return this.where(key);
  }

  async put(key: string, source: FileSource, options: PutOptions = {}): Promise<WrittenFile> {
    const name = checkKey(key);
    const counted = new CountedSource(source);
    try {
      if (typeof source === 'string' || source instanceof Uint8Array) {
        await this.#bucket.put(name, counted.whole(source), options);
      } else await this.#bucket.put(name, counted, options);
    } catch (error) {
      throw counted.failure === undefined ? error : counted.failure.error;
    }
    return counted.written();
  }

  async tempPath(): Promise<string> {
    return join(await scratchFolder(), TEMP_PREFIX + randomBytes(8).toString('hex'));
  }

  async putFile(key: string, tempPath: string, options: PutOptions = {}): Promise<void> {
    await this.put(key, fileChunks(tempPath), options);
    await fileOperation('remove', tempPath, () => rm(tempPath));
  }

  /** The ETag. */
  async version(key: string): Promise<Version> {
    return await this.#bucket.version(checkKey(key));
  }

  async read(key: string): Promise<Buffer> {
    return (await this.#bucket.readAll(checkKey(key))).bytes;
  }

  async readVersion(key: string): Promise<{ bytes: Buffer; version: Version }> {
    return await this.#bucket.readAll(checkKey(key));
  }

  async readStream(key: string): Promise<Readable> {
    return (await this.#bucket.read(checkKey(key))).stream;
  }

  async readRange(key: string, position: number, length: number): Promise<Buffer> {
    return await this.#bucket.readRange(checkKey(key), position, length);
  }

  /** Downloaded copies. */
  async withLocalFiles<T>(keys: readonly string[], work: (pathOf: (key: string) => string) => Promise<T>): Promise<T> {
    const folder = await this.tempPath();
    const pathOf = (key: string): string => join(folder, checkKey(key));
    const places = new Semaphore(DOWNLOADS_AT_ONCE);
    try {
      const copies = Array.from(new Set(keys), (key) => places.pass(() => this.#copy(key, pathOf(key))));
      const failed = (await Promise.allSettled(copies)).find((copy) => copy.status === 'rejected');
      if (failed) throw failed.reason;
      return await work(pathOf);
    } finally {
      await discard(folder);
    }
  }

  async *list(prefix = '', options: ListOptions = {}): AsyncGenerator<string, void, undefined> {
    for await (const { name } of this.#objects(prefix, options)) yield name;
  }

  async *versions(prefix: string): AsyncGenerator<{ key: string; version: Version }, void, undefined> {
    for await (const { name, version } of this.#objects(prefix, {})) yield { key: name, version };
  }

  async *#objects(prefix: string, { hidden = false }: ListOptions): AsyncGenerator<ListedObject, void, undefined> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') checkKey(folder.slice(0, -1));
    for await (const object of this.#bucket.list(prefix)) {
      const { name } = object;
      // A name with a slash at its end is what some tools make for a folder.
      if ((hidden || !HIDDEN.test(name)) && !name.endsWith('/')) yield object;
    }
  }

  async remove(key: string, _options?: RemoveOptions): Promise<void> {
    await this.#bucket.remove(checkKey(key));
  }

  async removeVersion(key: string, version: Version, _options?: RemoveOptions): Promise<boolean> {
    return await this.#bucket.removeVersion(checkKey(key), version);
  }

  async removeAll(keys: readonly string[], _options?: RemoveOptions): Promise<void> {
    await this.#bucket.removeAll(keys.map(checkKey));
  }

  async tryWriting(bytes: number): Promise<void> {
    const name = trialName();
    await this.#bucket.put(name, noise(Math.min(bytes, MOST_TRIED_BYTES)));
    await this.#bucket.remove(name);
  }

  async withLock<T>(key: string, fn: (lock: HeldLock) => Promise<T>, options: WithLockOptions = {}): Promise<T> {
    const object = `${LOCKS_FOLDER}/${encodeSegment(checkKey(key))}`;
    const { lockStaleAfterMs: staleAfterMs } = this;
    return await withBucketLock({ ...options, bucket: this.#bucket, object, name: key, staleAfterMs }, fn);
  }

  /** Locks stay: one small object each. */
  async sweep(olderThanMs = LEFTOVER_AGE_MS): Promise<SweepResult> {
    let temporary = await sweepScratch(olderThanMs);
    const isOld = (atMs: number): boolean => Date.now() - atMs >= olderThanMs;
    for await (const upload of this.#bucket.unfinished()) {
      if (!isOld(upload.startedMs)) continue;
      await this.#bucket.giveUp(upload);
      temporary += 1;
    }
    for await (const { name, changedMs } of this.#bucket.list(TEMP_PREFIX)) {
      if (!isOld(changedMs)) continue;
      await this.#bucket.remove(name);
      temporary += 1;
    }
    return { temporary, locks: 0 };
  }

  /** One that is absent leaves nothing. */
  async #copy(key: string, path: string): Promise<void> {
    const stream = await ifPresent(() => this.readStream(key));
    if (stream === undefined) return;
    try {
      await mkdir(dirname(path), { recursive: true });
      await pipeline(stream, createWriteStream(path));
    } catch (error) {
      throw toStoreError(error, { action: 'write', path });
    }
  }
}

/** What goes through it is counted and hashed; a failure of the source is told from one of the bucket. */
class CountedSource implements AsyncIterable<Uint8Array> {
  readonly #source: FileSource;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  failure: { error: unknown } | undefined;

  constructor(source: FileSource) {
    this.#source = source;
  }

  whole(source: string | Uint8Array): Uint8Array {
    const bytes = typeof source === 'string' ? Buffer.from(source, 'utf8') : source;
    this.#count(bytes);
    return bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const chunks = chunksOf(this.#source);
    try {
      for (let next = await this.#next(chunks); next.done !== true; next = await this.#next(chunks)) {
        this.#count(next.value);
        yield next.value;
      }
    } finally {
      await chunks.return();
    }
  }

  /** What is thrown at a `yield` is the upload's, and is not noted. */
  async #next(chunks: AsyncGenerator<Uint8Array, void, undefined>): Promise<IteratorResult<Uint8Array, void>> {
    try {
      return await chunks.next();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  written(): WrittenFile {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  #count(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.byteLength;
  }
}
