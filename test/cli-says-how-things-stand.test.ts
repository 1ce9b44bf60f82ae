/** `feishu-vc` without arguments, from a machine without anything to one with a backfill behind it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectFeishuVc, type FeishuVcClient } from '../client/connect.ts';
import { freePort } from '../client/embedded/ports.ts';
import { runCommand, type Ended } from './support/command-line.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { startStubWorker } from './support/stub-worker.ts';

const cli = await temporalCli();

test('without a server the next step is the demo, or a server', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const { code, stdout, stderr } = await runCommand([], { env: { TEMPORAL_ADDRESS: address } });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`Temporal  ${address} does not answer`);
  expect(stdout).toMatch(/^Next: feishu-vc demo .*\n +feishu-vc server/m);
});

test('settings that name no server are said', async () => {
  const { code, stdout } = await runCommand([], { env: { TEMPORAL_PROFILE: 'nobody' } });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Next: correct TEMPORAL_…/m);
});

describe.skipIf(!cli)('with a server', () => {
  let server: TestServer;
  let client: FeishuVcClient;
  beforeAll(async () => {
    if (!cli) return;
    server = await startTestServer(cli);
    client = await connectFeishuVc({ address: server.address, env: {} });
  });
  afterAll(async () => {
    await client?.close();
    await server?.close();
  });
  /** Asked again where the server was busy for the two seconds after which the command takes it as away. */
  async function alone(env: Record<string, string> = {}): Promise<Ended> {
    for (;;) {
      const ended = await runCommand([], { env: { TEMPORAL_ADDRESS: server.address, ...env } });
      if (!/does not answer|deadline exceeded/i.test(ended.stdout)) return ended;
    }
  }

  test('the next step is the worker, and before it the settings that it needs', async () => {
    const { code, stdout } = await alone();
    expect(code).toBe(0);
    expect(stdout).toContain(`Temporal  ${server.address} answers, namespace default`);
    expect(stdout).toContain('Worker    none polls the queue feishu-vc');
    expect(stdout).toMatch(/^Next: set FEISHU_APP_ID/m);
    expect((await alone({ FEISHU_APP_ID: 'cli_sandbox' })).stdout).toMatch(
      /^Next: feishu-vc doctor .*feishu-vc worker/m,
    );
  });

  test('a namespace that is not there is said', async () => {
    const { code, stdout } = await alone({ TEMPORAL_NAMESPACE: 'elsewhere' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/does not say what runs in namespace elsewhere: .*not found/i);
    expect(stdout).toMatch(/^Next: feishu-vc doctor/m);
  });

  test('then it is a backfill, then to watch it, then to read its report', async () => {
    const worker = await startStubWorker(server.address, 'feishu-vc');
    try {
      const next = async () => /^Next: (.*)$/m.exec((await alone()).stdout)?.[1];
      await expect.poll(next, { timeout: 120_000 }).toBe('feishu-vc backfill start --month previous');
      const run = await client.start('backfill', { month: '2026-10' });
      await expect.poll(next, { timeout: 120_000 }).toBe(`feishu-vc backfill watch ${run.workflowId}`);
      await run.resume();
      await run.result();
      await expect.poll(next, { timeout: 120_000 }).toBe('feishu-vc report 2026-10');
      expect((await alone()).stdout).toMatch(
        /Worker {4}1 on the queue feishu-vc\n {2}Backfill {2}feishu-vc\/backfill\/default\/2026-10, completed, of /,
      );
      const other = await client.start('backfill', { month: '2026-09' });
      await other.cancel();
      await expect(other.result()).rejects.toMatchObject({ type: 'Cancelled' });
      await expect
        .poll(next, { timeout: 120_000 })
        .toBe(`feishu-vc backfill status ${other.workflowId} says why it ended.`);
    } finally {
      await worker.stop();
    }
  });
});
