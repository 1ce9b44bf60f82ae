/** One day of a profile: what the store has of it takes the place of what the warehouse has, in one transaction. */
import { setTimeout as sleep } from 'node:timers/promises';
import { daysRows } from '../dataset/days-table.ts';
import { findManifest, type CertifiedTable, type Manifest } from '../dataset/manifest.ts';
import { holdSameRows } from '../dataset/table-files.ts';
import { fromDuckDb, quoteName } from '../store/duckdb.ts';
import { StoreError } from '../store/errors.ts';
import { hasHash } from '../store/file-io.ts';
import type { Store } from '../store/store.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import { copyText } from './copy-text.ts';
import { WarehouseError } from './errors.ts';
import type { Session } from './session.ts';
import { COLUMNS_HASH, TABLE_NAMES } from './tables.ts';

export interface DayOfProfile {
  profile: string;
  day: string;
}

export interface LoadDayOptions {
  /** Longest wait for another process that loads the same day. */
  waitMs: number;
}

/** `rows`: written and removed; 0 where the rows were those already. */
export type LoadedDay =
  | { status: 'loaded'; rows: number; manifestSha256: string }
  | { status: 'unchanged'; manifestSha256: string }
  /** Another process loads it. */
  | { status: 'busy' }
  /** The store has no such day. */
  | { status: 'absent' };

/** A commit that comes in between takes a moment. */
const TRIES = 3;
const PAUSE_MS = 1000;

interface Held {
  rows_hash: string;
  file_sha256: string;
  manifest_sha256: string;
  columns_hash: string;
}
type Found = NonNullable<Awaited<ReturnType<typeof findManifest>>>;

/** The day was committed again while it was loaded. */
class OvertakenError extends Error {}

/**
 * Running it again touches nothing; run twice at once, one of the two does. A table whose rows are those that the
 * warehouse has is left alone.
 * @throws StoreError `damaged` where a file is not what the manifest says; WarehouseError
 */
export async function loadDay(
  session: Session,
  store: Store,
  wanted: DayOfProfile & LoadDayOptions,
): Promise<LoadedDay> {
  for (let left = TRIES; ; left--) {
    try {
      return await session.transaction(async () => await loadOnce(session, store, wanted));
    } catch (error) {
      if (error instanceof BusyError) return { status: 'busy' };
      const isOfCommit =
        error instanceof OvertakenError || (error instanceof StoreError && error.code !== 'unavailable');
      if (!isOfCommit || left === 1) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

class BusyError extends Error {}

async function loadOnce(session: Session, store: Store, wanted: DayOfProfile & LoadDayOptions): Promise<LoadedDay> {
  await lockDay(session, wanted);
  const found = await findManifest(store, wanted);
  if (!found) return { status: 'absent' };
  const { manifest, sha256 } = found;
  const held = await heldTables(session, wanted);
  if (isHeld(held, found)) return { status: 'unchanged', manifestSha256: sha256 };
  await claimProfile(session, manifest);
  const changed = TABLE_NAMES.filter((table) => !hasRows(held.get(table), table, manifest.tables[table]));
  const entries = changed.flatMap((table) => manifest.tables[table] ?? []);
  const keys = entries.map(({ key }) => key);
  const rows = await store.withLocalFiles(keys, async (pathOf) => {
    const files = entries.map((entry) => ({ ...entry, path: pathOf(entry.key) }));
    await assertWhole(store, manifest, files);
    let touched = 0;
    for (const table of changed) touched += await replaceRows(session, store, { table, manifest, pathOf });
    await replaceDays(session, found);
    // What was read is what the manifest names only if neither has changed since.
    await assertWhole(store, manifest, files);
    return touched;
  });
  if ((await findManifest(store, wanted))?.sha256 !== sha256) {
    throw new OvertakenError(`the day ${wanted.day} is committed again and again while it is loaded`);
  }
  return { status: 'loaded', rows, manifestSha256: sha256 };
}

async function lockDay(session: Session, { profile, day, waitMs }: DayOfProfile & LoadDayOptions): Promise<void> {
  await session.query(`SET LOCAL lock_timeout = ${Math.max(1, Math.trunc(waitMs))}`);
  try {
    const name = `feishu-vc day ${session.schema}/${profile}/${day}`;
    await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
  } catch (error) {
    if (error instanceof WarehouseError && error.sqlState === LOCK_NOT_AVAILABLE) throw new BusyError(error.message);
    throw error;
  }
  await session.query('SET LOCAL lock_timeout TO DEFAULT');
}
const LOCK_NOT_AVAILABLE = '55P03';

async function heldTables(session: Session, { profile, day }: DayOfProfile): Promise<Map<string, Held>> {
  const { rows } = await session.query(
    `SELECT "table", rows_hash, file_sha256, manifest_sha256, columns_hash
     FROM ${tableOf(session, 'days')} WHERE profile = $1 AND day = $2`,
    [profile, day],
  );
  return new Map(rows.map((row) => [String(row['table']), row as unknown as Held]));
}

/** All that the manifest names is there, from this manifest and with these columns. */
function isHeld(held: ReadonlyMap<string, Held>, { manifest, sha256 }: Found): boolean {
  const names = Object.keys(manifest.tables);
  return (
    names.length === held.size &&
    names.every((name) => {
      const table = held.get(name);
      return table?.manifest_sha256 === sha256 && table.columns_hash === COLUMNS_HASH;
    })
  );
}

function hasRows(held: Held | undefined, table: TableName, entry: CertifiedTable | undefined): boolean {
  if (held === undefined || entry === undefined) return held === entry;
  const known = { rows_hash: held.rows_hash, sha256: held.file_sha256 };
  return held.columns_hash === COLUMNS_HASH && holdSameRows(table, known, entry);
}

async function assertWhole(
  store: Store,
  { day, profile }: Manifest,
  files: readonly { key: string; sha256: string; path: string }[],
): Promise<void> {
  for (const { key, sha256, path } of files) {
    if (await hasHash(path, sha256)) continue;
    const message = `${key} is not the file that the manifest of ${day} names: feishu-vc rebuild ${day} ${day} --profile ${profile}.`;
    throw new StoreError('damaged', message, { path: store.where(key) });
  }
}

/** Two accounts under one name would take each other's place, day by day. */
async function claimProfile(session: Session, { profile, api_host, time_zone }: Manifest): Promise<void> {
  const profiles = tableOf(session, 'profiles');
  await session.query(
    `INSERT INTO ${profiles} (profile, api_host, time_zone) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [profile, api_host, time_zone],
  );
  const { rows } = await session.query(`SELECT api_host, time_zone FROM ${profiles} WHERE profile = $1`, [profile]);
  if (rows[0]?.['api_host'] === api_host && rows[0]['time_zone'] === time_zone) return;
  throw new WarehouseError(
    'others',
    `The warehouse has rows of profile ${profile} from another API host or in another zone`,
    'set WAREHOUSE_SCHEMA to another name for this store',
  );
}

/** @returns how many rows were removed and written */
async function replaceRows(
  session: Session,
  store: Store,
  { table, manifest, pathOf }: { table: TableName; manifest: Manifest; pathOf: (key: string) => string },
): Promise<number> {
  const { profile, day } = manifest;
  const to = tableOf(session, table);
  const { touched } = await session.query(`DELETE FROM ${to} WHERE profile = $1 AND day = $2`, [profile, day]);
  const entry = manifest.tables[table];
  if (!entry) return touched;
  const { columns } = TABLES[table];
  const names = ['profile', 'day', ...columns.map(({ name }) => name)].map(quoteName);
  try {
    const lines = copyText(pathOf(entry.key), { columns, before: [profile, day] });
    return touched + (await session.copy(`COPY ${to} (${names.join(', ')}) FROM STDIN`, lines));
  } catch (error) {
    throw fromDuckDb(error, { action: 'load', path: store.where(entry.key), otherwise: 'damaged' });
  }
}

async function replaceDays(session: Session, { manifest, sha256 }: Found): Promise<void> {
  const days = tableOf(session, 'days');
  await session.query(`DELETE FROM ${days} WHERE profile = $1 AND day = $2`, [manifest.profile, manifest.day]);
  for (const row of daysRows(manifest)) {
    const { sha256: file_sha256 } = manifest.tables[row['table'] as TableName]!;
    const noted = { file_sha256, manifest_sha256: sha256, columns_hash: COLUMNS_HASH };
    const columns = Object.entries({ ...row, ...noted });
    const names = [...columns.map(([name]) => quoteName(name)), 'loaded_at'];
    // The time is the server's: one clock for all workers.
    const places = [...columns.map((_, index) => `$${index + 1}`), 'now()'];
    await session.query(
      `INSERT INTO ${days} (${names.join(', ')}) VALUES (${places.join(', ')})`,
      columns.map(([, value]) => value),
    );
  }
}

function tableOf(session: Session, name: string): string {
  return `${quoteName(session.schema)}.${quoteName(name)}`;
}
