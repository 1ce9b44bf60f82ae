import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, it } from 'vitest';
import { HolderWatch } from '../worker/api-lease/holder-watch.ts';
import { aged } from '../worker/api-lease/lease-record.ts';
import { writeDetails } from '../worker/api-lease/lease-service.ts';

const TAKE_OVER_MS = 300;
/** For what comes at once, but for a machine that is busy. */
const PATIENT = { timeout: 60_000 };
const STARTED = 2;
const SCHEDULED = 1;

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface SetUp {
  takeOverMs?: number;
  beats?: boolean;
  /** With each look, before it is answered. */
  onLook?: (looks: number, lease: { isAway: boolean }, end: () => void) => void;
}

/** A server that describes the lease as the test says, and notes what is taken from its holders: of the one that has it. */
function setUp({ beats = false, onLook, ...o }: SetUp = { takeOverMs: TAKE_OVER_MS }) {
  const over = new AbortController();
  const end = (): void => over.abort();
  const lease = { holder: 'a', beat: { token: tokenOf('a'), number: 7 }, state: STARTED, isAway: false };
  const taken: { holder: string; silentMs: number }[] = [];
  const tried: string[] = [];
  let firstLookMs = 0;
  const connection = Connection.lazy({ address: '127.0.0.1:1' });
  const client = new Client({ connection });
  let looks = 0;
  Object.assign(connection.workflowService, {
    async describeWorkflowExecution() {
      looks++;
      onLook?.(looks, lease, end);
      firstLookMs ||= performance.now();
      if (beats) lease.beat.number++;
      if (lease.isAway) throw new Error('no server');
      const heartbeatDetails = await writeDetails(client, { v: 1, buckets: {}, beat: lease.beat, ...o });
      return {
        workflowExecutionInfo: { status: 1, type: { name: 'apiLease' }, execution: { runId: 'r' } },
        pendingActivities: [{ heartbeatDetails, state: lease.state }],
      };
    },
    respondActivityTaskFailed({ taskToken }: { taskToken: Uint8Array }) {
      const from = Buffer.from(taskToken).toString();
      tried.push(from);
      if (from !== lease.holder)
        return Promise.reject(Object.assign(new Error('no such attempt'), { code: 5, details: '' }));
      taken.push({ holder: from, silentMs: performance.now() - firstLookMs });
      lease.holder = `after ${from}`;
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
  ends.push(end, () => connection.close());
  void watch.during(once(over.signal, 'abort'));
  return { watch, lease, taken, tried, said, looks: () => looks };
}

function tokenOf(holder: string): string {
  return Buffer.from(holder).toString('base64');
}

describe('a process that stands by', () => {
  it('takes the lease from a holder that has been silent for the time that its record names, once', async () => {
    const { taken, said, lease } = setUp();
    await expect.poll(() => taken.length, PATIENT).toBe(1);
    expect(taken[0]).toMatchObject({ holder: 'a' });
    expect(taken[0]!.silentMs).toBeGreaterThanOrEqual(TAKE_OVER_MS);
    expect(said).toStrictEqual(['the process that made the API calls is silent; another one takes over']);
    // The next one has the lease, and has not begun to beat.
    lease.state = SCHEDULED;
    await delay(4 * TAKE_OVER_MS);
    expect(taken).toHaveLength(1);
  });

  it('takes nothing from the one that has it by now, where another process was quicker', async () => {
    const { taken, tried, said, lease } = setUp();
    lease.holder = 'the next';
    await expect.poll(() => tried, PATIENT).toContain('a');
    expect([taken, said]).toStrictEqual([[], []]);
  });

  it('knows of a record since it saw it first, and of no other one', async () => {
    const { watch, lease, looks } = setUp({ takeOverMs: TAKE_OVER_MS });
    expect(watch.knownForMs(lease.beat)).toBe(0);
    const beforeMs = performance.now();
    await expect.poll(looks, PATIENT).toBeGreaterThan(1);
    const knownMs = watch.knownForMs(lease.beat);
    expect(knownMs).toBeGreaterThan(0);
    expect(knownMs).toBeLessThanOrEqual(performance.now() - beforeMs);
    expect(watch.knownForMs({ ...lease.beat, number: 8 })).toBe(0);
    expect(watch.knownForMs({ ...lease.beat, token: tokenOf('b') })).toBe(0);
  });

  it('leaves it to one that beats', async () => {
    const { taken, looks } = setUp({ takeOverMs: TAKE_OVER_MS, beats: true });
    await expect.poll(looks, PATIENT).toBeGreaterThan(8);
    expect(taken).toStrictEqual([]);
  });

  it('looks twice again before it takes it where it could not look meanwhile: the holder could not beat either', async () => {
    const { taken, looks, said } = setUp({
      takeOverMs: TAKE_OVER_MS,
      onLook: (number, lease) => (lease.isAway = number === 2),
    });
    await expect.poll(() => taken.length, PATIENT).toBe(1);
    expect(said[0]).toBe('Error: no server');
    // The one that was answered, the one that was not, and two more.
    expect(looks()).toBeGreaterThanOrEqual(4);
  });

  it('leaves it to the server where the record names no time, as that of an idle holder', async () => {
    const { taken, looks } = setUp({});
    await expect.poll(looks, PATIENT).toBe(1);
    await delay(4 * TAKE_OVER_MS);
    expect(taken).toStrictEqual([]);
    expect(looks()).toBe(1);
  });

  it('looks no more once it has the lease itself', async () => {
    const { taken, looks } = setUp({ takeOverMs: TAKE_OVER_MS, onLook: (_number, _lease, end) => end() });
    await expect.poll(looks, PATIENT).toBe(1);
    await delay(4 * TAKE_OVER_MS);
    expect([looks(), taken.length]).toStrictEqual([1, 0]);
  });
});

describe('what a successor takes over', () => {
  const record = { buckets: { b: { answeredMsAgo: [100, -3_000], pushBackMs: 500 } } };
  const at = (o: { fromMs: number; knownForMs: number }) => aged(record, { toMs: 1e6, ...o }).buckets['b'];

  it('is as old as it has known of it, the calls that may have followed and a push-back too', () => {
    expect(at({ fromMs: 0, knownForMs: 2_000 })).toStrictEqual({ answeredMsAgo: [2_100, -1_000] });
    expect(at({ fromMs: 0, knownForMs: 0 })).toStrictEqual(record.buckets.b);
  });

  it('is as old as the clock of the server has it, less a minute, where that is longer', () => {
    expect(at({ fromMs: 1e6 - 70_000, knownForMs: 2_000 })?.answeredMsAgo).toStrictEqual([10_100, 7_000]);
    expect(at({ fromMs: 1e6 - 59_000, knownForMs: 0 })).toStrictEqual(record.buckets.b);
  });
});
