/** The data folder goes away under a run, as a network disk does, and comes back. */
import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { compareDay } from './support/load.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const DAY = '2025-03-04';

describe.skipIf(!cli)('a day whose data folder goes away', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, sandbox: { ...SMALL, longMeetings: false } });
  });
  afterAll(async () => {
    await product.stop();
  });

  test('waits for it, goes on when it is back, and loses nothing', async () => {
    const { client, sandbox, dataDir } = product;
    sandbox.faults.set([{ on: 'E1', kind: 'slow', delayMs: 2000, times: 1 }]);
    const run = await client.start('exportDay', { day: DAY });
    while (sandbox.ledger.calls.every((call) => call.endpoint !== 'E1')) await sleep(20);
    const away = `${dataDir}-away`;
    await rename(dataDir, away);
    // The file's own run tries it again and again.
    const file = client.temporal.workflow.getHandle(`${run.workflowId}/meeting_list/export`);
    const failure = async () => (await file.describe()).raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo;
    while ((await failure())?.type !== 'StoreUnavailable') await sleep(200);
    await rename(away, dataDir);
    expect((await run.result()).complete).toBe(true);
    const { lost, extra } = await compareDay({ dataDir, tenant: sandbox.tenant, day: DAY });
    expect({ lost, extra }).toStrictEqual({ lost: [], extra: [] });
  });
});
