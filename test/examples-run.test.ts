/** The examples as they stand, each a process of its own, beside a real server, worker and sandbox, with histories that are sealed. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../client/embedded/children.ts';
import { findDay, manifestOf, SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { startProduct, type Product } from './support/product.ts';
import { ROOT } from './support/tree.ts';

const cli = await temporalCli();
const hasPythonPackages = importsInPython('temporalio, cryptography');
if (!hasPythonPackages) console.warn('skipped: the Python example needs examples/python/requirements.txt');

function importsInPython(names: string): boolean {
  try {
    execFileSync('python3', ['-c', `import ${names}`], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

const typescript = (name: string) => [process.execPath, '--import', 'tsx', join(ROOT, 'examples', name)] as const;

interface Ended {
  code: number | string;
  out: string;
  err: string;
}

function runIn(where: Record<string, string | undefined>, command: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: ROOT, env: where }, (error, out, err) =>
      // One that a signal has ended has no code.
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? 'not started'), out, err }),
    );
  });
}

describe.skipIf(!cli)('the example', () => {
  let product: Product;
  let day: string;
  let env: Record<string, string | undefined>;

  beforeAll(async () => {
    const keys = { TEMPORAL_PAYLOAD_KEYS: `2026-11:${randomBytes(32).toString('base64')}` };
    const sandbox = { ...SMALL, meetingsPerDay: 2, participantsPerMeeting: 2 };
    product = await startProduct({ cli: cli!, sandbox, env: keys });
    day = findDay(product.sandbox.tenant, '2025-03-01', (meetings) => meetings.length > 1);
    env = { ...process.env, ...keys, TEMPORAL_ADDRESS: product.temporal.address, PORT: '0' };
  });
  afterAll(() => product?.stop());

  const run = (command: string, ...args: string[]): Promise<Ended> => runIn(env, command, ...args);

  const temporal = (...args: string[]) => run(cli!.path, ...args, '--address', product.temporal.address);

  test('export-yesterday.ts exports yesterday and says what is there', async () => {
    const { code, out, err } = await run(...typescript('export-yesterday.ts'));
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^started feishu-vc\/day\/default\/\d{4}-\d\d-\d\d\n.*(?:complete|has gaps)/);
    expect(out).toMatch(/manifest: file:/);
  });

  test('http-service.ts starts a day, streams its progress, and refuses what is no day', async () => {
    const [command, ...args] = typescript('http-service.ts');
    const service = startChild({ name: 'the service', command, args, env, cwd: ROOT });
    try {
      const base = await service.waitForLine((line) => /listening on (\S+)/.exec(line)?.[1], 60_000);
      const started = await fetch(`${base}/days/${day}`, { method: 'POST' });
      expect(started.status).toBe(202);
      const { workflow_id: id, progress } = (await started.json()) as { workflow_id: string; progress: string };
      expect(id).toContain(day);
      const events = (await (await fetch(base + progress)).text()).split('\n\n').filter(Boolean);
      const [first = '', last = ''] = [events[0], events.at(-1)];
      expect(first).toMatch(/^event: progress\ndata: \{"state":/);
      const result = JSON.parse(/^event: result\ndata: (.*)$/.exec(last)?.[1] ?? 'null') as { manifest: object } | null;
      expect(result).toMatchObject({ tables: await tablesOf(day) });

      const foreign = await fetch(`${base}/days/${day}`, {
        method: 'POST',
        headers: { origin: 'https://evil.example' },
      });
      expect(foreign.status).toBe(403);
      const wrong = await fetch(`${base}/days/tomorrow`, { method: 'POST' });
      expect([wrong.status, await wrong.json()]).toMatchObject([400, { fields: [{ field: 'day' }] }]);
      const unknown = await fetch(`${base}/runs/nobody`);
      expect(unknown.status).toBe(404);
    } finally {
      await service.stop();
    }
  });

  test.skipIf(!hasPythonPackages)(
    'export_day.py exports a day, and says by which type a wrong one failed',
    async () => {
      const script = join(ROOT, 'examples/python/export_day.py');
      const { code, out, err } = await run('python3', script, day);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^(?:running|waiting|done): /);
      expect(out).toMatch(new RegExp(`^${day} (?:is complete|has gaps) \\{'meetings': \\d+`, 'm'));
      const wrong = await run('python3', script, 'tomorrow');
      expect(wrong.code).toBe(1);
      expect(wrong.err).toMatch(/^InvalidInput: .*day: takes a day/);
    },
  );

  test('the Nexus service exports a day for a workflow of another namespace', async () => {
    await temporal('operator', 'namespace', 'create', '--namespace', 'another-team');
    const target = ['--target-namespace', 'default', '--target-task-queue', 'feishu-vc-nexus'];
    const made = await temporal('operator', 'nexus', 'endpoint', 'create', '--name', 'feishu-vc', ...target);
    expect([made.code, made.err]).toEqual([0, '']);
    const [command, ...args] = typescript('nexus/handler.ts');
    const handler = startChild({ name: 'the handler', command, args, env, cwd: ROOT });
    try {
      await handler.waitForLine((line) => (line.includes('offers the service') ? true : undefined), 60_000);
      const there = { ...env, TEMPORAL_NAMESPACE: 'another-team' };
      const { code, out } = await runIn(there, ...typescript('nexus/caller.ts'), day);
      expect(code).toBe(0);
      expect(out).toContain(`${day} has ${(await tablesOf(day))['meetings']} meetings`);
    } finally {
      await handler.stop();
    }
  });

  async function tablesOf(of: string): Promise<Record<string, number>> {
    const { tables } = await manifestOf(product.dataDir, of);
    return Object.fromEntries(Object.entries(tables).map(([name, { rows }]) => [name, rows]));
  }
});
