/**
 * Measures the governor: three worker processes share limits; the one that makes the calls is killed, stopped and
 * continued, and asked to end.
 *
 *     npx tsx bench/api-lease.ts --calls 2000 --window-ms 6000 --latency-ms 20 --apps 2
 *
 * With --calm nothing happens to them. Needs the Temporal CLI.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { summarise } from '../test/support/api-lease-figures.ts';
import type { Incident } from '../test/support/api-lease-figures.ts';
import { startRig } from '../test/support/api-lease-rig.ts';
import type { Rig } from '../test/support/api-lease-rig.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    'window-calls': { type: 'string', default: '100' },
    'window-ms': { type: 'string', default: '6000' },
    'latency-ms': { type: 'string', default: '20' },
    'stop-ms': { type: 'string', default: '10000' },
    apps: { type: 'string', default: '2' },
    calm: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const limit = { calls: Number(values['window-calls']), windowMs: Number(values['window-ms']) };
  const apps = Number(values.apps);
  const rig = await startRig({
    cli: await findTemporalCli(),
    processes: 3,
    apps,
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
    const incidents = values.calm ? [] : await disturb(rig, { total: calls * apps });
    await done;
    const seconds = (performance.now() - startMs) / 1_000;
    const { rssMb, beatsPerSecond, starvedShare } = stats();
    for (let app = 0; app < apps; app += 1) {
      const arrivals = rig.arrivals.filter((arrival) => arrival.app === app);
      const figures = summarise({ arrivals, limit, incidents });
      console.log(`app ${app}: ${arrivals.length} arrivals in ${seconds.toFixed(1)} s, ${figures.throttled} throttled`);
      console.table({
        'most in any window': figures.mostInAnyWindow,
        'use without incidents, %': (100 * figures.utilisation).toFixed(2),
        'use of the whole run, %': (100 * figures.wholeUtilisation).toFixed(2),
        ...Object.fromEntries(figures.gapsMs.map((gap) => [`gap after ${gap.kind}, ms`, Math.round(gap.gapMs)])),
        'owner RSS, MB': rssMb,
        'beats per second': beatsPerSecond.toFixed(2),
        'time with an empty queue, %': (100 * starvedShare).toFixed(1),
      });
    }
  } finally {
    await rig.stop();
  }
}

/** Kills, stops and ends the owner at a quarter, a half and three quarters of the calls. */
async function disturb(rig: Rig, o: { total: number }): Promise<Incident[]> {
  const incidents: Incident[] = [];
  for (const [i, kind] of (['SIGKILL', 'SIGSTOP', 'SIGTERM'] as const).entries()) {
    await rig.reached(((i + 1) * o.total) / 4);
    const { child } = await rig.owner();
    incidents.push({ kind, atMs: performance.now() });
    child.kill(kind);
    if (kind !== 'SIGSTOP') continue;
    await delay(Number(values['stop-ms']));
    child.kill('SIGCONT');
    incidents.push({ kind: 'SIGCONT', atMs: performance.now() });
  }
  return incidents;
}

/** Largest memory of an owner, the rate of beats and how often calls were short, until asked. */
function sample(rig: Rig): () => { rssMb: number; beatsPerSecond: number; starvedShare: number } {
  const startMs = performance.now();
  let rssMb = 0;
  let samples = 0;
  let starved = 0;
  const timer = setInterval(() => {
    for (const worker of rig.workers) {
      if (!worker.owner) continue;
      rssMb = Math.max(rssMb, worker.rssMb);
      samples += 1;
      if (worker.starved) starved += 1;
    }
  }, 250);
  return () => {
    clearInterval(timer);
    const beats = rig.workers.reduce((sum, worker) => sum + worker.beats, 0);
    const beatsPerSecond = (beats * 1_000) / (performance.now() - startMs);
    return { rssMb, beatsPerSecond, starvedShare: starved / Math.max(1, samples) };
  };
}

await main();
