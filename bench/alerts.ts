/**
 * Has each alert of deploy/prometheus/alerts.yml really fire: a fault for each, made to a running product, until Prometheus fires; then
 * its end, until the alert clears. `for` and the windows of the rules are cut to seconds, and so is, in a copy of the build, what the
 * worker waits between two looks at a month's quota and at the log-ins; the ages of days are as they are. Meanwhile every panel of the
 * dashboard is asked until it has had data.
 *
 *     npx tsx bench/alerts.ts
 *     npx tsx bench/alerts.ts --only FeishuVcStoreAway,FeishuVcNoLease
 *
 * Needs a build in dist, the Temporal CLI, PostgreSQL and Prometheus.
 */
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { freePort } from '../client/embedded/ports.ts';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { FileVault } from '../logins/file-vault.ts';
import { readGrant, writeGrant } from '../logins/grant.ts';
import { addDays, dayOf } from '../model/calendar.ts';
import type { FaultRule } from '../sandbox/faults.ts';
import { SMALL } from '../test/support/day.ts';
import { logIn } from '../test/support/login.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { DIST, startProduct } from '../test/support/product.ts';
import { startPrometheus } from '../test/support/prometheus.ts';
import { ROOT } from '../test/support/tree.ts';
import { startTemporalProxy } from './alerts/temporal-proxy.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, 'patience-seconds': { type: 'string', default: '180' } },
});
const PATIENCE_MS = 1000 * Number(values['patience-seconds']);
const RULES = readFileSync(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8');
const rules = RULES.replaceAll(/for: \w+/g, 'for: 2s')
  .replaceAll(/\[\d+m\]/g, '[20s]')
  .replaceAll(/offset \d+m/g, 'offset 20s');

const TODAY = dayOf(Date.now() / 1000, 'Asia/Shanghai');
/** None of them is newer than three days, so that none makes the newest complete day. */
const OLD_DAYS = [70, 71, 72, 73, 74, 75, 76, 77].map((back) => addDays(TODAY, -back));

const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-alerts-'));

/** Waits of the worker that are too long to be sat out here, and what stands in their place, ms. */
const SHORTENED = [
  { file: 'activities/calls/retry-policy.js', name: 'MONTHLY_PROBE_MS', ms: 15_000 },
  { file: 'worker/metrics/watch.js', name: 'STORE_EVERY_MS', ms: 10_000 },
] as const;

/** A copy of the build with these. */
async function shortenedBuild(): Promise<string> {
  const dist = join(folder, 'build/dist');
  await cp(DIST, dist, { recursive: true });
  await cp(join(ROOT, 'package.json'), join(folder, 'build/package.json'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'build/node_modules'));
  for (const { file, name, ms } of SHORTENED) {
    const text = await readFile(join(dist, file), 'utf8');
    const shortened = text.replace(new RegExp(`(const ${name} = )[^;]+;`), `$1${ms};`);
    if (shortened === text) throw new Error(`${file} has no ${name}`);
    await writeFile(join(dist, file), shortened);
  }
  return dist;
}

const postgres = await startPostgres();
const product = await startProduct({
  cli: await findTemporalCli(),
  workers: 0,
  dist: await shortenedBuild(),
  sandbox: { ...SMALL, longMeetings: false, meetingsPerDay: 2 },
});
const { address } = product.temporal;
const proxy = await startTemporalProxy(address);
const temporal = new Client({ connection: await Connection.connect({ address }) });
const QUEUE = 'feishu-vc';
const grants = join(folder, 'grants');
const vault = new FileVault({ folder: grants, key: null });
const logInAs = async (profile: string): Promise<unknown> => logIn({ url: product.sandbox.url, vault, profile });
const secretFile = join(folder, 'secret');
await writeFile(secretFile, 'sandbox-secret');
const app = { FEISHU_BASE_URL: product.sandbox.url, FEISHU_APP_ID: 'cli_sandbox' };
const profiles = {
  user: { ...app, FEISHU_APP_SECRET: 'sandbox-secret', FEISHU_IDENTITY: 'user' },
  'user-of-last-year': { ...app, FEISHU_APP_SECRET: 'sandbox-secret', FEISHU_IDENTITY: 'user' },
  default: { ...app, FEISHU_APP_SECRET_FILE: secretFile },
};
await writeFile(join(folder, 'profiles.json'), JSON.stringify(profiles));
const metrics = `127.0.0.1:${await freePort()}`;
const startWorker = () =>
  product.startWorker({
    METRICS_ADDRESS: metrics,
    FEISHU_PROFILES: join(folder, 'profiles.json'),
    FEISHU_GRANTS_URL: `file:${grants}`,
    TEMPORAL_ADDRESS: proxy.address,
    FEISHU_RATE_LIMIT: '1000/60s',
    WAREHOUSE_URL: postgres.url,
  });
let worker = await startWorker();
const prometheus = await startPrometheus({ targets: [metrics], rules });

const isFiring = async (name: string): Promise<boolean> =>
  (await prometheus.alerts()).some((alert) => alert.name === name && alert.state === 'firing');

interface Panel {
  title: string;
  /** Rows have none. */
  targets?: { expr: string }[];
}
const { panels } = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/feishu-vc.json'), 'utf8')) as { panels: Panel[] };
/** Queries of the dashboard that have had no data so far. */
const silent = new Map(
  panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }, at) => [`${title} ${at + 1}`, expr])),
);
const queries = silent.size;

async function askPanels(): Promise<void> {
  for (const [title, expr] of silent) {
    const asked = expr
      .replaceAll('$__rate_interval', '20s')
      .replaceAll('$__range', '5m')
      .replaceAll(/\$(job|profile)/g, '.*');
    const samples = await prometheus.query(asked);
    if (samples.some(({ value }) => Number.isFinite(value))) silent.delete(title);
  }
}

/** Seconds until it is so; null: it did not come within the patience. */
async function secondsUntil(holds: () => Promise<boolean>): Promise<number | null> {
  const sinceMs = performance.now();
  while (!(await holds())) {
    await askPanels();
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

/** Runs that end in their first step, for what they lack. */
const startWrong = async (id: string): Promise<unknown> =>
  temporal.workflow.start('exportDay', { taskQueue: QUEUE, workflowId: id, args: [{}] });

/** A run that was begun by a worker of other code, and is the product's from its second step on. */
async function beginByOtherCode(workflowId: string): Promise<void> {
  await worker.stop();
  const connection = await NativeConnection.connect({ address });
  const workflowsPath = fileURLToPath(new URL('alerts/other-code.ts', import.meta.url));
  const other = await Worker.create({ connection, taskQueue: QUEUE, workflowsPath });
  await other.runUntil(async () => {
    const run = await temporal.workflow.start('exportDay', { taskQueue: QUEUE, workflowId, args: [{}] });
    while ((await run.fetchHistory()).events?.every(({ timerStartedEventAttributes: timer }) => !timer))
      await sleep(100);
  });
  await connection.close();
  worker = await startWorker();
}

/** A log-in with a consent of nearly a year ago. */
async function logInOfLastYear(profile: string): Promise<void> {
  await logInAs(profile);
  const stored = await readGrant(vault, profile);
  if (stored === null) throw new Error('no log-in is there');
  const consented_at = stored.grant.consented_at - 360 * 86_400_000;
  await writeGrant(vault, profile, { grant: { ...stored.grant, consented_at }, number: stored.number });
}

interface Case {
  fault(): Promise<unknown>;
  end(): Promise<unknown>;
}
const data = product.dataDir;
/** In this order: what is first needs a store without days. */
const cases: Record<string, Case> = {
  FeishuVcConsentEnds: {
    fault: () => logInOfLastYear('user-of-last-year'),
    end: () => logInAs('user-of-last-year'),
  },
  FeishuVcLogInEnds: { fault: async () => undefined, end: () => logInAs('user') },
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
  FeishuVcMonthlyQuota: {
    fault: () => faulty({ on: 'all', kind: 'monthly-cap' }).then(() => begin(OLD_DAYS[7]!)),
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
  FeishuVcWorkflowTasksWait: {
    fault: async () => {
      process.kill(worker.pid!, 'SIGSTOP');
      for (let run = 0; run < 60; run++) await startWrong(`waits-${run}`);
      await sleep(12_000);
      process.kill(worker.pid!, 'SIGCONT');
    },
    end: async () => undefined,
  },
  FeishuVcNonDeterminism: {
    fault: () => beginByOtherCode('of-other-code'),
    end: () => temporal.workflow.getHandle('of-other-code').terminate(),
  },
  FeishuVcMessageTooLarge: {
    fault: async () => {
      proxy.refuse('too large', 'RespondWorkflowTaskCompleted');
      await startWrong('too-large');
    },
    end: async () => proxy.accept(),
  },
  FeishuVcTemporalThrottles: {
    fault: async () => proxy.refuse('throttle'),
    end: async () => proxy.accept(),
  },
  FeishuVcTemporalAway: { fault: async () => void (away = product.restartTemporal(30_000)), end: () => away },
  FeishuVcNoLease: { fault: () => worker.stop(), end: async () => void (worker = await startWorker()) },
  FeishuVcNoPollers: { fault: () => worker.stop(), end: async () => void (worker = await startWorker()) },
};
let away: Promise<void> = Promise.resolve();

const unmade = Array.from(RULES.matchAll(/- alert: (\w+)/g), ([, name = '']) => name).filter((name) => !cases[name]);
if (unmade.length > 0) throw new Error(`no fault for ${unmade.join(', ')}`);
let failed = 0;
const only = values.only?.split(',');
for (const [name, { fault, end }] of Object.entries(cases)) {
  if (only && !only.includes(name)) continue;
  await fault();
  const fires = await secondsUntil(() => isFiring(name));
  await end();
  const clears = await secondsUntil(async () => !(await isFiring(name)));
  await Promise.all(begun.splice(0));
  if (fires === null || clears === null) failed++;
  const said = clears === null ? 'does not clear' : `clears in ${clears} s`;
  console.log(`${name}: ${fires === null ? 'does not fire' : `fires in ${fires} s`}, ${said}`);
}
await askPanels();
console.log(`${queries - silent.size} of ${queries} queries of the dashboard have had data`);
for (const title of silent.keys()) console.log(`  none: ${title}`);
if (silent.size > 0 && !only) failed++;

await prometheus.stop();
await temporal.connection.close();
await product.stop();
proxy.close();
await postgres.stop();
await rm(folder, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;
