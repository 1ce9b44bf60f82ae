/** What does not hold of a committed day. */
import { StoreError } from '../store/errors.ts';
import { ManifestError } from './manifest.ts';

export interface Problem {
  /** Of the file that does not hold, relative to DATA_URL. */
  key: string;
  problem: string;
}

/** The value, or why it cannot be read. */
export async function readable<T>(key: string, read: () => Promise<T>): Promise<{ value: T } | Problem> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'unavailable') throw error;
    return { key, problem: `it cannot be read: ${wordsOf(error)}` };
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ManifestError) return error.seen;
  return error instanceof StoreError && error.code === 'not-found' ? 'it is not there' : 'it is damaged';
}
