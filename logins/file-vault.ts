/**
 * A vault in a folder.
 *
 * A version is a file that is made whole under another name and then linked to its number, which fails where the number is
 * taken: that is the comparison and the swap in one step, also for a process that was stopped for so long that another one has
 * taken its lock over. Everything is synced before it counts. The folder is 0700, files are 0600.
 */
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, fileOperation, StoreError } from '../store/errors.ts';
import { syncFolder } from '../store/file-io.ts';
import { withFileLock } from '../store/lock.ts';
import type { HeldLock } from '../store/store.ts';
import { Seal } from './seal.ts';
import { documentName, type Vault, type Version } from './vault.ts';

export interface FileVaultOptions {
  folder: string;
  /** 32 bytes; null: files are not sealed. */
  key: Buffer | null;
  /** A holder of a lock that gives no sign of life for so long has lost it. Default 10,000. */
  lockStaleAfterMs?: number;
}

const REMOVED = '';
/** A holder of a lock that gives no sign of life for so long has lost it. */
export const LOCK_STALE_MS = 10_000;
const LOCKS = '.locks';

export class FileVault implements Vault {
  readonly #o: FileVaultOptions;
  readonly #seal: Seal;

  constructor(o: FileVaultOptions) {
    this.#o = o;
    this.#seal = new Seal(o.key);
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
        return text === REMOVED ? null : { number, text: this.#seal.opened(name, text) };
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
        writeDurably(temporary, text === null ? REMOVED : this.#seal.sealed(name, text)),
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
    return await withFileLock({ folder, name, staleAfterMs: this.#o.lockStaleAfterMs ?? LOCK_STALE_MS, waitMs }, fn);
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
    return join(this.#o.folder, documentName(name));
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
