import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, it } from 'vitest';
import { HolderWatch } from '../worker/api-lease/holder-watch.ts';
import { writeDetails } from '../worker/api-lease/lease-service.ts';

const TAKE_OVER_MS = 300;
const STARTED = 2;
const SCHEDULED = 1;

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A server that describes the lease as the test says, and notes each attempt that is taken from its holder. */
function setUp({ beats = false, ...o }: { takeOverMs?: number; beats?: boolean } = { takeOverMs: TAKE_OVER_MS }) {
  const lease = { attempt: 3, beatMs: 1_000, state: STARTED, isAway: false };
  const taken: { attempt: number; activityId: string; silentMs: number }[] = [];
  let firstLookMs = 0;
  const connection = Connection.lazy({ address: '127.0.0.1:1' });
  const client = new Client({ connection });
  let looks = 0;
  Object.assign(connection.workflowService, {
    async describeWorkflowExecution() {
      looks++;
      firstLookMs ||= performance.now();
      if (beats) lease.beatMs++;
      if (lease.isAway) throw new Error('no server');
      const heartbeatDetails = await writeDetails(client, { v: 1, buckets: {}, ...o });
      const lastHeartbeatTime = { seconds: 0, nanos: lease.beatMs * 1e6 };
      const activity = { activityId: '1', attempt: lease.attempt, lastHeartbeatTime, heartbeatDetails };
      return {
        workflowExecutionInfo: { status: 1, type: { name: 'apiLease' }, execution: { runId: 'r' } },
        pendingActivities: [{ ...activity, state: lease.state }],
      };
    },
    respondActivityTaskFailedById({ activityId }: { activityId: string }) {
      taken.push({ attempt: lease.attempt, activityId, silentMs: performance.now() - firstLookMs });
      lease.attempt++;
      return Promise.resolve({});
    },
  });
  const said: string[] = [];
  const watch = new HolderWatch({
    client,
    taskQueue: 'q',
    shard: 0,
    logger: { info: () => undefined, warn: (_, message) => void said.push(message) },
    onError: (error) => void said.push(String(error)),
  });
  const over = new AbortController();
  const end = (): void => over.abort();
  ends.push(end, () => connection.close());
  void watch.during(once(over.signal, 'abort'));
  return { lease, taken, said, looks: () => looks, end };
}

describe('a process that stands by', () => {
  it('takes the lease from a holder that has been silent for the time that its record names, once', async () => {
    const { taken, said, lease } = setUp();
    await expect.poll(() => taken.length, { timeout: 10_000 }).toBe(1);
    expect(taken[0]).toMatchObject({ attempt: 3, activityId: '1' });
    expect(taken[0]!.silentMs).toBeGreaterThanOrEqual(TAKE_OVER_MS);
    expect(said).toStrictEqual(['the process that made the API calls is silent; another one takes over']);
    // The next one has the lease, and has not begun to beat.
    lease.state = SCHEDULED;
    await delay(4 * TAKE_OVER_MS);
    expect(taken).toHaveLength(1);
  });

  it('leaves it to one that beats', async () => {
    const { taken, looks } = setUp({ takeOverMs: TAKE_OVER_MS, beats: true });
    await expect.poll(looks, { timeout: 10_000 }).toBeGreaterThan(8);
    expect(taken).toStrictEqual([]);
  });

  it('looks twice again before it takes it where it could not look meanwhile: the holder could not beat either', async () => {
    const { taken, lease, looks, said } = setUp();
    await expect.poll(looks).toBeGreaterThan(0);
    lease.isAway = true;
    await expect.poll(() => said, { timeout: 10_000 }).toStrictEqual(['Error: no server']);
    lease.isAway = false;
    const before = looks();
    await expect.poll(() => taken.length, { timeout: 20_000 }).toBe(1);
    expect(looks() - before).toBeGreaterThan(1);
  });

  it('leaves it to the server where the record names no time, as that of an idle holder', async () => {
    const { taken, looks } = setUp({});
    await expect.poll(looks).toBe(1);
    await delay(4 * TAKE_OVER_MS);
    expect(taken).toStrictEqual([]);
    expect(looks()).toBe(1);
  });

  it('looks no more once it has the lease itself', async () => {
    const { taken, looks, end } = setUp();
    await expect.poll(looks).toBeGreaterThan(0);
    end();
    await delay(0);
    const before = looks();
    await delay(4 * TAKE_OVER_MS);
    expect([looks() - before, taken.length]).toStrictEqual([0, 0]);
  });
});
