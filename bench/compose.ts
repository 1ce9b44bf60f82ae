/**
 * Brings the compose file up with two workers, exports days of the sandbox's tenant, kills a worker, the Temporal server and the
 * database meanwhile, and compares every cell with the tenant afterwards.
 *
 *     npx tsx bench/compose.ts                                last month, into a folder
 *     npx tsx bench/compose.ts --days 4 --profile stores      its last four days, into a bucket and PostgreSQL
 *     npx tsx bench/compose.ts --metrics                      with Prometheus and Grafana, which are asked too
 *
 * Under a project of its own, which goes at the end with its volumes; `--keep` leaves it. Needs a Docker engine with compose, the
 * ports 7233 and 8080 (with `--metrics` 9090 and 3000), and images that the engine has or can pull: without an engine it says so and
 * does nothing.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { startSandbox } from '../sandbox/index.ts';
import { compareEveryCell, wantedOf } from '../test/support/compare.ts';
import { composeTool } from '../test/support/compose-tool.ts';
import { topLevel } from '../test/support/day.ts';
import { daysFrom } from '../test/support/operators.ts';
import { ROOT } from '../test/support/tree.ts';

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'sandbox' },
    metrics: { type: 'boolean', default: false },
    /** Of last month, its last. Default: all of it. */
    days: { type: 'string' },
    'rate-limit': { type: 'string', default: '100/60s' },
    build: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const PROJECT = 'feishu-vc-try';
/** Whom it strikes when so many units in a hundred are there. */
const STRIKES = [
  [15, 'worker'],
  [35, 'temporal'],
  [55, 'postgres'],
  [75, 'worker'],
] as const;
const AWAY_MS = 5_000;
const POLL_MS = 3_000;
const GIVE_UP_MS = 60 * 60_000;

interface Status {
  status: string;
  progress?: { units: { total: number; done?: number } & Record<string, number>; waiting_for: string | null };
  result?: { complete: boolean; units: Record<string, number>; tables: Record<string, number> };
}

const run = promisify(execFile);
const tool = composeTool();
const worker = `${values.profile}-worker`;

async function hasEngine(): Promise<boolean> {
  try {
    await run('docker', ['info', '--format', '{{.ServerVersion}}']);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

async function docker(...args: string[]): Promise<string> {
  return (await run('docker', args, { maxBuffer: 64 << 20 })).stdout.trim();
}

async function compose(...args: string[]): Promise<string> {
  const [command = '', ...words] = tool ?? [];
  const profiles = [values.profile, ...(values.metrics ? ['metrics'] : [])].flatMap((name) => ['--profile', name]);
  const env = { ...process.env, SANDBOX_RATE_LIMIT: values['rate-limit'] };
  const all = [...words, '--project-name', PROJECT, ...profiles, ...args];
  return (await run(command, all, { cwd: ROOT, env, maxBuffer: 64 << 20 })).stdout.trim();
}

/** Containers of a service, those too that have been killed. */
async function containersOf(service: string): Promise<string[]> {
  const labels = [`com.docker.compose.project=${PROJECT}`, `com.docker.compose.service=${service}`];
  const found = await docker('ps', '--all', '--quiet', ...labels.flatMap((label) => ['--filter', `label=${label}`]));
  return found.split('\n').filter((id) => id !== '');
}

/** The command line inside a worker's container; the other one's where the first does not run. */
async function feishuVc(...args: string[]): Promise<string> {
  const containers = await containersOf(worker);
  const tried = containers.map((id) => () => docker('exec', id, 'feishu-vc', ...args));
  let failure: unknown;
  for (const attempt of tried) {
    try {
      return await attempt();
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function isHealthy(id: string): Promise<boolean> {
  return (await docker('inspect', '--format', '{{.State.Health.Status}}', id)) === 'healthy';
}

/** Undefined while nobody answers, as after a strike. */
async function statusNow(range: string): Promise<Status | undefined> {
  try {
    return JSON.parse(await feishuVc('backfill', 'status', range, '--json')) as Status;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function unitsDone({ progress }: Status): number {
  const { total: _, ...byStatus } = progress?.units ?? { total: 0 };
  return Object.values(byStatus).reduce((sum, count) => sum + count, 0);
}

/** SIGKILL, and started again some seconds later: Docker leaves alone what a person has killed. */
async function strike(service: string): Promise<void> {
  const [id = ''] = await containersOf(service === 'worker' ? worker : service);
  say(`${service} is killed`);
  await docker('kill', '--signal', 'KILL', id);
  await sleep(AWAY_MS);
  await docker('start', id);
}

/** @param units how many there will be; the backfill itself learns it day by day */
async function exported(range: string, units: number): Promise<NonNullable<Status['result']>> {
  const strikes: (typeof STRIKES)[number][] = [...STRIKES];
  const until = Date.now() + GIVE_UP_MS;
  let last = -1;
  while (Date.now() < until) {
    const now = await statusNow(range);
    if (now?.result) {
      say(`${now.status}; strikes left: ${strikes.length}`);
      return now.result;
    }
    if (now && now.status !== 'RUNNING') throw new Error(`the backfill has ended: ${JSON.stringify(now)}`);
    const share = now ? Math.floor((100 * unitsDone(now)) / units) : last;
    if (share !== last) say(`${share} % of ${units} units`);
    last = share;
    const [next] = strikes;
    if (next && share >= next[0]) {
      strikes.shift();
      await strike(next[1]);
    }
    await sleep(POLL_MS);
  }
  throw new Error('the backfill has not ended in an hour');
}

/** Rows of each table in the copy in PostgreSQL, when it has them all. */
async function rowsInWarehouse(wanted: Record<string, number>): Promise<Record<string, number>> {
  const [warehouse = ''] = await containersOf('warehouse');
  const parts = Object.keys(wanted).map((table) => `select '${table}', count(*) from feishu_vc.${table}`);
  for (let tries = 0; ; tries += 1) {
    const sql = ['psql', '-U', 'warehouse', '-At', '-F', ' ', '-c', parts.join(' union all ')];
    const lines = (await docker('exec', warehouse, ...sql)).split('\n').map((line) => line.split(' '));
    const rows = Object.fromEntries(lines.map(([table = '', count]) => [table, Number(count)]));
    if (tries === 40 || Object.entries(wanted).every(([table, count]) => rows[table] === count)) return rows;
    await sleep(POLL_MS);
  }
}

async function seenFromOutside(): Promise<object> {
  const query = 'http://127.0.0.1:9090/api/v1/query?query=';
  const ask = async (promql: string): Promise<string | undefined> => {
    const answer = (await (await fetch(query + encodeURIComponent(promql))).json()) as {
      data: { result: { value: [number, string] }[] };
    };
    return answer.data.result[0]?.value[1];
  };
  const asked = fetch('http://127.0.0.1:3000/api/dashboards/uid/feishu-vc').then(
    ({ status }) => String(status),
    (error: unknown) => String(error),
  );
  // A connection that is closed without an answer does not always end the question.
  const dashboard = await Promise.race([asked, sleep(10_000, 'none within 10 s')]);
  return {
    'workers that are scraped': await ask('count(up{job="feishu-vc"} == 1)'),
    'calls that they counted': await ask('sum(feishu_vc_calls_total)'),
    'answer of Grafana for the dashboard': dashboard,
  };
}

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

/** The days as strings; a month of Shanghai, as the sandbox's tenant has it. */
function daysOfLastMonth(): string[] {
  const today = new Date(Date.now() + 8 * 3_600_000);
  const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 1, 1));
  const count = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 0)).getUTCDate();
  const days = daysFrom(first.toISOString().slice(0, 10), count);
  return values.days === undefined ? days : days.slice(-Number(values.days));
}

async function main(): Promise<void> {
  const days = daysOfLastMonth();
  const [from = ''] = days;
  const to = days.at(-1) ?? '';
  // The same seed, the same tenant.
  const sandbox = await startSandbox({ meetingsPerDay: 6 });
  await sandbox.close();
  const wanted = wantedOf(sandbox.tenant, days);
  const wantedUnits = [...wanted.values()].reduce((sum, day) => sum + day.units.length, 0);
  const copy = await mkdtemp(join(tmpdir(), 'feishu-vc-compose-'));
  try {
    if (values.build) await compose('build');
    await compose('up', '--detach', '--scale', `${worker}=2`);
    say('up');
    for (const id of await containersOf(worker)) while (!(await isHealthy(id))) await sleep(POLL_MS);
    say('both workers are healthy');
    const began = Date.now();
    const range = ['--from', from, '--to', to, '--room-level-id', topLevel(sandbox.tenant)];
    await feishuVc('backfill', 'start', ...range, '--detach');
    const { complete, units, tables } = await exported(`${from}..${to}`, wantedUnits);
    const seconds = Math.round((Date.now() - began) / 1000);
    const [holder = ''] = await containersOf(values.profile === 'stores' ? 'object-store' : worker);
    await docker('cp', `${holder}:${values.profile === 'stores' ? '/buckets/feishu-vc/sandbox' : '/data'}`, copy);
    const dataDir = join(copy, values.profile === 'stores' ? 'sandbox' : 'data');
    const { rows, lost, extra, doubled } = await compareEveryCell(dataDir, wanted);
    const counts = { lost: lost.length, 'wrong or unknown': extra.length, doubled: doubled.length };
    console.table({ profile: values.profile, days: days.length, seconds, complete, rows, ...counts });
    console.table({ units, tables });
    for (const row of [...lost.slice(0, 5), ...extra.slice(0, 5), ...doubled.slice(0, 5)]) console.log(row);
    if (values.profile === 'stores') console.table({ 'in the warehouse': await rowsInWarehouse(tables) });
    if (values.metrics) console.table(await seenFromOutside());
    if (lost.length + extra.length + doubled.length > 0) process.exitCode = 1;
  } finally {
    await rm(copy, { recursive: true, force: true });
    if (!values.keep) await compose('down', '--volumes', '--timeout', '60');
  }
}

if (tool === undefined || !(await hasEngine())) {
  console.log('skipped: no Docker engine with compose answers here');
} else {
  await main();
}
