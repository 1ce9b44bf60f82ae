/** The network between a worker and Feishu hangs: connections stay open, and nothing passes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectExact } from './support/compare.ts';
import { SMALL, topLevel } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { startFreezingProxy, type FreezingProxy } from './support/freezing-proxy.ts';
import { startHoldingProxy, type HoldingProxy } from './support/holding-proxy.ts';
import { callsReach } from './support/load.ts';
import { until } from './support/operators.ts';
import { pendingFailures } from './support/pending.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const DAY = '2025-03-04';
/** On a busy machine: the longest silence within a file is half a minute, within a wait for an answer ten seconds. */
const PATIENCE_MS = 300_000;

describe.skipIf(!cli)('a day whose calls of Feishu hang', () => {
  let product: Product;
  let calls: HoldingProxy;
  let network: FreezingProxy;
  beforeAll(async () => {
    const sandbox = {
      ...SMALL,
      meetingsPerDay: 6,
      participantsPerMeeting: 5,
      longMeetings: false,
      // Most sessions are still to be asked about when the network goes.
      answerDelayMs: 200,
    };
    product = await startProduct({ cli: cli!, workers: 0, sandbox });
    calls = await startHoldingProxy(product.sandbox.url);
    network = await startFreezingProxy(new URL(calls.url).host);
    await product.startWorker({ FEISHU_BASE_URL: `http://${network.address}` });
  });
  afterAll(async () => {
    await product.stop();
    await network.close();
    await calls.close();
  });

  test(
    'one of each kind, and then all of them, ends exact when they pass again',
    async () => {
      const { client, sandbox } = product;
      // Never released: the day goes on because each is given up.
      const hangs = [
        calls.hold('/auth/v3/tenant_access_token', 'request'),
        calls.hold('POST /open-apis/vc/v1/exports/meeting_list', 'answer'),
        calls.hold('/exports/download', 'body'),
        calls.hold('/participant_list', 'request'),
        calls.hold('/participant_quality_list', 'answer'),
      ];
      const run = await client.start('exportDay', { day: DAY, room_level_id: topLevel(sandbox.tenant) });
      await Promise.all(hangs.map(({ held }) => held));
      await callsReach(sandbox.ledger, { count: 3, fits: ({ endpoint }) => endpoint === 'L3' });
      network.freeze();
      // Of one call a second try has hung too, and was given up with the network still away.
      await until(async () =>
        (await pendingFailures(client)).some(({ type, attempt }) => type === 'FeishuAway' && attempt > 2),
      );
      network.thaw();
      expect((await run.result()).complete).toBe(true);
      await expectExact(product, [DAY]);
    },
    PATIENCE_MS,
  );
});
