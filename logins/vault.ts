/**
 * A place of small secret documents, each with numbered versions: read the newest, write the next one if nobody else has, hold
 * a lock. Nothing here knows what a document means.
 */
import { StoreError } from '../store/errors.ts';
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

/** @throws RangeError for what could name another place */
export function documentName(name: string): string {
  if (!/^[A-Za-z0-9][\w.-]{0,127}$/.test(name)) throw new RangeError('not a name of a document');
  return name;
}
