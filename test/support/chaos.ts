/**
 * A backfill through random kills: workers and the Temporal server die by SIGKILL and come back, and afterwards every
 * cell of every table is compared with the tenant, and every task with the records.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';
import { ExportFailedError, type BackfillResult, type HandleOf } from '../../client/index.ts';
import { recordsOf } from '../../dataset/records.ts';
import type { SandboxOptions } from '../../sandbox/index.ts';
import type { Tenant } from '../../sandbox/tenant.ts';
import { addDays, manifestOf, readTable, topLevel } from './day.ts';
import { COLUMNS, expectedDay, type Cells, type DayAsk } from './expected.ts';
import { holderAmong } from './load.ts';
import { startProduct, type Product } from './product.ts';
import { seeded } from './seeded.ts';

/** `holder`: the worker that makes the calls. */
export type Victim = 'holder' | 'stand-by' | 'server';

export interface ChaosOptions {
  cli: TemporalCli;
  from: string;
  days: number;
  concurrency: number;
  workers: number;
  kills: number;
  /** Calls per window, such as `100/6s`; on both sides. */
  rateLimit: string;
  sandbox: SandboxOptions;
  /** Same seed, same victims at the same counts of calls. */
  seed: number;
  say?: (line: string) => void;
}

interface Incident {
  victim: Victim;
  /** From the kill to the next call of Feishu, whoever makes it. */
  silenceMs: number;
  /** From the moment that what was killed is up again to the next call; null where calls went on meanwhile. */
  firstCallAfterReturnMs: number | null;
}

export interface ChaosReport {
  seconds: number;
  result: BackfillResult;
  incidents: Incident[];
  units: number;
  rows: number;
  /** Rows that the tenant has and the tables do not, or with another cell; and the other way round. */
  lost: string[];
  extra: string[];
  /** Keys that a table has more than once. */
  doubled: string[];
  tasks: number;
  /** Tasks whose id no record has. */
  tasksWithoutRecord: number;
  /** Recorded ids that the tenant does not know. */
  recordedUnknownTasks: number;
  /** Creates that the manifests report as sent and never answered. */
  unknownCreates: number;
  calls: number;
  /** Calls of L3 beyond the first for a session and page. */
  repeatedCalls: number;
  throttled: number;
}

const ASK: Omit<DayAsk, 'room_level_id'> = {
  listing: 'list',
  source: 'list',
  user_id_type: 'open_id',
  include_external_meetings: false,
  include_webinar: false,
  windowSemantics: 'overlaps',
};
const SERVER_SHARE = 0.25;
const LONGEST_DOWNTIME_MS = 1500;

export async function runThroughChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { cli, workers, rateLimit, from, days, concurrency } = options;
  const product = await startProduct({
    cli,
    workers,
    sandbox: { rateLimit, window: 'sliding', longMeetings: false, ...options.sandbox },
    env: { FEISHU_RATE_LIMIT: rateLimit },
  });
  try {
    const { tenant } = product.sandbox;
    const dates = Array.from({ length: days }, (_, index) => addDays(from, index));
    const wanted = new Map(dates.map((day) => [day, expectedDay(tenant, day, askOf(tenant))]));
    const units = [...wanted.values()].reduce((sum, day) => sum + day.units.length, 0);
    options.say?.(`${days} days, ${units} units`);
    const startMs = performance.now();
    const range = { from, to: addDays(from, days - 1) };
    const run = await product.client.start('backfill', {
      ...range,
      room_level_id: topLevel(tenant),
      concurrency,
    });
    const ended = { yet: false };
    const finishing = resultOf(run).finally(() => (ended.yet = true));
    const [result, incidents] = await Promise.all([finishing, disturb(product, options, { units, ended })]);
    const seconds = (performance.now() - startMs) / 1000;
    const compared = await compareAll(product.dataDir, wanted);
    return { seconds, result, incidents, units, ...compared, ...(await tasksOf(product, dates)), ...callsOf(product) };
  } finally {
    await product.stop();
  }
}

function askOf(tenant: Tenant): DayAsk {
  return { ...ASK, room_level_id: topLevel(tenant) };
}

/** Waits for the end although the server goes away meanwhile. */
async function resultOf(run: HandleOf<'backfill'>): Promise<BackfillResult> {
  for (;;) {
    try {
      return await run.result();
    } catch (error) {
      if (error instanceof ExportFailedError) throw error;
      await sleep(500);
    }
  }
}

/** Kills at random counts of calls: the units' calls are the bulk of them. */
async function disturb(
  product: Product,
  { kills, seed, say }: ChaosOptions,
  { units, ended }: { units: number; ended: { yet: boolean } },
): Promise<Incident[]> {
  const random = seeded(seed);
  const { ledger } = product.sandbox;
  const moments = Array.from({ length: kills }, () => Math.floor(random() * units * 0.95)).toSorted((a, b) => a - b);
  const incidents: Promise<Incident>[] = [];
  for (const [index, moment] of moments.entries()) {
    while (ledger.calls.length < moment && !ended.yet) await sleep(20);
    if (ended.yet) break;
    await sleep(random() * 300);
    const killed = await killAndReturn(product, { server: random() < SERVER_SHARE, random });
    say?.(`${index + 1} of ${kills}: ${killed.victim} killed after ${moment} calls`);
    incidents.push(firstCallAfter(product, killed, ended));
  }
  return await Promise.all(incidents);
}

interface Killed {
  victim: Victim;
  killedMs: number;
  backMs: number;
}

async function killAndReturn(
  product: Product,
  { server, random }: { server: boolean; random: () => number },
): Promise<Killed> {
  if (server) {
    const killedMs = Date.now();
    await product.restartTemporal();
    return { victim: 'server', killedMs, backMs: Date.now() };
  }
  const alive = product.workers.filter((worker) => isAlive(worker.pid));
  const holder = await holderAmong(product.workers);
  const worker = alive[Math.floor(random() * alive.length)] ?? holder;
  const killedMs = Date.now();
  process.kill(worker.pid!, 'SIGKILL');
  await worker.exited;
  await sleep(random() * LONGEST_DOWNTIME_MS);
  await product.startWorker();
  return { victim: worker === holder ? 'holder' : 'stand-by', killedMs, backMs: Date.now() };
}

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

async function firstCallAfter(
  { sandbox }: Product,
  { victim, killedMs, backMs }: Killed,
  ended: { yet: boolean },
): Promise<Incident> {
  const after = (ms: number) =>
    sandbox.ledger.calls.find(({ endpoint, wallMs, throttled }) => endpoint !== 'A1' && !throttled && wallMs > ms)
      ?.wallMs;
  while (after(backMs) === undefined && !ended.yet) await sleep(100);
  const first = after(killedMs) ?? Date.now();
  return {
    victim,
    silenceMs: first - killedMs,
    firstCallAfterReturnMs: first > backMs ? first - backMs : null,
  };
}

type Wanted = Map<string, ReturnType<typeof expectedDay>>;

async function compareAll(dataDir: string, wanted: Wanted) {
  const found = { rows: 0, lost: [] as string[], extra: [] as string[], doubled: [] as string[] };
  for (const [day, expected] of wanted) {
    for (const table of Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]) {
      const { rows } = await readTable(dataDir, table, day);
      found.rows += rows.length;
      const have = new Set(rows.map(canonical));
      const want = new Set(expected[table].map(canonical));
      found.lost.push(...[...want].filter((row) => !have.has(row)).map((row) => `${table} ${row}`));
      found.extra.push(...[...have].filter((row) => !want.has(row)).map((row) => `${table} ${row}`));
      const keys = rows.map((row) => row['row_key']);
      found.doubled.push(...keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `${table} ${String(key)}`));
    }
  }
  return found;
}

/** Reasons are words for people: that there are some is what counts. */
function canonical(row: Cells): string {
  const reason = typeof row['reason'] === 'string' && row['reason'].trim() !== '' ? { reason: true } : {};
  return JSON.stringify(Object.entries({ ...row, ...reason }).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function tasksOf({ store, dataDir, sandbox }: Product, dates: string[]) {
  const recorded = new Set<string>();
  let unknownCreates = 0;
  for (const day of dates) {
    const { generation, unknown_creates } = await manifestOf(dataDir, day);
    unknownCreates += unknown_creates;
    const place = { kind: 'day', profile: 'default', day, generation } as const;
    for (const resource of ['meeting_list', 'resource_reservation_list'] as const) {
      for await (const { task_id } of recordsOf(store, place, resource)) if (task_id !== null) recorded.add(task_id);
    }
  }
  const tasks = new Set(sandbox.ledger.tasks.map((task) => task.task_id));
  return {
    tasks: tasks.size,
    tasksWithoutRecord: [...tasks].filter((id) => !recorded.has(id)).length,
    recordedUnknownTasks: [...recorded].filter((id) => !tasks.has(id)).length,
    unknownCreates,
  };
}

function callsOf({ sandbox }: Product) {
  const { calls } = sandbox.ledger;
  const asked = calls.filter(({ endpoint }) => endpoint === 'L3').map(({ params }) => JSON.stringify(params));
  return {
    calls: calls.length,
    repeatedCalls: asked.length - new Set(asked).size,
    throttled: calls.filter((call) => call.throttled).length,
  };
}
