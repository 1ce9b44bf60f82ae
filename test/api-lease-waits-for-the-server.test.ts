import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { agreeOnShards } from '../worker/api-lease/lease-workflows.ts';

const [DEADLINE_EXCEEDED, NOT_FOUND, PERMISSION_DENIED] = [4, 5, 7];

/** A server that answers one call after the other so. */
function serverSaying(...codes: number[]): { client: Client; asked: () => number } {
  let asked = 0;
  const describeWorkflowExecution = () => {
    const code = codes[asked++];
    return Promise.reject(Object.assign(new Error(`code ${code}`), { code, details: '', metadata: {} }));
  };
  const client: unknown = {
    options: { namespace: 'default' },
    withDeadline: (_endsMs: number, call: () => Promise<unknown>) => call(),
    workflowService: { describeWorkflowExecution },
  };
  return { client: client as Client, asked: () => asked };
}

const queue = { taskQueue: 'queue', shards: 1, makesCalls: true };

it('a worker that starts while the server answers nothing goes on when it answers', async () => {
  const { client, asked } = serverSaying(DEADLINE_EXCEEDED, DEADLINE_EXCEEDED, NOT_FOUND);
  const unanswered: unknown[] = [];
  await agreeOnShards({ client, ...queue, onUnanswered: (error) => void unanswered.push(error) });
  expect(asked()).toBe(3);
  expect(unanswered).toHaveLength(2);
});

it('a worker that is refused says so', async () => {
  const { client } = serverSaying(PERMISSION_DENIED);
  await expect(agreeOnShards({ client, ...queue })).rejects.toThrow('code 7');
});
