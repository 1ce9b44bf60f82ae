/**
 * Measures how soon a paused backfill makes no more calls, at 20 calls a second on a machine that is busy with other things.
 *
 *     npx tsx bench/pause.ts --burners 8 --times 5
 *
 * `--burners`: threads that do nothing but keep a core busy. Needs a build in dist, and the Temporal CLI. Some 20 s a time.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { callsSince, ledgerEnd, quietFor, UNDER_WAY, until } from '../test/support/operators.ts';
import { startProduct } from '../test/support/product.ts';

/** By then a call that was held back by nothing would have come. */
const SILENCE_MS = 10_000;

const { values } = parseArgs({
  options: { burners: { type: 'string', default: '8' }, times: { type: 'string', default: '3' } },
});

const people = { meetingsPerDay: 12, participantsPerMeeting: 12, people: 200 };
const product = await startProduct({
  cli: await findTemporalCli(),
  sandbox: { ...UNDER_WAY, answerDelayMs: 0, ...people, rateLimit: 'off' },
  env: { FEISHU_RATE_LIMIT: '20/1s' },
});
const burners: Worker[] = [];
try {
  const run = await product.client.start('backfill', { from: '2025-04-01', to: '2025-04-05', concurrency: 4 });
  await callsFlow(0);
  for (let n = 0; n < Number(values.burners); n++) burners.push(new Worker('for (;;);', { eval: true }));
  const table: object[] = [];
  for (let time = 0; time < Number(values.times); time++) {
    await callsFlow(ledgerEnd(product));
    const before = ledgerEnd(product);
    const pausedMs = Date.now();
    await run.pause();
    await quietFor(product, SILENCE_MS);
    const calls = callsSince(product, before);
    const lastMs = Math.max(pausedMs, ...calls.map(({ wallMs }) => wallMs));
    table.push({
      'last call after the pause, s': ((lastMs - pausedMs) / 1000).toFixed(1),
      'calls after the pause': calls.length,
      'load of the last minute': loadavg()[0]!.toFixed(1),
    });
    await run.resume();
  }
  console.table(table);
  await run.cancel();
} finally {
  await Promise.all(burners.map((burner) => burner.terminate()));
  await product.stop();
}

async function callsFlow(since: number): Promise<void> {
  await until(() => callsSince(product, since).filter(({ endpoint }) => endpoint === 'L3').length > 40);
}
