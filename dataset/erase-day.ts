/**
 * A day without somebody. Their answers are written anew under other names, with one made-up id in place of theirs, so that
 * counts, minutes and joins of everybody else stay as they were; then the tables are made again and put in force, and only then
 * what was there before goes. At any line it can be run again, with the same salt. No commit comes between: one that was made of
 * what was read before is refused, and made again.
 */
import { StoreError } from '../store/errors.ts';
import type { HeldLock, Store } from '../store/store.ts';
import type { Policy } from '../tables/privacy.ts';
import { meetingKey, sessionKey } from '../tables/keys.ts';
import { putInForce } from './commit-day.ts';
import { edited, lookThrough, type Look } from './erased-answers.ts';
import type { ErasedPerson } from './erased-person.ts';
import { droppedAnswers } from './drop-answers.ts';
import { hasInRows, isInAnswer, namesIn } from './erase-single.ts';
import { removeFiles } from './make-tables.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { composed, factsOf, toldIn } from './merge-manifest.ts';
import { assertReadable, rewriteRawFiles, tidyDay } from './pack-day.ts';
import { RawFiles } from './raw-files.ts';
import { remadeDay } from './rebuild-day.ts';
import { tryRecord } from './records.ts';
import { readIndex, writeIndex } from './stage-index.ts';
import type { RawFile, UnitRecord } from './unit-record.ts';
import {
  isRecordKey,
  manifestKey,
  recordKey,
  resourceFolder,
  STAGE_RESOURCES,
  unitFolder,
  type DayLocation,
} from './storage-keys.ts';

interface DayOfProfile {
  profile: string;
  day: string;
}

export interface EraseOptions {
  product: string;
  settle_hours: number;
  privacy: Policy;
  /** In names of files: tells those of one erasure. */
  mark: string;
  /** It goes on where one was cut off, which may have left what it had replaced. */
  isAgain: boolean;
  /** Counts, and changes nothing. */
  isDryRun: boolean;
}

/** Takes over by what the day's answers name them. @returns whether anything was new by which others may be found */
export async function learnFromDay(store: Store, where: DayOfProfile, person: ErasedPerson): Promise<boolean> {
  let isNew = false;
  const seen = new Set<string>();
  const raw = new RawFiles(store);
  for (const { records } of [...(await indexesOf(store, where)), { records: await liveRecords(store, where) }]) {
    for (const { resource, files } of records) {
      for (const { key } of files) {
        if (seen.has(key)) continue;
        seen.add(key);
        if (await raw.isDropped({ key })) continue;
        if (await lookThrough(store, { key, raw, resource }, person)) isNew = true;
      }
    }
  }
  return isNew;
}

/**
 * @returns how many rows and elements of answers and records were about them, or named them; `no answers` where a table has
 * them and cannot be made again without them, since the day's answers went by `RAW_KEEP`
 */
export async function eraseFromDay(
  store: Store,
  where: DayOfProfile,
  options: EraseOptions & { person: ErasedPerson },
): Promise<number | 'no answers'> {
  if (options.isDryRun) return await erasedFrom(store, where, { ...options, held: null });
  return await store.withLock(manifestKey(where), async (held) => await erasedFrom(store, where, { ...options, held }));
}

/** `held`: the lock of the day's manifest; null where nothing is changed. */
async function erasedFrom(
  store: Store,
  where: DayOfProfile,
  { person, held, ...options }: EraseOptions & { person: ErasedPerson; held: HeldLock | null },
): Promise<number | 'no answers'> {
  const manifest = await readManifest(store, where);
  const location: DayLocation = { kind: 'day', ...where, generation: manifest?.generation ?? 0 };
  // Of a pack that cannot be read nobody knows whom it has.
  await assertReadable(store, location);
  // Tables of answers that went cannot be made again without somebody: such a day stays as it is.
  const isStuck = manifest !== null && (await droppedAnswers(store, manifest)) !== null;
  if (isStuck && (await isInTables(store, manifest, person))) return 'no answers';
  const editing = new DayEditing(store, { where, person, ...options });
  const live = await liveRecords(store, where);
  const stages: Stages = new Map();
  for (const { key, records } of await indexesOf(store, where)) {
    const changed = await editing.records(records);
    if (changed === null || held === null) continue;
    const index = await writeIndex(
      store,
      markedKey(key, options.mark),
      changed.map((record) => JSON.stringify(record)),
    );
    stages.set(key, { key: index.key, sha256: index.sha256 });
  }
  const liveChanged = await editing.records(live);
  editing.rows += await eraseUnnamed(store, location, { person, named: editing.seen, isDryRun: options.isDryRun });
  if (held === null || (editing.rows === 0 && !options.isAgain)) return editing.rows;
  // Before the manifest notes that somebody went: a commit that knows the note reads no answer of before.
  await putLive(store, location, { before: live, after: liveChanged ?? live });
  const isChanged = editing.rows > 0 || stages.size > 0;
  const committed =
    manifest !== null && isChanged
      ? await putWithout(store, { held, manifest, stages, isStuck, rows: editing.rows, ...options })
      : manifest;
  await tidyDay(store, location, { manifest: committed ?? { tables: {}, generation: 0 } });
  return editing.rows;
}

/** By the key of what the records of a run were: where they are now. */
type Stages = Map<string, { key: string; sha256: string }>;

/** Answers that no record names, of a run that was cut off: they go where they have somebody, and their unit is asked again. */
async function eraseUnnamed(
  store: Store,
  location: DayLocation,
  { person, named, isDryRun }: { person: ErasedPerson; named: ReadonlySet<string>; isDryRun: boolean },
): Promise<number> {
  let files = 0;
  for (const resource of STAGE_RESOURCES) {
    for await (const key of store.list(resourceFolder(location, resource))) {
      // What this erasure wrote is named by now, or will be.
      if (isRecordKey(key) || named.has(key) || /\.erased-[0-9a-f]+\./.test(key)) continue;
      if (!(await isInAnswer(store, key, person))) continue;
      files += 1;
      if (!isDryRun) await store.remove(key);
    }
  }
  return files;
}

async function isInTables(store: Store, { tables }: Manifest, person: ErasedPerson): Promise<boolean> {
  const called = await namesIn(store, person);
  for (const { key } of Object.values(tables)) if (await hasInRows(store, key, { called, person })) return true;
  return false;
}

/** The manifest's tables made of the new answers. `isStuck`: they have nobody, cannot be made again, and stay as they are. */
async function putWithout(
  store: Store,
  {
    held,
    manifest,
    stages,
    isStuck,
    rows,
    ...options
  }: EraseOptions & { held: HeldLock; manifest: Manifest; stages: Stages; isStuck: boolean; rows: number },
): Promise<Manifest> {
  const { profile, day, generation } = manifest;
  const tables = Object.fromEntries(
    Object.entries(manifest.tables).map(([name, entry]) => {
      const stage = stages.get(entry.run.stage.key) ?? entry.run.stage;
      return [name, { ...entry, run: { ...entry.run, stage } }];
    }),
  );
  const told = Object.fromEntries(
    Object.entries(toldIn(manifest)).map(([key, each]) => [stages.get(key)?.key ?? key, each]),
  );
  const now = { ...manifest, tables, told };
  const again = isStuck || stages.size === 0 ? null : await remadeDay(store, store, { ...options, manifest: now });
  const files = again?.files ?? [];
  try {
    const { manifest: inForce } = await putInForce(store, {
      location: { kind: 'day', profile, day, generation },
      held,
      files,
      manifest: (known) => {
        if (known?.committed_at !== manifest.committed_at) {
          throw new StoreError('busy', `${day} was committed while somebody was erased from it: run it again.`);
        }
        const next = again?.manifest(known) ?? composed(factsOf(known), tables, told);
        return { ...next, erased: [...next.erased, { at: new Date().toISOString(), rows }] };
      },
    });
    return inForce;
  } finally {
    await removeFiles(files);
  }
}

/** What units say of themselves, wherever it lies. What a run has noted since stays. @throws StoreError `busy` */
async function putLive(
  store: Store,
  location: DayLocation,
  { before, after }: { before: readonly UnitRecord[]; after: readonly UnitRecord[] },
): Promise<void> {
  const keyOf = ({ resource, unit }: UnitRecord): string => recordKey({ ...location, resource, unit });
  const instead = new Map<string, Uint8Array | 'drop'>();
  for (const [index, record] of after.entries()) {
    const was = before[index]!;
    if (record === was) continue;
    const now = await tryRecord(store, keyOf(was));
    if (now !== null && 'record' in now && JSON.stringify(now.record) !== JSON.stringify(was)) {
      throw new StoreError('busy', `${location.day} was asked for while somebody was erased from it: run it again.`);
    }
    await store.writeJson(keyOf(record), record);
    const isMoved = record.unit !== was.unit;
    instead.set(keyOf(was), isMoved ? 'drop' : await store.read(keyOf(record)));
  }
  if (instead.size > 0) await rewriteRawFiles(store, location, (key, bytes) => instead.get(key) ?? bytes);
}

/** Each file and each unit is changed once, whichever records name it. */
class DayEditing {
  readonly #store: Store;
  readonly #o: Omit<EraseOptions, 'product' | 'settle_hours' | 'privacy'> & {
    where: DayOfProfile;
    person: ErasedPerson;
  };
  readonly #files = new Map<string, RawFile>();
  readonly #raw: RawFiles;
  rows = 0;

  constructor(
    store: Store,
    o: Omit<EraseOptions, 'product' | 'settle_hours' | 'privacy'> & { where: DayOfProfile; person: ErasedPerson },
  ) {
    this.#store = store;
    this.#raw = new RawFiles(store);
    this.#o = o;
  }

  /** Null where all of them stay as they are. */
  async records(records: readonly UnitRecord[]): Promise<UnitRecord[] | null> {
    const changed: UnitRecord[] = [];
    for (const record of records) changed.push(await this.#record(record));
    return changed.some((record, index) => record !== records[index]) ? changed : null;
  }

  async #record(record: UnitRecord): Promise<UnitRecord> {
    const { person } = this.#o;
    const scope = this.#scope;
    const said = withoutPerson(record, person, scope);
    const files: RawFile[] = [];
    for (const file of record.files) files.push(await this.#file(file, record, said.unit));
    if (said !== record) this.rows += 1;
    return said === record && files.every((file, index) => file === record.files[index]) ? record : { ...said, files };
  }

  async #file(file: RawFile, { resource, unit }: UnitRecord, toUnit: string): Promise<RawFile> {
    const known = this.#files.get(file.key);
    if (known) return known;
    if (await this.#raw.isDropped(file)) return file;
    const { where, person, mark, isDryRun } = this.#o;
    const moved = { kind: 'day' as const, ...where, generation: 0, resource, unit: toUnit };
    const name = file.key.slice(file.key.lastIndexOf('/') + 1);
    const folder = toUnit === unit ? file.key.slice(0, file.key.lastIndexOf('/') + 1) : unitFolder(moved);
    const toKey = markedKey(folder + name, mark);
    let rows = 0;
    const look: Look = (cells) => {
      const put = person.erasedFrom(cells, this.#scope);
      if (put !== null) rows += 1;
      return isDryRun ? null : put;
    };
    const changed = await edited(this.#store, { key: file.key, raw: this.#raw, resource }, { look, toKey });
    this.rows += rows;
    let now = changed?.file ?? file;
    if (changed === null && toUnit !== unit && !isDryRun) {
      now = { key: toKey, ...(await this.#store.put(toKey, await this.#raw.read(file))) };
    }
    this.#files.set(file.key, now);
    return now;
  }

  /** Keys of the answers that a record names. */
  get seen(): ReadonlySet<string> {
    return new Set(this.#files.keys());
  }

  get #scope(): string {
    return `${this.#o.where.profile} ${this.#o.where.day}`;
  }
}

/** The record itself where it does not name them. */
function withoutPerson(record: UnitRecord, person: ErasedPerson, scope: string): UnitRecord {
  const { request, later, reason } = record;
  const asked = requestWithout(request, person, scope);
  const words = reason === null ? null : person.scrubbed(reason);
  const laterAsked = later?.request === undefined ? undefined : requestWithout(later.request, person, scope);
  const laterWords = later?.reason ? person.scrubbed(later.reason) : null;
  const isLaterSame = laterAsked === later?.request && laterWords === (later?.reason ?? null);
  if (asked === request && words === reason && isLaterSame) return record;
  return {
    ...record,
    unit: asked === request ? record.unit : unitOf(record, asked),
    request: asked,
    reason: words,
    later: later && { ...later, reason: laterWords, ...(laterAsked === undefined ? {} : { request: laterAsked }) },
  };
}

function requestWithout(
  request: Record<string, unknown>,
  person: ErasedPerson,
  scope: string,
): Record<string, unknown> {
  const { user_id } = request;
  if (typeof user_id !== 'string' || !person.has(user_id)) return request;
  return { ...request, user_id: person.pseudonym(user_id, scope) };
}

/** A session is called by whose it is. */
function unitOf({ resource, unit }: UnitRecord, request: Record<string, unknown>): string {
  if (resource !== 'participant_quality_list') return unit;
  const meeting = meetingKey(String(request['meeting_no']), Number(request['meeting_start_time']));
  const session = sessionKey(meeting, { user_id: String(request['user_id']) }, Number(request['join_time']));
  return `${session}${unit.slice(unit.indexOf('.'))}`;
}

/** The name under which a file is written anew. */
function markedKey(key: string, mark: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1).replace(/\.erased-[0-9a-f]+(?=\.)/, '');
  const dot = name.indexOf('.');
  return `${key.slice(0, key.lastIndexOf('/') + 1)}${name.slice(0, dot)}.erased-${mark}${name.slice(dot)}`;
}

/** Of the runs that the day's tables were made by. @throws StoreError `damaged` */
async function indexesOf(store: Store, where: DayOfProfile): Promise<{ key: string; records: UnitRecord[] }[]> {
  const manifest = await readManifest(store, where);
  const keys = new Set(Object.values(manifest?.tables ?? {}).map(({ run }) => run.stage.key));
  return await Promise.all(Array.from(keys, async (key) => ({ key, records: await readIndex(store, key) })));
}

/** What units say of themselves now. @throws StoreError `damaged` */
async function liveRecords(store: Store, where: DayOfProfile): Promise<UnitRecord[]> {
  const location: DayLocation = { kind: 'day', ...where, generation: 0 };
  const records: UnitRecord[] = [];
  const raw = new RawFiles(store);
  for (const resource of STAGE_RESOURCES) {
    for (const key of await raw.list(resourceFolder(location, resource))) {
      const read = isRecordKey(key) ? await tryRecord(store, key, raw) : null;
      if (read === null) continue;
      if ('damaged' in read) throw new StoreError('damaged', `${read.damaged}: remove it, or ask for the day again.`);
      records.push(read.record);
    }
  }
  return records;
}
