/** Runs by their search attributes, and days by their manifests, when the server has forgotten the runs. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from './support/command-line.ts';
import { exportDay, topLevel } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { UNDER_WAY, until } from './support/operators.ts';
import { DIST, startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();

const complete = (type: string) =>
  `FeishuStatus = 'complete' AND FeishuProfile = 'default' AND WorkflowType = '${type}'`;

describe.skipIf(!cli)('search attributes', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      sandbox: { ...UNDER_WAY, answerDelayMs: 0, meetingsPerDay: 1 },
      workers: 0,
    });
  });
  afterAll(async () => {
    await product.stop();
  });

  const found = async (query: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { workflowId } of product.client.temporal.workflow.list({ query })) ids.push(workflowId);
    return ids.toSorted();
  };
  const include = ['meetings' as const];

  test('are not needed', async () => {
    const worker = await product.startWorker();
    expect((await exportDay(product, { day: '2025-04-01', include })).complete).toBe(true);
    await worker.stop();
  });

  test('are registered by one command, twice as well as once, and then find runs by day and outcome', async () => {
    const env = { TEMPORAL_ADDRESS: product.temporal.address };
    const names = ['FeishuProfile', 'FeishuResource', 'FeishuDay', 'FeishuStatus'];
    const once = await runCommand(['setup', '--json'], { env });
    expect(JSON.parse(once.stdout)).toStrictEqual({ added: names, present: [], taken: [] });
    const twice = await runCommand(['setup', '--json'], { env });
    expect(JSON.parse(twice.stdout)).toStrictEqual({ added: [], present: names, taken: [] });

    await product.startWorker();
    const run = await product.client.start('backfill', { from: '2025-04-02', to: '2025-04-03', include });
    await run.result();
    await until(async () => (await found(complete('exportDay'))).length === 2);
    expect(await found(`FeishuDay = '2025-04-03'`)).toStrictEqual(['feishu-vc/day/default/2025-04-03']);
    await until(async () => (await found(complete('backfill'))).length === 1);
    expect(await found(`FeishuResource = 'meetings' AND WorkflowType = 'backfill'`)).toStrictEqual([run.workflowId]);
  });

  test('the days in the store are listed without a server', async () => {
    const env = { PATH: process.env['PATH'], DATA_URL: `file:${product.dataDir}` };
    const list = async (...args: string[]) =>
      (await promisify(execFile)(process.execPath, [join(DIST, 'worker/programs/days.js'), ...args], { env })).stdout;
    const days = JSON.parse(await list('--json')) as { day: string; complete: boolean; rows: object }[];
    expect(days.map(({ day }) => day)).toStrictEqual(['2025-04-01', '2025-04-02', '2025-04-03']);
    const expected = { complete: true, sealed: false, rows: { meetings: 1 }, gaps: [], restatements: 0 };
    expect(days).toEqual(days.map(({ day }) => expect.objectContaining({ day, ...expected })));
    expect(await list('--from', '2025-04-03')).toMatch(/^2025-04-03 {2}complete {2,}\S+Z {2}meetings 1\n$/);
    expect(await list('--profile', 'other')).toContain('No day of profile other has been exported');
  });

  test('find runs by each of the tables that they ask for', async () => {
    const both = { from: '2025-04-10', to: '2025-04-10', include: [...include, 'participants' as const] };
    await (await product.client.start('backfill', both, { workflowId: 'two-tables' })).result();
    const asking = "WorkflowId = 'two-tables' AND FeishuResource =";
    await until(async () => (await found(`${asking} 'participants'`)).length === 1);
    expect(await found(`${asking} 'meetings'`)).toStrictEqual(['two-tables']);
    expect(await found(`${asking} 'reservations'`)).toStrictEqual([]);
  });

  test.each([
    ['meeting_list', 'meetings'],
    ['resource_reservation_list', 'reservations'],
  ] as const)('name a single export of %s as runs of days name its table: %s', async (resource, table) => {
    const { from, to } = product.sandbox.tenant.dayRange('2025-04-01');
    const room = resource === 'resource_reservation_list' && { room_level_id: topLevel(product.sandbox.tenant) };
    const request = { start_time: String(from), end_time: String(to), ...room };
    const run = await product.client.start('exportResource', { resource, request });
    await run.result();
    const itself = `WorkflowId = '${run.workflowId}' AND FeishuResource =`;
    await until(async () => (await found(`${itself} '${table}'`)).length === 1);
    expect(await found(`${itself} '${resource}'`)).toStrictEqual([]);
  });

  test('find runs that failed and runs that were cancelled', async () => {
    await expect(exportDay(product, { day: '2199-01-01', include })).rejects.toMatchObject({ type: 'InvalidInput' });
    const run = await product.client.start('backfill', { from: '2025-05-01', to: '2025-06-30', include });
    await until(async () => (await run.progress()).days.running > 0);
    await run.cancel();
    await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled' });
    await until(async () => (await found(`FeishuStatus = 'failed'`)).length > 0);
    expect(await found(`FeishuStatus = 'failed'`)).toStrictEqual(['feishu-vc/day/default/2199-01-01']);
    const cancelled = `FeishuStatus = 'cancelled' AND WorkflowType = 'backfill'`;
    await until(async () => (await found(cancelled)).length > 0);
    expect(await found(cancelled)).toStrictEqual([run.workflowId]);
    await until(async () => (await found(`FeishuStatus = 'running'`)).length === 0);
  });
});
