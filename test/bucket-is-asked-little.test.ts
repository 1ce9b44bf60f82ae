/** How often a commit and its packing ask a bucket for what they need: each request is paid for, and waited for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../store/open-store.ts';
import type { FileStore } from '../store/file-store.ts';
import { ownStoreEach } from './support/own-store.ts';
import { startS3Proxy, type Asked, type S3Proxy } from './support/s3-proxy.ts';
import { envOf, s3Program, startS3Server, type S3Server } from './support/s3-server.ts';
import type { SmallTenant } from './support/small-tenant.ts';
import { ASK, FROM, HOUR, StagedDay, TO } from './support/staged-day.ts';
import { copyStore, keysOf } from './support/store-kinds.ts';

const PEOPLE = 20;

function tenant(): SmallTenant {
  const [start, end] = [FROM + HOUR, FROM + HOUR + 300];
  const people = Array.from({ length: PEOPLE }, (_, place) => ({
    name: `person ${place}`,
    kind: 'user' as const,
    join: start,
    leave: end,
    shown: start,
  }));
  return { meetings: [{ no: '100000000', start, end, people }], bookings: [] };
}

function isRemovingMany({ method, path }: Asked): boolean {
  return method === 'POST' && /[?&]delete\b/.test(path);
}

const program = s3Program();

describe.skipIf(program === undefined)('a day of twenty sessions in a bucket', () => {
  let server: S3Server;
  let proxy: S3Proxy;
  let folder: FileStore;
  let asked: Asked[] = [];
  let knowsRemovingMany = true;

  beforeAll(async () => {
    server = await startS3Server(program!);
    proxy = await startS3Proxy(server.url, (each) => {
      asked.push(each);
      return isRemovingMany(each) && !knowsRemovingMany ? 'unknown' : 'pass';
    });
    Object.assign(process.env, envOf(proxy.url));
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });
  ownStoreEach((store) => (folder = store));

  /** @returns the keys of the raw files that lie by themselves after the commit */
  async function committed(): Promise<string[]> {
    const asking = await new StagedDay(folder, tenant()).stage(ASK, { at: TO + 12 * HOUR });
    const store = openStore(`s3://${await server.makeBucket()}/p`);
    await copyStore(folder, store);
    asked = [];
    const told = await new StagedDay(store, tenant()).commit(asking);
    expect(told.tables.units).toBe(PEOPLE);
    return await keysOf(store, 'raw/participant_quality_list/');
  }

  test('is read once for its tables and once for its packs, and packed answers go in one request', async () => {
    expect(await committed()).toEqual([]);
    const reads = asked.filter(({ method, path }) => method === 'GET' && path.includes('/participant_quality_list/'));
    const times = new Map<string, number>();
    for (const { path } of reads) {
      const file = path.split('?')[0]!;
      if (!path.includes('list-type')) times.set(file, (times.get(file) ?? 0) + 1);
    }
    expect(times.size).toBe(2 * PEOPLE);
    expect(new Set(times.values())).toEqual(new Set([2]));
    // A record by itself, since a later run may have written it anew.
    const removed = asked.filter(({ method, path }) => method === 'DELETE' && path.includes('/raw/'));
    expect(removed.filter(({ path }) => !path.includes('/record.json'))).toEqual([]);
    expect(removed).toHaveLength(PEOPLE);
    expect(asked.filter(isRemovingMany)).toHaveLength(1);
  });

  test('loses what was packed file by file where the server does not know how to remove several at once', async () => {
    knowsRemovingMany = false;
    expect(await committed()).toEqual([]);
    expect(asked.filter(({ method, path }) => method === 'DELETE' && path.includes('/raw/'))).toHaveLength(2 * PEOPLE);
  });
});
