/** Who holds the leases of a queue, on a real server; processes are objects within this one. */
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, ActivityFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Outages } from '../activities/calls/outages.ts';
import { startApiWorker, type LeaseDeps } from '../worker/api-lease/api-worker.ts';
import type { HeldLease } from '../worker/api-lease/lease-process.ts';
import { apiLeaseState } from '../worker/api-lease/lease-state.ts';
import { takeFrom } from '../worker/api-lease/lease-service.ts';
import { agreeOnShards, describeShard } from '../worker/api-lease/lease-workflows.ts';
import { apiLeaseWorkflowId, apiTaskQueue, quotaOfBucket } from '../worker/api-lease/shards.ts';
import { startLeaseServer, until, type LeaseServer, type TestProcess } from './support/api-lease-server.ts';
import { temporalCli } from './support/embedded-temporal.ts';

const cli = await temporalCli();
const CALL = { priority: 1, fairnessKey: 'k' };
/** Of the first cool-down. */
const COOL_DOWN_MS = 10_000;
const BUCKET = 'https://host|cli_1|GET /x';

const stop = (...processes: TestProcess[]) => Promise.all(processes.map((process) => process.shutdown()));

const holderOf = (bucket: string, process: TestProcess): HeldLease =>
  [...process.leases.values()].find((lease) => lease.servesApp(quotaOfBucket(bucket)))!;

describe.skipIf(!cli)('a lease', () => {
  let server: LeaseServer;
  beforeAll(async () => {
    server = await startLeaseServer(cli!);
  }, 300_000);
  afterAll(() => server.stop());

  it('goes with its record to a process that is of use, and comes back no sooner than it is of use', async () => {
    const taskQueue = 'useful';
    await server.serve(taskQueue);
    const a = await server.startProcess({ identity: 'a', taskQueue });
    await until(() => a.leases.size === 1);
    const permit = await a.leases.get(0)!.pacer.acquire(BUCKET, CALL);
    permit.answered();
    const b = await server.startProcess({ identity: 'b', taskQueue });
    const troubledMs = performance.now();
    a.trouble.reason = 'the data folder: read-only';
    await until(() => b.leases.size === 1);
    expect(a.leases.size).toBe(0);
    expect(b.leases.get(0)!.pacer.load(BUCKET).inUse).toBe(1);
    // What the last holder said of itself stands until the next one has spoken.
    await until(async () => {
      const { held, troubles } = await apiLeaseState({ client: b.client, taskQueue, shard: 0 });
      return held && troubles.length === 0;
    });
    expect(a.log.filter((line) => line.includes('cannot make API calls'))).toHaveLength(1);

    // It would take it now, but for the cool-down.
    await b.shutdown();
    await delay(1_000);
    const standing = {
      leases: a.leases.size,
      held: (await apiLeaseState({ client: b.client, taskQueue, shard: 0 })).held,
    };
    const nobody = { leases: 0, held: false };
    const isCoolingDown = performance.now() - troubledMs < COOL_DOWN_MS;
    expect(isCoolingDown ? standing : nobody).toEqual(nobody);
    a.trouble.reason = null;
    a.trouble.recovered = true;
    await until(() => a.leases.size === 1);
    await stop(a);
  }, 300_000);

  it('is taken from the holder that was seen, once, and not from the one after it', async () => {
    const taskQueue = 'taken';
    await server.serve(taskQueue);
    const a = await server.startProcess({ identity: 'a', taskQueue });
    await until(() => a.leases.size === 1);
    const b = await server.startProcess({ identity: 'b', taskQueue });
    const seen = async () => (await describeShard({ client: b.client, taskQueue }, 0))?.beat;
    await until(async () => (await seen()) !== undefined);
    const beat = (await seen())!;
    expect(await takeFrom(b.client, beat, 'a test')).toBe(true);
    const holders = () => [a, b].filter(({ leases }) => leases.size === 1);
    // The one that had it notices with its next beat.
    await until(() => a.log.some((line) => line.includes('is lost')) && holders().length === 1);
    await until(async () => ![undefined, beat.token].includes((await seen())?.token));
    const [held, token] = [holders(), (await seen())?.token];
    expect(await takeFrom(b.client, beat, 'late')).toBe(false);
    await delay(500);
    expect([holders(), (await seen())?.token]).toStrictEqual([held, token]);
    await stop(a, b);
  }, 300_000);

  it('takes outages along: none has a length in the log of a process that did not see it to its end', async () => {
    const taskQueue = 'outage';
    await server.serve(taskQueue);
    const lines: object[] = [];
    const log = (fields: object, message: string): void => void lines.push({ message, ...fields });
    const outages = new Outages({ logger: { info: log, warn: log }, canReach: () => Promise.resolve(true) });
    const call = { host: 'https://host', identity: 'https://host|cli_1#default', id: 'a' };
    const a = await server.startProcess({ identity: 'a', taskQueue, outages });
    await until(() => a.leases.size === 1);
    const b = await server.startProcess({ identity: 'b', taskQueue });
    outages.unreachable(call, { reason: 'no connection (ECONNREFUSED)', silent: true });
    await until(() => b.leases.size === 1);
    await b.shutdown();
    await until(() => a.leases.size === 1);
    outages.answered(call);
    await stop(a);
    const scope = 'https://host';
    expect(lines).toEqual([
      { message: 'an outage has begun: calls wait until it is over', scope, reason: 'no connection (ECONNREFUSED)' },
      {
        message: 'an outage is no longer looked at here: calls are not made here',
        scope,
        seenForS: expect.any(Number),
      },
    ]);
  }, 300_000);

  it('stays with a process that is of no use where nobody else stands by, and says what is wrong', async () => {
    const taskQueue = 'alone';
    await server.serve(taskQueue);
    const a = await server.startProcess({ identity: 'a', taskQueue });
    await until(() => a.leases.size === 1);
    a.trouble.reason = 'the data folder: read-only';
    await until(
      async () => (await apiLeaseState({ client: a.client, taskQueue, shard: 0 })).troubles[0]?.scope === 'store',
    );
    await delay(9_000);
    // Where nothing was heard of it for seconds, the lease is lost and comes back to it.
    await until(() => a.leases.size === 1);
    expect(a.log).toContain('this process makes the API calls now');
    expect(a.log.filter((line) => /cannot make API calls|handed over/.test(line))).toEqual([]);
    await stop(a);
    const left = await apiLeaseState({ client: a.client, taskQueue, shard: 0 });
    expect(left).toMatchObject({ held: false, troubles: [{ scope: 'store', reason: 'the data folder: read-only' }] });
  }, 300_000);

  it('goes to a process that holds fewer', async () => {
    const taskQueue = 'even';
    await server.serve(taskQueue);
    const a = await server.startProcess({ identity: 'a', taskQueue, shards: 4 });
    await until(() => a.leases.size === 4);
    const b = await server.startProcess({ identity: 'b', taskQueue, shards: 4 });
    const c = await server.startProcess({ identity: 'c', taskQueue, shards: 4 });
    const sizes = () => [a, b, c].map((process) => process.leases.size).toSorted((x, y) => x - y);
    const losses = () => [a, b, c].flatMap(({ log }) => log).filter((line) => line.includes('is lost')).length;
    // And there it stays, but for processes that could not beat for seconds.
    for (let before = -1; before !== losses();) {
      await until(() => sizes().join() === '1,1,2');
      before = losses();
      await delay(12_000);
    }
    expect(sizes()).toEqual([1, 1, 2]);
    await stop(a, b, c);
  }, 300_000);

  it('is not served by processes that use another number of leases while theirs are held', async () => {
    const taskQueue = 'number';
    await server.serve(taskQueue);
    const a = await server.startProcess({ identity: 'a', taskQueue, shards: 2 });
    await until(() => a.leases.size === 2);
    const own = { client: a.client, taskQueue, shards: 3, makesCalls: true };
    await expect(agreeOnShards(own)).rejects.toThrow(/FEISHU_API_SHARDS is 3 here.*\(a among them\).*started with 2/);
    await expect(agreeOnShards({ ...own, shards: 2 })).resolves.toBeUndefined();
    await stop(a);
  }, 300_000);

  it('hands its record on to all leases of another number, and makes the old ones useless', async () => {
    const taskQueue = 'change';
    await server.serve(taskQueue);
    const limit = { calls: 3, windowMs: 600_000 };
    const old = await server.startProcess({ identity: 'old', taskQueue, shards: 3, limit });
    await until(() => old.leases.size === 3);
    const buckets = Array.from({ length: 12 }, (_, i) => `https://host|cli_${i}|GET /x`);
    await Promise.all(
      buckets.flatMap((bucket) =>
        [1, 2].map(async () => (await holderOf(bucket, old).pacer.acquire(bucket, CALL)).answered()),
      ),
    );
    await old.shutdown();

    const next = await server.startProcess({ identity: 'next', taskQueue, shards: 2, limit });
    await until(() => next.leases.size === 2);
    for (const bucket of buckets) expect(holderOf(bucket, next).pacer.load(bucket).inUse).toBeGreaterThanOrEqual(2);
    const late = await server.startProcess({ identity: 'late', taskQueue, shards: 3, limit, agrees: false });
    await until(() => late.differs.length === 1);
    expect(late.differs[0]).toContain('FEISHU_API_SHARDS is 3 here');
    expect([late.leases.size, next.leases.size]).toEqual([0, 2]);
    const former = await old.client.workflow.getHandle(apiLeaseWorkflowId(taskQueue, 2)).describe();
    expect(former.status.name).toBe('TERMINATED');
    await stop(next);
  }, 300_000);
});

describe.skipIf(!cli)('the API worker', () => {
  let server: LeaseServer;
  beforeAll(async () => {
    server = await startLeaseServer(cli!);
  }, 300_000);
  afterAll(() => server.stop());

  it('ends what is under way soon after it is stopped, and answers for shards that are no more', async () => {
    const taskQueue = 'slow';
    await server.serve(taskQueue);
    const aborted: unknown[] = [];
    const started: string[] = [];
    const activities = (leased: LeaseDeps) => ({
      download: async (name: string): Promise<void> => {
        if (!leased.servesApp('host|app')) throw ApplicationFailure.create({ type: 'WrongShard', nonRetryable: true });
        started.push(name);
        await new Promise((resolve) => leased.stopSignal.addEventListener('abort', resolve));
        aborted.push(leased.stopSignal.reason);
        throw ApplicationFailure.create({ type: 'LeaseLost', nonRetryable: true });
      },
    });
    const a = await server.startProcess({
      identity: 'a',
      taskQueue,
      startApiWorker: (lease) =>
        startApiWorker(
          {
            connection: server.connection,
            client: a.client,
            namespace: 'default',
            taskQueue,
            dataConverter: {},
            activities,
          },
          { ...lease, mostShards: 3 },
        ),
    });
    const run = (shard: number) =>
      a.client.activity
        .execute('download', {
          id: `download-${shard}`,
          taskQueue: apiTaskQueue(taskQueue, shard),
          args: [`to ${shard}`],
          startToCloseTimeout: '1 minute',
        })
        .catch((error: unknown) => error);
    const slow = run(0);
    await until(() => started.length === 1);
    expect(typeOf(await run(2))).toBe('WrongShard');
    await a.shutdown();
    expect(typeOf(await slow)).toBe('LeaseLost');
    expect(aborted).toHaveLength(1);
  }, 300_000);
});

function typeOf(error: unknown): string | null | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const failure = cause instanceof ActivityFailure ? cause.cause : cause;
  return failure instanceof ApplicationFailure ? failure.type : String(error);
}
