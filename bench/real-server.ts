/**
 * The product as several machines run it, through all that befalls them: a backfill on Temporal's production server, with
 * workers that share nothing but that server, a bucket and the warehouse. Meanwhile a worker is cut off and comes back, one is
 * frozen, the one that makes the calls is killed, the database and the server go down, and all workers are replaced by another
 * build. Afterwards every cell of the bucket and of the warehouse is compared with the tenant.
 *
 *     npx tsx bench/real-server.ts --bin "$(go env GOPATH)/bin" --days 6
 *
 * Linux, as root; `ip`, PostgreSQL, `versitygw` and `temporal` on PATH; a build in dist; and in the folder `--bin` the two programs of
 *
 *     go install go.temporal.io/server/cmd/server@v1.32.0 go.temporal.io/server/cmd/tools/sql@v1.32.0
 *
 * Exit code 1 where anything is not as it must be.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { homedir, loadavg, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs, promisify } from 'node:util';
import { startChild, type Child } from '../client/embedded/children.ts';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { connectFeishuVc, type BackfillResult } from '../client/index.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/index.ts';
import type { LedgerCall } from '../sandbox/ledger.ts';
import { manifestKey } from '../dataset/storage-keys.ts';
import { FileStore } from '../store/file-store.ts';
import { openStore } from '../store/open-store.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import { isAlive, resultOf } from '../test/support/chaos.ts';
import { storedRows } from '../test/support/committed-rows.ts';
import { compareEveryCell, compareTasks, wantedOf } from '../test/support/compare.ts';
import { SMALL, topLevel } from '../test/support/day.ts';
import { callsReach, holderAmong } from '../test/support/load.ts';
import { callsSince, daysFrom, ledgerEnd } from '../test/support/operators.ts';
import { quotaOf } from '../test/support/outages.ts';
import { POSTGRES, startPostgres, type Postgres } from '../test/support/postgres.ts';
import { DIST } from '../test/support/product.ts';
import { s3Program, startS3Server } from '../test/support/s3-server.ts';
import { copyStore } from '../test/support/store-kinds.ts';
import { warehouseRows } from '../test/support/warehouse-rows.ts';
import { startNetwork, whyNoMachines, type Machine } from './real-server/machines.ts';
import { startTemporalServer, type TemporalServer } from './real-server/temporal-server.ts';

const { values } = parseArgs({
  options: {
    /** Folder of `server` and `sql`. */
    bin: { type: 'string', default: join(homedir(), 'go/bin') },
    days: { type: 'string', default: '6' },
    meetings: { type: 'string', default: '24' },
    participants: { type: 'string', default: '5' },
    /** Calls per window in whole seconds; on both sides. */
    'rate-limit': { type: 'string', default: '60/10s' },
    /** Seconds that an outage lasts. */
    away: { type: 'string', default: '20' },
    /** Gives up after so many seconds. */
    patience: { type: 'string', default: '1500' },
    /** An existing folder in which the logs of the server and of the workers stay. Default: they go with the run. */
    logs: { type: 'string' },
  },
});
const WORKERS = 3;
const DEPLOYMENT = 'feishu-vc';
const awayMs = 1000 * Number(values.away);
const TENANT: SandboxOptions = {
  ...SMALL,
  rateLimit: values['rate-limit'],
  window: 'sliding',
  taskDelayMs: [500, 4000],
  meetingsPerDay: Number(values.meetings),
  participantsPerMeeting: Number(values.participants),
  minutesPerMeeting: 10,
  longMeetings: false,
  emptyDays: false,
};

const program = s3Program();
const isolation = await whyNoMachines();
if (isolation !== undefined) {
  console.warn(`skipped: no network namespaces can be made here: ${isolation}`);
} else if (POSTGRES !== undefined && program !== undefined) {
  await main(program);
}

interface Worker extends Child {
  machine: Machine;
}

/** What befell the workers, and when. */
interface Incident {
  what: string;
  atMs: number;
  /** Until the next call, whoever made it. */
  silenceMs: number;
}

interface Scene {
  dir: string;
  sandbox: Sandbox;
  machines: readonly Machine[];
  workers: Worker[];
  postgres: Postgres;
  temporal: TemporalServer;
  dataUrl: string;
  /** Where the S3 server has the objects of the bucket. */
  bucketDir: string;
  startWorker(machine: Machine, buildId: string): Promise<Worker>;
  setCurrent(buildId: string): Promise<void>;
  /** Files that the workers left on this machine. */
  left(): Promise<string[]>;
}

/** What is to be closed, the last first. */
type Closers = (() => Promise<unknown>)[];

async function main(versitygw: string): Promise<void> {
  const closers: Closers = [];
  let closed: Promise<void> | undefined;
  const closeAll = (): Promise<void> => (closed ??= closeInTurn(closers.toReversed()));
  // Namespaces and a database would be left behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void closeAll().finally(() => process.exit(1)));
  }
  try {
    const scene = await setUp(versitygw, closers);
    await exportThroughAll(scene, closers);
  } finally {
    await closeAll();
  }
}

async function setUp(versitygw: string, closers: Closers): Promise<Scene> {
  const dir = await mkdtemp(join(tmpdir(), 'feishu-vc-real-server-'));
  closers.push(() => rm(dir, { recursive: true }));
  const disks = join(dir, 'disks');
  await mkdir(disks);
  const network = await startNetwork(WORKERS, disks);
  closers.push(() => network.close());
  const { address: host, machines } = network;
  const postgres = await startPostgres({ host });
  closers.push(() => postgres.stop());
  const s3 = await startS3Server(versitygw, host);
  closers.push(() => s3.close());
  // This process reads the bucket afterwards.
  Object.assign(process.env, s3.env, { FEISHU_ALLOW_HTTP: '1' });
  const sandbox = await startSandbox({ ...TENANT, host });
  closers.push(() => sandbox.close());
  const { path: cli } = await findTemporalCli();
  const logs = values.logs ?? dir;
  const temporal = await startTemporalServer({ bin: values.bin, postgres, host, dir, logs, cli });
  closers.push(() => temporal.stop());
  say(`the Temporal server answers at ${temporal.address}`);

  const bucket = await s3.makeBucket();
  const dataUrl = `s3://${bucket}/feishu`;
  const bucketDir = join(s3.dir, bucket, 'feishu');
  const settings = {
    ...s3.env,
    TEMPORAL_ADDRESS: temporal.address,
    FEISHU_BASE_URL: sandbox.url,
    FEISHU_APP_ID: 'cli_sandbox',
    FEISHU_APP_SECRET: 'sandbox-secret',
    FEISHU_RATE_LIMIT: values['rate-limit'],
    FEISHU_ALLOW_HTTP: '1',
    DATA_URL: dataUrl,
    WAREHOUSE_URL: postgres.url,
    WAREHOUSE_ALLOW_CLEAR: '1',
    TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT,
  };
  const workers: Worker[] = [];
  closers.push(() => Promise.all(workers.map((worker) => worker.stop())));

  async function startWorker(machine: Machine, buildId: string): Promise<Worker> {
    const number = workers.length + 1;
    const [command, ...args] = machine.runs(process.execPath, join(DIST, 'worker/main.js'));
    const own = { PATH: process.env['PATH'], HOME: machine.scratch, TMPDIR: machine.scratch };
    const child = startChild({
      name: `worker ${number} in ${machine.name}, ${buildId}`,
      command,
      args,
      env: { ...own, ...settings, TEMPORAL_WORKER_BUILD_ID: buildId },
      logFile: join(logs, `worker-${number}.log`),
    });
    const worker = { ...child, machine };
    workers.push(worker);
    await child.waitForLine((line) => (line.includes('worker ready') ? true : undefined), 180_000);
    if (!(await machine.has(child.pid!))) throw new Error(`${child.name} does not run in ${machine.name}`);
    return worker;
  }

  async function setCurrent(buildId: string): Promise<void> {
    const version = ['--deployment-name', DEPLOYMENT, '--build-id', buildId, '--address', temporal.address, '--yes'];
    // The server knows a version a moment after its worker has asked for work.
    await untilDone(() => promisify(execFile)(cli, ['worker', 'deployment', 'set-current-version', ...version]));
  }

  const { left } = network;
  return { dir, sandbox, machines, workers, postgres, temporal, dataUrl, bucketDir, startWorker, setCurrent, left };
}

async function exportThroughAll(scene: Scene, closers: Closers): Promise<void> {
  const { sandbox, machines, temporal } = scene;
  for (const machine of machines) await scene.startWorker(machine, 'build-1');
  await scene.setCurrent('build-1');
  const client = await connectFeishuVc({ address: temporal.address });
  closers.push(() => client.close());
  const dates = daysFrom('2025-03-04', Number(values.days));
  const wanted = wantedOf(sandbox.tenant, dates);
  const units = [...wanted.values()].reduce((sum, day) => sum + day.units.length, 0);
  say(`${WORKERS} workers, each on a machine of its own; ${dates.length} days, ${units} units`);
  const startMs = performance.now();
  const range = { from: dates[0]!, to: dates.at(-1)!, room_level_id: topLevel(sandbox.tenant), concurrency: 3 };
  const run = await client.start('backfill', range);
  const ended = resultOf(run).then((result) => ({ result, seconds: (performance.now() - startMs) / 1000 }));
  const late = AbortSignal.timeout(1000 * Number(values.patience));
  const [incidents, { result, seconds }] = await inTime(Promise.all([befall(scene, { units, ended }), ended]), late);
  say(`the backfill has ended after ${Math.round(seconds)} s: ${JSON.stringify(result)}`);
  showIncidents(incidents, sandbox);
  await judge(scene, { result, wanted });
  await showLogs(scene.workers);
}

/** Compares what was exported with the tenant, and sets the exit code. */
async function judge(
  { dir, sandbox, postgres, dataUrl, left }: Scene,
  { result, wanted }: { result: BackfillResult; wanted: ReturnType<typeof wantedOf> },
): Promise<void> {
  const dates = [...wanted.keys()];
  const dataDir = join(dir, 'copy');
  const store = new FileStore(dataDir);
  await copyStore(openStore(dataUrl), store);
  const { rows, lost, extra, doubled } = await compareEveryCell(dataDir, wanted);
  const tasks = await compareTasks({ store, dataDir, sandbox }, dates);
  const warehouse = await warehouseHolds({ postgres, store, dates });
  const { mostInWindow, throttled } = quotaOf({ sandbox }, values['rate-limit']);
  const allowed = Number(values['rate-limit'].split('/')[0]);
  const found = {
    complete: result.complete,
    'units failed': result.units.failed ?? 0,
    'rows lost': lost.length,
    'rows wrong': extra.length,
    'rows doubled': doubled.length,
    'tables of the warehouse unlike the bucket': warehouse.differ.join(', '),
    'throttled calls': throttled,
    'calls of an endpoint in a window beyond the quota': Math.max(0, mostInWindow - allowed),
    'tasks recorded that the tenant does not know': tasks.recordedUnknownTasks,
    'tasks that no record and no report of unknown creates has': Math.max(
      0,
      tasks.tasksWithoutRecord - tasks.unknownCreates,
    ),
    'files of workers on this machine': (await left()).length,
  };
  console.table({
    ...found,
    'rows of the bucket, of the warehouse': `${rows}, ${warehouse.rows}`,
    calls: sandbox.ledger.calls.length,
    'most calls of an endpoint in a window': mostInWindow,
    'tasks, without a record, reported as unknown': `${tasks.tasks}, ${tasks.tasksWithoutRecord}, ${tasks.unknownCreates}`,
    load: loadavg()[0]?.toFixed(1),
  });
  for (const row of [...lost.slice(0, 5), ...extra.slice(0, 5), ...doubled.slice(0, 5)]) console.log(row);
  const { complete, ...none } = found;
  const right = complete && Object.values(none).every((value) => value === 0 || value === '');
  console.log(right ? 'all as it must be' : 'NOT as it must be');
  if (!right) process.exitCode = 1;
}

function showIncidents(incidents: readonly Incident[], { ledger }: Sandbox): void {
  const repeats = repeatsOf(ledger.calls);
  const rows = incidents.map(({ what, silenceMs, atMs }, index) => {
    const nextMs = incidents[index + 1]?.atMs ?? Infinity;
    const again = repeats.filter(({ wallMs }) => wallMs >= atMs && wallMs < nextMs);
    const figures = {
      'until the next call, s': (silenceMs / 1000).toFixed(1),
      'asked again after it': countsOf(again),
    };
    return [what, figures] as const;
  });
  console.table(Object.fromEntries(rows));
  const before = repeats.filter(({ wallMs }) => wallMs < (incidents[0]?.atMs ?? 0));
  console.log(`asked again before all of that: ${before.length}`);
}

/** By endpoint. */
function countsOf(calls: readonly LedgerCall[]): string {
  const counts = new Map<string, number>();
  for (const { endpoint } of calls) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
  return [...counts].map(([endpoint, count]) => `${count} ${endpoint}`).join(', ') || '0';
}

async function showLogs(workers: readonly Worker[]): Promise<void> {
  for (const { name, logFile } of workers) {
    const lines = (await readFile(logFile!, 'utf8')).trimEnd().split('\n');
    console.log(`${name}, ${lines.length} lines, the last: ${lines.at(-1)}`);
  }
}

/** Spread over the backfill, one after the other: each begins when those before are over. */
async function befall(scene: Scene, { units, ended }: { units: number; ended: Promise<unknown> }): Promise<Incident[]> {
  const { postgres, temporal, workers, machines } = scene;
  let over = false;
  void ended.finally(() => (over = true)).catch(() => undefined);
  const steps: [what: string, go: () => Promise<void>][] = [
    [
      'the machine of the worker that makes the calls is cut off, and comes back',
      async () => {
        const { machine } = await holderOf(workers);
        await machine.cutOff();
        await sleep(awayMs);
        await machine.joinAgain();
      },
    ],
    [
      'the one that makes them is frozen (SIGSTOP), and wakes (SIGCONT)',
      async () => {
        const { pid } = await holderOf(workers);
        process.kill(pid!, 'SIGSTOP');
        await sleep(awayMs);
        process.kill(pid!, 'SIGCONT');
      },
    ],
    [
      'the one that makes them is killed (SIGKILL), and another is started on its machine',
      async () => {
        const { pid, machine, exited } = await holderOf(workers);
        process.kill(pid!, 'SIGKILL');
        await exited;
        if (isAlive(pid)) throw new Error(`process ${pid} outlived SIGKILL`);
        await sleep(3000);
        await scene.startWorker(machine, 'build-1');
      },
    ],
    [
      'one that commits a day is frozen (SIGSTOP) until another has committed it, and wakes',
      async () => {
        const { pid, manifest } = await committerOf(scene);
        say(`process ${pid} is frozen before ${basename(manifest)} is there`);
        await untilDone(() => access(manifest));
        process.kill(pid, 'SIGCONT');
      },
    ],
    [
      'PostgreSQL, of the server and of the warehouse, crashes and comes back',
      async () => {
        await postgres.crash();
        await sleep(awayMs / 4);
        await postgres.start();
      },
    ],
    [
      'the Temporal server is killed (SIGKILL), and comes back',
      async () => {
        await temporal.kill();
        await sleep(awayMs / 2);
        await temporal.start();
      },
    ],
    [
      'all workers are replaced by those of another build id, one by one',
      async () => {
        const old = workers.filter(({ pid }) => isAlive(pid));
        for (const [index, machine] of machines.entries()) {
          await scene.startWorker(machine, 'build-2');
          if (index === 0) await scene.setCurrent('build-2');
          await Promise.all(old.filter((worker) => worker.machine === machine).map((worker) => worker.stop()));
        }
      },
    ],
  ];
  const incidents: Incident[] = [];
  for (const [index, [what, go]] of steps.entries()) {
    const count = Math.floor((units * (index + 1)) / (steps.length + 2));
    await callsReach(scene.sandbox.ledger, { count, fits: ({ endpoint }) => endpoint === 'L3' });
    if (over) throw new Error(`the backfill was over before: ${what}`);
    say(what);
    const incident: Incident = { what, atMs: Date.now(), silenceMs: 0 };
    const silence = silenceFrom(scene).then((ms) => (incident.silenceMs = ms));
    await go();
    await silence;
    incidents.push(incident);
  }
  say('all of it has befallen them');
  return incidents;
}

/** The living worker that makes the calls. */
async function holderOf(workers: readonly Worker[]): Promise<Worker> {
  for (;;) {
    const last = await holderAmong(workers);
    if (isAlive(last.pid)) return last;
    await sleep(100);
  }
}

/** Freezes a worker that has the lock of a day whose manifest is not there yet. */
async function committerOf({ workers, bucketDir }: Scene): Promise<{ pid: number; manifest: string }> {
  for (;;) {
    for (const { day, pid } of await heldDays(join(bucketDir, '.locks'))) {
      const manifest = join(bucketDir, manifestKey({ profile: 'default', day }));
      if (!workers.some((worker) => worker.pid === pid) || !isAlive(pid) || existsSync(manifest)) continue;
      process.kill(pid, 'SIGSTOP');
      // Of what it had sent, all has arrived by then.
      await sleep(500);
      if (!existsSync(manifest)) return { pid, manifest };
      process.kill(pid, 'SIGCONT');
    }
    await sleep(10);
  }
}

/** Days whose lock is held, and by which process. */
async function heldDays(folder: string): Promise<{ day: string; pid: number }[]> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const locks = await Promise.all(
    names.map(async (name) => ({
      day: /^manifests.*(\d{4}-\d\d-\d\d)/.exec(name)?.[1],
      pid: /"state":"held".*"owner":"process (\d+) /.exec(
        await readFile(join(folder, name), 'utf8').catch(() => ''),
      )?.[1],
    })),
  );
  return locks.flatMap(({ day, pid }) => (day === undefined || pid === undefined ? [] : [{ day, pid: Number(pid) }]));
}

/** Calls that were on their way when it began count for half a second. */
async function silenceFrom({ sandbox }: Scene): Promise<number> {
  const startMs = performance.now();
  await sleep(500);
  const seq = ledgerEnd({ sandbox });
  while (callsSince({ sandbox }, seq).length === 0) await sleep(50);
  return performance.now() - startMs;
}

/** Pages of lists that had been asked for in the same words before. */
function repeatsOf(calls: readonly LedgerCall[]): LedgerCall[] {
  const asked = new Set<string>();
  return calls.filter(({ endpoint, params }) => {
    if (!endpoint.startsWith('L')) return false;
    const words = JSON.stringify([endpoint, params]);
    if (asked.has(words)) return true;
    asked.add(words);
    return false;
  });
}

/** Waits until the warehouse has what the store has; gives what differs when the time is over. */
async function warehouseHolds({
  postgres,
  store,
  dates,
}: {
  postgres: Postgres;
  store: FileStore;
  dates: readonly string[];
}): Promise<{ rows: number; differ: TableName[] }> {
  for (let left = 60; ; left--) {
    const differ: TableName[] = [];
    let rows = 0;
    for (const table of Object.keys(TABLES) as TableName[]) {
      const copy = await warehouseRows(postgres, table);
      rows += copy.length;
      if (!isDeepStrictEqual(copy, await storedRows(store, table, dates))) differ.push(table);
    }
    if (differ.length === 0 || left === 0) return { rows, differ };
    await sleep(2000);
  }
}

async function untilDone(attempt: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (tries === 400) throw error;
      await sleep(500);
    }
  }
}

async function closeInTurn(closers: Closers): Promise<void> {
  for (const close of closers) await close().catch(console.error);
}

function inTime<T>(work: Promise<T>, late: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    late.addEventListener('abort', () => reject(new Error('not over in time')), { once: true });
    work.then(resolve, reject);
  });
}

function say(what: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${what}`);
}
