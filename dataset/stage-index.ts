/** The index of a commit: the records of a day as its tables were made of them, in one file. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import type { Store } from '../store/store.ts';
import { readIndexBytes } from './encrypted-index.ts';
import { rawFolderOfIndexed } from './storage-keys.ts';
import { damagedFile, jsonItems } from './stored-json.ts';
import { checkedRecord, type RawFile, type UnitRecord } from './unit-record.ts';

/** The records of a whole day. */
const INDEX_BYTES = 256 * 1024 * 1024;

/** `records`: the JSON of each. */
export async function writeIndex(store: Store, key: string, records: Iterable<string>): Promise<RawFile> {
  const packed = await buffer(Readable.from(arrayText(records)).pipe(createGzip()));
  return { key, ...(await store.put(key, packed)) };
}

function* arrayText(items: Iterable<string>): Generator<string, void, undefined> {
  let isFirst = true;
  yield '[';
  for (const item of items) {
    yield isFirst ? item : `,${item}`;
    isFirst = false;
  }
  yield ']';
}

/** @throws StoreError `damaged` */
export async function readIndex(store: Store, key: string): Promise<UnitRecord[]> {
  const records: UnitRecord[] = [];
  for await (const record of recordsOfIndex(store, key)) records.push(record);
  return records;
}

/** One after the other, so that not all of a large day's are held. @throws StoreError `damaged`, be it after some of them */
export async function* recordsOfIndex(store: Store, key: string): AsyncGenerator<UnitRecord, void, undefined> {
  const bytes = await readIndexBytes(store, key);
  for await (const value of jsonItems(store, key, { bytes, mostBytes: INDEX_BYTES })) {
    const read = checkedRecord(value, ({ resource }) => rawFolderOfIndexed(key, resource));
    if ('problem' in read) throw damagedFile(store, key, read.problem);
    yield read.record;
  }
}
