import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { retryUntilClosed } from '../temporal/grpc-retries.ts';
import { Outages } from '../activities/calls/outages.ts';
import { standByForApiLease } from '../worker/api-lease/stand-by.ts';

describe('standing by without a Temporal server', () => {
  it('keeps trying in the background, says so, and ends when told to', async () => {
    const port = await closedPort();
    const connection = Connection.lazy({ address: `127.0.0.1:${port}`, interceptors: [retryUntilClosed()] });
    const warnings: string[] = [];
    const apiLease = standByForApiLease({
      client: new Client({ connection }),
      taskQueue: 'q',
      shards: 2,
      makesCalls: true,
      limitFor: () => null,
      unansweredMs: 1_000,
      outages: new Outages(),
      onShardsDiffer: () => undefined,
      startApiWorker: () => Promise.reject(new Error('there is no lease to hold')),
      logger: { info: () => undefined, warn: (_, message) => void warnings.push(message) },
    });
    while (!warnings.includes('could not start the lease workflow; trying again')) await delay(50);
    expect(apiLease.held.size).toBe(0);
    await apiLease.shutdown();
    await connection.close();
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
