/** Whatever ends a command ends all of it: nothing goes on with the credentials, or holds a port, that nobody sees. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectFeishuVc } from '../client/connect.ts';
import { startSandbox, type Sandbox } from '../sandbox/index.ts';
import { SMALL } from './support/day.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { until } from './support/operators.ts';
import { killAll, treeOf, untilGone, type ProcessEntry } from './support/process-tree.ts';
import { DIST } from './support/product.ts';

const cli = await temporalCli();
const MAIN = join(DIST, 'client/cli/main.js');
const isBuilt = existsSync(MAIN);
if (!isBuilt) console.warn('skipped: the command line runs from dist here, and the project is not built');

let dir: string;
/** What there is to end where a test fails: its commands, and what they had beside them when it looked. */
let commands: Running[];
let started: ProcessEntry[];
beforeEach(async () => {
  commands = [];
  started = [];
  dir = await mkdtemp(join(tmpdir(), 'feishu-vc-ends-'));
});
afterEach(async () => {
  for (const { pid } of commands) killAll(await treeOf(pid));
  killAll(started);
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

interface Running {
  pid: number;
  child: ChildProcess;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  output: () => string;
  /** Waits for it in the output. */
  says: (text: string) => Promise<void>;
}

function start(command: string, args: string[], env: Record<string, string> = {}): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FEISHU|TEMPORAL|npm)_/.test(name));
  // A group of its own, as a terminal makes one.
  const child = spawn(command, args, {
    cwd: dir,
    env: { ...Object.fromEntries(inherited), TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const ended: Running['ended'] = new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const says = async (text: string) => {
    await until(() => output.includes(text) || child.exitCode !== null);
    if (!output.includes(text)) throw new Error(`never said "${text}":\n${output}`);
  };
  const running = { pid: child.pid!, child, ended, output: () => output, says };
  commands.push(running);
  return running;
}

/** All of it, with what runs beside the first process. */
async function treeBelow({ pid }: Running): Promise<ProcessEntry[]> {
  started = await treeOf(pid);
  return started;
}

/** A folder whose `npx feishu-vc` is the build. */
async function install(): Promise<void> {
  const bin = join(dir, 'node_modules', '.bin', 'feishu-vc');
  await mkdir(join(bin, '..'), { recursive: true });
  await writeFile(bin, `#!/usr/bin/env node\nimport(${JSON.stringify(MAIN)});\n`);
  await chmod(bin, 0o755);
  await writeFile(join(dir, 'package.json'), JSON.stringify({ name: 'here', scripts: { worker: 'feishu-vc worker' } }));
}

describe.skipIf(!cli || !isBuilt)('feishu-vc worker', () => {
  let server: TestServer;
  let sandbox: Sandbox;
  beforeAll(async () => {
    server = await startTestServer(cli!);
    sandbox = await startSandbox({ ...SMALL, rateLimit: 'off', answerDelayMs: 50 });
    const client = await connectFeishuVc({ address: server.address, env: {} });
    // More calls than all tests together wait for.
    await client.start('backfill', { month: '2025-03' });
    await client.close();
  });
  afterAll(async () => {
    await sandbox.close();
    await server.close();
  });

  const settings = () => ({
    TEMPORAL_ADDRESS: server.address,
    FEISHU_BASE_URL: sandbox.url,
    FEISHU_APP_ID: 'cli_sandbox',
    FEISHU_APP_SECRET: 'sandbox-secret',
    FEISHU_RATE_LIMIT: '4/1s',
    DATA_URL: `file:${join(server.dir, 'data')}`,
  });
  const calls = () => sandbox.ledger.calls.length;

  /** Waits until it calls, and gives all of its processes. */
  async function whenItCalls(worker: Running): Promise<ProcessEntry[]> {
    await worker.says('"worker ready"');
    const before = calls();
    await until(() => calls() > before + 3);
    return treeBelow(worker);
  }

  async function expectNoFurtherCall(): Promise<void> {
    const before = calls();
    await sleep(3_000);
    expect(calls()).toBe(before);
  }

  test('is one process, and killing it ends its calls', async () => {
    const worker = start(process.execPath, [MAIN, 'worker'], settings());
    const tree = await whenItCalls(worker);
    process.kill(worker.pid, 'SIGKILL');
    await untilGone(tree);
    await expectNoFurtherCall();
    expect(tree).toHaveLength(1);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('leaves in order on one %s', async (signal) => {
    const worker = start(process.execPath, [MAIN, 'worker'], settings());
    const tree = await whenItCalls(worker);
    process.kill(worker.pid, signal);
    await untilGone(tree);
    expect(worker.output()).toContain('the lease on API calls is handed over');
    expect(worker.output()).toContain('"worker stopped"');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
  });

  test.each([
    ['npx', ['feishu-vc', 'worker'], 'SIGKILL'],
    ['npx', ['feishu-vc', 'worker'], 'SIGTERM'],
    ['npm', ['run', 'worker'], 'SIGKILL'],
  ] as const)('ends with the %s %j that started it, by %s', async (command, args, signal) => {
    await install();
    const worker = start(command, [...args], settings());
    const tree = await whenItCalls(worker);
    expect(tree.length).toBeGreaterThan(1);
    process.kill(worker.pid, signal);
    await untilGone(tree.filter(({ command: words }) => words.includes('node')));
    await expectNoFurtherCall();
    await untilGone(tree);
  });

  test('goes on by itself where npm only started it, in the background', async () => {
    await install();
    const script = 'nohup feishu-vc worker > worker.log 2>&1 & echo "started $!"';
    await writeFile(join(dir, 'package.json'), JSON.stringify({ name: 'here', scripts: { worker: script } }));
    const npm = start('npm', ['run', 'worker'], settings());
    await npm.says('\nstarted ');
    const pid = Number(/^started (\d+)/m.exec(npm.output())?.[1]);
    const before = calls();
    await until(async () => {
      started = await treeOf(pid);
      return npm.child.exitCode !== null && calls() > before + 3;
    });
    await sleep(3_000);
    expect(await treeOf(pid)).toHaveLength(1);
  });
});

describe.skipIf(!cli || !isBuilt)('what this command started', () => {
  const DEMO = { args: ['demo'], says: 'Worker    ready', parts: ['temporal', 'sandbox/main.js', 'worker/main.js'] };
  const SERVER = {
    args: ['server', '--port', '0', '--ui-port', '0'],
    says: 'Stop it with Ctrl-C',
    parts: ['temporal'],
  };
  const ends = (['SIGKILL', 'SIGHUP', 'SIGTERM'] as const).flatMap((signal) => [
    { ...DEMO, signal },
    { ...SERVER, signal },
  ]);

  test.each(ends)('ends with it: $args.0, by $signal', async ({ args, says, parts, signal }) => {
    const command = start(process.execPath, [MAIN, ...args]);
    await command.says(says);
    const tree = await treeBelow(command);
    for (const part of parts) expect(tree.filter((each) => each.command.includes(part))).not.toEqual([]);
    process.kill(command.pid, signal);
    await untilGone(tree);
  });
});
