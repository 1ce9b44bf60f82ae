/** Workers that do only some of the work, as they are shipped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../client/embedded/ports.ts';
import { SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { DIST, startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();

const HEALTH = fileURLToPath(new URL('../deploy/worker-health.mjs', import.meta.url));

const runCommand = (args: string[], env: Record<string, string> = {}) =>
  runScript(join(DIST, 'client/cli/main.js'), args, env);

async function runScript(script: string, args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code: Number(code), stderr };
}

describe.skipIf(!cli)('workers with a role', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, workers: 0, sandbox: { ...SMALL, longMeetings: false } });
  }, 300_000);
  afterAll(() => product.stop());

  test('make calls only where they are to, and nothing else there', async () => {
    const worker = await product.startWorker({ FEISHU_ROLE: 'work' });
    const handle = await product.client.start('exportDay', { day: '2025-04-01', include: ['meetings'] });
    await sleep(3_000);
    expect(product.sandbox.ledger.calls).toHaveLength(0);
    const health = { HEALTH_ADDRESS: `127.0.0.1:${await freePort()}` };
    await product.startWorker({ FEISHU_ROLE: 'api', ...health });
    expect((await handle.result()).complete).toBe(true);
    expect(product.sandbox.ledger.calls.length).toBeGreaterThan(0);

    expect(await runScript(HEALTH, [], health)).toEqual({ code: 0, stderr: '' });
    const nobody = { HEALTH_ADDRESS: `127.0.0.1:${await freePort()}` };
    const url = `http://${nobody.HEALTH_ADDRESS}/readyz`;
    expect(await runScript(HEALTH, [], nobody)).toEqual({ code: 1, stderr: `${url} does not answer: ECONNREFUSED\n` });

    await worker.stop();
    const next = await product.client.start('exportDay', { day: '2025-04-02', include: ['meetings'] });
    await sleep(3_000);
    const { raw } = await product.client.temporal.workflow.getHandle(next.workflowId).describe();
    expect(Number(raw.workflowExecutionInfo?.historyLength)).toBe(2);
  }, 300_000);

  test('end at the start, with both numbers, where the others use another number of leases', async () => {
    const { code, stderr } = await runCommand(['worker', '--role', 'work'], {
      TEMPORAL_ADDRESS: product.temporal.address,
      FEISHU_BASE_URL: product.sandbox.url,
      FEISHU_APP_ID: 'cli_sandbox',
      FEISHU_APP_SECRET: 'sandbox-secret',
      DATA_URL: `file:${product.dataDir}`,
      FEISHU_API_SHARDS: '2',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/FEISHU_API_SHARDS is 2 here, .* started with 1\b/);
  }, 300_000);
});

test('the command refuses a role that is none', async () => {
  const { code, stderr } = await runCommand(['worker', '--role', 'both']);
  expect(code).toBe(2);
  expect(stderr).toContain('all, work, api');
});
