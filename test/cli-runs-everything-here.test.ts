import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectFeishuVc } from '../client/connect.ts';
import { runCommand, startCommand, type Running } from './support/command-line.ts';
import { temporalCli } from './support/embedded-temporal.ts';

const cli = await temporalCli();
const isBuilt = existsSync(new URL('../dist/worker/main.js', import.meta.url));
if (!isBuilt) console.warn('skipped: the demo and the worker run from dist, and the project is not built');

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'feishu-vc-here-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Paths below a folder, itself included, that somebody else than the owner can read or write, with their modes. */
async function openTo(folder: string): Promise<string[]> {
  const names = ['', ...(await readdir(folder, { recursive: true }))];
  const modes = names.map(async (name) => ({ name, mode: (await lstat(join(folder, name))).mode & 0o777 }));
  return (await Promise.all(modes)).flatMap(({ name, mode }) =>
    (mode & 0o077) === 0 ? [] : `${name} ${mode.toString(8)}`,
  );
}

/** Whatever the demo wrote: its logs, the server's database, log-ins, locks, and a day with all that belongs to it. */
async function expectClosed(demo: string): Promise<void> {
  const names = await readdir(demo, { recursive: true });
  for (const kind of [
    /^temporal\.db$/,
    /\.log$/,
    /^grants\/./,
    /\.parquet$/,
    /\.xlsx$/,
    /^data\/manifests\/.*\.json$/,
    /\.locks\//,
  ]) {
    expect(names).toContainEqual(expect.stringMatching(kind));
  }
  expect(await openTo(demo)).toEqual([]);
}

/** A command of somebody whose files are open to everybody, or to his group, by default. */
function startCarelessly(command: Parameters<typeof startCommand>, umask = 0): Running {
  const before = process.umask(umask);
  try {
    return startCommand(...command);
  } finally {
    process.umask(before);
  }
}

function portOf(address: string): string {
  return address.split(':')[1] ?? '';
}

async function startServer(port: string, umask?: number): Promise<Running> {
  const args = ['server', '--db-file', 'state/temporal.db', '--port', port, '--ui-port', '0'];
  const server = startCarelessly([args, { cwd: dir }], umask);
  await server.says('Stop it with Ctrl-C');
  return server;
}

describe.skipIf(!cli)('feishu-vc server', () => {
  test('says where it is, stops when told, and remembers what ran', async () => {
    const first = await startServer('0');
    first.child.kill('SIGTERM');
    const { code, stdout } = await first.ended;
    expect(code).toBe(0);
    const address = /address +(\S+)/.exec(stdout)?.[1] ?? '';
    expect(stdout).toContain(`export TEMPORAL_ADDRESS=${address}`);
    expect(stdout).toMatch(/UI +http:\/\/127\.0\.0\.1:\d+/);
    expect(stdout).toContain(join(dir, 'state', 'temporal.db'));
    expect(await openTo(join(dir, 'state'))).toEqual([]);
    await rm(join(dir, 'state'), { recursive: true });
    const connecting = connectFeishuVc({ address, connectTimeoutMs: 1_000, env: {} });
    await expect(connecting).rejects.toMatchObject({ name: 'ServerUnreachableError' });

    const second = await startServer(portOf(address), 0o027);
    const client = await connectFeishuVc({ address, env: {} });
    const { workflowId, runId } = await client.start('backfill', { month: '2026-10' });
    await client.close();
    second.child.kill('SIGINT');
    await second.ended;
    expect(await openTo(join(dir, 'state'))).toEqual([]);

    const third = await startServer(portOf(address));
    const again = await connectFeishuVc({ address, env: {} });
    expect(await again.attach('backfill', workflowId)).toMatchObject({ runId });
    await again.close();
    third.child.kill('SIGTERM');
    expect((await third.ended).code).toBe(0);
  });

  test('starts nothing where TEMPORAL_ADDRESS names a server that answers', async () => {
    const running = await startServer('0');
    const address = await running.find(/address +(\S+)/);
    const { code, stdout } = await runCommand(['server'], { cwd: dir, env: { TEMPORAL_ADDRESS: address } });
    expect(stdout).toContain(`names ${address}, where a server answers already`);
    expect(code).toBe(0);
    running.child.kill('SIGTERM');
    await running.ended;
  });
});

describe.skipIf(!cli || !isBuilt)('feishu-vc demo', () => {
  test('exports from its sandbox, and leaves nothing running when it is told to stop', async () => {
    // Were these used, the demo would get nowhere.
    const real = { FEISHU_APP_ID: 'cli_real', FEISHU_BASE_URL: 'http://127.0.0.1:1', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const demo = startCommand(['demo'], { cwd: dir, env: real });
    const sandbox = await demo.find(/Sandbox +(\S+)/);
    const ui = await demo.find(/UI (\S+)/);
    await demo.find(/\b([1-9]\d*) calls/);
    expect((await fetch(`${sandbox}/_sandbox/health`)).status).toBe(200);
    expect((await fetch(ui)).status).toBe(200);

    const other = await runCommand(['demo'], { cwd: dir });
    expect(other.stderr).toContain('runs in');
    expect(other.code).toBe(1);

    demo.child.kill('SIGINT');
    expect((await demo.ended).code).toBe(130);
    await expect(fetch(`${sandbox}/_sandbox/health`)).rejects.toThrow('fetch failed');
    await expect(fetch(ui)).rejects.toThrow('fetch failed');
    expect(await readdir(join(dir, 'demo'))).toContain('worker.log');
  });
});

describe.skipIf(!cli || !isBuilt)('feishu-vc demo --user', () => {
  test("logs in on the sandbox's page, exports as that user, and leaves no token where it says what it does", async () => {
    const demo = startCarelessly([['demo', '--user'], { cwd: dir }]);
    const sandbox = await demo.find(/Sandbox +(\S+)/);
    const page = await demo.find(/the demo itself agrees, on (\S+)/);
    expect(new URL(page).origin).toBe(sandbox);
    await demo.find(/\b([1-9]\d*) calls/);
    const told = await fetch(`${sandbox}/_sandbox/tasks`);
    const { tasks } = (await told.json()) as { tasks: { owner: string }[] };
    expect(new Set(tasks.map(({ owner }) => owner))).toEqual(new Set(['user:ou_sandbox_admin']));
    const shown = await runCommand(['grants', '--json'], {
      cwd: join(dir, 'demo'),
      env: { FEISHU_APP_ID: 'cli_sandbox', FEISHU_APP_SECRET: 'sandbox-secret', FEISHU_BASE_URL: sandbox },
    });
    expect(JSON.parse(shown.stdout)).toMatchObject([{ open_id: 'ou_sandbox_admin', state: 'good' }]);
    await demo.find(/\b([1-9]\d*)\/\d+ days/);
    demo.child.kill('SIGINT');
    const { stdout } = await demo.ended;
    await expectClosed(join(dir, 'demo'));
    const said = stdout + (await readFile(join(dir, 'demo', 'login.log'), 'utf8'));
    expect(said).not.toMatch(/\bu-[0-9a-f]{20}|eyJ/);
  });
});

describe.skipIf(!isBuilt)('FEISHU_UMASK', () => {
  test('that opens files to others is refused by whatever writes', async () => {
    for (const command of [['server'], ['rebuild', '2026-10-01', '2026-10-01'], ['worker']]) {
      const { code, stderr } = await runCommand(command, { cwd: dir, env: { FEISHU_UMASK: '022' } });
      expect(stderr).toMatch(/FEISHU_UMASK[\s\S]*takes 077/);
      expect(code).toBe(2);
    }
    expect(await readdir(dir)).toEqual([]);
  });
});

describe.skipIf(!isBuilt)('feishu-vc worker', () => {
  test('warns at its start of data that others can read, and of a host of somebody else', async () => {
    await mkdir(join(dir, 'data'));
    await chmod(join(dir, 'data'), 0o755);
    const env = {
      FEISHU_APP_ID: 'cli_a',
      FEISHU_APP_SECRET: 'sEcReT',
      FEISHU_BASE_URL: 'https://feishu.example.com',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    };
    const { code, stdout, stderr } = await runCommand(['worker'], { cwd: dir, env });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { level: 40, host: 'feishu.example.com' },
      { level: 40, path: join(dir, 'data'), mode: '755', next: `chmod 700 ${join(dir, 'data')}` },
    ]);
    expect(stderr).toContain('No Temporal server answers');
    expect(stdout + stderr).not.toContain('sEcReT');
    expect(code).toBe(1);
  });

  test('passes on that its settings are wrong, with the exit code of wrong usage', async () => {
    const { code, stderr } = await runCommand(['worker'], { cwd: dir, env: { FEISHU_RATE_LIMIT: 'fast' } });
    expect(stderr).toContain('FEISHU_RATE_LIMIT');
    expect(code).toBe(2);
  });
});
