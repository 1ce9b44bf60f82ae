/**
 * Measures what a command costs before it does anything: CPU seconds of `--help`, of a question to a server that is there,
 * and of a worker until it polls, beside an empty Node, least of several runs. The worker's are read from `/proc`.
 *
 *     npm run build && npx tsx bench/start.ts --runs 5
 *
 * Starts a Temporal server of its own. `cpu` is user and system time of the process with what it started.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startDevServer } from '../client/embedded/dev-server.ts';
import { freePort } from '../client/embedded/ports.ts';
import { cpuSeconds } from '../test/support/process-figures.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } });
const CLI = 'dist/client/cli/main.js';

/** Prints its own CPU on the way out: the command line ends its process by itself. */
const PRINTS_CPU = `process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write('cpu ' + (user + system) + '\\n');
});`;

/** @returns CPU seconds */
async function cpuOf(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const preload = `data:text/javascript,${encodeURIComponent(PRINTS_CPU)}`;
  const child = spawn(process.execPath, ['--import', preload, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  const cpu = /^cpu (\d+)$/m.exec(said)?.[1];
  if (code !== 0 || cpu === undefined) throw new Error(`${args.join(' ')} ended with ${code}: ${said}`);
  return Number(cpu) / 1e6;
}

/** @returns CPU seconds of a worker when its `/readyz` says for the first time that it polls Temporal and reaches the store */
async function cpuUntilPolling(env: NodeJS.ProcessEnv): Promise<number> {
  const health = `127.0.0.1:${await freePort()}`;
  const child = spawn(process.execPath, ['dist/worker/main.js'], {
    env: { ...env, HEALTH_ADDRESS: health },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  try {
    while (!(await isReady(health))) {
      if (child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}`);
      await sleep(20);
    }
    return cpuSeconds(child.pid!);
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

const isReady = (health: string): Promise<boolean> =>
  fetch(`http://${health}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

async function least(measure: () => Promise<number>): Promise<number> {
  const runs: number[] = [];
  for (let i = 0; i < Number(values.runs); i++) runs.push(await measure());
  return Math.min(...runs);
}

const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-start-'));
const server = await startDevServer({
  dbFile: join(folder, 'temporal.db'),
  port: 0,
  uiPort: 0,
  say: () => undefined,
});
try {
  const env = {
    ...process.env,
    TEMPORAL_ADDRESS: server.address,
    DATA_URL: `file:${join(folder, 'data')}`,
    FEISHU_APP_ID: 'cli_start',
    FEISHU_APP_SECRET: 'start',
  };
  const rows: Record<string, number> = {
    'an empty Node': await least(() => cpuOf(['-e', '0'], env)),
    'feishu-vc --help': await least(() => cpuOf([CLI, '--help'], env)),
    'feishu-vc backfill list': await least(() => cpuOf([CLI, 'backfill', 'list'], env)),
    'a worker until it polls': await least(() => cpuUntilPolling(env)),
  };
  console.table(Object.fromEntries(Object.entries(rows).map(([what, s]) => [what, { 'CPU, s': s.toFixed(2) }])));
} finally {
  await server.close();
  await rm(folder, { recursive: true });
}
