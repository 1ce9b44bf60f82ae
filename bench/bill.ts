/**
 * The bill: what a participant-session, an export task and an idle worker cost, in events, bytes, heartbeats, actions of
 * Temporal Cloud, CPU and room in the database; and whether anything is lost or doubled on the way.
 *
 *     npx tsx bench/bill.ts --meetings 170 --participants 6
 *     npx tsx bench/bill.ts --meetings 170 --participants 6 --dist /path/to/another/dist
 *     npx tsx bench/bill.ts --meetings 30 --participants 6 --rate-limit 100/60000ms --exports 0 --idle-seconds 0
 *     npx tsx bench/bill.ts --meetings 1 --participants 10000 --exports 0 --idle-seconds 0
 *     npx tsx bench/bill.ts --meetings 500 --participants 6 --without-quality --exports 0 --idle-seconds 0
 *     npx tsx bench/bill.ts --meetings 100 --participants 6 --fault-rate 0.05 --exports 0 --idle-seconds 0
 *
 * Needs a build in dist (or `--dist`), the Temporal CLI, and Linux. Knows nothing of how the build works: it starts runs,
 * reads the server's counters, and counts the events of every history below what it started.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../client/embedded/ports.ts';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import type { FaultKind } from '../sandbox/index.ts';
import { compareDay } from '../test/support/load.ts';
import { residentMiB } from '../test/support/process-figures.ts';
import { startProduct, type Product } from '../test/support/product.ts';
import { withServerArguments } from '../test/support/server-arguments.ts';
import { billOf, type TypeBill } from './bill/histories.ts';
import { difference, read, sum, type Metered, type Reading } from './bill/meter.ts';

const { values } = parseArgs({
  options: {
    meetings: { type: 'string', default: '170' },
    participants: { type: 'string', default: '6' },
    exports: { type: 'string', default: '40' },
    'idle-seconds': { type: 'string', default: '120' },
    'rate-limit': { type: 'string', default: 'off' },
    dist: { type: 'string' },
    'without-quality': { type: 'boolean', default: false },
    'fault-rate': { type: 'string', default: '0' },
    /** `workflow` or `activity`. */
    'fan-out': { type: 'string', default: 'workflow' },
    verbose: { type: 'boolean', default: false },
  },
});
const DAY = '2025-03-04';
const EXPORTS_DAY = '2025-04-01';
/** Of the documentation; what an idle worker does may depend on it. */
const REAL_LIMIT = '100/60000ms';
const FAULTS: FaultKind[] = ['429', '400-limit', 'dead-token', '500', 'reset', '502-html', 'hang'];
const TOKEN_INVALID = 99991663;
const HEARTBEAT = 'grpc_RecordActivityTaskHeartbeat';
/** Until a new worker has done all that it does once. */
const SETTLED_MS = 15_000;
const SECONDS_A_MONTH = 30 * 24 * 60 * 60;

/** Heartbeats of an idle worker, a millisecond; 0 where it is not measured. */
let idleRate = 0;

async function main(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'feishu-vc-bill-'));
  const metricsPort = await freePort();
  const product = await startProduct({
    cli: await withServerArguments(await findTemporalCli(), dir, ['--metrics-port', String(metricsPort)]),
    workers: 0,
    ...(values.dist === undefined ? {} : { dist: values.dist }),
    env: { FEISHU_RATE_LIMIT: values['rate-limit'] },
    sandbox: {
      rateLimit: values['rate-limit'],
      taskDelayMs: [2000, 10_000],
      meetingsPerDay: Number(values.meetings),
      participantsPerMeeting: Number(values.participants),
      minutesPerMeeting: 2,
      longMeetings: false,
      faults: FAULTS.map((kind) => ({ on: 'all', kind, rate: Number(values['fault-rate']) / FAULTS.length })),
    },
  });
  try {
    if (Number(values['idle-seconds']) > 0) await idleWorker(product, metricsPort);
    const worker = await product.startWorker();
    const metered = meteredOf(product, metricsPort, worker.pid!);
    await sleep(SETTLED_MS);
    await day(product, metered);
    if (Number(values.exports) > 0) await exports(product, metered);
  } finally {
    await product.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function meteredOf({ dir, temporal }: Product, metricsPort: number, workerPid: number): Metered {
  return { metricsPort, dir, serverPid: temporal.child.pid!, workerPid };
}

async function idleWorker(product: Product, metricsPort: number): Promise<void> {
  const worker = await product.startWorker({ FEISHU_RATE_LIMIT: REAL_LIMIT, FEISHU_TASK_QUEUE: 'feishu-vc-idle' });
  const metered = meteredOf(product, metricsPort, worker.pid!);
  await sleep(SETTLED_MS);
  const before = await read(metered);
  await sleep(1000 * Number(values['idle-seconds']));
  const used = difference(before, await read(metered));
  await worker.stop();
  idleRate = (used.actions.get(HEARTBEAT) ?? 0) / used.atMs;
  const perMonth = (count: number) => Math.round((count * 1000 * SECONDS_A_MONTH) / used.atMs);
  const perMinute = (count: number) => ((count * 60_000) / used.atMs).toFixed(1);
  const rows = (counts: Map<string, number>) =>
    [...counts].map(([name, count]) => ({ name, 'a minute': perMinute(count), 'a month': perMonth(count) }));
  console.log(`\nAn idle worker at ${REAL_LIMIT}, over ${seconds(used.atMs)} s: actions`);
  console.table(rows(used.actions));
  console.log('requests that the server answered, which are no actions but for the heartbeats');
  console.table(rows(used.requests));
  console.table({
    'server CPU, ms a minute': perMinute(used.serverCpuMs),
    'worker CPU, ms a minute': perMinute(used.workerCpuMs),
  });
}

async function day(product: Product, metered: Metered): Promise<void> {
  const { client, sandbox } = product;
  const before = await read(metered);
  const memory = sampleMemory(product, metered.workerPid);
  const include = values['without-quality'] ? (['meetings', 'participants'] as const) : undefined;
  const run = await client.start('exportDay', {
    day: DAY,
    fan_out: values['fan-out'] === 'activity' ? 'activity' : 'workflow',
    ...(include ? { include: [...include] } : {}),
  });
  const result = await run.result().finally(memory);
  const peakMiB = memory();
  const used = difference(before, await read(metered));
  const units = Object.values(result.units).reduce((total, count) => total + count, 0);
  console.log(JSON.stringify({ complete: result.complete, units: result.units, tables: result.tables }));
  const calls = sandbox.ledger.calls.length;
  print(`A day of ${units} sessions`, { used, units, bills: await billOf(client.temporal, [run.workflowId]) });
  console.table({
    'calls a second': ((1000 * calls) / used.atMs).toFixed(1),
    'worker RSS at most, MiB': Math.round(peakMiB),
  });
  if (!values['without-quality']) await compare(product);
}

async function exports({ client, sandbox }: Product, metered: Metered): Promise<void> {
  const { from } = sandbox.tenant.dayRange(EXPORTS_DAY);
  const before = await read(metered);
  const runs = await Promise.all(
    Array.from({ length: Number(values.exports) }, (_, i) =>
      client.start('exportResource', {
        resource: 'meeting_list',
        request: { start_time: String(from), end_time: String(from + 3600 + i) },
      }),
    ),
  );
  await Promise.all(runs.map((run) => run.result()));
  const used = difference(before, await read(metered));
  const ids = runs.map(({ workflowId }) => workflowId);
  const bills = await billOf(client.temporal, ids);
  print(`${runs.length} export tasks of 2 to 10 s at once`, { used, units: runs.length, bills });
}

function print(
  title: string,
  { used, units, bills }: { used: Reading; units: number; bills: Map<string, TypeBill> },
): void {
  const each = (count: number, digits = 2) => (count / units).toFixed(digits);
  const all = [...bills.values()];
  const total = (key: keyof TypeBill) => all.reduce((count, bill) => count + bill[key], 0);
  console.log(`\n${title}: ${seconds(used.atMs)} s. All histories, by type of workflow`);
  console.table(Object.fromEntries(bills));
  console.log('Actions: all, and for each of these');
  const actions = [...used.actions].map(([name, count]) => ({ name, count, each: each(count) }));
  const count = sum(used.actions);
  const heartbeats = used.actions.get(HEARTBEAT) ?? 0;
  console.table([...actions, { name: 'in all', count, each: each(count) }]);
  console.log('For each of these');
  console.table({
    executions: each(total('executions')),
    events: each(total('events'), 1),
    'history bytes': each(total('bytes'), 0),
    'workflow tasks': each(total('workflow tasks')),
    activities: each(total('activities')),
    'attempts of activities': each(total('attempts')),
    heartbeats: each(heartbeats),
    'heartbeats beyond an idle worker': each(heartbeats - idleRate * used.atMs),
    'local activities': each(total('local activities')),
    timers: each(total('timers')),
    children: each(total('children')),
    'signals got': each(total('signals got')),
    'search attribute upserts': each(total('upserts')),
    'actions without heartbeats': each(count - heartbeats),
    'server CPU, ms': each(used.serverCpuMs, 1),
    'worker CPU, ms': each(used.workerCpuMs, 1),
    'database bytes': each(used.databaseBytes, 0),
  });
}

async function compare({ dataDir, sandbox }: Product): Promise<void> {
  const { lost, extra, units, minutes } = await compareDay({ dataDir, tenant: sandbox.tenant, day: DAY });
  const asked = sandbox.ledger.calls
    .filter((call) => call.endpoint === 'L3')
    .map(({ params }) => JSON.stringify(params));
  console.log(`${units} units, ${minutes} minutes: ${lost.length} lost, ${extra.length} doubled or wrong`);
  const calls = sandbox.ledger.calls.filter(({ endpoint }) => endpoint !== 'A1');
  const struck = calls.filter(({ fault }) => fault !== null).length;
  const revoked = calls.filter(({ fault, code }) => fault === null && code === TOKEN_INVALID).length;
  const needed = new Set(calls.map(({ path, params }) => `${path} ${JSON.stringify(params)}`)).size;
  console.log(`${calls.length} calls: ${needed} needed, ${struck} struck by faults, ${revoked} with a revoked token`);
  console.log(`${asked.length} calls of L3, ${asked.length - new Set(asked).size} of them repeated`);
}

/** Samples until called, and gives the highest. */
function sampleMemory({ sandbox }: Product, pid: number): () => number {
  let peakMiB = 0;
  let ticks = 0;
  const timer = setInterval(() => {
    peakMiB = Math.max(peakMiB, residentMiB(pid));
    if (values.verbose && ++ticks % 20 === 0)
      console.log(`${sandbox.ledger.calls.length} calls, ${Math.round(peakMiB)} MiB`);
  }, 250);
  return () => {
    clearInterval(timer);
    return peakMiB;
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

await main();
