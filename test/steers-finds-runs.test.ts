/** Runs by their search attributes: there once they are registered, and nobody misses them before. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from './support/command-line.ts';
import { exportDay } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { UNDER_WAY, until } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();

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
    const complete = (type: string) =>
      `FeishuStatus = 'complete' AND FeishuProfile = 'default' AND WorkflowType = '${type}'`;
    await until(async () => (await found(complete('exportDay'))).length === 2);
    expect(await found(`FeishuDay = '2025-04-03'`)).toStrictEqual(['feishu-vc/day/default/2025-04-03']);
    await until(async () => (await found(complete('backfill'))).length === 1);
    expect(await found(`FeishuResource = 'meetings' AND WorkflowType = 'backfill'`)).toStrictEqual([run.workflowId]);
  });
});
