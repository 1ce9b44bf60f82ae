/** The Temporal server goes away under a worker that is at work, and comes back: what its log says of it. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { startFreezingProxy, type FreezingProxy } from './support/freezing-proxy.ts';
import { callsReach } from './support/load.ts';
import { until } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
/** Long enough that all of the SDK's own tries speak up. */
const AWAY_MS = 25_000;
/** The longest that the worker waits for an answer. */
const ASKED_MS = 4_000;
const INFO = 30;
const WARN = 40;

const line = z.looseObject({ level: z.number(), time: z.iso.datetime(), msg: z.string() });

describe.skipIf(!cli)('the log of a worker whose Temporal server is away for a while', () => {
  let product: Product;
  let balancer: FreezingProxy;
  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      workers: 0,
      sandbox: { ...SMALL, answerDelayMs: 50 },
      env: { FEISHU_RATE_LIMIT: '4/1s' },
    });
    // As in front of a cluster: it takes connections while nothing is behind it, and breaks them.
    balancer = await startFreezingProxy(product.temporal.address);
    await product.startWorker({ TEMPORAL_ADDRESS: balancer.address });
  });
  afterAll(async () => {
    await product.stop();
    await balancer.close();
  });

  const logText = () => readFile(product.workers[0]!.logFile!, 'utf8');

  test('is one JSON object a line, of few lines, and says since when, and for how long', async () => {
    const { client, sandbox } = product;
    await client.start('backfill', { month: '2025-03' });
    await callsReach(sandbox.ledger, { count: 20, fits: () => true });
    const goesAtMs = Date.now();
    await product.restartTemporal(AWAY_MS);
    const calls = sandbox.ledger.calls.length;
    await until(async () => sandbox.ledger.calls.length > calls && (await logText()).includes('answers again'));

    const text = (await logText()).trimEnd().split('\n');
    expect(text.filter((each) => !each.startsWith('{'))).toEqual([]);
    const lines = text.map((each) => line.parse(JSON.parse(each)));
    const since = lines.filter(({ time }) => Date.parse(time) >= goesAtMs);
    const ofMessage = (msg: string) => since.filter((each) => each.msg === msg);

    expect(ofMessage('Temporal does not answer')).toMatchObject([{ level: WARN, since: expect.any(String) }]);
    // A question may have been on its way when the server went.
    const sinceMs = Date.parse(String(ofMessage('Temporal does not answer')[0]!['since']));
    expect(sinceMs).toBeGreaterThanOrEqual(goesAtMs - ASKED_MS);
    expect(ofMessage('Temporal answers again')).toMatchObject([{ level: INFO, awayMs: expect.any(Number) }]);
    expect(ofMessage('Temporal answers again')[0]!['awayMs']).toBeGreaterThan(AWAY_MS / 2);
    // Two of its own, some of the lease that is lost and taken again.
    expect(since.length).toBeLessThan(12);
    expect(lines.filter(({ level, msg }) => level >= WARN && msg.includes('No workflows registered'))).toEqual([]);
  });
});
