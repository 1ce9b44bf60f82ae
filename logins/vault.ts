/**
 * A folder of small secret documents, each with numbered versions: read the newest, write the next one if nobody else has, hold
 * a lock. Nothing here knows what a document means.
 *
 * A version is a file that is made whole under another name and then linked to its number, which fails where the number is
 * taken: that is the comparison and the swap in one step, also for a process that was stopped for so long that another one has
 * taken its lock over. Everything is synced before it counts. The folder is 0700, files are 0600; with a key they are sealed with
 * AES-256-GCM, bound to their names, and one that is not sealed is refused.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, fileOperation, StoreError } from '../store/errors.ts';
import { syncFolder } from '../store/file-io.ts';
import { withFileLock } from '../store/lock.ts';
import type { HeldLock } from '../store/store.ts';

export interface Version {
  text: string;
  /** Grows with each write; 0 is the one before the first. */
  number: number;
}

export interface Vault {
  /** Null: it was never there, or it was removed. */
  read(name: string): Promise<Version | null>;
  /**
   * Writes the version after `number`, durably; `text` null removes the document.
   * @returns false, with nothing written, where another version is the newest
   */
  swap(name: string, o: { number: number; text: string | null }): Promise<boolean>;
  /** Number of the newest version, a removed document's too. */
  newest(name: string): Promise<number>;
  /** @throws StoreError `busy` where others hold it for longer than `waitMs` */
  withLock<T>(name: string, o: { waitMs: number }, fn: (lock: HeldLock) => Promise<T>): Promise<T>;
  /** Names of the documents that are there. */
  names(): Promise<string[]>;
}

/** Also where the document cannot be opened: who replaces or removes it need not read it. */
export async function readIfOpen(vault: Vault, name: string): Promise<Version | 'not opened' | null> {
  try {
    return await vault.read(name);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'refused') return 'not opened';
    throw error;
  }
}

export interface FileVaultOptions {
  folder: string;
  /** 32 bytes; null: files are not sealed. */
  key: Buffer | null;
  /** A holder of a lock that gives no sign of life for so long has lost it. Default 10,000. */
  lockStaleAfterMs?: number;
}

const REMOVED = '';
const SEALED = 'sealed-1 ';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LOCKS = '.locks';

export class FileVault implements Vault {
  readonly #o: FileVaultOptions;

  constructor(o: FileVaultOptions) {
    this.#o = o;
  }

  async read(name: string): Promise<Version | null> {
    for (;;) {
      const number = await this.newest(name);
      if (number === 0) return null;
      const path = this.#path(name, number);
      try {
        const text = await readFile(path, 'utf8');
        // One that was replaced meanwhile has been emptied, and is no removed document.
        if ((await this.newest(name)) !== number) continue;
        return text === REMOVED ? null : { number, text: this.#opened(name, text) };
      } catch (error) {
        // A newer version has cleared it away meanwhile.
        if (errnoOf(error) !== 'ENOENT') throw error;
      }
    }
  }

  async newest(name: string): Promise<number> {
    try {
      const names = await readdir(this.#folderOf(name));
      return names.reduce((highest, each) => Math.max(highest, /^[1-9]\d*$/.test(each) ? Number(each) : 0), 0);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return 0;
      throw error;
    }
  }

  async swap(name: string, { number, text }: { number: number; text: string | null }): Promise<boolean> {
    const folder = await this.#makeFolder(name);
    if ((await this.newest(name)) !== number) return false;
    const temporary = join(folder, `.${randomBytes(8).toString('hex')}`);
    const path = this.#path(name, number + 1);
    try {
      await fileOperation('write', path, () =>
        writeDurably(temporary, text === null ? REMOVED : this.#sealed(name, text)),
      );
      await link(temporary, path);
      // One that comes so late that its number was used and cleared away sees a higher one.
      if ((await this.newest(name)) !== number + 1) {
        await rm(path, { force: true });
        return false;
      }
      await syncFolder(folder);
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
    await this.#removeBelow(folder, number);
    return true;
  }

  async withLock<T>(name: string, { waitMs }: { waitMs: number }, fn: (lock: HeldLock) => Promise<T>): Promise<T> {
    await this.#makeFolder(name);
    const folder = join(this.#o.folder, LOCKS, name);
    await fileOperation('create folder', folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
    return await withFileLock({ folder, name, staleAfterMs: this.#o.lockStaleAfterMs ?? 10_000, waitMs }, fn);
  }

  async names(): Promise<string[]> {
    const folders = await readdir(this.#o.folder, { withFileTypes: true }).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    });
    const names = folders.filter((each) => each.isDirectory() && !each.name.startsWith('.')).map((each) => each.name);
    const there = await Promise.all(names.map(async (name) => (await this.read(name)) !== null));
    return names.filter((_name, index) => there[index]).toSorted();
  }

  #folderOf(name: string): string {
    if (!/^[A-Za-z0-9][\w.-]{0,127}$/.test(name)) throw new RangeError('not a name of a document');
    return join(this.#o.folder, name);
  }

  #path(name: string, number: number): string {
    return join(this.#folderOf(name), String(number));
  }

  /** Owner only, also where a folder was there before. */
  async #makeFolder(name: string): Promise<string> {
    const folder = this.#folderOf(name);
    await fileOperation('create folder', folder, async () => {
      await mkdir(this.#o.folder, { recursive: true, mode: 0o700 });
      await this.#close();
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
    });
    return folder;
  }

  /** Closes the folder to others, but not one in which somebody keeps something else. */
  async #close(): Promise<void> {
    const { folder } = this.#o;
    if (((await stat(folder)).mode & 0o077) === 0) return;
    const entries = await readdir(folder);
    if (entries.length > 0 && !entries.includes(LOCKS)) {
      const mend = `name a folder of its own, or close it: chmod 700 ${folder}`;
      throw new StoreError(
        'refused',
        `The folder ${folder} is open to others and holds other things than log-ins: ${mend}`,
      );
    }
    await chmod(folder, 0o700);
  }

  /** The version that was replaced stays until the next one: it keeps numbers from being used twice. */
  async #removeBelow(folder: string, number: number): Promise<void> {
    for (const name of await readdir(folder)) {
      if (/^[1-9]\d*$/.test(name) && Number(name) < number) await rm(join(folder, name), { force: true });
    }
    // What is not in use any more holds old secrets: only its number is kept.
    await this.#empty(join(folder, String(number)));
  }

  async #empty(path: string): Promise<void> {
    try {
      const handle = await open(path, 'r+');
      try {
        await handle.truncate(0);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  #sealed(name: string, text: string): string {
    const { key } = this.#o;
    if (key === null) return text;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return SEALED + Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
  }

  #opened(name: string, text: string): string {
    const { key } = this.#o;
    if (!text.startsWith(SEALED)) {
      if (key === null) return text;
      // Whoever can write the folder could have put it there.
      const profile = name.replace(/^grant-/, '');
      const mend = `log in again (feishu-vc login --profile ${profile}); a ticket is replaced by the next one`;
      throw refused(`lies in clear, though FEISHU_GRANTS_KEY is set: ${mend}`);
    }
    if (key === null) throw refused('is sealed: set FEISHU_GRANTS_KEY to the key that it was written with');
    const bytes = Buffer.from(text.slice(SEALED.length), 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(name));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw refused('was sealed with another key than FEISHU_GRANTS_KEY, or is damaged', error);
    }

    function refused(why: string, cause?: unknown): StoreError {
      return new StoreError('refused', `The grant "${name}" ${why}.`, { cause });
    }
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
