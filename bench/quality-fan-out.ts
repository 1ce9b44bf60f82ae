/**
 * Measures a busy day without a limit on calls: the size of every history, what a unit costs, and whether one is lost
 * or doubled where runs continue as new.
 *
 *     npx tsx bench/quality-fan-out.ts --meetings 1 --participants 10000
 *     npx tsx bench/quality-fan-out.ts --meetings 500 --participants 6
 *     npx tsx bench/quality-fan-out.ts --meetings 500 --participants 6 --without-quality
 *     npx tsx bench/quality-fan-out.ts --meetings 100 --participants 6 --fault-rate 0.05
 *
 * Needs a build in dist, the Temporal CLI, and Linux.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import type { FaultKind } from '../sandbox/index.ts';
import { compareDay, histories } from '../test/support/load.ts';
import { cpuSeconds, residentMiB } from '../test/support/process-figures.ts';
import { startProduct, type Product } from '../test/support/product.ts';

const { values } = parseArgs({
  options: {
    meetings: { type: 'string', default: '1' },
    participants: { type: 'string', default: '10000' },
    'without-quality': { type: 'boolean', default: false },
    'fault-rate': { type: 'string', default: '0' },
    verbose: { type: 'boolean', default: false },
  },
});
const DAY = '2025-03-04';
const FAULTS: FaultKind[] = ['429', '400-limit', 'dead-token', '500', 'reset', '502-html', 'hang'];
const TOKEN_INVALID = 99991663;

async function main(): Promise<void> {
  const product = await startProduct({
    cli: await findTemporalCli(),
    sandbox: {
      meetingsPerDay: Number(values.meetings),
      participantsPerMeeting: Number(values.participants),
      minutesPerMeeting: 2,
      longMeetings: false,
      faults: FAULTS.map((kind) => ({ on: 'all', kind, rate: Number(values['fault-rate']) / FAULTS.length })),
    },
  });
  try {
    const { client, sandbox, temporal } = product;
    const worker = product.workers[0]!.pid!;
    const server = temporal.child.pid!;
    const before = { worker: cpuSeconds(worker), server: cpuSeconds(server), bytes: databaseBytes(product) };
    const startMs = performance.now();
    const memory = sampleMemory(product, worker);
    const include = values['without-quality'] ? (['meetings', 'participants'] as const) : undefined;
    const handle = await client.start('exportDay', { day: DAY, ...(include ? { include: [...include] } : {}) });
    const result = await handle.result();
    const seconds = (performance.now() - startMs) / 1000;
    const peakMiB = memory();
    const sizes = await histories(client);
    const units = Object.values(result.units).reduce((sum, count) => sum + count, 0);
    console.log(JSON.stringify({ complete: result.complete, units: result.units, tables: result.tables }));
    console.table({
      seconds: seconds.toFixed(1),
      'calls a second': (sandbox.ledger.calls.length / seconds).toFixed(1),
      executions: sizes.executions,
      'longest history, events': sizes.longest,
      'largest history, KiB': Math.round(sizes.largestBytes / 1024),
      'continued as new': JSON.stringify(sizes.continuedAsNew),
      'events per unit': (sizes.events / units).toFixed(1),
      'history bytes per unit': Math.round(sizes.bytes / units),
      'database bytes per unit': Math.round((databaseBytes(product) - before.bytes) / units),
      'server CPU per unit, ms': ((1000 * (cpuSeconds(server) - before.server)) / units).toFixed(1),
      'worker CPU per unit, ms': ((1000 * (cpuSeconds(worker) - before.worker)) / units).toFixed(1),
      'worker RSS at most, MiB': Math.round(peakMiB),
    });
    if (!values['without-quality']) await compare(product);
  } finally {
    await product.stop();
  }
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

function databaseBytes({ dir }: Product): number {
  const size = (name: string) => statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0;
  return size('temporal.db') + size('temporal.db-wal');
}

await main();
