/** What is counted of calls, and what a worker says of the lease, of turns and of what is away. */
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bucketOf, call } from '../activities/calls/call.ts';
import { Outages } from '../activities/calls/outages.ts';
import type { CallDeps } from '../activities/index.ts';
import { FeishuClient } from '../feishu/index.ts';
import { Pacer } from '../feishu/pacer.ts';
import { startSandbox, type Sandbox } from '../sandbox/index.ts';
import { StoreError } from '../store/errors.ts';
import type { Grant } from '../logins/index.ts';
import { endsOf } from '../worker/login/grant-view.ts';
import { MemoryGauges, type Seen } from '../worker/metrics/memory-gauges.ts';
import { Attempts, profileAt, stubCallDeps, stubProfile } from './support/call-deps.ts';
import { recordedMetrics } from './support/recorded-metrics.ts';

let sandbox: Sandbox;
beforeAll(async () => void (sandbox = await startSandbox({ rateLimit: 'off' })));
afterAll(() => sandbox.close());

type Counted = Parameters<NonNullable<CallDeps['onCalled']>>[0];

/** What is counted of one attempt at a list of room levels. */
async function countedOf(o: {
  after?: () => unknown;
  fault?: Parameters<Sandbox['faults']['set']>[0];
}): Promise<Counted[]> {
  const profile = profileAt(sandbox.url);
  const counted: Counted[] = [];
  const deps = stubCallDeps({ onCalled: (of) => counted.push(of) });
  sandbox.faults.set(o.fault ?? []);
  await new Attempts().once(() =>
    call(deps, {
      profile,
      endpoint: 'listRoomLevels',
      run: async (options) => {
        const { page } = await profile.feishu.listRoomLevels({ page_size: 10 }, options);
        await o.after?.();
        return page;
      },
    }),
  );
  sandbox.faults.set([]);
  await profile.feishu.close();
  return counted;
}

test('a call that Feishu answered well is counted as such, whatever became of the answer here', async () => {
  const none = { endpoint: 'R1', outcome: 'ok' };
  const lost = new StoreError('unavailable', 'the disk is full');
  expect(await countedOf({ after: () => Promise.reject(lost) })).toEqual([none]);
  expect(await countedOf({ after: () => Promise.reject(ApplicationFailure.create({ message: 'x' })) })).toEqual([none]);
  expect(await countedOf({})).toEqual([none]);
});

test('a call is counted by what its answer means; one that never left is none', async () => {
  const kinds = [
    ['429', 'throttled'],
    ['500', 'server'],
    ['reset-after', 'network'],
    ['dead-token', 'token'],
  ] as const;
  for (const [kind, outcome] of kinds) {
    expect(await countedOf({ fault: [{ on: 'R1', kind }] })).toEqual([{ endpoint: 'R1', outcome }]);
  }
  const away = stubProfile({ feishu: new FeishuClient({ baseUrl: 'http://127.0.0.1:9' }) });
  const seen: Counted[] = [];
  const deps = stubCallDeps({ onCalled: (of) => seen.push(of) });
  await new Attempts().once(() =>
    call(deps, { profile: away, endpoint: 'listRoomLevels', run: (o) => away.feishu.listRoomLevels({}, o) }),
  );
  expect(seen).toEqual([]);
});

test('the bytes of every answer are told by endpoint', async () => {
  const told: [string, number][] = [];
  const feishu = new FeishuClient({
    baseUrl: sandbox.url,
    onBytes: (endpoint, bytes) => void told.push([endpoint, bytes]),
  });
  await feishu.tenantAccessToken('cli_sandbox', 'sandbox-secret');
  await feishu.close();
  expect(told.map(([endpoint]) => endpoint)).toEqual(['A1']);
  expect(told[0]![1]).toBeGreaterThan(50);
});

/** Gauges of a worker with two profiles of one app and one of another. */
function gaugesOf(o: Partial<Seen> = {}) {
  const seen = recordedMetrics();
  const profiles = [
    stubProfile({ name: 'hq' }),
    stubProfile({ name: 'hq-rooms' }),
    stubProfile({ name: 'tokyo', quotaOf: 'https://host|other' }),
  ];
  const outages = new Outages();
  const all: Seen = {
    profiles,
    makesCalls: true,
    shards: 2,
    pacers: new Map(),
    outages,
    usedUp: new Set(),
    temporal: { isAway: false },
    metrics: seen.metrics,
    ...o,
  };
  return { ...seen, profiles, outages, gauges: new MemoryGauges(all) };
}

test('who holds a lease says so, of each shard, and who makes no calls says nothing', () => {
  const pacer = new Pacer({ limitFor: () => null, unansweredMs: 1000 });
  const { gauges, value } = gaugesOf({ pacers: new Map([[1, pacer]]) });
  gauges.look();
  expect(['0', '1'].map((shard) => value('feishu_vc_lease_held', { shard }))).toEqual([0, 1]);
  const other = gaugesOf({ makesCalls: false });
  other.gauges.look();
  expect(other.labels('feishu_vc_lease_held')).toEqual([]);
});

test('turns are told by endpoint and the first profile of an app, and go to zero where the lease is lost', async () => {
  const pacers = new Map<number, Pacer>();
  const { gauges, value, labels, profiles } = gaugesOf({ pacers });
  const pacer = new Pacer({ limitFor: () => [{ calls: 4, windowMs: 60_000 }], unansweredMs: 1000 });
  pacers.set(0, pacer);
  const bucket = bucketOf(profiles[1]!, 'listParticipants');
  await pacer.acquire(bucket, { priority: 1, fairnessKey: 'a' });
  void pacer.acquire(bucket, { priority: 1, fairnessKey: 'a' }).catch(() => undefined);
  gauges.look();
  const of = { endpoint: 'L2', profile: 'hq' };
  expect(value('feishu_vc_quota_used_ratio', of)).toBeGreaterThanOrEqual(0.25);
  expect(labels('feishu_vc_quota_used_ratio')).toEqual([of]);
  expect(value('feishu_vc_calls_waiting', of)).toBe(pacer.load(bucket).waiting);
  pacer.close();
  pacers.clear();
  gauges.look();
  expect(value('feishu_vc_quota_used_ratio', of)).toBe(0);
  expect(value('feishu_vc_calls_waiting', of)).toBe(0);
});

test('what is away is told by its kind, without whose it is, and that it is back', () => {
  const usedUp = new Set<string>();
  const temporal = { isAway: false };
  const { gauges, value, labels, outages } = gaugesOf({ usedUp, temporal });
  const id = { host: 'https://host', identity: 'https://host|app#hq', id: 'a call' };
  const away = () =>
    labels('feishu_vc_away').flatMap(({ what }) => (value('feishu_vc_away', { what: what! }) === 1 ? what : []));
  gauges.look();
  expect(away()).toEqual([]);
  outages.unreachable(id, { reason: 'no connection', silent: true });
  outages.rejected({ ...id, identity: 'https://host|app#tokyo' }, { reason: 'rejected' });
  usedUp.add('https://host|app');
  temporal.isAway = true;
  gauges.isStoreUnread = true;
  gauges.look();
  expect(away()).toEqual(['feishu', 'credentials', 'monthly_quota', 'store', 'temporal']);
  outages.answered(id);
  outages.answered({ ...id, identity: 'https://host|app#tokyo' });
  usedUp.clear();
  temporal.isAway = false;
  gauges.isStoreUnread = false;
  gauges.look();
  expect(away()).toEqual([]);
});

test('a log-in ends with its refresh token, a year after the consent in any case, and at once where it is broken', () => {
  const grant = { refresh_expires_at: 2000, access_expires_at: 1000, consented_at: 500, broken: null };
  const ends = (o: Partial<Grant>) => endsOf({ ...grant, ...o } as Grant);
  expect(ends({})).toEqual({ grantMs: 2000, consentMs: 500 + 365 * 86_400_000 });
  expect(ends({ refresh_expires_at: null }).grantMs).toBe(1000);
  expect(ends({ broken: { at: 1, code: null, reason: 'revoked' } }).grantMs).toBe(0);
});
