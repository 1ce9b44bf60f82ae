/**
 * Whether a committed day is what its manifest says, from files alone: the bytes of every file, the keys of the tables and
 * how they join, and the rows and gaps themselves, made again from the raw files.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Store } from '../store/store.ts';
import { parquetInfo, readParquet, type Row } from '../store/parquet.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import type { Policy } from '../tables/privacy.ts';
import { DAYS_COLUMNS, daysRows } from './days-table.ts';
import { droppedAnswers } from './drop-answers.ts';
import { removeFiles } from './make-tables.ts';
import { findManifest, isByRulesOf, type CertifiedTable, type Manifest } from './manifest.ts';
import { remadeDay } from './rebuild-day.ts';
import { manifestKey, tableFolder, tableKey } from './storage-keys.ts';
import { rowsHashOf } from './table-files.ts';
import { readable, type Problem } from './verify-problem.ts';
import { rawProblems } from './verify-raw.ts';

export interface VerifyInput {
  profile: string;
  day: string;
  product: string;
  settle_hours: number;
  /** The policy in force: a day that was written under another one is told. */
  privacy: Policy;
  /** Where rows are made again: the store itself is only read. */
  scratch: Store;
}

/** @returns null where the day was never committed and no file of it is there; else what does not hold */
export async function verifyDay(store: Store, input: VerifyInput): Promise<Problem[] | null> {
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

async function problemsOf(store: Store, input: VerifyInput, manifest: Manifest): Promise<Problem[]> {
  const tables = Object.entries(manifest.tables) as [TableName, CertifiedTable][];
  const keys = tables.map(([, entry]) => entry.key);
  return await store.withLocalFiles(manifest.days ? [...keys, manifest.days.key] : keys, async (pathOf) => {
    const problems: Problem[] = [];
    for (const [table, entry] of tables) problems.push(...(await tableProblems(pathOf, input, { table, entry })));
    problems.push(...(await daysProblems(pathOf, manifest)));
    problems.push(...(await rawProblems(store, manifest)), ...policyProblems(input, tables));
    // What follows reads the files: where they are not whole there is nothing to compare.
    if (problems.length > 0) return problems;
    const joins = await joinProblems(pathOf, manifest);
    // Nothing is there to make the rows of any more.
    const isWithoutAnswers = (await droppedAnswers(store, manifest)) !== null;
    return isWithoutAnswers ? joins : [...joins, ...(await differences(store, input, manifest))];
  });
}

/** What they ought to say cannot be told without the policy that they were written under. */
function policyProblems(
  { privacy: { name, fingerprint } }: VerifyInput,
  tables: readonly [TableName, CertifiedTable][],
): Problem[] {
  const others = tables.filter(([, { privacy }]) => privacy.fingerprint !== fingerprint);
  return others.map(([, { key, privacy }]) => ({
    key,
    problem: `it was written under the privacy policy ${privacy.name}, and ${name} is in force: rebuild the day`,
  }));
}

/** Of a committed file. */
type PathOf = (key: string) => string;

/** Files that a glob over the tables finds and no manifest names. */
async function strayFiles(store: Store, { profile, day }: VerifyInput, manifest: Manifest | null): Promise<Problem[]> {
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
  pathOf: PathOf,
  { profile, day, scratch }: VerifyInput,
  { table, entry }: { table: TableName; entry: CertifiedTable },
): Promise<Problem[]> {
  const { key } = entry;
  if (key !== tableKey(table, { profile, day }))
    return [{ key, problem: `it is not where ${table} of the day belongs` }];
  const info = await readable(key, () => parquetInfo(pathOf(key)));
  if ('problem' in info) return [info];
  const { sha256, bytes, rows } = info.value;
  if (sha256 !== entry.sha256 || bytes !== entry.bytes) return [{ key, problem: 'its bytes are not those committed' }];
  if (rows !== entry.rows) return [{ key, problem: `it has ${rows} rows, the manifest says ${entry.rows}` }];
  const hashed = await readable(key, () => rowsHashOf(scratch, table, pathOf(key)));
  if ('problem' in hashed) return [hashed];
  return hashed.value === entry.rows_hash ? [] : [{ key, problem: 'its rows are not those of the rows_hash' }];
}

async function daysProblems(pathOf: PathOf, manifest: Manifest): Promise<Problem[]> {
  const { days } = manifest;
  if (!days)
    return [
      { key: tableKey('days', manifest), problem: 'it is not there: the day is of an earlier version, rebuild it' },
    ];
  const info = await readable(days.key, () => parquetInfo(pathOf(days.key)));
  if ('problem' in info) return [info];
  if (info.value.sha256 !== days.sha256) return [{ key: days.key, problem: 'its bytes are not those committed' }];
  const rows = await readAll(
    pathOf(days.key),
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

/** Keys are there and unique, and what names a meeting or session of another table finds it. */
async function joinProblems(pathOf: PathOf, manifest: Manifest): Promise<Problem[]> {
  const problems: Problem[] = [];
  const keysOf = async (table: TableName, column: string) => {
    const entry = manifest.tables[table];
    if (!entry) return null;
    return (await readAll(pathOf(entry.key), [column])).map((row) => row[column] ?? null);
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

/**
 * The whole day made again from the raw files: its rows, and whatever the manifest says that follows from the answers. Rows
 * of another version may differ by its rules; they are told as well, since nobody can say any more that they hold.
 */
async function differences(store: Store, input: VerifyInput, manifest: Manifest): Promise<Problem[]> {
  const again = await remadeDay(store, input.scratch, { ...input, manifest });
  const isOfToday = Object.values(manifest.tables).every((entry) => isByRulesOf(input, entry));
  const hint = isOfToday ? '' : ' by the rules of this version: rebuild the day';
  try {
    const rows = again.files.flatMap(({ table, entry }): Problem[] => {
      const was = manifest.tables[table]!;
      if (entry.rows_hash === was.rows_hash) return [];
      return [
        { key: was.key, problem: `its ${was.rows} rows are not the ${entry.rows} that the raw files give${hint}` },
      ];
    });
    const fields = differingFields(manifest, { ...again.manifest(manifest), days: manifest.days });
    const problem = `it does not say what the answers give of ${fields.join(', ')}${hint}`;
    return fields.length === 0 ? rows : [...rows, { key: manifestKey(manifest), problem }];
  } finally {
    await removeFiles(again.files);
  }
}

/** What tells when and by what a day was written. The files themselves are compared by their bytes and their rows. */
const OF_THE_WRITING = new Set(['committed_at', 'product', 'days']);
const OF_THE_FILE = new Set(['product', 'schema', 'bytes', 'sha256', 'rows', 'rows_hash']);

/** The fields of a manifest that differ: `units`, `tables.meetings.settled`. */
function differingFields(was: Manifest, is: Manifest): string[] {
  // Earlier versions do not write it.
  const hasTold = Object.keys(was.told).length > 0;
  const names = (Object.keys(is) as (keyof Manifest)[]).filter(
    (name) => !OF_THE_WRITING.has(name) && name !== 'tables',
  );
  const top = names.filter(
    (name) => (name !== 'told' || hasTold) && !isDeepStrictEqual(inOrder(was[name]), inOrder(is[name])),
  );
  const tables = (Object.entries(is.tables) as [TableName, CertifiedTable][]).flatMap(([table, entry]) =>
    (Object.keys(entry) as (keyof CertifiedTable)[])
      .filter((name) => !OF_THE_FILE.has(name) && !isDeepStrictEqual(was.tables[table]![name], entry[name]))
      .map((name) => `tables.${table}.${name}`),
  );
  return [...top, ...tables];
}

/** Lists of a manifest have an order that says nothing. */
function inOrder(value: unknown): unknown {
  return Array.isArray(value) ? value.map((item: object) => textOfItem(item)).toSorted() : value;
}

function textOfItem(item: object): string {
  return JSON.stringify(item, Object.keys(item).toSorted());
}
