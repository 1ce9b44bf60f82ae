/** What an operator reads while nothing moves, and which worker can say it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../activities/calls/call.ts';
import { Outages } from '../activities/calls/outages.ts';
import type { ApiLeaseState, ApiTrouble, Deps } from '../activities/index.ts';
import { profileNamed } from '../activities/profiles.ts';
import { waitingActivities } from '../activities/waiting.ts';
import { ENDPOINTS } from '../feishu/contract.ts';
import { FeishuError } from '../feishu/errors.ts';
import { Pacer } from '../feishu/pacer.ts';
import { FileStore } from '../store/file-store.ts';
import { Attempts, stubCallDeps, stubProfile } from './support/call-deps.ts';

const HOST = 'https://open.feishu.cn';
const profile = stubProfile({ apiHost: HOST, quotaOf: `${HOST}|cli_a` });
const sinceMs = Date.parse('2026-03-04T01:12:03Z');

let folder: string;
let store: FileStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-waiting-'));
  store = new FileStore(folder);
  for (const name of ['default', 'tokyo']) {
    await store.claim({ apiHost: HOST, profile: name, timeZone: 'Asia/Tokyo', dayScope: 'feishu-vc' });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function depsWith(state: ApiLeaseState, o: Partial<Deps> = {}): Deps {
  const deps: Partial<Deps> = {
    store,
    profile: (name) => (name === 'default' ? profile : null),
    apiLeaseState: () => Promise.resolve(state),
    ...o,
  };
  return deps as Deps;
}

async function waitingFor(state: ApiLeaseState, o: Partial<Deps> = {}): Promise<string | null> {
  return (await waitingActivities(depsWith(state, o)).describeWaiting({ profile: 'default' })).waiting_for;
}

const held = (...troubles: ApiTrouble[]): ApiLeaseState => ({ held: true, troubles });

describe('what is waited for', () => {
  const refused = { scope: HOST, reason: 'no connection (ECONNREFUSED)', sinceMs };

  test('is nothing while calls are made', async () => {
    expect(await waitingFor(held())).toBeNull();
  });

  test.each<[string, ApiLeaseState, string]>([
    ['an API host', held(refused), `Feishu (${HOST}): no connection (ECONNREFUSED), since 2026-03-04 01:12:03 UTC`],
    [
      'the folder of the process that makes the calls',
      held({ scope: 'store', reason: 'the disk is mounted read-only.', sinceMs }),
      'the data folder: the disk is mounted read-only, since 2026-03-04 01:12:03 UTC',
    ],
    [
      'credentials',
      held({ scope: `${HOST}|cli_a`, reason: 'the credentials of the app: rejected', sinceMs }),
      'the credentials of the app: rejected, since 2026-03-04 01:12:03 UTC',
    ],
    [
      'the process, where nobody makes calls',
      { held: false, troubles: [] },
      'no worker makes API calls at the moment: start one (FEISHU_ROLE all or api)',
    ],
    [
      "a workflow of somebody else under the lease's id",
      { held: false, troubles: [], inTheWay: 'x is the id of a workflow: temporal workflow terminate' },
      'x is the id of a workflow: temporal workflow terminate',
    ],
    [
      'what the last process said, where it has given up for it',
      { held: false, troubles: [refused] },
      `Feishu (${HOST}): `,
    ],
  ])('is %s', async (_what, state, text) => {
    expect(await waitingFor(state)).toContain(text);
  });

  test('is not what only another app or another host waits for', async () => {
    const others = ['https://open.larksuite.com', `${HOST}|cli_b`, `${HOST}|cli_ab|GET /x`, 'profile tokyo'];
    expect(await waitingFor(held(...others.map((scope) => ({ scope, reason: 'x', sinceMs }))))).toBeNull();
  });

  test('is the data folder where this worker cannot write, whatever the one that calls says', async () => {
    const gone = new FileStore(join(folder, 'absent'));
    expect(await waitingFor(held(), { store: gone })).toMatch(/^the data folder: DATA_URL's folder .* is absent/);
  });
});

const failing = (kind: 'monthly_quota' | 'throttled', retryAfterMs?: number) =>
  new FeishuError('GET /x: failed', {
    kind,
    code: kind === 'throttled' ? 'THROTTLED' : 'MONTHLY_QUOTA_USED_UP',
    endpoint: ENDPOINTS.listRooms,
    sent: true,
    answered: true,
    advice: 'Wait.',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

describe('the process that makes the calls tells', () => {
  test('a used-up quota, until it is back', async () => {
    const deps = stubCallDeps();
    const used = () =>
      call(deps, { profile, endpoint: 'listRooms', run: () => Promise.reject(failing('monthly_quota')) });
    expect(await new Attempts().once(used)).toMatchObject({ type: 'MonthlyQuotaUsedUp' });
    const [trouble] = deps.outages.troubles();
    expect(trouble).toMatchObject({
      scope: profile.quotaOf,
      reason: expect.stringMatching(/monthly quota, .* expected back/),
    });
  });

  test('a long wait that Feishu asked for', async () => {
    const deps = stubCallDeps({
      pacer: new Pacer({ limitFor: () => null, unansweredMs: 1000 }),
      outages: new Outages(),
    });
    const throttled = () =>
      call(deps, { profile, endpoint: 'listRooms', run: () => Promise.reject(failing('throttled', 300_000)) });
    expect(await new Attempts().once(throttled)).toMatchObject({ type: 'Throttled' });
    const waiting = new Attempts();
    const waited = waiting.once(throttled);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(deps.outages.troubles()).toMatchObject([
      {
        scope: `${profile.quotaOf}|GET /open-apis/vc/v1/rooms`,
        reason: expect.stringMatching(/asked to wait \d+ s with GET/),
      },
    ]);
    waiting.cancel();
    await waited;
  });
});

describe('a profile that this worker does not know', () => {
  test('is waited for where another worker of the store does', async () => {
    await expect(profileNamed(depsWith({ held: true, troubles: [] }), 'tokyo')).rejects.toMatchObject({
      type: 'ProfileNotHere',
      nonRetryable: false,
      category: 'BENIGN',
    });
  });

  test('is what is waited for, in words, at the worker that has it not', async () => {
    const { describeWaiting } = waitingActivities(depsWith(held()));
    const { waiting_for } = await describeWaiting({ profile: 'tokyo' });
    expect(waiting_for).toMatch(/^the profile "tokyo" is known from store.json .* restart/);
  });

  test('is a wrong input where none does', async () => {
    await expect(profileNamed(depsWith({ held: true, troubles: [] }), 'osaka')).rejects.toMatchObject({
      type: 'InvalidInput',
      nonRetryable: true,
    });
  });
});
