/**
 * Answers that are not to be had any more: they went by policy, or cannot be read. Their units are asked again; until something
 * comes, what such a record stands for is a gap of its own unit, and a committed table that has its rows stays as it is.
 */
import { UnreadableFileError } from '../sheets/index.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { HeaderError } from '../tables/header.ts';
import { mustAsk, type Freshness } from './answers.ts';
import { HeldRecords } from './held-records.ts';
import { RawFiles } from './raw-files.ts';
import type { Question } from './questions.ts';
import { isDropped, NO_PACKS, readPackList } from './raw-packs.ts';
import { readAhead } from './read-ahead.ts';
import { LOST_WORDS, type Lost, type UnitRecord } from './unit-record.ts';
import { packFolder, type DayLocation } from './storage-keys.ts';

/** Whether to ask: since the record does not answer the question, or its answers are not to be had any more. */
export async function mustAskOrLost(
  raw: RawFiles,
  record: UnitRecord | null,
  { question, freshness }: { question: Question; freshness: Freshness },
): Promise<boolean> {
  return mustAsk(record, question, freshness) || (record !== null && !(await areThere(raw, record)));
}

/** The records of a day, without the answers that went by policy. */
export async function withoutDropped(store: Store, location: DayLocation, records: HeldRecords): Promise<HeldRecords> {
  const list = (await readPackList(store, packFolder(location))) ?? NO_PACKS;
  if (list.dropped === null) return records;
  const left = new HeldRecords();
  for (const record of records) {
    const isGone = record.files.some(({ key }) => isDropped(list, key));
    left.add(isGone ? lostRecord(record, 'answers dropped') : record);
  }
  return left;
}

/** The same without those that cannot be read, or are not what was received. Reads all of them. */
export async function withoutDamaged(store: Store, records: HeldRecords): Promise<HeldRecords> {
  const raw = new RawFiles(store);
  const readable = new HeldRecords();
  const reading = readAhead(records, async (record) => ({ record, isThere: await areThere(raw, record) }));
  for await (const { record, isThere } of reading) {
    readable.add(isThere ? record : lostRecord(record, 'answers damaged'));
  }
  return readable;
}

/** Those that went by policy aside. */
async function areThere(raw: RawFiles, { files }: UnitRecord): Promise<boolean> {
  for (const file of files) {
    if (await raw.isDropped(file)) continue;
    const found = await orNull(() => raw.hash(file));
    if (found?.sha256 !== file.sha256) return false;
  }
  return true;
}

export function lostRecord(record: UnitRecord, damaged: Lost): UnitRecord {
  return { ...record, files: [], damaged, reason: LOST_WORDS[damaged] };
}

/** Whether a file is gone or is not what was written, in which case no other try reads it. */
export function isUnreadable(error: unknown): boolean {
  const isOfStore = error instanceof StoreError && (error.code === 'not-found' || error.code === 'damaged');
  return isOfStore || error instanceof UnreadableFileError || error instanceof HeaderError;
}

/** Null where files are gone or cannot be read. @throws StoreError for a store that is away */
export async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}
