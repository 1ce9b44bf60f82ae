import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Outages } from '../activities/calls/outages.ts';
import { StoreCircuitBreaker } from '../activities/calls/store-circuit-breaker.ts';
import { StoreError } from '../store/errors.ts';
import { FileStore } from '../store/file-store.ts';
import { startSmallDisk, type SmallDisk } from './support/small-disk.ts';

const ANSWER_BYTES = 200_000;

describe('calls whose answers are kept', () => {
  let disk: SmallDisk;
  let store: FileStore;
  let nowMs = 0;
  beforeAll(async () => {
    disk = await startSmallDisk(1024 * 1024);
    store = new FileStore(disk.path);
  });
  afterAll(() => disk.close());

  const put = (breaker: StoreCircuitBreaker): Promise<unknown> =>
    breaker.storing(ANSWER_BYTES, () => store.put('answer', Buffer.alloc(ANSWER_BYTES)));
  const logged: [string, string][] = [];
  const log = ({ scope }: { scope?: string }, message: string) => void logged.push([message, scope ?? '']);
  const logger = { info: log, warn: log };
  const isFull = { code: 'unavailable', message: expect.stringContaining('the disk is full') };

  test('are made until one finds no place, and then not before there is room for that one', async () => {
    const breaker = new StoreCircuitBreaker(store, { nowMs: () => nowMs, logger });
    await put(breaker);
    await store.remove('answer');
    await disk.fill(50_000);
    await breaker.pass();
    await expect(put(breaker)).rejects.toMatchObject(isFull);
    await expect(breaker.pass()).rejects.toMatchObject(isFull);
    nowMs += 10_000;
    await expect(breaker.pass()).rejects.toMatchObject(isFull);
    expect((await readdir(disk.path)).filter((name) => name !== '.ballast')).toStrictEqual([]);
    await disk.free();
    // What was found out a moment ago still holds.
    await expect(breaker.pass()).rejects.toMatchObject(isFull);
    nowMs += 10_000;
    await Promise.all([breaker.pass(), breaker.pass()]);
    expect(breaker.trouble).toBeNull();
    await put(breaker);
    expect(logged).toStrictEqual([
      ['an outage has begun: calls wait until it is over', 'store'],
      ['an outage is over: calls go on', 'store'],
    ]);
  });

  test('are not made where room was missing before another process made them, and no outage is told of longer', async () => {
    logged.length = 0;
    const breaker = new StoreCircuitBreaker(store, { nowMs: () => nowMs, logger });
    const outages = new Outages({ nowMs: () => nowMs, store: breaker, canStore: () => breaker.isUsable() });
    await store.remove('answer');
    await disk.fill(50_000);
    await expect(put(breaker)).rejects.toMatchObject(isFull);
    outages.callsLeft();
    nowMs += 10_000;
    expect(await outages.recovered()).toBe(false);
    outages.callsTaken([]);
    expect(outages.troubles()).toEqual([]);
    await expect(breaker.pass()).rejects.toMatchObject(isFull);
    outages.callsLeft();
    await disk.free();
    nowMs += 10_000;
    expect(await outages.recovered()).toBe(true);
    const told = [
      ['an outage has begun: calls wait until it is over', 'store'],
      ['an outage is no longer looked at here: calls are not made here', 'store'],
    ];
    expect(logged).toStrictEqual([...told, ...told]);
  });

  test('leave their reason to the operator, and take the process out of use while the store takes nothing', async () => {
    nowMs = 1000;
    const breaker = new StoreCircuitBreaker(store, { nowMs: () => nowMs });
    const outages = new Outages({ nowMs: () => nowMs, store: breaker, canStore: () => breaker.isUsable() });
    expect(outages.troubles()).toEqual([]);
    await disk.fill();
    await expect(put(breaker)).rejects.toThrow(StoreError);
    const reason = expect.stringMatching(/^Cannot write .*: the disk is full: free space there/);
    expect(outages.troubles()).toEqual([{ scope: 'store', reason, sinceMs: 1000 }]);
    expect(outages.unusable()).toBeNull();
    nowMs += 4000;
    expect(outages.unusable()).toContain('the disk is full');
    expect(await outages.recovered()).toBe(false);
    await disk.free();
    nowMs += 10_000;
    expect(await outages.recovered()).toBe(true);
    expect([outages.unusable(), outages.troubles()]).toEqual([null, []]);
  });
});
