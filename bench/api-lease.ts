/**
 * Measures the API lease: worker processes share limits; the one that makes the calls is killed, stopped and continued,
 * and asked to end.
 *
 *     npx tsx bench/api-lease.ts --calls 2000 --window-ms 6000 --latency-ms 20 --apps 2
 *     npx tsx bench/api-lease.ts --calls 200 --window-calls 5 --window-ms 3000 --apps 40 --shards 4
 *
 * With --calm nothing happens to them. Needs the Temporal CLI.
 */
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { summarise } from '../test/support/api-lease-figures.ts';
import type { Incident } from '../test/support/api-lease-figures.ts';
import { startRig } from '../test/support/api-lease-rig.ts';
import type { Rig, WorkerProcess } from '../test/support/api-lease-rig.ts';
import type { Step } from '../test/support/api-lease-worker.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    'window-calls': { type: 'string', default: '100' },
    'window-ms': { type: 'string', default: '6000' },
    'latency-ms': { type: 'string', default: '20' },
    'stop-ms': { type: 'string', default: '10000' },
    apps: { type: 'string', default: '2' },
    shards: { type: 'string', default: '1' },
    processes: { type: 'string', default: '3' },
    calm: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const BEAT = 'recordActivityTaskHeartbeat';
/** What was sent before the strike. */
const STILL_ARRIVES_MS = 200;
/** A lease that moves is felt for so long at most, on a busy machine too. */
const FAIL_OVER_MS = 20_000;

interface Struck extends Incident {
  pid: number;
}

async function main(): Promise<void> {
  const limit = { calls: Number(values['window-calls']), windowMs: Number(values['window-ms']) };
  const apps = Number(values.apps);
  const shards = Number(values.shards);
  const rig = await startRig({
    cli: await findTemporalCli(),
    processes: Number(values.processes),
    apps,
    shards,
    limit,
    latencyMs: Number(values['latency-ms']),
    unansweredMs: limit.windowMs / 3,
    ...(values.verbose ? { onLog: console.error } : {}),
  });
  try {
    const calls = Number(values.calls);
    const startMs = performance.now();
    const done = rig.makeCalls(calls);
    const stats = sample(rig);
    const incidents = values.calm ? [] : await disturb(rig, { total: calls * apps, shards });
    await done;
    const seconds = (performance.now() - startMs) / 1_000;
    const { rssMb, beatsPerSecond, starvedShare } = stats();
    console.log(
      `${apps} apps, ${rig.arrivals.length} arrivals in ${seconds.toFixed(1)} s; load ${loadavg()[0]!.toFixed(1)}`,
    );
    const rows = Array.from({ length: apps }, (_, app) => {
      const arrivals = rig.arrivals.filter((arrival) => arrival.app === app);
      const disturbedMs = Math.max(2 * limit.windowMs, FAIL_OVER_MS);
      const figures = summarise({ arrivals, limit, incidents, disturbedMs });
      return {
        arrivals: arrivals.length,
        throttled: figures.throttled,
        'most in any window': figures.mostInAnyWindow,
        // On a machine so busy that the API itself is: a window may be exceeded by these, as by calls that Feishu counts late.
        'counted after their timeout': arrivals.filter(({ underWayMs = 0 }) => underWayMs > limit.windowMs / 3).length,
        'use without incidents, %': percent(figures.utilisation),
        'use of the whole run, %': percent(figures.wholeUtilisation),
        ...Object.fromEntries(figures.gapsMs.map((gap) => [`gap after ${gap.kind}, ms`, Math.round(gap.gapMs)])),
      };
    });
    console.table(rows);
    for (const incident of incidents.filter(({ kind }) => kind === 'SIGKILL' || kind === 'SIGSTOP')) {
      console.log(`From ${incident.kind} to the first call of another process, ms:`);
      console.table(timeline(rig, incident));
    }
    console.table({
      'most of any app in any window': Math.max(...rows.map((row) => row['most in any window'])),
      'least use without incidents, %': Math.min(...rows.map((row) => row['use without incidents, %'])),
      'mean use without incidents, %': percent(mean(rows.map((row) => row['use without incidents, %'])) / 100),
      'holder RSS, MB': rssMb,
      'beats per second': beatsPerSecond.toFixed(2),
      'time with an empty queue, %': (100 * starvedShare).toFixed(1),
    });
  } finally {
    await rig.stop();
  }
}

const percent = (share: number): number => Math.round(10_000 * share) / 100;
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

/** Kills, stops and ends a holder at a quarter, a half and three quarters of the calls; of several leases, each time another. */
async function disturb(rig: Rig, o: { total: number; shards: number }): Promise<Struck[]> {
  const incidents: Struck[] = [];
  for (const [i, kind] of (['SIGKILL', 'SIGSTOP', 'SIGTERM'] as const).entries()) {
    await rig.reached(((i + 1) * o.total) / 4);
    const holder = await rig.holder(i % o.shards);
    console.log(`${kind} to ${holder.name}, pid ${holder.pid}, which holds the leases ${holder.heldShards.join(', ')}`);
    incidents.push({ kind, atMs: performance.now(), pid: holder.pid });
    process.kill(pidOf(holder), kind);
    if (kind !== 'SIGSTOP') continue;
    await delay(Number(values['stop-ms']));
    process.kill(pidOf(holder), 'SIGCONT');
    incidents.push({ kind: 'SIGCONT', atMs: performance.now(), pid: holder.pid });
  }
  return incidents;
}

/** A signal to a wrapper would leave the process itself alive. */
function pidOf({ child, pid, name }: WorkerProcess): number {
  if (child.pid !== pid) throw new Error(`${name} works as process ${pid}, but ${child.pid} was started`);
  return pid;
}

type NamedStep = Step & { name: string };
const stepsOf = (workers: readonly WorkerProcess[]): NamedStep[] =>
  workers.flatMap(({ name, steps }) => steps.map((step) => ({ name, ...step })));

interface Line {
  process: string;
  what: string;
  from: number;
  to: number;
  times: number;
}

/** What happened from the last record of the one that had the lease to the first call of the next, ms after it was struck. */
function timeline(rig: Rig, { atMs, pid }: Struck): Line[] {
  const epochMs = performance.timeOrigin + atMs;
  const first = rig.arrivals.find((arrival) => arrival.atMs > atMs + STILL_ARRIVES_MS)?.atMs ?? Infinity;
  const struck = stepsOf(rig.workers.filter((worker) => worker.pid === pid));
  const lastBeat = struck.findLast(({ what, endedMs }) => what === BEAT && endedMs <= epochMs);
  const after = stepsOf(rig.workers.filter((worker) => worker.pid !== pid))
    .filter(({ beganMs, endedMs }) => endedMs > epochMs && beganMs < performance.timeOrigin + first)
    .toSorted((a, b) => a.beganMs - b.beganMs);
  const lines: Line[] = [];
  for (const { name, what, beganMs, endedMs } of lastBeat === undefined ? after : [lastBeat, ...after]) {
    const line = {
      process: name,
      what,
      from: Math.round(beganMs - epochMs),
      to: Math.round(endedMs - epochMs),
      times: 1,
    };
    const before = lines.at(-1);
    if (before?.what !== what || before.process !== name || what === BEAT) lines.push(line);
    else lines.splice(-1, 1, { ...before, to: Math.max(before.to, line.to), times: before.times + 1 });
  }
  const ms = Math.round(first - atMs);
  return [...lines, { process: '', what: 'the first call arrives', from: ms, to: ms, times: 1 }];
}

/** Largest memory of a holder, the rate of beats and how often calls were short, until asked. */
function sample(rig: Rig): () => { rssMb: number; beatsPerSecond: number; starvedShare: number } {
  const startMs = performance.now();
  let rssMb = 0;
  let samples = 0;
  let starved = 0;
  const timer = setInterval(() => {
    for (const worker of rig.workers) {
      if (worker.heldShards.length === 0) continue;
      rssMb = Math.max(rssMb, worker.rssMb);
      samples += 1;
      if (worker.starved) starved += 1;
    }
  }, 250);
  return () => {
    clearInterval(timer);
    const beats = rig.workers.flatMap(({ steps }) => steps.filter(({ what }) => what === BEAT)).length;
    const beatsPerSecond = (beats * 1_000) / (performance.now() - startMs);
    return { rssMb, beatsPerSecond, starvedShare: starved / Math.max(1, samples) };
  };
}

await main();
