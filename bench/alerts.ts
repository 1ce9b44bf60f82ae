/**
 * Has alerts of deploy/prometheus/alerts.yml really fire: a fault for each, made to a running product, until Prometheus fires; then its
 * end, until the alert clears. `for` and the windows of the rules are cut to seconds, the ages of days are as they are.
 *
 *     npx tsx bench/alerts.ts
 *     npx tsx bench/alerts.ts --only FeishuVcStoreAway,FeishuVcNoLease
 *
 * Needs a build in dist, the Temporal CLI, PostgreSQL and Prometheus.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../client/embedded/ports.ts';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { addDays, dayOf } from '../model/calendar.ts';
import type { FaultRule } from '../sandbox/faults.ts';
import { SMALL } from '../test/support/day.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { startProduct } from '../test/support/product.ts';
import { startPrometheus } from '../test/support/prometheus.ts';
import { ROOT } from '../test/support/tree.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, 'patience-seconds': { type: 'string', default: '180' } },
});
const PATIENCE_MS = 1000 * Number(values['patience-seconds']);
const rules = readFileSync(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8')
  .replaceAll(/for: \w+/g, 'for: 2s')
  .replaceAll(/\[\d+m\]/g, '[20s]')
  .replaceAll(/offset \d+m/g, 'offset 20s');

const TODAY = dayOf(Date.now() / 1000, 'Asia/Shanghai');
/** None of them is newer than three days, so that none makes the newest complete day. */
const OLD_DAYS = [70, 71, 72, 73, 74, 75, 76].map((back) => addDays(TODAY, -back));

const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-alerts-'));
const postgres = await startPostgres();
const product = await startProduct({
  cli: await findTemporalCli(),
  workers: 0,
  sandbox: { ...SMALL, longMeetings: false, meetingsPerDay: 2 },
});
const secretFile = join(folder, 'secret');
await writeFile(secretFile, 'sandbox-secret');
const app = { FEISHU_BASE_URL: product.sandbox.url, FEISHU_APP_ID: 'cli_sandbox' };
const profiles = {
  user: { ...app, FEISHU_APP_SECRET: 'sandbox-secret', FEISHU_IDENTITY: 'user' },
  default: { ...app, FEISHU_APP_SECRET_FILE: secretFile },
};
await writeFile(join(folder, 'profiles.json'), JSON.stringify(profiles));
const metrics = `127.0.0.1:${await freePort()}`;
const startWorker = () =>
  product.startWorker({
    METRICS_ADDRESS: metrics,
    FEISHU_PROFILES: join(folder, 'profiles.json'),
    FEISHU_GRANTS_URL: `file:${folder}/grants`,
    FEISHU_RATE_LIMIT: '1000/60s',
    WAREHOUSE_URL: postgres.url,
  });
let worker = await startWorker();
const prometheus = await startPrometheus({ targets: [metrics], rules });

const isFiring = async (name: string): Promise<boolean> =>
  (await prometheus.alerts()).some((alert) => alert.name === name && alert.state === 'firing');

/** Seconds until it is so; null: it did not come within the patience. */
async function secondsUntil(holds: () => Promise<boolean>): Promise<number | null> {
  const sinceMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - sinceMs > PATIENCE_MS) return null;
    await sleep(500);
  }
  return Math.round((performance.now() - sinceMs) / 1000);
}

const finish = async (day: string, more: object = {}): Promise<unknown> =>
  (await product.client.start('exportDay', { day, ...more })).result();
/** Days that do not end under their fault: they are waited for when it is over. */
const begun: Promise<unknown>[] = [];
const begin = async (day: string): Promise<void> => void begun.push(finish(day));
const faulty = async (...faults: FaultRule[]): Promise<void> => product.sandbox.faults.set(faults);

interface Case {
  fault(): Promise<unknown>;
  /** Absent: it ends by itself hours later, or by a person. */
  end?(): Promise<unknown>;
}
const data = product.dataDir;
/** In this order: what is first needs a store without days. */
const cases: Record<string, Case> = {
  FeishuVcLogInEnds: { fault: async () => undefined },
  FeishuVcNoCompleteDay: { fault: () => finish(OLD_DAYS[0]!), end: () => finish(addDays(TODAY, -3)) },
  FeishuVcNoSealedDay: { fault: async () => undefined, end: () => finish(addDays(TODAY, -3)) },
  FeishuVcUnitsFailed: {
    fault: () => faulty({ on: 'L3', kind: 'refuse' }).then(() => finish(OLD_DAYS[1]!)),
    end: () => faulty().then(() => finish(OLD_DAYS[1]!, { refresh: 'missing' })),
  },
  FeishuVcGapsGrowOld: {
    fault: () => faulty({ on: 'L3', kind: 'refuse' }).then(() => finish(OLD_DAYS[2]!)),
    end: () => faulty().then(() => finish(OLD_DAYS[2]!, { refresh: 'missing' })),
  },
  FeishuVcThrottled: {
    fault: () => faulty({ on: 'L3', kind: '429', rate: 0.6 }).then(() => begin(OLD_DAYS[3]!)),
    end: () => faulty(),
  },
  FeishuVcFeishuAway: {
    fault: () => faulty({ on: 'all', kind: 'reset' }).then(() => begin(OLD_DAYS[4]!)),
    end: () => faulty(),
  },
  FeishuVcCredentials: {
    // Tokens of before are revoked, so that the secret is asked for.
    fault: async () => {
      await writeFile(secretFile, 'another');
      await faulty({ on: 'all', kind: 'dead-token', times: 3 });
      await begin(OLD_DAYS[5]!);
    },
    end: () => faulty().then(() => writeFile(secretFile, 'sandbox-secret')),
  },
  FeishuVcStoreAway: {
    fault: async () => {
      await faulty({ on: 'E1', kind: 'slow', delayMs: 3000, times: 1 });
      await begin(OLD_DAYS[6]!);
      while (product.sandbox.ledger.calls.at(-1)?.endpoint !== 'E1') await sleep(20);
      await rename(data, `${data}-away`);
    },
    end: async () => {
      // What was being written while the folder went.
      await rm(data, { recursive: true, force: true });
      await rename(`${data}-away`, data);
    },
  },
  FeishuVcWarehouseBehind: {
    fault: () => postgres.crash().then(() => finish(OLD_DAYS[0]!)),
    end: () => postgres.start(),
  },
  FeishuVcTemporalAway: { fault: async () => void (away = product.restartTemporal(30_000)), end: () => away },
  FeishuVcNoLease: { fault: () => worker.stop(), end: async () => void (worker = await startWorker()) },
  FeishuVcNoPollers: { fault: () => worker.stop(), end: async () => void (worker = await startWorker()) },
};
let away: Promise<void> = Promise.resolve();

let failed = 0;
const only = values.only?.split(',');
for (const [name, { fault, end }] of Object.entries(cases)) {
  if (only && !only.includes(name)) continue;
  await fault();
  const fires = await secondsUntil(() => isFiring(name));
  await end?.();
  const clears = end && (await secondsUntil(async () => !(await isFiring(name))));
  await Promise.all(begun.splice(0));
  if (fires === null || clears === null) failed++;
  const said = clears === undefined ? '' : clears === null ? ', does not clear' : `, clears in ${clears} s`;
  console.log(`${name}: ${fires === null ? 'does not fire' : `fires in ${fires} s`}${said}`);
}

await prometheus.stop();
await product.stop();
await postgres.stop();
await rm(folder, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;
