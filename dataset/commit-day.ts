/**
 * Turns the stage into a day's tables and commits them: files aside, renamed under the day's lock, the manifest last.
 * Running it again gives the same; a run that began earlier than what is committed changes nothing.
 */
import { rm } from 'node:fs/promises';
import { commitFiles } from '../store/commit.ts';
import type { FileStore } from '../store/file-store.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import { DayBuilder } from './build-day.ts';
import {
  findManifest,
  parseManifest,
  readManifest,
  SCHEMA_VERSION,
  type Manifest,
  type Restatement,
  type TableRun,
} from './manifest.ts';
import {
  isRecordKey,
  manifestKey,
  resourceFolder,
  stageIndexFolder,
  stageIndexKey,
  type DayLocation,
  type StageResource,
} from './storage-keys.ts';
import { readIndex, recordsOf, sumOfCalls, writeIndex, type UnitRecord } from './records.ts';
import { isSealed, restatementsOf } from './restatement.ts';
import { stageOf, StageReader } from './stage.ts';
import { writeTableFile, type TableFile } from './table-files.ts';

const STAGE_RESOURCES: readonly StageResource[] = [
  'meeting_list',
  'participant_list',
  'participant_quality_list',
  'resource_reservation_list',
  'rooms',
];

const TABLE_NAMES = Object.keys(TABLES) as TableName[];

const RESTATEMENTS_KEPT = 20;

/** Tables that a run can be asked for; `units` comes with `quality_minutes`. */
export type IncludedTable = Exclude<TableName, 'units'>;

export interface CommitDayInput {
  location: DayLocation;
  include: readonly IncludedTable[];
  time_zone: string;
  api_host: string;
  product: string;
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
  const tables: TableName[] = input.include.flatMap((table) =>
    table === 'quality_minutes' ? ['quality_minutes', 'units'] : [table],
  );
  const committed = await writeTables(store, { ...input, fetched: true, tables, run, records });
  await removeSuperseded(store, location, committed.manifest);
  return committed;
}

interface Writing {
  location: DayLocation;
  /** False for a rebuild: what differs then differs by the rules, not by what Feishu says. */
  fetched: boolean;
  tables: readonly TableName[];
  run: TableRun;
  records: UnitRecord[];
  time_zone: string;
  api_host: string;
  product: string;
}

async function writeTables(store: FileStore, writing: Writing): Promise<CommittedDay> {
  const { location, run, records } = writing;
  const { profile, day } = location;
  const known = await readManifest(store, location);
  const reader = new StageReader(store, writing.time_zone);
  const builder = new DayBuilder(reader, stageOf(records), run);
  const { tables, vanished } = await withoutVanished(builder, writing.tables, known);
  const files: TableFile[] = [];
  try {
    for (const table of tables) {
      const rows = await builder.rows(table);
      files.push(await writeTableFile(store, { table, profile, day, rows, run, notes: reader.notesOf(table) }));
    }
    const restatements = writing.fetched ? await restatementsOf(store, known, files) : [];
    return await commit(store, writing, { builder, files, vanished, restatements });
  } finally {
    await Promise.all(files.map(({ tempPath }) => rm(tempPath, { force: true })));
  }
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
  if (tables.some((table) => table !== 'reservations') && knownRows('meetings') > 0) {
    if ((await builder.meetings()).length === 0) {
      for (const table of tables) if (table !== 'reservations' && knownRows(table) > 0) vanished.add(table);
    }
  }
  if (tables.includes('reservations') && knownRows('reservations') > 0 && (await builder.reservations()).length === 0) {
    vanished.add('reservations');
  }
  return { tables: tables.filter((table) => !vanished.has(table)), vanished: [...vanished] };
}

interface Built {
  builder: DayBuilder;
  files: TableFile[];
  vanished: TableName[];
  restatements: Restatement[];
}

async function commit(store: FileStore, writing: Writing, built: Built): Promise<CommittedDay> {
  const key = manifestKey(writing.location);
  const result = await commitFiles<Manifest>(store, {
    lockKey: key,
    manifestKey: key,
    files: built.files.map(({ tempPath, entry }) => ({ tempPath, key: entry.key, sha256: entry.sha256 })),
    buildManifest: (previous) => {
      const known = previous === null ? null : parseManifest(previous);
      if (known && known.generation > writing.location.generation) return 'superseded';
      return merged(known, writing, built);
    },
  });
  if (result.status === 'committed') {
    return { manifest: result.manifest, manifestKey: key, manifestSha256: result.file.sha256, committed: true };
  }
  const inForce = await findManifest(store, writing.location);
  if (!inForce) throw new Error('a later commit was found, and then not');
  return { manifest: inForce.manifest, manifestKey: key, manifestSha256: inForce.sha256, committed: false };
}

function merged(known: Manifest | null, writing: Writing, { builder, files, vanished, restatements }: Built): Manifest {
  const { location, records, time_zone, api_host, product } = writing;
  for (const table of vanished)
    builder.gaps.add(table, 'vanished: an empty answer where rows were known; they are kept');
  const built = builder.gaps.list();
  const kept = (known?.gaps ?? []).filter(
    (old) => !writing.tables.includes(old.table) && !built.some((gap) => gap.table === old.table),
  );
  const gaps = [...built, ...kept];
  const ofThisRun = records.filter((record) => record.generation === location.generation);
  const withUnits = files.some(({ table }) => table === 'units');
  const keepsUnits = !withUnits && known?.tables.units !== undefined;
  return {
    version: SCHEMA_VERSION,
    product,
    profile: location.profile,
    day: location.day,
    time_zone,
    api_host,
    generation: location.generation,
    committed_at: new Date().toISOString(),
    complete: gaps.length === 0,
    sealed: writing.fetched ? isSealed(known, files, { run: writing.run, gaps }) : (known?.sealed ?? false),
    tables: { ...known?.tables, ...Object.fromEntries(files.map(({ table, entry }) => [table, entry])) },
    // Without quality, the units of a day are its lists.
    units: keepsUnits ? known.units : withUnits ? builder.units : builder.lists,
    gaps,
    calls: sumOfCalls(ofThisRun),
    unknown_creates: ofThisRun.reduce((sum, record) => sum + record.unknown_creates, 0),
    reconciliation: builder.reconciliation ?? known?.reconciliation ?? {},
    restatements: [...restatements, ...(known?.restatements ?? [])].slice(0, RESTATEMENTS_KEPT),
  };
}

/** Raw files that neither a committed table nor a unit's record was made of are of no use any more. */
async function removeSuperseded(store: FileStore, location: DayLocation, manifest: Manifest): Promise<void> {
  const indexes = new Set(Object.values(manifest.tables).map((table) => table.run.stage.key));
  const needed = new Set<string>();
  for (const key of indexes) {
    for (const record of await readIndex(store, key)) for (const file of record.files) needed.add(file.key);
  }
  for (const resource of STAGE_RESOURCES) {
    for await (const record of recordsOf(store, location, resource))
      for (const file of record.files) needed.add(file.key);
  }
  for await (const key of store.list(stageIndexFolder(location))) if (!indexes.has(key)) await store.remove(key);
  for (const resource of STAGE_RESOURCES) {
    for await (const key of store.list(resourceFolder(location, resource))) {
      if (!isRecordKey(key) && !needed.has(key)) await store.remove(key);
    }
  }
}

/** Writes the tables of a committed day again from its raw files, without a call. Null where the day was never committed. */
export async function rebuildDay(
  store: FileStore,
  { profile, day, product }: { profile: string; day: string; product: string },
): Promise<CommittedDay | null> {
  const manifest = await readManifest(store, { profile, day });
  if (!manifest) return null;
  let last: CommittedDay | null = null;
  const runs = new Map(Object.values(manifest.tables).map((table) => [table.run.stage.key, table.run]));
  for (const [stageKey, run] of runs) {
    const location: DayLocation = { kind: 'day', profile, day, generation: manifest.generation };
    const { time_zone, api_host } = manifest;
    const records = await readIndex(store, stageKey);
    const tables = TABLE_NAMES.filter((name) => manifest.tables[name]?.run.stage.key === stageKey);
    last = await writeTables(store, { location, fetched: false, tables, run, records, time_zone, api_host, product });
  }
  return last;
}
