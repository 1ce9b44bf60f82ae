/** A pause on a machine that is busy with other things: calls stop within ten seconds all the same. */
import { Worker } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsSince, ledgerEnd, UNDER_WAY, until } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const PATIENCE_MS = 180_000;
const PAUSED_AFTER_MS = 10_000;
const WATCHED_MS = 6_000;
/** Threads that do nothing but keep a core busy. */
const BURNERS = 6;

describe.skipIf(!cli)('a pause on a busy machine', () => {
  let product: Product;
  const burners: Worker[] = [];
  beforeAll(async () => {
    const people = { meetingsPerDay: 12, participantsPerMeeting: 12, people: 200 };
    product = await startProduct({
      cli: cli!,
      sandbox: { ...UNDER_WAY, answerDelayMs: 0, ...people, rateLimit: 'off' },
      env: { FEISHU_RATE_LIMIT: '20/1s' },
    });
  }, PATIENCE_MS);
  afterAll(async () => {
    await Promise.all(burners.map((burner) => burner.terminate()));
    await product.stop();
  });

  test(
    'of a backfill stops its calls within ten seconds, and they go on when it is resumed',
    async () => {
      const run = await product.client.start('backfill', { from: '2025-04-01', to: '2025-04-05', concurrency: 4 });
      const sessions = () => product.sandbox.ledger.calls.filter(({ endpoint }) => endpoint === 'L3').length;
      await until(() => sessions() > 60);
      for (let n = 0; n < BURNERS; n++) burners.push(new Worker('for (;;);', { eval: true }));
      await sleep(1000);
      await run.pause();
      await sleep(PAUSED_AFTER_MS);
      const quiet = ledgerEnd(product);
      await sleep(WATCHED_MS);
      expect(callsSince(product, quiet).map(({ endpoint }) => endpoint)).toStrictEqual([]);
      await Promise.all(burners.map((burner) => burner.terminate()));
      await run.resume();
      await until(() => callsSince(product, quiet).length > 0);
      await run.cancel();
      await run.result().catch(() => undefined);
    },
    PATIENCE_MS,
  );
});
