/**
 * Turns the stage into a day's tables and commits them: files aside, renamed under the day's lock, the manifest last.
 * Running it again gives the same; a run that began earlier than what is committed changes nothing.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { commitFiles } from '../store/commit.ts';
import type { FileStore } from '../store/file-store.ts';
import { writeParquet } from '../store/parquet.ts';
import { TABLES, type Row, type TableName } from '../tables/columns.ts';
import { DayBuilder } from './build-day.ts';
import { parseManifest, SCHEMA_VERSION, type Manifest, type ManifestTable, type TableRun } from './manifest.ts';
import {
  manifestKey,
  resourceFolder,
  stageIndexFolder,
  stageIndexKey,
  tableKey,
  type DayPlace,
  type StageResource,
} from './places.ts';
import { isRecordKey } from './places.ts';
import { readIndex, recordsOf, writeIndex, type UnitRecord, type UnitStatus } from './records.ts';
import { stageOf, StageReader } from './stage.ts';

export const STAGE_RESOURCES: readonly StageResource[] = [
  'meeting_list',
  'participant_list',
  'participant_quality_list',
  'resource_reservation_list',
  'rooms',
];

const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** Tables that a run can be asked for; `units` comes with `quality_minutes`. */
export type IncludedTable = Exclude<TableName, 'units'>;

export interface CommitDayInput {
  place: DayPlace;
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
  const { place } = input;
  const records: UnitRecord[] = [];
  for (const resource of STAGE_RESOURCES) {
    for await (const record of recordsOf(store, place, resource)) records.push(record);
  }
  const index = await writeIndex(store, stageIndexKey(place), records);
  const run: TableRun = { ...input.run, generation: place.generation, stage: { key: index.key, sha256: index.sha256 } };
  const tables: TableName[] = input.include.flatMap((table) =>
    table === 'quality_minutes' ? ['quality_minutes', 'units'] : [table],
  );
  const committed = await writeTables(store, { ...input, tables, run, records });
  await removeSuperseded(store, place, committed.manifest);
  return committed;
}

interface Writing {
  place: DayPlace;
  tables: readonly TableName[];
  run: TableRun;
  records: UnitRecord[];
  time_zone: string;
  api_host: string;
  product: string;
}

/** The parts of a manifest that come from building; those of tables that were not built stay as they were. */
async function writeTables(store: FileStore, writing: Writing): Promise<CommittedDay> {
  const { place, tables, run, records } = writing;
  const reader = new StageReader(store, writing.time_zone);
  const builder = new DayBuilder(reader, stageOf(records), run);
  const written: { table: TableName; tempPath: string; entry: ManifestTable }[] = [];
  try {
    for (const table of tables) {
      const key = tableKey(table, place);
      const tempPath = await store.tempPath(key);
      written.push({ table, tempPath, entry: { ...EMPTY_ENTRY, key, run } });
      const counted = new UnparsedCounter(await builder.rows(table));
      const { rows, bytes, sha256, rowsHash } = await writeParquet({
        columns: TABLES[table].columns,
        rows: counted,
        sortBy: SORT[table],
        toPath: tempPath,
      });
      const seen = { extra_columns: [...reader.notes.extraColumns], missing_columns: [...reader.notes.missingColumns] };
      written.at(-1)!.entry = {
        key,
        rows,
        bytes,
        sha256,
        rows_hash: rowsHash,
        unparsed_rows: counted.unparsed,
        ...seen,
        run,
      };
    }
    return await commit(store, writing, builder, written);
  } finally {
    await Promise.all(written.map(({ tempPath }) => rm(tempPath, { force: true })));
  }
}

const EMPTY_ENTRY = {
  rows: 0,
  bytes: 0,
  sha256: '',
  rows_hash: '',
  unparsed_rows: 0,
  extra_columns: [],
  missing_columns: [],
};

/** Rows of one file stand in the order that people and readers expect: by time, then by what tells equal times apart. */
const SORT: Record<TableName, string[]> = {
  meetings: ['meeting_start_time', 'meeting_no', 'ordinal'],
  participants: ['meeting_start_time', 'meeting_key', 'join_time', 'session_key', 'ordinal'],
  quality_minutes: ['meeting_start_time', 'session_key', 'time', 'ordinal'],
  reservations: ['event_start_time', 'room_name', 'reserver', 'ordinal'],
  units: ['meeting_start_time', 'session_key', 'ordinal'],
};

class UnparsedCounter implements AsyncIterable<Row> {
  readonly #rows: Iterable<Row> | AsyncIterable<Row>;
  unparsed = 0;

  constructor(rows: Iterable<Row> | AsyncIterable<Row>) {
    this.#rows = rows;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    for await (const row of this.#rows) {
      if (row['unparsed'] !== null) this.unparsed++;
      yield row;
    }
  }
}

async function commit(
  store: FileStore,
  writing: Writing,
  builder: DayBuilder,
  written: { table: TableName; tempPath: string; entry: ManifestTable }[],
): Promise<CommittedDay> {
  const key = manifestKey(writing.place);
  const result = await commitFiles<Manifest>(store, {
    lockKey: key,
    manifestKey: key,
    files: written.map(({ tempPath, entry }) => ({ tempPath, key: entry.key, sha256: entry.sha256 })),
    buildManifest: (previous) => {
      const known = previous === null ? null : parseManifest(previous);
      if (known && known.generation > writing.place.generation) return 'superseded';
      return merged(known, writing, builder, written);
    },
  });
  if (result.status === 'committed') {
    return { manifest: result.manifest, manifestKey: key, manifestSha256: result.file.sha256, committed: true };
  }
  const inForce = await store.read(key);
  const manifest = parseManifest(JSON.parse(inForce.toString('utf8')));
  const manifestSha256 = createHash('sha256').update(inForce).digest('hex');
  return { manifest, manifestKey: key, manifestSha256, committed: false };
}

function merged(
  known: Manifest | null,
  { place, tables, records, time_zone, api_host, product }: Writing,
  builder: DayBuilder,
  written: { table: TableName; entry: ManifestTable }[],
): Manifest {
  // A gap of a table that was fetched only for another one is no gap of this run's tables, unless those lack rows by it.
  const kept = (known?.gaps ?? []).filter((gap) => !tables.includes(gap.table));
  const built = builder.gaps.list();
  const gaps = [...built, ...kept.filter((old) => !built.some((gap) => gap.table === old.table))];
  const withQuality = tables.includes('units');
  const ofThisRun = records.filter((record) => record.generation === place.generation);
  return {
    version: SCHEMA_VERSION,
    product,
    profile: place.profile,
    day: place.day,
    time_zone,
    api_host,
    generation: place.generation,
    committed_at: new Date().toISOString(),
    complete: gaps.length === 0,
    tables: { ...known?.tables, ...Object.fromEntries(written.map(({ table, entry }) => [table, entry])) },
    units: withQuality ? builder.units : (known?.units ?? countLists(records)),
    gaps,
    calls: sumOfCalls(ofThisRun),
    unknown_creates: ofThisRun.reduce((sum, record) => sum + record.unknown_creates, 0),
    reconciliation: { ...known?.reconciliation, ...builder.reconciliation },
  };
}

/** Without quality, the units of a day are its lists. */
function countLists(records: UnitRecord[]): Partial<Record<UnitStatus, number>> {
  const counts: Partial<Record<UnitStatus, number>> = {};
  for (const { resource, status } of records) {
    if (resource === 'participant_list' || resource === 'resource_reservation_list')
      counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

function sumOfCalls(records: UnitRecord[]): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const record of records) {
    for (const [endpoint, count] of Object.entries(record.calls)) calls[endpoint] = (calls[endpoint] ?? 0) + count;
  }
  return calls;
}

/** Raw files that neither a committed table nor a unit's record was made of are of no use any more. */
async function removeSuperseded(store: FileStore, place: DayPlace, manifest: Manifest): Promise<void> {
  const indexes = new Set(Object.values(manifest.tables).map((table) => table.run.stage.key));
  const needed = new Set<string>();
  for (const key of indexes) {
    for (const record of await readIndex(store, key)) for (const file of record.files) needed.add(file.key);
  }
  for (const resource of STAGE_RESOURCES) {
    for await (const record of recordsOf(store, place, resource)) for (const file of record.files) needed.add(file.key);
  }
  for await (const key of store.list(stageIndexFolder(place))) if (!indexes.has(key)) await store.remove(key);
  for (const resource of STAGE_RESOURCES) {
    for await (const key of store.list(resourceFolder(place, resource))) {
      if (!isRecordKey(key) && !needed.has(key)) await store.remove(key);
    }
  }
}

/** Writes the tables of a committed day again from its raw files, without a call. Null where the day was never committed. */
export async function rebuildDay(
  store: FileStore,
  { profile, day, product }: { profile: string; day: string; product: string },
): Promise<CommittedDay | null> {
  const key = manifestKey({ profile, day });
  if (!(await store.exists(key))) return null;
  let manifest = parseManifest(await store.readJson(key));
  let last: CommittedDay | null = null;
  const runs = new Map(Object.values(manifest.tables).map((table) => [table.run.stage.key, table.run]));
  for (const [stageKey, run] of runs) {
    const place: DayPlace = { kind: 'day', profile, day, generation: manifest.generation };
    const { time_zone, api_host } = manifest;
    const records = await readIndex(store, stageKey);
    const tables = TABLE_NAMES.filter((name) => manifest.tables[name]?.run.stage.key === stageKey);
    last = await writeTables(store, { place, tables, run, records, time_zone, api_host, product });
    manifest = last.manifest;
  }
  return last;
}
