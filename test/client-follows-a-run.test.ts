import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectFeishuVc, type FeishuVcClient } from '../client/connect.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { startStubWorker } from './support/stub-worker.ts';

const cli = await temporalCli();

describe.skipIf(!cli)('a handle', () => {
  let server: TestServer;
  let client: FeishuVcClient;
  let worker: { stop(): Promise<void> };
  beforeAll(async () => {
    if (!cli) return;
    server = await startTestServer(cli);
    client = await connectFeishuVc({ address: server.address, taskQueue: 'stub', env: {} });
    worker = await startStubWorker(server.address, 'stub');
  });
  afterAll(async () => {
    await worker?.stop();
    await client?.close();
    await server?.close();
  });

  test('gives the typed result of a run', async () => {
    const request = { start_time: 1790784000, end_time: 1790870399 };
    const run = await client.start('exportResource', { resource: 'meeting_list', request });
    const result = await run.result();
    expect(result.rows).toBe(3);
    expect(result.task_id).toBe('7111325589855797267');
  });

  test('follows a run that continues under other run ids, with its messages and its result', async () => {
    const run = await client.start('backfill', { month: '2026-10', concurrency: 3 });
    expect((await run.progress()).doing).toBe('round 1');
    await run.pause();
    await expect.poll(async () => (await run.progress()).doing, { timeout: 120_000 }).toBe('round 2');
    expect(await run.setConcurrency(5)).toBe('5 days at a time from now on');
    const [attached, listed] = await Promise.all([
      client.start('backfill', { month: '2026-10', concurrency: 3 }),
      client.attach('backfill', run.workflowId),
    ]);
    expect(attached.attached).toBe(true);
    await run.resume();
    const results = await Promise.all([run.result(), attached.result(), listed.result()]);
    for (const result of results) expect(result.days).toEqual({ complete: 5 });
    const summaries = () => client.backfills();
    await expect
      .poll(summaries, { timeout: 120_000 })
      .toMatchObject([{ workflowId: run.workflowId, status: 'COMPLETED' }]);
  });

  test('cancels a run that was found after it had continued under another run id', async () => {
    const run = await client.start('backfill', { month: '2026-08' });
    await run.pause();
    await expect.poll(async () => (await run.progress()).doing, { timeout: 120_000 }).toBe('round 2');
    const found = await client.attach('backfill', run.workflowId);
    expect(found.runId).not.toBe(run.runId);
    await found.cancel();
    await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled' });
  });

  test('passes on a refusal in the words of the run', async () => {
    const run = await client.start('backfill', { month: '2026-09' });
    await expect(run.setConcurrency(9)).rejects.toMatchObject({
      name: 'MessageRefusedError',
      reason: 'refused',
      message: 'takes 1 to 7 days',
    });
    await run.cancel();
    await expect(run.result()).rejects.toMatchObject({ name: 'ExportFailedError', type: 'Cancelled' });
  });

  test('a failed run surfaces with its type and words, wherever in the chain they stand', async () => {
    const known = await client.start('exportDay', { day: '2026-10-01' });
    await expect(known.result()).rejects.toMatchObject({
      type: 'PermissionDenied',
      message: 'the app lacks a right',
      workflowId: 'stub/day/default/2026-10-01',
      cause: { name: 'ApplicationFailure' },
    });
    const other = await client.start('exportDay', { day: '2026-10-02' });
    await expect(other.result()).rejects.toMatchObject({
      type: 'Other',
      workflowId: 'stub/day/default/2026-10-02',
    });
  });

  test('a polling worker is seen', async () => {
    expect(await client.workersPolling()).toBeGreaterThan(0);
  });
});
