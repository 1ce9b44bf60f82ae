/** Workers with a deployment's version: what runs where, and when. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addDays } from '../model/calendar.ts';
import { exportDay, SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const DEPLOYMENT = 'feishu-vc';
const version = (buildId: string) => ({ FEISHU_DEPLOYMENT_NAME: DEPLOYMENT, FEISHU_BUILD_ID: buildId });

describe.skipIf(!cli)('workers of a deployment', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, workers: 0, sandbox: { ...SMALL, longMeetings: false } });
  });
  afterAll(async () => {
    await product.stop();
  });

  /** As an operator does it. The server knows a version a moment after its worker has asked for work. */
  async function setCurrent(...which: string[]): Promise<void> {
    const { address } = product.temporal;
    const command = ['worker', 'deployment', 'set-current-version', '--deployment-name', DEPLOYMENT, ...which];
    for (let tries = 1; ; tries++) {
      try {
        await promisify(execFile)(cli!.path, [...command, '--address', address, '--yes']);
        return;
      } catch (error) {
        if (tries === 120) throw error;
        await sleep(500);
      }
    }
  }

  const versionOf = async (workflowId: string): Promise<string | undefined> => {
    const { raw } = await product.client.temporal.workflow.getHandle(workflowId).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
  };

  test('run nothing until their version is current, then days as ever', async () => {
    await product.startWorker(version('build-1'));
    const day = '2025-04-01';
    const handle = await product.client.start('exportDay', { day, include: ['meetings', 'participants'] });
    await sleep(3000);
    expect(product.sandbox.ledger.calls).toHaveLength(0);
    await setCurrent('--build-id', 'build-1');
    expect((await handle.result()).complete).toBe(true);
    expect(await versionOf(handle.workflowId)).toBe('build-1');
  });

  test('hand runs that are under way, and the calls, to the version that becomes current', async () => {
    const { client, sandbox, workers } = product;
    const days = { from: '2025-04-08', to: addDays('2025-04-08', 2) };
    // Under way until the other version is current, however long that takes.
    sandbox.faults.set([{ on: 'E1', kind: '429' }]);
    const run = await client.start('backfill', { ...days, include: ['meetings', 'participants'], concurrency: 1 });
    await product.startWorker(version('build-2'));
    await setCurrent('--build-id', 'build-2');
    await workers[0]!.stop();
    sandbox.faults.clear();
    expect((await run.result()).days).toStrictEqual({ complete: 3 });
    expect(await versionOf(run.workflowId)).toBe('build-2');
    expect(await versionOf(`feishu-vc/api-lease/${client.taskQueue}`)).toBeDefined();
  });

  test('leave new runs to workers without a version once none is current', async () => {
    await product.workers.at(-1)!.stop();
    await setCurrent('--unversioned', '--ignore-missing-task-queues');
    await product.startWorker();
    expect((await exportDay(product, { day: '2025-04-15', include: ['meetings'] })).complete).toBe(true);
  });
});
