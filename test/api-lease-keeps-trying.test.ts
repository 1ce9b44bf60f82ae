import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { retryUntilClosed } from '../temporal/grpc-retries.ts';
import { Outages } from '../activities/calls/outages.ts';
import { apiLeaseState } from '../worker/api-lease/lease-state.ts';
import { ensureLeases } from '../worker/api-lease/lease-workflows.ts';
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

/** Of a server on which a workflow of that type runs under the id. */
function serverWhere(type: string): Client {
  const found = { workflowExecutionInfo: { status: 1, type: { name: type }, execution: { runId: 'r' } } };
  const describeWorkflowExecution = () => Promise.resolve({ ...found, pendingActivities: [] });
  const part = {
    options: { namespace: 'default', loadedDataConverter: new Client().options.loadedDataConverter },
    workflowService: { describeWorkflowExecution },
    withDeadline: (_deadline: number, ask: () => unknown) => ask(),
  };
  return part as unknown as Client;
}

describe('a workflow of somebody else under the id of the lease', () => {
  it('is named, with what frees the id, in the log and in what runs wait for', async () => {
    const o = { client: serverWhere('anything'), taskQueue: 'q', shards: 1 };
    const words =
      'temporal workflow terminate --workflow-id feishu-vc/api-lease/q: ' +
      "a workflow of the type anything, none of this product's, has this id";
    await expect(ensureLeases(o)).rejects.toThrow(words);
    expect(await apiLeaseState({ ...o, shard: 0 })).toEqual({
      held: false,
      troubles: [],
      inTheWay: words,
    });
  });

  it('is not what the lease itself is', async () => {
    const o = { client: serverWhere('apiLease'), taskQueue: 'q', shards: 1 };
    expect(await ensureLeases(o)).toMatchObject({ shards: 1 });
    expect(await apiLeaseState({ ...o, shard: 0 })).toEqual({ held: false, troubles: [] });
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
