/**
 * Whether a committed day is what its manifest says, from files alone: the bytes of every file, the keys of the tables and
 * how they join, and the rows and gaps themselves, made again from the raw files.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { StoreError } from '../store/errors.ts';
import type { FileStore } from '../store/file-store.ts';
import { parquetInfo, readParquet, type Row } from '../store/parquet.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import { remade, writtenTogether, type Remade } from './commit-day.ts';
import { DAYS_COLUMNS, daysRows } from './days-table.ts';
import { findManifest, ManifestShapeError, SCHEMA_VERSION, type CertifiedTable, type Manifest } from './manifest.ts';
import { readIndex, type UnitRecord } from './records.ts';
import { manifestKey, tableFolder, tableKey } from './storage-keys.ts';

export interface Problem {
  /** Of the file that does not hold, relative to DATA_URL. */
  key: string;
  problem: string;
}

export interface VerifyInput {
  profile: string;
  day: string;
  product: string;
  settle_hours: number;
  /** Where rows are made again: the store itself is only read. */
  scratch: FileStore;
}

/** @returns null where the day was never committed and no file of it is there; else what does not hold */
export async function verifyDay(store: FileStore, input: VerifyInput): Promise<Problem[] | null> {
  const found = await readable(manifestKey(input), () => findManifest(store, input));
  if ('problem' in found) return [found];
  const strays = await strayFiles(store, input, found.value?.manifest ?? null);
  if (!found.value) return strays.length === 0 ? null : strays;
  const problems = [...strays, ...(await problemsOf(store, input, found.value.manifest))];
  if (problems.length === 0) return problems;
  // A commit may have come in between: what is judged then is the day as it is now.
  const now = await readable(manifestKey(input), () => findManifest(store, input));
  const isSame = 'value' in now && now.value?.sha256 === found.value.sha256;
  return isSame ? problems : await verifyDay(store, input);
}

async function problemsOf(store: FileStore, input: VerifyInput, manifest: Manifest): Promise<Problem[]> {
  const key = manifestKey(input);
  if (manifest.day !== input.day || manifest.profile !== input.profile) {
    return [{ key, problem: `it is the manifest of ${manifest.day} of profile ${manifest.profile}` }];
  }
  const problems: Problem[] = [];
  if (manifest.complete !== (manifest.gaps.length === 0)) {
    problems.push({ key, problem: 'it says complete and names gaps, or the reverse' });
  }
  const tables = Object.entries(manifest.tables) as [TableName, CertifiedTable][];
  for (const [table, entry] of tables) problems.push(...(await tableProblems(store, input, { table, entry })));
  problems.push(...(await daysProblems(store, manifest)));
  problems.push(...(await rawProblems(store, manifest)));
  // What follows reads the files: where they are not whole there is nothing to compare.
  if (problems.length > 0) return problems;
  return [...(await joinProblems(store, manifest)), ...(await differences(store, input, manifest))];
}

/** The value, or why it cannot be read. */
async function readable<T>(key: string, read: () => Promise<T>): Promise<{ value: T } | Problem> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'unavailable') throw error;
    return { key, problem: `it cannot be read: ${wordsOf(error)}` };
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ManifestShapeError) {
    return `its fields are not the documented ones (${error.wrong.join(', ')})`;
  }
  return error instanceof StoreError && error.code === 'not-found' ? 'it is not there' : 'it is damaged';
}

/** Files that a glob over the tables finds and no manifest names. */
async function strayFiles(
  store: FileStore,
  { profile, day }: VerifyInput,
  manifest: Manifest | null,
): Promise<Problem[]> {
  const named = new Set<string>(Object.values(manifest?.tables ?? {}).map(({ key }) => key));
  if (manifest?.days) named.add(manifest.days.key);
  const strays: Problem[] = [];
  for (const table of [...Object.keys(TABLES), 'days'] as (TableName | 'days')[]) {
    for await (const key of store.list(tableFolder(table, { profile, day }))) {
      if (!named.has(key)) strays.push({ key, problem: 'no manifest names it' });
    }
  }
  return strays;
}

async function tableProblems(
  store: FileStore,
  { profile, day }: VerifyInput,
  { table, entry }: { table: TableName; entry: CertifiedTable },
): Promise<Problem[]> {
  const { key } = entry;
  if (key !== tableKey(table, { profile, day }))
    return [{ key, problem: `it is not where ${table} of the day belongs` }];
  const info = await readable(key, () => parquetInfo(store.path(key)));
  if ('problem' in info) return [info];
  const { sha256, bytes, rows } = info.value;
  if (sha256 !== entry.sha256 || bytes !== entry.bytes) return [{ key, problem: 'its bytes are not those committed' }];
  if (rows !== entry.rows) return [{ key, problem: `it has ${rows} rows, the manifest says ${entry.rows}` }];
  return [];
}

async function daysProblems(store: FileStore, manifest: Manifest): Promise<Problem[]> {
  const { days } = manifest;
  if (!days)
    return [
      { key: tableKey('days', manifest), problem: 'it is not there: the day is of an earlier version, rebuild it' },
    ];
  const info = await readable(days.key, () => parquetInfo(store.path(days.key)));
  if ('problem' in info) return [info];
  if (info.value.sha256 !== days.sha256) return [{ key: days.key, problem: 'its bytes are not those committed' }];
  const rows = await readAll(
    store.path(days.key),
    DAYS_COLUMNS.map(({ name }) => name),
  );
  const isSame = textOf(rows) === textOf(daysRows(manifest).map(withoutDecimals));
  return isSame ? [] : [{ key: days.key, problem: 'its rows are not what the manifest says' }];
}

/** A whole second is written without decimals. */
function withoutDecimals(row: Row): Row {
  return { ...row, committed_at: String(row['committed_at']).replace(/\.?0*Z$/, 'Z') };
}

function textOf(rows: Row[]): string {
  const lines = rows.map((row) => JSON.stringify(DAYS_COLUMNS.map(({ name }) => row[name] ?? null)));
  return lines.toSorted().join('\n');
}

async function readAll(path: string, columns: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readParquet(path, { columns })) rows.push(row);
  return rows;
}

/** The records that tables were made of, and the files that these name. */
async function rawProblems(store: FileStore, manifest: Manifest): Promise<Problem[]> {
  const problems: Problem[] = [];
  const indexes = new Map(Object.values(manifest.tables).map(({ run }) => [run.stage.key, run.stage.sha256]));
  for (const [key, sha256] of indexes) {
    const found = await readable(key, async () => ({
      sha256: await hashOf(store, key),
      records: await readIndex(store, key),
    }));
    if ('problem' in found) problems.push(found);
    else if (found.value.sha256 !== sha256)
      problems.push({ key, problem: 'it is not the index that the tables were made of' });
    else problems.push(...(await fileProblems(store, found.value.records)));
  }
  return problems;
}

async function fileProblems(store: FileStore, records: readonly UnitRecord[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const file of records.flatMap(({ files }) => files)) {
    const found = await readable(file.key, () => hashOf(store, file.key));
    if ('problem' in found) problems.push(found);
    else if (found.value !== file.sha256) problems.push({ key: file.key, problem: 'its bytes are not those received' });
  }
  return problems;
}

async function hashOf(store: FileStore, key: string): Promise<string> {
  return createHash('sha256')
    .update(await store.read(key))
    .digest('hex');
}

/** Keys are there and unique, and what names a meeting or session of another table finds it. */
async function joinProblems(store: FileStore, manifest: Manifest): Promise<Problem[]> {
  const problems: Problem[] = [];
  const keysOf = async (table: TableName, column: string) => {
    const entry = manifest.tables[table];
    if (!entry) return null;
    return (await readAll(store.path(entry.key), [column])).map((row) => row[column] ?? null);
  };
  for (const table of Object.keys(manifest.tables) as TableName[]) {
    const keys = (await keysOf(table, 'row_key')) ?? [];
    const { key } = manifest.tables[table]!;
    if (keys.includes(null)) problems.push({ key, problem: 'a row has no row_key' });
    if (new Set(keys).size !== keys.length) problems.push({ key, problem: 'two rows have one row_key' });
  }
  const joins = [
    ['participants', 'meetings', 'meeting_key'],
    ['units', 'participants', 'session_key'],
    ['quality_minutes', 'units', 'session_key'],
  ] as const;
  for (const [table, upstream, column] of joins) {
    const isKnownToDiffer = manifest.gaps.some((gap) => gap.kind === 'tables-differ');
    const [own, others] = [await keysOf(table, column), await keysOf(upstream, column)];
    if (!own || !others || isKnownToDiffer) continue;
    const known = new Set(others);
    const lost = own.filter((each) => !known.has(each)).length;
    const problem = `${lost} rows have a ${column} that ${upstream} has not`;
    if (lost > 0) problems.push({ key: manifest.tables[table]!.key, problem });
  }
  return problems;
}

/** Rows and gaps made again from the raw files, where this version has written the tables. */
async function differences(store: FileStore, input: VerifyInput, manifest: Manifest): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const group of await writtenTogether(store, manifest)) {
    const isOurs = ({ product, schema }: CertifiedTable) => product === input.product && schema === SCHEMA_VERSION;
    if (!group.tables.every((table) => isOurs(manifest.tables[table]!))) continue;
    const again = await remade(store, { manifest, group, ...input });
    try {
      problems.push(...compared(manifest, group.tables, again));
    } finally {
      await Promise.all(again.files.map(({ tempPath }) => rm(tempPath, { force: true })));
    }
  }
  return problems;
}

function compared(manifest: Manifest, tables: readonly TableName[], { files, manifest: again }: Remade): Problem[] {
  const problems: Problem[] = [];
  for (const { table, entry } of files) {
    const { key, rows_hash, rows } = manifest.tables[table]!;
    if (entry.rows_hash === rows_hash) continue;
    const problem = `its ${rows} rows are not the ${entry.rows} that the raw files give`;
    problems.push({ key, problem });
  }
  const key = manifestKey(manifest);
  const gapsOf = (of: Pick<Manifest, 'gaps'>) =>
    JSON.stringify(
      of.gaps
        .filter(({ table }) => tables.includes(table))
        .map(({ table, kind, reason, count }) => [table, kind, reason, count].join(' '))
        .toSorted(),
    );
  if (gapsOf(manifest) !== gapsOf(again))
    problems.push({ key, problem: 'its gaps are not those that the answers have' });
  for (const table of tables) {
    const [was, is] = [manifest.tables[table]!, again.tables[table]!];
    if (was.settled !== is.settled)
      problems.push({ key, problem: `it says of ${table} that it is settled, or not, wrongly` });
  }
  if (manifest.sealed && !(again.complete && again.settled))
    problems.push({ key, problem: 'it says sealed of a day that is not' });
  return problems;
}
