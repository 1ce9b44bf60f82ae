/**
 * Turns the stage into a day's tables and commits them: files aside, renamed under the day's lock, the manifest last.
 * Running it again gives the same; a run that began earlier than what is committed changes nothing.
 */
import { rm } from 'node:fs/promises';
import { addCounts } from '../model/units.ts';
import { commitFiles, type FileToCommit } from '../store/commit.ts';
import { StoreError } from '../store/errors.ts';
import { discard, hasHash } from '../store/file-io.ts';
import type { HeldLock, Store } from '../store/store.ts';
import type { TableName } from '../tables/columns.ts';
import type { Policy } from '../tables/privacy.ts';
import { writeDaysFile } from './days-table.ts';
import type { DayBuilder } from './build-day.ts';
import { HeldLines } from './held-lines.ts';
import { HeldRecords } from './held-records.ts';
import { countOf, isAskedFor, removeFiles, RunReading, type AskedRun, type MadeTables } from './make-tables.ts';
import {
  findManifest,
  isByRulesOf,
  parseManifest,
  readManifest,
  type CertifiedTable,
  type Manifest,
  type Restatement,
  type TableRun,
} from './manifest.ts';
import { composed, toldIn, type Tables } from './merge-manifest.ts';
import { askedAlike, asksAllOf } from './questions.ts';
import { recordsOf } from './records.ts';
import { writeIndex } from './stage-index.ts';
import { isPart, lastAnswer, lostOf, type Lost } from './unit-record.ts';
import { isUnreadable, orNull, withoutDamaged, withoutDropped } from './lost-answers.ts';
import { restatementsOf, type WithRowsBefore } from './restatement.ts';
import { manifestKey, packFolder, STAGE_RESOURCES, stageIndexKey, type DayLocation } from './storage-keys.ts';
import { tidyDay } from './pack-day.ts';
import { readPackList } from './raw-packs.ts';
import { heldIndex, type JustRead } from './superseded.ts';
import type { TableFile } from './table-files.ts';

const RESTATEMENTS_KEPT = 20;

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
  privacy: Policy;
  run: Omit<TableRun, 'generation' | 'stage'>;
  /** Told why the raw files of the committed day were not tidied up; without it that is thrown. */
  onNotTidied?: (error: unknown) => void;
}

export interface CommittedDay {
  manifest: Manifest;
  manifestKey: string;
  manifestSha256: string;
  /** False where a later run had committed already: `manifest` is then that run's. */
  committed: boolean;
}

export async function commitDay(store: Store, input: CommitDayInput): Promise<CommittedDay> {
  const { location, onNotTidied } = input;
  const justRead: JustRead = { indexKey: stageIndexKey(location), versions: new HeldLines() };
  const committed = await commitStage(store, input, justRead);
  await tidyDay(store, location, { manifest: committed.manifest, justRead, onNotTidied });
  return committed;
}

/** What is held of the stage goes with it. */
async function commitStage(store: Store, input: CommitDayInput, { versions }: JustRead): Promise<CommittedDay> {
  const { location } = input;
  // Before the answers: whoever is erased meanwhile is in them.
  const known = await readManifest(store, location);
  const records = new HeldRecords();
  for (const resource of STAGE_RESOURCES) {
    const reading = recordsOf(store, location, resource, (record, { key, version }) => {
      if (!isPart(record) && lastAnswer(record).generation <= location.generation)
        versions.add(JSON.stringify([key, version]));
    });
    for await (const record of reading) if (!isPart(record)) records.add(record);
  }
  const commit = async (those: HeldRecords) => await commitRecords(store, { input, known, records: those });
  return await commit(records).catch(async (error: unknown) => {
    if (!isUnreadable(error)) throw error;
    // Or they went by policy since, which is told there.
    return await commit(await withoutDamaged(store, records));
  });
}

interface Commit {
  input: CommitDayInput;
  known: Manifest | null;
  records: HeldRecords;
}

async function commitRecords(store: Store, { input, known, records: all }: Commit): Promise<CommittedDay> {
  const { location } = input;
  const records = await withoutDropped(store, location, all);
  const index = await writeIndex(store, stageIndexKey(location), records.lines);
  const run: TableRun = {
    ...input.run,
    generation: location.generation,
    stage: { key: index.key, sha256: index.sha256 },
  };
  return await commitRun(store, { input, known, asked: { ...input, ...location, run, records } });
}

async function commitRun(
  store: Store,
  { input, known, asked }: { input: CommitDayInput; known: Manifest | null; asked: AskedRun },
): Promise<CommittedDay> {
  const looked = new RunReading(store, asked);
  const wanted = tablesOf(input.include);
  const kept = await keptTables(store, looked, { tables: wanted, known, asked });
  const tables = wanted.filter((table) => !kept.has(table));
  // What was read of those that stay as they are is said of no table that is written.
  const reading = kept.size === 0 ? looked : new RunReading(store, asked);
  const made = await reading.make(store, { tables, write: tables });
  try {
    const withBefore: WithRowsBefore = async (table, compare) =>
      await withRowsBefore(store, { known, table, asked }, compare);
    const restatements = await restatementsOf(known, made.files, { withBefore, privacy: input.privacy });
    const committing = { input, asked, made, kept, restatements, isFresh: isFresh(reading, asked) };
    return await putInForce(store, {
      location: input.location,
      files: made.files,
      manifest: (inForce) => {
        assertNobodyErased(known, inForce);
        return manifestAfter(inForce, committing);
      },
    });
  } finally {
    await removeFiles(made.files);
  }
}

/** What was read of a day's answers before may have who is not to be there any more. @throws StoreError `busy` */
export function assertNobodyErased(read: Manifest | null, inForce: Manifest | null): void {
  if (inForce === null || inForce.erased.length === (read?.erased.length ?? 0)) return;
  throw new StoreError('busy', `Somebody was erased from ${inForce.day} while its tables were made: try again.`);
}

function isFresh({ builder }: RunReading, { run }: AskedRun): boolean {
  return builder.certificate.isFresh(run.generation);
}

/** Why a table stays as it is, as its entry in the manifest says it; false: nothing has come up against it. */
type Kept = CertifiedTable['vanished'];

/**
 * Tables that stay as they are. An empty answer where rows were known does not erase them, and the day shows the gap. Without
 * its meetings a day has no participants and no minutes either. Rows of another question were not known of this one: what
 * counts is what the answers that a table was made of say to the question of now.
 */
async function keptTables(
  store: Store,
  { builder }: RunReading,
  { tables, known, asked }: { tables: readonly TableName[]; known: Manifest | null; asked: AskedRun },
): Promise<Map<TableName, Kept>> {
  const kept = new Map<TableName, Kept>();
  const lacking = await lackingTables(store, builder, { tables, known, asked });
  for (const table of tables) {
    const entry = known?.tables[table];
    if (!entry || entry.rows === 0) continue;
    const why = lacking.get(table);
    if (why !== undefined) {
      kept.set(table, why === 'answers damaged' || isAskedFor(asked, table) ? why : entry.vanished);
      continue;
    }
    const answered = (await answeredRows(builder, table)).length;
    // Rows that only a wider question has say nothing of what the narrower one had.
    const isWider = asksAllOf(table, entry.run, asked.run) && !asksAllOf(table, asked.run, entry.run);
    if (answered > 0 && !(isWider && (await answeredByFormer(store, table, { entry, asked })) === 0)) continue;
    const before = await readingOf(store, entry, {
      ...asked,
      // The same meetings come with either kind of id.
      run: { ...asked.run, user_id_type: entry.run.user_id_type },
    });
    const former = before && (await orNull(() => answeredRows(before.builder, table)));
    if (!former || former.length > 0) kept.set(table, true);
  }
  return kept;
}

/**
 * The committed tables with rows that nobody can make again, since answers to them are lost, of which not all came again. Where
 * some cannot be read and there is more to tell all the same, the table is made of the others. Of a day whose answers went by
 * policy it is so too where all questions were answered, and the answers have less: some question failed, something lacks, or
 * there are fewer rows.
 */
async function lackingTables(
  store: Store,
  builder: DayBuilder,
  { tables, known, asked }: { tables: readonly TableName[]; known: Manifest | null; asked: AskedRun },
): Promise<Map<TableName, Lost>> {
  const lacking = new Map<TableName, Lost>();
  const dropped = (await readPackList(store, packFolder(asked)))?.dropped ?? null;
  if (dropped === null && !isLacking(asked.records)) return lacking;
  const rows = new Map<TableName, number>();
  for (const table of tables) rows.set(table, await countOf(await builder.rows(table)));
  for (const table of tables) {
    const entry = known?.tables[table];
    if (!entry) continue;
    const lost = await builder.lost(table);
    const wentBefore = dropped !== null && entry.run.generation <= dropped.generation;
    const isMore = rows.get(table)! > entry.rows;
    if (lost === 'answers damaged' && isMore) continue;
    if (lost !== null) lacking.set(table, lost);
    else if (wentBefore && (rows.get(table)! < entry.rows || !(await isWhole(builder, table))))
      lacking.set(table, 'answers dropped');
  }
  return lacking;
}

function isLacking(records: HeldRecords): boolean {
  for (const record of records) if (lostOf(record) !== null) return true;
  return false;
}

async function isWhole(builder: DayBuilder, table: TableName): Promise<boolean> {
  return (await builder.isAnswered(table)) && !builder.gaps().some((gap) => gap.table === table);
}

/** How many rows of the answers of now the former question would have. */
async function answeredByFormer(
  store: Store,
  table: TableName,
  { entry, asked }: { entry: CertifiedTable; asked: AskedRun },
): Promise<number> {
  const { include_external_meetings, include_webinar, enrich } = entry.run;
  const run = { ...asked.run, include_external_meetings, include_webinar, enrich };
  return (await answeredRows(new RunReading(store, { ...asked, run }).builder, table)).length;
}

/** Rows of the answer without which the table would have none. */
async function answeredRows(builder: DayBuilder, table: TableName): Promise<unknown[]> {
  return table === 'reservations' ? await builder.reservations() : await builder.meetings();
}

/** The answers that a committed table was made of, read as they are asked for. Null where they cannot be read any more. */
async function readingOf(store: Store, { run }: CertifiedTable, asked: AskedRun): Promise<RunReading | null> {
  const records = (await store.exists(run.stage.key)) ? await heldIndex(store, run.stage.key) : null;
  return records && new RunReading(store, { ...asked, records });
}

/**
 * Gives `compare` the committed rows of a table, by the rules of today: those of another version are made again from what they
 * were made of, and so are those whose file a commit that was cut off has replaced. Null where there are none.
 */
async function withRowsBefore<T>(
  store: Store,
  { known, table, asked }: { known: Manifest | null; table: TableName; asked: AskedRun },
  compare: (path: string) => Promise<T>,
): Promise<T | null> {
  const entry = known?.tables[table];
  if (!entry) return null;
  if (isByRulesOf(asked, entry)) {
    const compared = await store.withLocalFiles([entry.key], async (pathOf) => {
      const path = pathOf(entry.key);
      return (await hasHash(path, entry.sha256)) ? { value: await compare(path) } : null;
    });
    if (compared !== null) return compared.value;
  }
  const before = await readingOf(store, entry, { ...asked, run: entry.run });
  if (before === null) return null;
  const written = await orNull(() => before.write(store, table));
  if (written === null) return null;
  const { tempPath } = written;
  try {
    return await compare(tempPath);
  } finally {
    await discard(tempPath);
  }
}

interface Committing {
  input: CommitDayInput;
  asked: AskedRun;
  made: MadeTables;
  /** Those that stay as they are. */
  kept: ReadonlyMap<TableName, Kept>;
  restatements: Restatement[];
  /** Every list behind the tables was asked for by this run. */
  isFresh: boolean;
}

function manifestAfter(known: Manifest | null, committing: Committing): Omit<Manifest, 'days'> {
  const { input, asked, made, kept, restatements } = committing;
  const { location, product, time_zone, api_host } = input;
  const tables: Tables = { ...known?.tables, ...Object.fromEntries(made.entries) };
  for (const [name, vanished] of kept) {
    const entry = tables[name];
    // One that the day never had stays away: what it takes went by policy, and did not come again.
    if (entry) tables[name] = { ...entry, vanished, settled: entry.settled && vanished === false };
  }
  const told = { ...(known ? toldIn(known) : {}), [asked.run.stage.key]: made.told };
  const facts = {
    product,
    profile: location.profile,
    day: location.day,
    time_zone,
    api_host,
    generation: location.generation,
    committed_at: new Date().toISOString(),
    sealed: isSealed(known, tables, committing),
    ...sumsOfRun(asked),
    erased: known?.erased ?? [],
    restatements: [...restatements, ...(known?.restatements ?? [])].slice(0, RESTATEMENTS_KEPT),
  };
  return composed(facts, tables, told);
}

function sumsOfRun({ records, run }: AskedRun): Pick<Manifest, 'calls' | 'unknown_creates'> {
  const sums = records.sumsOf(run.generation);
  const calls: Record<string, number> = {};
  for (const each of sums.calls.values()) addCounts(calls, each);
  return { calls, unknown_creates: sums.unknown_creates };
}

/**
 * Every list behind every table of the day was asked again, alike, and gave the same rows as the look before, at which the
 * day was whole: a look that came too early, or met a failure, is none. A sealed day stays sealed where a run comes to the
 * same rows, whatever of it was asked again.
 */
function isSealed(known: Manifest | null, tables: Tables, { made, isFresh: areFresh }: Committing): boolean {
  if (known?.complete !== true || !(areFresh || known.sealed)) return false;
  const now = new Map(made.entries);
  return (Object.keys(tables) as TableName[]).every((name) => {
    const [before, entry] = [known.tables[name], now.get(name)];
    if (!before) return false;
    if (!entry) return known.sealed;
    return entry.rows_hash === before.rows_hash && askedAlike(name, before.run, entry.run);
  });
}

/** Files, the rows of `days` and the manifest, which is made under the lock from the one that is in force then. */
export async function putInForce(
  store: Store,
  {
    location,
    held,
    files,
    manifest,
  }: {
    location: DayLocation;
    /** The lock of the day's manifest, where the caller holds it. */
    held?: HeldLock;
    files: readonly TableFile[];
    manifest: (inForce: Manifest | null) => Omit<Manifest, 'days'>;
  },
): Promise<CommittedDay> {
  const key = manifestKey(location);
  const daysFiles: FileToCommit[] = [];
  try {
    const result = await commitFiles<Manifest>(store, {
      lockKey: key,
      ...(held && { held }),
      manifestKey: key,
      files: files.map(({ tempPath, entry }) => ({ tempPath, key: entry.key, sha256: entry.sha256 })),
      buildManifest: async (previous) => {
        const known = previous === null ? null : parseManifest(previous, location);
        if (known && known.generation > location.generation) return 'superseded';
        const next = manifest(known);
        const { tempPath, file } = await writeDaysFile(store, next);
        daysFiles.push({ tempPath, ...file });
        return { ...next, days: file };
      },
      filesOfManifest: () => daysFiles,
    });
    if (result.status === 'committed') {
      return { manifest: result.manifest, manifestKey: key, manifestSha256: result.file.sha256, committed: true };
    }
  } finally {
    await Promise.all(daysFiles.map(({ tempPath }) => rm(tempPath, { force: true })));
  }
  const inForce = await findManifest(store, location);
  if (!inForce) throw new Error('a later commit was found, and then not');
  return { manifest: inForce.manifest, manifestKey: key, manifestSha256: inForce.sha256, committed: false };
}
