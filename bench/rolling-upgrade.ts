/**
 * A rolling upgrade under load: three workers of one build are replaced, one by one, by workers of another build id, with
 * a profile more and a rotated secret, while a backfill goes on and the new profile's first day is asked for.
 *
 *     npx tsx bench/rolling-upgrade.ts
 *     npx tsx bench/rolling-upgrade.ts --behavior PINNED --old-workers-stay 120
 *
 * `--behavior` changes a copy of the build: how runs move between versions is no setting. Needs a build in dist and the
 * Temporal CLI.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { compareEveryCell, wantedOf } from '../test/support/compare.ts';
import { SMALL, topLevel } from '../test/support/day.ts';
import { callsReach } from '../test/support/load.ts';
import { daysFrom } from '../test/support/operators.ts';
import { DIST, startProduct, type Product } from '../test/support/product.ts';

const { values } = parseArgs({
  options: {
    behavior: { type: 'string', default: 'AUTO_UPGRADE' },
    days: { type: 'string', default: '6' },
    meetings: { type: 'string', default: '12' },
    'rate-limit': { type: 'string', default: '100/6s' },
    /** Seconds that workers of the old build stay after the new one is current. */
    'old-workers-stay': { type: 'string', default: '0' },
    /** Gives up after so many seconds. */
    patience: { type: 'string', default: '420' },
  },
});
const DEPLOYMENT = 'feishu-vc';
const NEW_SECRET = 'rotated-secret';
const WORKERS = 3;

const cli = await findTemporalCli();
const build = await mkdtemp(join(tmpdir(), 'feishu-vc-build-'));
const product = await startProduct({
  cli,
  dist: await behaving(build),
  workers: 0,
  sandbox: {
    ...SMALL,
    meetingsPerDay: Number(values.meetings),
    participantsPerMeeting: 6,
    minutesPerMeeting: 10,
    longMeetings: false,
    emptyDays: false,
    rateLimit: values['rate-limit'],
    window: 'sliding',
    tokenLifetimeMs: 20_000,
    apps: [
      { app_id: 'cli_sandbox', app_secret: 'sandbox-secret' },
      { app_id: 'cli_new', app_secret: 'new-app-secret' },
    ],
  },
  env: { FEISHU_RATE_LIMIT: values['rate-limit'] },
});
try {
  await upgrade(product);
} finally {
  await product.stop();
  await rm(build, { recursive: true });
}

async function upgrade({ sandbox, client, dataDir, dir, workers, startWorker }: Product): Promise<void> {
  for (let i = 0; i < WORKERS; i++) await startWorker({ ...version('build-1'), FEISHU_APP_SECRET: 'sandbox-secret' });
  await setCurrent('build-1');
  const dates = daysFrom('2025-03-04', Number(values.days));
  const wanted = wantedOf(sandbox.tenant, dates);
  const range = { from: dates[0]!, to: dates.at(-1)!, room_level_id: topLevel(sandbox.tenant) };
  const run = await client.start('backfill', range);
  await callsReach(sandbox.ledger, { count: 100, fits: ({ endpoint }) => endpoint === 'L3' });

  sandbox.rotateSecret('cli_sandbox', NEW_SECRET);
  const profiles = join(dir, 'profiles.json');
  const app = { FEISHU_BASE_URL: sandbox.url, FEISHU_APP_ID: 'cli_new', FEISHU_APP_SECRET: 'new-app-secret' };
  await writeFile(profiles, JSON.stringify({ added: app }));
  const renewed = { FEISHU_APP_SECRET: NEW_SECRET, FEISHU_PROFILES: profiles };
  let added: Awaited<ReturnType<typeof client.start<'exportDay'>>> | undefined;
  for (let i = 0; i < WORKERS; i++) {
    await startWorker({ ...version('build-2'), ...renewed });
    if (i === 0) {
      await setCurrent('build-2');
      added = await client.start('exportDay', { day: dates[0]!, profile: 'added' });
      await sleep(1000 * Number(values['old-workers-stay']));
    }
    await workers[i]!.stop();
    console.log(`worker ${i + 1} of the old build has ended`);
    await sleep(3000);
  }
  const late = sleep(1000 * Number(values.patience), 'late' as const);
  const ended = await Promise.race([Promise.all([run.result(), added!.result()]), late]);
  if (ended === 'late') {
    console.log(JSON.stringify(await run.progress().catch(String)));
    throw new Error('not over in time');
  }
  const [result, ofAdded] = ended;
  const { lost, extra, doubled } = await compareEveryCell(dataDir, wanted);
  const asked = sandbox.ledger.calls
    .filter(({ endpoint }) => endpoint === 'L3')
    .map((call) => JSON.stringify([call.app, call.params]));
  console.table({
    complete: result.complete,
    units: JSON.stringify(result.units),
    'new profile complete': ofAdded.complete,
    'cells lost, wrong, doubled': `${lost.length}, ${extra.length}, ${doubled.length}`,
    throttled: sandbox.ledger.calls.filter((call) => call.throttled).length,
    'sessions asked twice': asked.length - new Set(asked).size,
  });
}

function version(buildId: string): Record<string, string> {
  return { TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT, TEMPORAL_WORKER_BUILD_ID: buildId };
}

/** A copy of the build in which runs behave as asked. */
async function behaving(dir: string): Promise<string> {
  const copy = join(dir, 'dist');
  await cp(DIST, copy, { recursive: true });
  await cp(join(DIST, '../package.json'), join(dir, 'package.json'));
  await symlink(join(DIST, '../node_modules'), join(dir, 'node_modules'));
  const main = join(copy, 'worker/main.js');
  const code = await readFile(main, 'utf8');
  if (!code.includes("'AUTO_UPGRADE'")) throw new Error('the build has no AUTO_UPGRADE');
  await writeFile(main, code.replace("'AUTO_UPGRADE'", `'${values.behavior}'`));
  return copy;
}

/** The server knows a version a moment after its worker has asked for work. */
async function setCurrent(buildId: string): Promise<void> {
  const name = ['--deployment-name', DEPLOYMENT, '--build-id', buildId, '--address', product.temporal.address, '--yes'];
  for (let tries = 1; ; tries++) {
    try {
      await promisify(execFile)(cli.path, ['worker', 'deployment', 'set-current-version', ...name]);
      return;
    } catch (error) {
      if (tries === 40) throw error;
      await sleep(500);
    }
  }
}
