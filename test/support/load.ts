/** What tests and measurements under load share: who holds the calls, exact days, and the size of every history. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Child } from '../../client/embedded/children.ts';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';
import type { FeishuVcClient } from '../../client/index.ts';
import type { CallLedger, LedgerCall } from '../../sandbox/ledger.ts';
import type { Tenant } from '../../sandbox/tenant.ts';
import { topLevel } from './day.ts';
import { expectedDay, type Cells } from './expected.ts';
import type { Product } from './product.ts';
import { withServerArguments } from './server-arguments.ts';

const TAKES_THE_CALLS = 'this process makes the API calls now';

/** The worker that took the calls last; waits until it is one of these. */
export async function holderAmong<Worker extends Child>(workers: readonly Worker[]): Promise<Worker> {
  for (;;) {
    const seen = await Promise.all(workers.map(async (worker) => ({ worker, at: await tookTheCallsAt(worker) })));
    const last = seen.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0];
    if (last !== undefined && last.at !== '') return last.worker;
    await sleep(50);
  }
}

/** A signal to a wrapper would leave the process itself alive: what holds the calls has to be what was started. */
async function tookTheCallsAt({ name, pid, logFile }: Child): Promise<string> {
  const lines = (await readFile(logFile ?? '', 'utf8')).split('\n').filter((line) => line.includes(TAKES_THE_CALLS));
  const last = lines.at(-1);
  if (last === undefined) return '';
  const said = JSON.parse(last) as { time: string; pid: number };
  if (said.pid !== pid) throw new Error(`${name} works as process ${said.pid}, but ${pid} was started`);
  return said.time;
}

/** Waits until the sandbox has seen so many calls that fit. */
export async function callsReach(
  ledger: Pick<CallLedger, 'calls'>,
  { count, fits }: { count: number; fits: (call: LedgerCall) => boolean },
): Promise<void> {
  while (ledger.calls.filter(fits).length < count) await sleep(100);
}

export interface DayDifference {
  /** Units that the tenant has and the day does not, or with another outcome. */
  lost: Cells[];
  /** Rows of the day that the tenant does not have, doubled ones included. */
  extra: Cells[];
  units: number;
  minutes: number;
}

/** Compares a day's units and its minutes, by their keys and counts, with the tenant. */
export async function compareDay({
  dataDir,
  tenant,
  day,
  profile = 'default',
}: {
  dataDir: string;
  tenant: Tenant;
  day: string;
  profile?: string;
}): Promise<DayDifference> {
  const expected = expectedDay(tenant, day, {
    listing: 'list',
    source: 'list',
    user_id_type: 'open_id',
    include_external_meetings: false,
    include_webinar: false,
    room_level_id: topLevel(tenant),
    windowSemantics: 'overlaps',
  });
  const where = (table: string) => join(dataDir, 'tables', table, `profile=${profile}`, `day=${day}`, 'data.parquet');
  const units = await read(where('units'), 'row_key AS unit, status, rows');
  const minutes = await read(where('quality_minutes'), 'row_key AS minute');
  const [lostUnits, extraUnits] = differences(expected.units.map(unitOf), units);
  const [lostMinutes, extraMinutes] = differences(expected.quality_minutes.map(keyOf), minutes);
  return {
    lost: [...lostUnits, ...lostMinutes],
    extra: [...extraUnits, ...extraMinutes],
    units: units.length,
    minutes: minutes.length,
  };
}

const unitOf = (row: Cells): Cells => ({
  unit: row['row_key'] ?? null,
  status: row['status'] ?? null,
  rows: row['rows'] ?? null,
});
const keyOf = (row: Cells): Cells => ({ minute: row['row_key'] ?? null });

async function read(path: string, columns: string): Promise<Cells[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(
      `SELECT ${columns} FROM read_parquet('${path.replaceAll("'", "''")}')`,
    );
    return reader.getRowObjectsJS() as Cells[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** As multisets: what only the first has, what only the second has. */
function differences(expected: readonly Cells[], found: readonly Cells[]): [Cells[], Cells[]] {
  const left = new Map<string, number>();
  for (const row of expected) left.set(JSON.stringify(row), (left.get(JSON.stringify(row)) ?? 0) + 1);
  for (const row of found) left.set(JSON.stringify(row), (left.get(JSON.stringify(row)) ?? 0) - 1);
  const counts = [...left].map(([text, count]) => ({ row: JSON.parse(text) as Cells, count }));
  return [
    counts.filter(({ count }) => count > 0).map(({ row }) => row),
    counts.filter(({ count }) => count < 0).map(({ row }) => row),
  ];
}

export interface Histories {
  executions: number;
  events: number;
  bytes: number;
  longest: number;
  largestBytes: number;
  continuedAsNew: Record<string, number>;
}

/** Every execution of the queue, once visibility has seen that none runs any more but the lease. */
export async function histories({ temporal, taskQueue }: FeishuVcClient): Promise<Histories> {
  const sum: Histories = { executions: 0, events: 0, bytes: 0, longest: 0, largestBytes: 0, continuedAsNew: {} };
  const query = `TaskQueue = '${taskQueue}' AND WorkflowType != 'apiLease'`;
  while ((await temporal.workflow.count(`${query} AND ExecutionStatus = 'Running'`)).count > 0) await sleep(100);
  for await (const execution of temporal.workflow.list({ query, pageSize: 1000 })) {
    const { historyLength: events, historySize: bytes = 0, type, status } = execution;
    sum.executions++;
    sum.events += events;
    sum.bytes += bytes;
    sum.longest = Math.max(sum.longest, events);
    sum.largestBytes = Math.max(sum.largestBytes, bytes);
    if (status.name === 'CONTINUED_AS_NEW') sum.continuedAsNew[type] = (sum.continuedAsNew[type] ?? 0) + 1;
  }
  return sum;
}

/** A Temporal server that suggests to continue as new this early, so that a small run does what a large one does. */
export function suggestingContinueAsNewAt(cli: TemporalCli, dir: string, events: number): Promise<TemporalCli> {
  const setting = `limit.historyCount.suggestContinueAsNew=${events}`;
  return withServerArguments(cli, dir, ['--dynamic-config-value', setting]);
}

/** Profiles of the workers, by name, in a file as `FEISHU_PROFILES` takes it. */
export async function writeProfiles(
  { dir, sandbox }: Pick<Product, 'dir' | 'sandbox'>,
  apps: Record<string, { app_id: string; app_secret: string }>,
): Promise<string> {
  const path = join(dir, 'profiles.json');
  const profiles = Object.entries(apps).map(([name, { app_id, app_secret }]) => [
    name,
    { FEISHU_BASE_URL: sandbox.url, FEISHU_APP_ID: app_id, FEISHU_APP_SECRET: app_secret },
  ]);
  await writeFile(path, JSON.stringify(Object.fromEntries(profiles)));
  return path;
}
