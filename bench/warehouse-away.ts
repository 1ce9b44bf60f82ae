/**
 * Measures what a backfill feels of a warehouse that is away: its PostgreSQL crashes in the middle and comes back some
 * minutes later. Says how many calls were made before, meanwhile and after, and which days were committed meanwhile, and
 * compares every cell of the warehouse with the store in the end.
 *
 *     npx tsx bench/warehouse-away.ts --away-seconds 600
 *
 * Needs a build in dist, the Temporal CLI and PostgreSQL on this machine; starts one of its own.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { readManifest } from '../dataset/manifest.ts';
import { compareEveryCell, wantedOf } from '../test/support/compare.ts';
import { storedRows } from '../test/support/committed-rows.ts';
import { SMALL, topLevel } from '../test/support/day.ts';
import { daysFrom } from '../test/support/operators.ts';
import { quotaOf } from '../test/support/outages.ts';
import { startPostgres, type Postgres } from '../test/support/postgres.ts';
import { startProduct, type Product } from '../test/support/product.ts';
import { TABLE_NAMES } from '../test/support/table-days.ts';
import { warehouseRows } from '../test/support/warehouse-rows.ts';

const { values } = parseArgs({
  options: {
    'away-seconds': { type: 'string', default: '600' },
    days: { type: 'string', default: '12' },
    meetings: { type: 'string', default: '40' },
    participants: { type: 'string', default: '6' },
    workers: { type: 'string', default: '2' },
    'rate-limit': { type: 'string', default: '20/6s' },
  },
});
const AWAY_MS = 1000 * Number(values['away-seconds']);
const dates = daysFrom('2025-03-04', Number(values.days));

/** Days whose tables are committed. */
async function committed({ store }: Product): Promise<string[]> {
  const manifests = await Promise.all(dates.map((day) => readManifest(store, { profile: 'default', day })));
  return manifests.flatMap((manifest) => (manifest ? [manifest.day] : []));
}

/** Of which the warehouse has the tables. */
async function loaded(postgres: Postgres): Promise<number> {
  const rows = await postgres.query('SELECT DISTINCT day FROM feishu_vc.days').catch(() => []);
  return rows.length;
}

const perMinute = (calls: number, ms: number): string => `${((calls * 60_000) / ms).toFixed(1)} a minute`;

/** Calls of Feishu until now, but for those that fetch tokens. */
const callsOf = ({ sandbox }: Product): number =>
  sandbox.ledger.calls.filter(({ endpoint }) => endpoint !== 'A1').length;

const postgres = await startPostgres();
const product = await startProduct({
  cli: await findTemporalCli(),
  workers: Number(values.workers),
  sandbox: {
    ...SMALL,
    meetingsPerDay: Number(values.meetings),
    participantsPerMeeting: Number(values.participants),
    minutesPerMeeting: 10,
    rateLimit: values['rate-limit'],
    window: 'sliding',
    longMeetings: false,
    emptyDays: false,
  },
  env: { FEISHU_RATE_LIMIT: values['rate-limit'], WAREHOUSE_URL: postgres.url },
});
try {
  const { tenant } = product.sandbox;
  const began = performance.now();
  const range = { from: dates[0]!, to: dates.at(-1)! };
  const run = await product.client.start('backfill', { ...range, room_level_id: topLevel(tenant) });
  const ended = { yet: false };
  const result = run.result().finally(() => (ended.yet = true));
  while ((await loaded(postgres)) === 0) await sleep(500);

  const before = { calls: callsOf(product), ms: performance.now() - began, days: await committed(product) };
  console.log(`away after ${Math.round(before.ms / 1000)} s, with ${before.days.length} days committed`);
  await postgres.crash();
  const awayAt = performance.now();
  while (performance.now() - awayAt < AWAY_MS && !ended.yet) await sleep(500);
  const away = { calls: callsOf(product) - before.calls, ms: performance.now() - awayAt };
  const meanwhile = (await committed(product)).filter((day) => !before.days.includes(day));
  const { waiting_for } = await run.progress();
  await postgres.start();
  console.log(`back after ${Math.round(away.ms / 1000)} s, with ${meanwhile.length} more days committed`);
  const backAt = performance.now();
  const hadAlready = before.days.length + meanwhile.length;
  while ((await loaded(postgres)) < hadAlready) await sleep(200);
  const caughtUpMs = performance.now() - backAt;

  const { complete, units } = await result;
  while ((await loaded(postgres)) < dates.length) await sleep(200);
  const { lost, extra, doubled } = await compareEveryCell(product.dataDir, wantedOf(tenant, dates));
  const unlike = [];
  for (const table of TABLE_NAMES) {
    const [stored, rows] = [await storedRows(product.store, table, dates), await warehouseRows(postgres, table)];
    if (JSON.stringify(stored) !== JSON.stringify(rows)) unlike.push(table);
  }
  console.table({
    'calls before': perMinute(before.calls, before.ms),
    'calls while it was away': perMinute(away.calls, away.ms),
    'days committed while it was away': meanwhile.length,
    'the backfill waited for': waiting_for ?? 'nothing',
    'all of these loaded, after its return': `${(caughtUpMs / 1000).toFixed(1)} s`,
    complete,
    units: JSON.stringify(units),
    'rows lost, wrong, doubled in the store': `${lost.length}, ${extra.length}, ${doubled.length}`,
    'tables of the warehouse unlike the store': unlike.join(', '),
    ...quotaOf(product, values['rate-limit']),
    load: loadavg()[0]?.toFixed(1),
  });
} finally {
  await product.stop();
  await postgres.stop();
}
