/** Days of a tenant, their exports, and the tables as another program reads them. */
import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DuckDBDateValue, DuckDBInstance, DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api';
import { connectFeishuVc, type ExportDayResult, type FeishuVcClient, type RawInputs } from '../../client/index.ts';
import { parseManifest, type Manifest } from '../../dataset/manifest.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/index.ts';
import type { Tenant } from '../../sandbox/tenant.ts';
import type { TableName } from '../../tables/columns.ts';
import { addDays } from '../../model/calendar.ts';
import { sortedConflicts, type Cells } from './expected.ts';
import type { Product } from './product.ts';

/** One tenant with a worker, a queue and a store of its own. */
export interface World {
  sandbox: Sandbox;
  client: FeishuVcClient;
  dataDir: string;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Unique within the product: names the queue and the data folder. */
  name: string;
  sandbox: SandboxOptions;
  env?: Record<string, string>;
  /** Where the data goes, in place of a folder of its own. `dir`: the folder in which it lies then. */
  place?: { url: string; dir: string };
}

/** A tenant of a few short meetings, so that a day takes seconds. */
export const SMALL: SandboxOptions = {
  rateLimit: 'off',
  taskDelayMs: [50, 300],
  meetingsPerDay: 4,
  participantsPerMeeting: 3,
  minutesPerMeeting: 25,
  rooms: 6,
  people: 60,
};

/** A second tenant beside the product's own, on the same Temporal server. */
export async function openWorld(
  product: Product,
  { name, sandbox: options, env, place }: WorldOptions,
): Promise<World> {
  const sandbox = await startSandbox({ ...SMALL, ...options });
  const dataDir = place?.dir ?? join(product.dir, name);
  const taskQueue = `feishu-vc-${name}`;
  await product.startWorker({
    FEISHU_BASE_URL: sandbox.url,
    FEISHU_TASK_QUEUE: taskQueue,
    FEISHU_TIME_ZONE: options.timeZone ?? 'Asia/Shanghai',
    DATA_URL: place?.url ?? `file:${dataDir}`,
    ...env,
  });
  const client = await connectFeishuVc({ address: product.temporal.address, taskQueue });
  return {
    sandbox,
    client,
    dataDir,
    close: async () => {
      await client.close();
      await sandbox.close();
    },
  };
}

/** The first day from `from` on that the test can use; a tenant repeats its kinds of days within weeks. */
export function findDay(
  tenant: Tenant,
  from: string,
  fits: (meetings: ReturnType<Tenant['meetings']>) => boolean,
): string {
  for (let day = from; day < addDays(from, 200); day = addDays(day, 1)) {
    const range = tenant.dayRange(day);
    if (fits(tenant.meetings(range.from, range.to))) return day;
  }
  throw new Error(`no such day within 200 days of ${from}`);
}

/** The top level of the tenant's rooms. */
export function topLevel({ directory }: Tenant): string {
  const [level] = directory.levels;
  if (!level) throw new Error('the tenant has no room level');
  return level.room_level_id;
}

export async function exportDay(
  { client }: Pick<World, 'client'>,
  input: RawInputs['exportDay'],
): Promise<ExportDayResult> {
  return await (await client.start('exportDay', input)).result();
}

export async function manifestOf(dataDir: string, day: string, profile = 'default'): Promise<Manifest> {
  const path = join(dataDir, 'manifests', `profile=${profile}`, `day=${day}.json`);
  return parseManifest(JSON.parse(await readFile(path, 'utf8')), { profile, day });
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export interface ReadTable {
  /** In the file's order, without the columns that the folders stand for. */
  columns: string[];
  rows: Cells[];
}

/** Rows of every file of a table of one day, as `read_parquet` finds them by their folders. */
export async function readTable(dataDir: string, table: TableName, day: string): Promise<ReadTable> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const glob = join(dataDir, 'tables', table, '**', '*.parquet').replaceAll("'", "''");
    const sql = `SELECT * FROM read_parquet('${glob}', hive_partitioning = true) WHERE day = '${day}' AND profile = 'default'`;
    const reader = await connection.runAndReadAll(sql);
    const columns = reader.columnNames().filter((name) => name !== 'profile' && name !== 'day');
    const rows = reader
      .getRowObjects()
      .map((row) => Object.fromEntries(columns.map((name) => [name, cellOf(name, row[name])])));
    return { columns, rows };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function cellOf(name: string, value: DuckDBValue | undefined): Cells[string] {
  if (value instanceof DuckDBTimestampTZValue) {
    return new Date(Number(value.micros / 1000n)).toISOString().replace('.000Z', 'Z');
  }
  if (value instanceof DuckDBDateValue) return value.toString();
  if (name === 'conflicts' && typeof value === 'string') return sortedConflicts(value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new TypeError(`column ${name} has a value that no table has: ${String(value)}`);
}
