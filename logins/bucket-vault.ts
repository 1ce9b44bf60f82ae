/**
 * A vault in a bucket: an object for each document, written over what was read there and nothing else (If-Match), so that no two
 * processes write the same version. It takes a server that knows conditional writes, and refuses one that does not. What was
 * replaced is gone, unless the bucket keeps versions of its own: it should not, for a place of secrets.
 */
import { z } from 'zod';
import type { BucketClient } from '../store/bucket-client.ts';
import { withBucketLock } from '../store/bucket-lock.ts';
import { ifPresent, StoreError } from '../store/errors.ts';
import type { HeldLock, Version as ObjectVersion } from '../store/store.ts';
import { LOCK_STALE_MS } from './file-vault.ts';
import { Seal } from './seal.ts';
import { documentName, type Vault, type Version } from './vault.ts';

export interface BucketVaultOptions {
  bucket: BucketClient;
  /** 32 bytes; null: objects are not sealed. */
  key: Buffer | null;
  /** Default 10,000. */
  lockStaleAfterMs?: number;
}

/** `text` null: the document was removed; its number goes on. */
const stored = z.object({ number: z.number().int().positive(), text: z.string().nullable() });
type Stored = z.infer<typeof stored>;

const MOST_BYTES = 1024 * 1024;
const LOCKS = '.locks/';

export class BucketVault implements Vault {
  readonly #o: BucketVaultOptions;
  readonly #seal: Seal;
  #isUsable: Promise<void> | undefined;

  constructor(o: BucketVaultOptions) {
    this.#o = o;
    this.#seal = new Seal(o.key);
  }

  async read(name: string): Promise<Version | null> {
    const { number, text } = (await this.#found(name)).document;
    return text === null ? null : { number, text: this.#seal.opened(name, text) };
  }

  async newest(name: string): Promise<number> {
    return (await this.#found(name)).document.number;
  }

  async swap(name: string, { number, text }: { number: number; text: string | null }): Promise<boolean> {
    await this.#assertUsable();
    const { document, version } = await this.#found(name);
    if (document.number !== number) return false;
    const next: Stored = { number: number + 1, text: text === null ? null : this.#seal.sealed(name, text) };
    try {
      await this.#o.bucket.put(documentName(name), Buffer.from(JSON.stringify(next)), { replacing: version });
      return true;
    } catch (error) {
      // Somebody else has written the next version.
      if (error instanceof StoreError && error.code === 'busy') return false;
      throw error;
    }
  }

  async withLock<T>(name: string, { waitMs }: { waitMs: number }, fn: (lock: HeldLock) => Promise<T>): Promise<T> {
    await this.#assertUsable();
    const { bucket, lockStaleAfterMs: staleAfterMs = LOCK_STALE_MS } = this.#o;
    return await withBucketLock({ bucket, object: LOCKS + documentName(name), name, staleAfterMs, waitMs }, fn);
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.#o.bucket.list('')) {
      if (/^[A-Za-z0-9][\w.-]*$/.test(name) && (await this.#found(name)).document.text !== null) names.push(name);
    }
    return names;
  }

  async #found(name: string): Promise<{ document: Stored | { number: 0; text: null }; version: ObjectVersion }> {
    const found = await ifPresent(() => this.#o.bucket.readAll(documentName(name), MOST_BYTES));
    if (found === undefined) return { document: { number: 0, text: null }, version: null };
    return { document: this.#parsed(name, found.bytes), version: found.version };
  }

  #parsed(name: string, bytes: Buffer): Stored {
    try {
      return stored.parse(JSON.parse(bytes.toString('utf8')));
    } catch {
      const path = this.#o.bucket.address(name);
      // Not as the cause, which would quote what lies there.
      throw new StoreError('damaged', `${path} is no log-in or ticket as this product writes it: remove it.`, { path });
    }
  }

  /** Without conditional writes two processes could both spend a refresh token, which works once. */
  async #assertUsable(): Promise<void> {
    this.#isUsable ??= this.#o.bucket.takesConditions().then((does) => {
      if (does) return;
      const where = this.#o.bucket.address();
      const mend = 'name a folder that all workers reach, or another bucket';
      throw new StoreError(
        'refused',
        `${where} takes no conditional writes, so FEISHU_GRANTS_URL cannot be there: ${mend}.`,
      );
    });
    try {
      await this.#isUsable;
    } catch (error) {
      this.#isUsable = undefined;
      throw error;
    }
  }
}
