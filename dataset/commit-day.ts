/**
 * Turns the stage into a day's tables and commits them: files aside, renamed under the day's lock, the manifest last.
 * Running it again gives the same; a run that began earlier than what is committed changes nothing.
 */
import { rm } from 'node:fs/promises';
import { commitFiles, type FileToCommit } from '../store/commit.ts';
import { StoreError } from '../store/errors.ts';
import type { FileStore } from '../store/file-store.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import { DayBuilder } from './build-day.ts';
import { writeDaysFile } from './days-table.ts';
import {
  findManifest,
  parseManifest,
  readManifest,
  SCHEMA_VERSION,
  type CertifiedTable,
  type Manifest,
  type TableRun,
} from './manifest.ts';
import { mergedManifest, type Built, type Writing } from './merge-manifest.ts';
import { readIndex, recordsOf, sumOfCalls, tryRecord, writeIndex, type UnitRecord } from './records.ts';
import { restatementsOf } from './restatement.ts';
import { stageOf, StageReader } from './stage.ts';
import {
  isRecordKey,
  manifestKey,
  resourceFolder,
  stageIndexFolder,
  stageIndexKey,
  type DayLocation,
  type StageResource,
} from './storage-keys.ts';
import { writeTableFile, type TableFile } from './table-files.ts';

const STAGE_RESOURCES: readonly StageResource[] = [
  'meeting_list',
  'participant_list',
  'participant_quality_list',
  'resource_reservation_list',
  'rooms',
];

const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** What each table's calls were spent on. */
const RESOURCES_OF: Record<TableName, readonly StageResource[]> = {
  meetings: ['meeting_list'],
  participants: ['participant_list'],
  quality_minutes: ['participant_quality_list'],
  units: [],
  reservations: ['resource_reservation_list', 'rooms'],
};

/** Tables that a run can be asked for; `units` comes with `quality_minutes`. */
export type IncludedTable = Exclude<TableName, 'units'>;

export function tablesOf(include: readonly IncludedTable[]): TableName[] {
  return include.flatMap((table) => (table === 'quality_minutes' ? ['quality_minutes', 'units'] : [table]));
}

export interface CommitDayInput {
  location: DayLocation;
  include: readonly IncludedTable[];
  time_zone: string;
  api_host: string;
  product: string;
  /** So long after the end of what was asked about, Feishu may still add to it. */
  settle_hours: number;
  run: Omit<TableRun, 'generation' | 'stage'>;
}

export interface CommittedDay {
  manifest: Manifest;
  manifestKey: string;
  manifestSha256: string;
  /** False where a later run had committed already: `manifest` is then that run's. */
  committed: boolean;
}

export async function commitDay(store: FileStore, input: CommitDayInput): Promise<CommittedDay> {
  const { location } = input;
  const records: UnitRecord[] = [];
  for (const resource of STAGE_RESOURCES) {
    for await (const record of recordsOf(store, location, resource)) records.push(record);
  }
  const index = await writeIndex(store, stageIndexKey(location), records);
  const run: TableRun = {
    ...input.run,
    generation: location.generation,
    stage: { key: index.key, sha256: index.sha256 },
  };
  const tables = tablesOf(input.include);
  const committed = await writeTables(store, { ...input, fetched: true, tables, run, records });
  await removeSuperseded(store, location, committed.manifest);
  return committed;
}

async function writeTables(store: FileStore, writing: Writing): Promise<CommittedDay> {
  const known = await readManifest(store, writing.location);
  const reader = new StageReader(store, writing.time_zone);
  const builder = builderOf(reader, writing);
  const { tables, vanished } = await withoutVanished(builder, writing.tables, known);
  const files: TableFile[] = [];
  try {
    for (const table of tables) files.push(await writeTable(store, { reader, builder, writing, table }));
    const before = (table: TableName) => rowsBefore(store, known, { table, writing, files });
    const restatements = writing.fetched ? await restatementsOf(known, files.slice(), before) : [];
    const entries: [TableName, CertifiedTable][] = [];
    for (const { table, entry } of files.slice(0, tables.length)) {
      entries.push([table, await certified(builder, writing, { table, entry })]);
    }
    return await commit(store, writing, {
      files: files.slice(0, tables.length),
      entries,
      vanished,
      restatements,
      builder,
    });
  } finally {
    await Promise.all(files.map(({ tempPath }) => rm(tempPath, { force: true })));
  }
}

function builderOf(
  reader: StageReader,
  { records, run, settle_hours }: Pick<Writing, 'records' | 'run' | 'settle_hours'>,
) {
  return new DayBuilder(reader, stageOf(records), { day: run, settleHours: settle_hours });
}

interface TableToWrite {
  reader: StageReader;
  builder: DayBuilder;
  writing: Pick<Writing, 'location' | 'run'>;
  table: TableName;
}

async function writeTable(store: FileStore, { reader, builder, writing, table }: TableToWrite): Promise<TableFile> {
  const { profile, day } = writing.location;
  const rows = await builder.rows(table);
  return await writeTableFile(store, { table, profile, day, rows, run: writing.run, notes: reader.notesOf(table) });
}

async function certified(
  builder: DayBuilder,
  { records, location, product }: Writing,
  { table, entry }: Pick<TableFile, 'table' | 'entry'>,
): Promise<CertifiedTable> {
  const ofTable = records.filter(
    ({ resource, generation }) => generation === location.generation && RESOURCES_OF[table].includes(resource),
  );
  const calls = Object.values(sumOfCalls(ofTable)).reduce((sum, count) => sum + count, 0);
  const { asked_at, settled, gives, takes } = await builder.standing(table);
  return { ...entry, schema: SCHEMA_VERSION, product, asked_at, settled, vanished: false, gives, takes, calls };
}

/**
 * The committed rows of a table, by the rules of today: those of another version are made again from what they were made
 * of. The file is among `files` then, to be removed with them.
 */
async function rowsBefore(
  store: FileStore,
  known: Manifest | null,
  { table, writing, files }: { table: TableName; writing: Writing; files: TableFile[] },
): Promise<string | null> {
  const entry = known?.tables[table];
  if (!entry) return null;
  if (entry.product === writing.product) return (await store.exists(entry.key)) ? store.path(entry.key) : null;
  if (!(await store.exists(entry.run.stage.key))) return null;
  const records = await readIndex(store, entry.run.stage.key);
  const reader = new StageReader(store, writing.time_zone);
  const builder = builderOf(reader, { records, run: entry.run, settle_hours: writing.settle_hours });
  const file = await writeTable(store, { reader, builder, writing: { ...writing, run: entry.run }, table });
  files.push(file);
  return file.tempPath;
}

/**
 * An empty answer where rows were known does not erase them: the tables that it would empty stay as they are, and the
 * day shows the gap. Without its meetings a day has no participants and no minutes either.
 */
async function withoutVanished(
  builder: DayBuilder,
  tables: readonly TableName[],
  known: Manifest | null,
): Promise<{ tables: TableName[]; vanished: TableName[] }> {
  const vanished = new Set<TableName>();
  const knownRows = (table: TableName) => known?.tables[table]?.rows ?? 0;
  const ofMeetings = tables.filter((table) => table !== 'reservations' && knownRows(table) > 0);
  if (ofMeetings.length > 0 && (await builder.meetings()).length === 0) {
    for (const table of ofMeetings) vanished.add(table);
  }
  if (tables.includes('reservations') && knownRows('reservations') > 0 && (await builder.reservations()).length === 0) {
    vanished.add('reservations');
  }
  return { tables: tables.filter((table) => !vanished.has(table)), vanished: [...vanished] };
}

async function commit(
  store: FileStore,
  writing: Writing,
  built: Built & { files: TableFile[] },
): Promise<CommittedDay> {
  const key = manifestKey(writing.location);
  const daysFiles: FileToCommit[] = [];
  try {
    const result = await commitFiles<Manifest>(store, {
      lockKey: key,
      manifestKey: key,
      files: built.files.map(({ tempPath, entry }) => ({ tempPath, key: entry.key, sha256: entry.sha256 })),
      buildManifest: async (previous) => {
        const known = previous === null ? null : parseManifest(previous);
        if (known && known.generation > writing.location.generation) return 'superseded';
        const manifest = mergedManifest(known, writing, built);
        const { tempPath, file } = await writeDaysFile(store, manifest);
        daysFiles.push({ tempPath, ...file });
        return { ...manifest, days: file };
      },
      filesOfManifest: () => daysFiles,
    });
    if (result.status === 'committed') {
      return { manifest: result.manifest, manifestKey: key, manifestSha256: result.file.sha256, committed: true };
    }
  } finally {
    await Promise.all(daysFiles.map(({ tempPath }) => rm(tempPath, { force: true })));
  }
  const inForce = await findManifest(store, writing.location);
  if (!inForce) throw new Error('a later commit was found, and then not');
  return { manifest: inForce.manifest, manifestKey: key, manifestSha256: inForce.sha256, committed: false };
}

/**
 * Raw files that neither a committed table nor a unit's record was made of are of no use any more. Where an index or a record is
 * damaged, nobody knows which of the files it names: they stay.
 */
async function removeSuperseded(store: FileStore, location: DayLocation, manifest: Manifest): Promise<void> {
  const indexes = new Set(Object.values(manifest.tables).map((table) => table.run.stage.key));
  const needed = new Set<string>();
  for (const key of indexes) {
    const records = await indexOf(store, key);
    if (records === null) return;
    for (const record of records) for (const file of record.files) needed.add(file.key);
  }
  const keys: string[] = [];
  const kept = new Set<string>();
  for (const resource of STAGE_RESOURCES) {
    for await (const key of store.list(resourceFolder(location, resource))) {
      if (!isRecordKey(key)) {
        keys.push(key);
        continue;
      }
      const read = await tryRecord(store, key);
      if (read !== null && 'record' in read && isPart(read.record) && read.record.generation <= manifest.generation) {
        await store.remove(key);
        continue;
      }
      if (read !== null && 'damaged' in read) kept.add(folderOf(key));
      else for (const file of read?.record.files ?? []) needed.add(file.key);
    }
  }
  for await (const key of store.list(stageIndexFolder(location))) if (!indexes.has(key)) await store.remove(key);
  for (const key of keys) if (!needed.has(key) && !kept.has(folderOf(key))) await store.remove(key);
}

/** Half of a window that was asked in halves. The whole window is made of it at once, or of none. */
function isPart({ unit }: UnitRecord): boolean {
  return /\.[12]$/.test(unit);
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

async function indexOf(store: FileStore, key: string): Promise<UnitRecord[] | null> {
  try {
    return await readIndex(store, key);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'damaged') throw error;
    store.noteDamaged({ key, reason: error.message });
    return null;
  }
}

/** Writes the tables of a committed day again from its raw files, without a call. Null where the day was never committed. */
export async function rebuildDay(
  store: FileStore,
  { profile, day, product, settle_hours }: { profile: string; day: string; product: string; settle_hours: number },
): Promise<CommittedDay | null> {
  const manifest = await readManifest(store, { profile, day });
  if (!manifest) return null;
  let last: CommittedDay | null = null;
  for (const { tables, run, records } of await writtenTogether(store, manifest)) {
    const location: DayLocation = { kind: 'day', profile, day, generation: manifest.generation };
    const { time_zone, api_host } = manifest;
    const writing = { location, fetched: false, tables, run, records, time_zone, api_host, product, settle_hours };
    last = await writeTables(store, writing);
  }
  return last;
}

export interface WrittenTogether {
  tables: TableName[];
  run: TableRun;
  records: UnitRecord[];
}

/** A day's tables by the run that wrote them, with the records that they were made of. */
export async function writtenTogether(store: FileStore, manifest: Manifest): Promise<WrittenTogether[]> {
  const runs = new Map(Object.values(manifest.tables).map((table) => [table.run.stage.key, table]));
  return await Promise.all(
    Array.from(runs, async ([stageKey, { run, schema }]) => {
      const records = await readIndex(store, stageKey);
      const tables = TABLE_NAMES.filter((name) => manifest.tables[name]?.run.stage.key === stageKey);
      return { tables, run: schema === SCHEMA_VERSION ? run : withFlags(run, records), records };
    }),
  );
}

/** Manifests of version 1 do not say whether L1 was asked: its record does. */
function withFlags(run: TableRun, records: readonly UnitRecord[]): TableRun {
  const listed = records.find(({ resource, unit }) => resource === 'meeting_list' && unit === 'list');
  const flag = (name: string) => String(listed?.request[name]) === 'true';
  return {
    ...run,
    include_external_meetings: flag('include_external_meetings'),
    include_webinar: flag('include_webinar'),
  };
}

export interface Remade {
  /** Aside, in the scratch folder: the caller removes them. */
  files: TableFile[];
  /** What the manifest would say. */
  manifest: Omit<Manifest, 'days'>;
}

/** The tables of one run made again in `scratch`, and what the manifest would say then. Commits nothing. */
export async function remade(
  store: FileStore,
  input: { manifest: Manifest; group: WrittenTogether; product: string; settle_hours: number; scratch: FileStore },
): Promise<Remade> {
  const { manifest, group, product, settle_hours, scratch } = input;
  const { profile, day, generation, time_zone, api_host } = manifest;
  const location: DayLocation = { kind: 'day', profile, day, generation };
  const writing: Writing = { ...group, location, fetched: false, time_zone, api_host, product, settle_hours };
  const reader = new StageReader(store, time_zone);
  const builder = builderOf(reader, writing);
  const files: TableFile[] = [];
  for (const table of group.tables) files.push(await writeTable(scratch, { reader, builder, writing, table }));
  const entries: [TableName, CertifiedTable][] = [];
  for (const file of files) entries.push([file.table, await certified(builder, writing, file)]);
  return { files, manifest: mergedManifest(manifest, writing, { builder, entries, vanished: [], restatements: [] }) };
}
