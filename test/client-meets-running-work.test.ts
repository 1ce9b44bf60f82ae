import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectFeishuVc, type FeishuVcClient } from '../client/connect.ts';
import {
  AlreadyRunningDifferentlyError,
  InvalidInputError,
  MessageRefusedError,
  RunNotFoundError,
  ServerUnreachableError,
} from '../client/errors.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { freePort } from '../client/embedded/ports.ts';

const cli = await temporalCli();
const REQUEST = { start_time: '1790784000', end_time: 1790870399 };

/** No worker runs here: whatever is started stays open. */
describe.skipIf(!cli)('the client meets running work', () => {
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

  test('the same work, written differently, attaches to the run that is there', async () => {
    const first = await client.start('exportResource', { resource: 'meeting_list', request: REQUEST });
    const second = await client.start('exportResource', {
      profile: 'default',
      request: { end_time: '1790870399', start_time: 1790784000, user_id_type: 'open_id' },
      resource: 'meeting_list',
    });
    expect(first.attached).toBe(false);
    expect(second).toMatchObject({ attached: true, workflowId: first.workflowId, runId: first.runId });
  });

  test('ids carry a hash of the input, so other work gets another id', async () => {
    const run = await client.start('participantQuality', {
      meeting: { meeting_no: '123456789', meeting_start_time: 1790784000, meeting_end_time: 1790787600 },
      participant: { user_id: 'ou_zhangsan', join_time: 1790784000 },
    });
    expect(run.workflowId).toMatch(/^feishu-vc\/participant\/default\/[0-9a-f]{16}$/);
    const other = await client.start('participantQuality', {
      meeting: { meeting_no: '123456789', meeting_start_time: 1790784000, meeting_end_time: 1790787600 },
      participant: { user_id: 'ou_lisi', join_time: 1790784000 },
    });
    expect(other.workflowId).not.toBe(run.workflowId);
    expect(other.attached).toBe(false);
  });

  test('another input under the same id is refused, and the fields that differ are named', async () => {
    const running = await client.start('backfill', { month: '2026-10' });
    const different = client.start('backfill', { month: '2026-10', concurrency: 5, include: ['meetings'] });
    await expect(different).rejects.toThrow(AlreadyRunningDifferentlyError);
    await expect(different).rejects.toMatchObject({
      code: 'AlreadyRunningDifferently',
      runId: running.runId,
      fields: ['concurrency', 'include'],
    });
  });

  test('a nested field is named by its path, and its value stays out of the message', async () => {
    const workflowId = 'chosen-by-the-caller';
    const input = { resource: 'meeting_list' as const, request: { ...REQUEST, user_id: 'ou_zhangsan' } };
    await client.start('exportResource', input, { workflowId });
    const other = { ...input, request: { ...input.request, user_id: 'ou_lisi' } };
    const error = await client.start('exportResource', other, { workflowId }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ fields: ['request.user_id'] });
    expect(String(error)).not.toContain('ou_');
  });

  test('an id that another type of workflow holds is refused', async () => {
    await client.start('exportDay', { day: '2026-10-01' }, { workflowId: 'taken' });
    await expect(client.start('backfill', { month: '2026-10' }, { workflowId: 'taken' })).rejects.toMatchObject({
      fields: ['workflow type'],
    });
  });

  test('a run that another client started with a second, internal argument is the same work', async () => {
    await client.temporal.workflow.start('backfill', {
      workflowId: 'feishu-vc/backfill/default/2026-09',
      taskQueue: client.taskQueue,
      args: [{ month: '2026-09' }, { carried: 'state' }],
    });
    await expect(client.start('backfill', { month: '2026-09' })).resolves.toMatchObject({ attached: true });
  });

  test('after a run has ended the same work starts anew', async () => {
    const first = await client.start('exportDay', { day: '2026-10-02' });
    await client.temporal.workflow.getHandle(first.workflowId).terminate('test');
    await expect(first.result()).rejects.toMatchObject({ name: 'ExportFailedError', type: 'Terminated' });
    const second = await client.start('exportDay', { day: '2026-10-02' });
    expect(second.attached).toBe(false);
    expect(second.runId).not.toBe(first.runId);
  });

  test('what a person waits for goes before the bulk', async () => {
    const priorityOf = async (workflowId: string) =>
      (await client.temporal.workflow.getHandle(workflowId).describe()).priority?.priorityKey;
    const day = await client.start('exportDay', { day: '2026-10-03' });
    const bulk = await client.start('backfill', { month: '2026-08' });
    expect(await priorityOf(day.workflowId)).toBe(1);
    expect(await priorityOf(bulk.workflowId)).toBe(5);
  });

  test('a wrong input names every field and starts nothing', async () => {
    const input = { resource: 'meeting_list' as const, request: { start_time: 'x' }, wrong: 1 };
    const error = await client.start('exportResource', input).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toHaveProperty('problems', [
      { field: 'wrong', message: 'unknown field' },
      { field: 'request.start_time', message: 'takes unix seconds, as a string or a number' },
      { field: 'request.end_time', message: 'is missing; it takes unix seconds, as a string or a number' },
    ]);
  });

  test('without a worker a question gets no answer, and the queue shows none', async () => {
    const run = await client.start('exportDay', { day: '2026-10-04' });
    expect(await client.workersPolling()).toBe(0);
    await expect(run.progress()).rejects.toThrow(MessageRefusedError);
  });

  test('an id that was never started is not found', async () => {
    await expect(client.attach('backfill', 'feishu-vc/backfill/default/1999-01')).rejects.toThrow(RunNotFoundError);
  });

  test('the embedded server keeps closed workflows for 30 days', async () => {
    const { config } = await client.temporal.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3600);
  });
});

test('an address where nothing listens is named', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const connecting = connectFeishuVc({ address, connectTimeoutMs: 500, env: {} });
  await expect(connecting).rejects.toThrow(ServerUnreachableError);
  await expect(connecting).rejects.toMatchObject({ address, reason: 'no answer' });
});

test('where nothing listens nobody waits until the time for an answer is over', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const connecting = connectFeishuVc({ address, connectTimeoutMs: 3_600_000, nobodyTimeoutMs: 100, env: {} });
  await expect(connecting).rejects.toMatchObject({ name: 'ServerUnreachableError', address, reason: 'no answer' });
});

test("settings of Temporal's own that are not usable are named", async () => {
  const env = { TEMPORAL_PROFILE: 'nowhere', TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };
  await expect(connectFeishuVc({ env })).rejects.toMatchObject({ name: 'ConnectionSettingsError' });
});
