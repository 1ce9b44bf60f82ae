import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallDeps } from '../activities/index.ts';
import { quotaActivities } from '../activities/waiting.ts';
import { StoreCircuitBreaker } from '../activities/calls/store-circuit-breaker.ts';
import { Pacer } from '../feishu/pacer.ts';
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
  const isFull = { code: 'unavailable', message: expect.stringContaining('the disk is full') };

  test('are made until one finds no place, and then not before there is room for that one', async () => {
    const breaker = new StoreCircuitBreaker(store, () => nowMs);
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
  });

  test('leave their reason to the operator', async () => {
    const breaker = new StoreCircuitBreaker(store, () => nowMs);
    const profile = { name: 'default', quotaOf: 'host|app' };
    const pacer = new Pacer({ limitFor: () => null, unansweredMs: 1000 });
    const deps = { breaker, pacer, profile: () => profile } as unknown as CallDeps;
    const waitingFor = async () => (await quotaActivities(deps).describeQuota({ profile: 'default' })).waiting_for;
    expect(await waitingFor()).toBeNull();
    await disk.fill();
    await expect(put(breaker)).rejects.toThrow(StoreError);
    expect(await waitingFor()).toMatch(/^the data folder: Cannot write .*: the disk is full: free space there/);
    await disk.free();
  });
});
