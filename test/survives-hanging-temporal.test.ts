/** The network between workers and the Temporal server hangs: connections stay open, and nothing passes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Child } from '../client/embedded/children.ts';
import { expectExact } from './support/compare.ts';
import { SMALL, topLevel } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { startFreezingProxy, type FreezingProxy } from './support/freezing-proxy.ts';
import { callsReach, holderAmong } from './support/load.ts';
import { until } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const DAY = '2025-03-04';
const RATE_LIMIT = '10/2s';
/** Longer than the lease on calls, and than the heartbeats of calls that wait for their turn. */
const AWAY_MS = 18_000;
/** On a busy machine. */
const PATIENCE_MS = 300_000;

describe.skipIf(!cli)('a day whose workers lose Temporal', () => {
  let product: Product;
  /** Each worker has one of its own. */
  const networks = new Map<Child, FreezingProxy>();
  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      workers: 0,
      sandbox: {
        ...SMALL,
        meetingsPerDay: 10,
        participantsPerMeeting: 8,
        longMeetings: false,
        rateLimit: RATE_LIMIT,
        window: 'sliding',
      },
      env: { FEISHU_RATE_LIMIT: RATE_LIMIT },
    });
    for (let i = 0; i < 2; i++) {
      const network = await startFreezingProxy(product.temporal.address);
      networks.set(await product.startWorker({ TEMPORAL_ADDRESS: network.address }), network);
    }
  });
  afterAll(async () => {
    await product.stop();
    for (const network of networks.values()) await network.close();
  });

  test(
    'the one that makes the calls alone, and then all at once, ends exact, and the limit holds throughout',
    async () => {
      const { client, sandbox, workers } = product;
      const sessions = () => sandbox.ledger.calls.filter(({ endpoint }) => endpoint === 'L3').length;
      const sessionsReach = (count: number) =>
        callsReach(sandbox.ledger, { count, fits: ({ endpoint }) => endpoint === 'L3' });
      const run = await client.start('exportDay', { day: DAY, room_level_id: topLevel(sandbox.tenant) });
      await sessionsReach(10);
      const first = await holderAmong(workers);
      // Dozens of calls wait for their turn there, and it reaches Feishu as before.
      networks.get(first)!.freeze();
      await until(async () => (await holderAmong(workers)) !== first);
      await sessionsReach(sessions() + 10);
      networks.get(first)!.thaw();

      for (const network of networks.values()) network.freeze();
      await sleep(AWAY_MS);
      for (const network of networks.values()) network.thaw();
      expect((await run.result()).complete).toBe(true);
      expect(sandbox.ledger.calls.filter(({ throttled }) => throttled)).toStrictEqual([]);
      await expectExact(product, [DAY]);
    },
    PATIENCE_MS,
  );
});
