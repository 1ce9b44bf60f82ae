/**
 * A backfill through random kills: workers and the Temporal server die by SIGKILL and come back, and afterwards every
 * cell of every table is compared with the tenant, and every task with the records.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';
import { ExportFailedError, type BackfillResult, type HandleOf } from '../../client/index.ts';
import type { SandboxOptions } from '../../sandbox/index.ts';
import { openStore } from '../../store/open-store.ts';
import { compareEveryCell, compareTasks, wantedOf, type Compared, type ComparedTasks } from './compare.ts';
import { addDays } from '../../model/calendar.ts';
import { topLevel } from './day.ts';
import { holderAmong } from './load.ts';
import { startProduct, type Product } from './product.ts';
import type { S3Server } from './s3-server.ts';
import { seeded } from './seeded.ts';
import { copyStore } from './store-kinds.ts';

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
  fanOut?: 'workflow' | 'activity';
  /** Where the workers keep the data. Default: a folder. */
  bucketOf?: Pick<S3Server, 'env' | 'makeBucket'> | undefined;
  /** Same seed, same victims. */
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

export interface ChaosReport extends Compared, ComparedTasks {
  seconds: number;
  result: BackfillResult;
  incidents: Incident[];
  units: number;
  calls: number;
  /** Calls of L3 beyond the first for a session and page. */
  repeatedCalls: number;
  throttled: number;
}

const SERVER_SHARE = 0.25;
const LONGEST_DOWNTIME_MS = 1500;

export async function runThroughChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { cli, workers, rateLimit, from, days, concurrency, bucketOf } = options;
  const dataUrl = bucketOf && `s3://${await bucketOf.makeBucket()}/data`;
  const product = await startProduct({
    cli,
    workers,
    sandbox: { rateLimit, window: 'sliding', longMeetings: false, ...options.sandbox },
    env: { FEISHU_RATE_LIMIT: rateLimit, ...(dataUrl && { ...bucketOf.env, DATA_URL: dataUrl }) },
  });
  try {
    const { tenant } = product.sandbox;
    const dates = Array.from({ length: days }, (_, index) => addDays(from, index));
    const wanted = wantedOf(tenant, dates);
    const units = [...wanted.values()].reduce((sum, day) => sum + day.units.length, 0);
    options.say?.(`${days} days, ${units} units`);
    const startMs = performance.now();
    const range = { from, to: addDays(from, days - 1) };
    // The backfill does not end before the last kill: the last day's reservations are to be had after it.
    const lastOfAll = { start_time: String(tenant.dayRange(from).from) };
    product.sandbox.faults.set([{ on: 'E4', kind: '429', match: lastOfAll }]);
    const run = await product.client.start('backfill', {
      ...range,
      room_level_id: topLevel(tenant),
      concurrency,
      ...(options.fanOut !== undefined && { fan_out: options.fanOut }),
    });
    const ended = { yet: false };
    const finishing = resultOf(run).finally(() => (ended.yet = true));
    const disturbing = disturb(product, options, { units, ended }).finally(() => product.sandbox.faults.clear());
    const [result, incidents] = await Promise.all([finishing, disturbing]);
    const seconds = (performance.now() - startMs) / 1000;
    if (dataUrl) {
      Object.assign(process.env, bucketOf.env);
      await copyStore(openStore(dataUrl), product.store);
    }
    const compared = await compareEveryCell(product.dataDir, wanted);
    return {
      seconds,
      result,
      incidents,
      units,
      ...compared,
      ...(await compareTasks(product, dates)),
      ...callsOf(product),
    };
  } finally {
    await product.stop();
  }
}

/** Waits for the end although the server goes away meanwhile. */
export async function resultOf(run: HandleOf<'backfill'>): Promise<BackfillResult> {
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
  const drawn = Math.floor(random() * alive.length);
  const holder = await holderAmong(drawn === 0 ? alive : product.workers);
  const others = alive.filter((worker) => worker !== holder);
  const worker = others[drawn - 1] ?? holder;
  const killedMs = Date.now();
  process.kill(worker.pid!, 'SIGKILL');
  await worker.exited;
  await sleep(random() * LONGEST_DOWNTIME_MS);
  await product.startWorker();
  return { victim: worker === holder ? 'holder' : 'stand-by', killedMs, backMs: Date.now() };
}

export function isAlive(pid: number | undefined): boolean {
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

function callsOf({ sandbox }: Product) {
  const { calls } = sandbox.ledger;
  const asked = calls.filter(({ endpoint }) => endpoint === 'L3').map(({ params }) => JSON.stringify(params));
  return {
    calls: calls.length,
    repeatedCalls: asked.length - new Set(asked).size,
    throttled: calls.filter((call) => call.throttled && call.fault === null).length,
  };
}
