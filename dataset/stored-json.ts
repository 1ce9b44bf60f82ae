/** Answers and lists of records as they are stored: JSON, compressed by gzip. */
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gunzip, gzip } from 'node:zlib';
import { errnoOf, StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { JsonArray } from './json-array.ts';
import type { RawFiles, WantedFile } from './raw-files.ts';
import type { RawFile } from './unit-record.ts';

// In zlib's threads: a large answer would hold the event loop.
const inflated = promisify(gunzip);
const deflated = promisify(gzip);

/** Keeps an answer's bytes as received, compressed. `sha256` is that of the stored file. */
export async function putJsonGz(store: Store, key: string, bytes: Uint8Array | string): Promise<RawFile> {
  const written = await store.put(key, await deflated(bytes));
  return { key, ...written };
}

/** Bytes that a stored answer inflates to at most: Feishu's have at most 4 MiB. */
const ANSWER_BYTES = 16 * 1024 * 1024;

/** A stored answer. @throws StoreError `not-found`, `damaged` */
export async function readAnswer(store: Store, raw: RawFiles, file: WantedFile): Promise<unknown> {
  const bytes = await raw.read(file);
  try {
    return JSON.parse((await inflated(bytes, { maxOutputLength: ANSWER_BYTES })).toString('utf8')) as unknown;
  } catch (error) {
    // Not as the cause: a parser quotes what it reads.
    if (isOfContent(error)) throw damagedFile(store, file.key, NOT_WRITTEN);
    throw error;
  }
}

const NOT_WRITTEN = 'it is not the compressed JSON that was written';

/** What the parser, a bound, or zlib says of bytes that are not those that were written. Anything else is a fault of ours. */
function isOfContent(error: unknown): boolean {
  const code = errnoOf(error) ?? '';
  return error instanceof SyntaxError || error instanceof RangeError || code.startsWith('Z_');
}

export function damagedFile(store: Store, key: string, reason: string): StoreError {
  const path = store.where(key);
  return new StoreError('damaged', `${path} is damaged: ${reason}. Restore it, or remove it and run again.`, { path });
}

/** The elements of a compressed JSON array, one after the other. @throws StoreError `damaged`, be it after some of them */
export async function* jsonItems(
  store: Store,
  key: string,
  { bytes, mostBytes }: { bytes: Uint8Array; mostBytes: number },
): AsyncGenerator<unknown, void, undefined> {
  const inflating = Readable.from([bytes]).pipe(createGunzip()) as AsyncIterable<Buffer>;
  const array = new JsonArray();
  let inflatedBytes = 0;
  try {
    for await (const chunk of inflating) {
      inflatedBytes += chunk.length;
      if (inflatedBytes > mostBytes) throw new RangeError('it is too large');
      yield* array.take(chunk);
    }
    array.end();
  } catch (error) {
    // Not as the cause: a parser quotes what it reads.
    if (isOfContent(error)) throw damagedFile(store, key, NOT_WRITTEN);
    throw error;
  }
}
