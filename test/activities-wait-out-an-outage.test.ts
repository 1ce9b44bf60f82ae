/** Calls of a server that goes away, fails or refuses credentials: attempt by attempt, as Temporal makes them. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { ApplicationFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, type Called, type CallInput } from '../activities/calls/call.ts';
import { HeldRuns, RunHeldError } from '../activities/calls/held-runs.ts';
import { Outages } from '../activities/calls/outages.ts';
import { createCallActivities, type CallDeps, type Profile } from '../activities/index.ts';
import { FixedToken } from '../feishu/index.ts';
import { Pacer } from '../feishu/pacer.ts';
import { CALL_VERSION } from '../model/call-version.ts';
import { StoreError } from '../store/errors.ts';
import { FileStore } from '../store/file-store.ts';
import { secretOf } from '../worker/secrets.ts';
import { Attempts, profileAt, stubCallDeps, stubProfile } from './support/call-deps.ts';
import { portOf, sendJson, serve, type FeishuServer, type Received } from './support/feishu-server.ts';

/** For what comes at once, but for a machine that is busy. */
const PATIENT = { timeout: 60_000 };
const AUTH = '/auth/v3/tenant_access_token';
const PAGE = { code: 0, msg: 'ok', data: { has_more: false, rooms: [] } };

let server: FeishuServer | undefined;
let profile: Profile;
/** What the server does with calls other than the one for a token, and with that one. */
let answer: (response: ServerResponse, request: Received) => void;
let authorize: (response: ServerResponse, request: Received) => void;

beforeEach(async () => {
  answer = (response) => sendJson(response, PAGE);
  authorize = (response) => sendJson(response, { code: 0, msg: 'ok', tenant_access_token: 't-1', expire: 7200 });
  server = await serve((response, request) => {
    if (request.url.includes(AUTH)) authorize(response, request);
    else answer(response, request);
  });
  profile = profileAt(server.url);
});
afterEach(async () => {
  await profile.feishu?.close();
  await server?.close();
});

function listRooms(deps: CallDeps): () => Promise<Called<unknown>> {
  return () =>
    call(deps, {
      profile,
      endpoint: 'listRooms',
      run: (options) => profile.feishu.listRooms({ room_level_id: 'l' }, options),
    });
}

/** Feishu answers, and what is done with the answer fails. */
function answeredAndThen(error: () => Error): CallInput<unknown>['run'] {
  return async (options) => {
    await profile.feishu.listRooms({ room_level_id: 'l' }, options);
    throw error();
  };
}

function calls(): number {
  return server!.received.filter(({ url }) => !url.includes(AUTH)).length;
}

function creates(): number {
  return server!.received.filter(({ method, url }) => method === 'POST' && !url.includes(AUTH)).length;
}

/** As a gateway answers for a Feishu that it does not reach. */
function away(response: ServerResponse): void {
  response.writeHead(502, { 'content-type': 'text/html' }).end('<html></html>');
}

/** A clock that a test moves, for what waits. */
function movedOutages(): { outages: Outages; pass(ms: number): void } {
  let nowMs = 0;
  return { outages: new Outages({ nowMs: () => nowMs }), pass: (ms) => void (nowMs += ms) };
}

/** What a reader of the store finds. */
async function stored(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
}

async function unusedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const port = portOf(probe.address());
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe('a host that cannot be reached', () => {
  it('counts no try, says what it is, and ends with the first call that is answered', async () => {
    const gone = profileAt(`http://127.0.0.1:${await unusedPort()}`);
    const { outages, pass } = movedOutages();
    const deps = stubCallDeps({ outages });
    const attempts = new Attempts();
    const there = profile;
    profile = { ...stubProfile(), apiHost: gone.apiHost, quotaOf: gone.quotaOf, feishu: gone.feishu };
    for (let i = 0; i < 20; i++) {
      pass(20_000);
      expect(await attempts.once(listRooms(deps))).toMatchObject({ type: 'FeishuAway', category: 'BENIGN' });
    }
    expect(attempts.details).toMatchObject({ failures: 0 });
    expect(outages.troubles()).toEqual([
      { scope: gone.apiHost, reason: 'no connection (ECONNREFUSED)', sinceMs: 20_000 },
    ]);
    await gone.feishu.close();
    profile = { ...profile, feishu: there.feishu };
    pass(20_000);
    expect(await attempts.once(listRooms(deps))).toMatchObject({ value: { page: { has_more: false } } });
    expect(outages.troubles()).toEqual([]);
  });

  it('is asked by one call, and the others come back without having called', async () => {
    await profile.tokensOf('app')?.get();
    answer = (response) => response.destroy();
    authorize = answer;
    const { outages, pass } = movedOutages();
    const deps = stubCallDeps({ outages });
    await new Attempts({ activityId: 'first' }).once(listRooms(deps));
    pass(20_000);
    const before = calls();
    const others = ['a', 'b', 'c', 'd'].map((activityId) => new Attempts({ activityId }).once(listRooms(deps)));
    for (const ended of await Promise.all(others)) expect(ended).toMatchObject({ type: 'FeishuAway' });
    expect(calls()).toBe(before + 1);
  });
});

describe('a call that fails by itself', () => {
  it('is given up at its eighth failure, with delays of its own failures alone', async () => {
    answer = (response) => sendJson(response, { code: 121001, msg: 'internal' }, { status: 500 });
    const deps = stubCallDeps();
    const attempts = new Attempts({ attempt: 40 });
    const ends = [];
    for (let i = 0; i < 8; i++) ends.push(await attempts.once(listRooms(deps)));
    const delays = ends.map((end) => (end as { nextRetryDelay?: number }).nextRetryDelay);
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, undefined]);
    expect(ends.at(-1)).toMatchObject({ type: 'CallFailed', nonRetryable: true });
    expect(calls()).toBe(8);
  });

  it('is given up after eight processes have died with it on its way', async () => {
    let sent = 0;
    let told: unknown;
    const attempts = new Attempts({ attempt: 2 });
    const run: CallInput<unknown>['run'] = (options) => {
      options.onSent?.();
      sent++;
      told = structuredClone(attempts.details);
      return new Promise((_resolve, reject) => options.signal?.addEventListener('abort', () => reject(new Error('x'))));
    };
    let end: unknown;
    for (let made = 0; made < 20; made++) {
      const dies = new AbortController();
      const deps = stubCallDeps({ stopSignal: dies.signal });
      const before = sent;
      const attempt = attempts.once(() => call(deps, { profile, endpoint: 'listRooms', run }));
      await Promise.race([attempt, vi.waitUntil(() => sent > before, PATIENT)]);
      dies.abort(new Error('the process ends'));
      end = await attempt;
      if (end instanceof ApplicationFailure && end.nonRetryable === true) break;
      // The server has what was told while the call was on its way, and nothing of how the attempt ended.
      attempts.details = told;
    }
    expect(sent).toBe(8);
    expect(end).toMatchObject({ type: 'CallFailed', nonRetryable: true });
  });

  it('waits as long as Feishu says with a 503', async () => {
    answer = (response) =>
      sendJson(response, { code: 121001, msg: 'busy' }, { status: 503, headers: { 'retry-after': '17' } });
    expect(await new Attempts().once(listRooms(stubCallDeps()))).toMatchObject({ nextRetryDelay: 17_000 });
  });

  it('counts nothing while the call for a token fails too', async () => {
    answer = away;
    const { outages, pass } = movedOutages();
    const deps = stubCallDeps({ outages });
    const attempts = new Attempts();
    await profile.tokensOf('app')?.get();
    authorize = answer;
    for (let i = 0; i < 4; i++) {
      pass(20_000);
      expect(await attempts.once(listRooms(deps))).toMatchObject({ type: 'FeishuAway' });
    }
    expect(attempts.details).toMatchObject({ failures: 0 });
  });

  it.each([
    ['a record that cannot be read', () => new StoreError('not-found', 'gone'), 'StoreUnavailable'],
    ['an error that nobody foresaw', () => new TypeError('x is not a function'), 'CallFailed'],
  ])('with %s after it was sent ends after eight calls', async (_what, error, type) => {
    const deps = stubCallDeps();
    const attempts = new Attempts();
    let end: unknown;
    const run = answeredAndThen(error);
    for (let i = 0; i < 8; i++) end = await attempts.once(() => call(deps, { profile, endpoint: 'listRooms', run }));
    expect(end).toMatchObject({ type, nonRetryable: true });
    expect(calls()).toBe(8);
  });

  it('whose answer finds no place is free once, and counts where the store takes others', async () => {
    const deps = stubCallDeps();
    const attempts = new Attempts();
    const run = answeredAndThen(() => new StoreError('unavailable', 'permission denied'));
    const ends = [];
    for (let i = 0; i < 9; i++)
      ends.push(await attempts.once(() => call(deps, { profile, endpoint: 'listRooms', run })));
    expect(ends[0]).toMatchObject({ category: 'BENIGN' });
    expect(ends.at(-1)).toMatchObject({ type: 'StoreUnavailable', nonRetryable: true });
  });
});

describe('a create while Feishu is away', () => {
  it.each([
    ['for tokens too', true],
    ['for all but tokens', false],
  ])('is sent once, %s: looks at a task that is not there find out when it is back', async (_what, all) => {
    const { outages, pass } = movedOutages();
    const deps = stubCallDeps({ outages });
    await profile.tokensOf('app')?.get();
    answer = away;
    if (all) authorize = away;
    const create = () =>
      call(deps, {
        profile,
        endpoint: 'createMeetingExport',
        recordGrant: true,
        run: (options) => profile.feishu.createExport('meeting_list', {}, {}, options),
      });
    // Each lost create is followed by a new activity, which knows nothing of it.
    expect(await new Attempts({ activityId: 'lost' }).once(create)).toMatchObject({ type: 'CreateOutcomeUnknown' });
    const attempts = new Attempts({ activityId: 'next' });
    for (let i = 0; i < 10; i++) {
      expect(await attempts.once(create)).toMatchObject({ type: 'FeishuAway', category: 'BENIGN' });
      pass(20_000);
    }
    expect(creates()).toBe(1);
    expect(outages.troubles()).toMatchObject([{ reason: 'it answers with HTTP 502' }]);
    answer = (response, { method }) => {
      if (method === 'POST') sendJson(response, { code: 0, msg: 'ok', data: { task_id: '7' } });
      else sendJson(response, { code: 121004, msg: 'data not exist' }, { status: 404 });
    };
    expect(await attempts.once(create)).toMatchObject({ value: { task_id: '7' } });
    expect([creates(), outages.troubles()]).toEqual([2, []]);
  });
});

describe('credentials that Feishu rejects', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-secret-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are waited for, named, tried now and then, and taken when their file is put right', async () => {
    const path = join(folder, 'secret');
    await writeFile(path, 'wrong\n');
    authorize = (response, { body }) => {
      const { app_secret } = JSON.parse(body) as { app_secret: string };
      if (app_secret === 'right') sendJson(response, { code: 0, msg: 'ok', tenant_access_token: 't-1', expire: 7200 });
      else sendJson(response, { code: 10014, msg: 'app secret invalid' });
    };
    const setting = { setting: 'FEISHU_APP_SECRET_FILE', value: 'wrong', path };
    profile = profileAt(server!.url, secretOf(setting));
    const { outages } = movedOutages();
    const deps = stubCallDeps({ outages });
    const attempts = new Attempts();
    const other = { ...stubProfile({ quotaOf: `${server!.url}|cli_b`, name: 'other' }), apiHost: server!.url };
    for (let i = 0; i < 5; i++) {
      const ended = await attempts.once(listRooms(deps));
      expect(ended).toMatchObject({ type: 'CredentialsRejected', category: 'BENIGN' });
    }
    expect(server!.received.length).toBe(1);
    const [trouble] = outages.troubles();
    expect(trouble?.scope).toBe(profile.quotaOf);
    expect(trouble?.reason).toBe(
      'the credentials of the app: Feishu rejects the app id or the secret of profile default (10014): put it right in FEISHU_APP_SECRET_FILE',
    );
    const beside = () => call(deps, { profile: other, endpoint: 'listRooms', run: () => Promise.resolve('fine') });
    expect(await new Attempts({ activityId: 'other' }).once(beside)).toMatchObject({ value: 'fine' });
    await writeFile(path, 'right\n');
    // The file is looked at once a second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await attempts.once(listRooms(deps))).toMatchObject({ calls: 1 });
    expect(outages.troubles()).toEqual([]);
  });
});

describe('a user token that is dead', () => {
  it('is waited for, as it cannot be fetched anew, and taken from its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-token-'));
    try {
      const path = join(folder, 'token');
      await writeFile(path, 'u-old');
      const secret = secretOf({ setting: 'FEISHU_USER_ACCESS_TOKEN_FILE', value: 'u-old', path });
      const tokens = new FixedToken(secret);
      profile = { ...profile, identityFor: () => 'user', tokensOf: () => tokens };
      answer = (response, { headers }) => {
        if (headers.authorization === 'Bearer u-new') sendJson(response, PAGE);
        else sendJson(response, { code: 99991677, msg: 'token expire' }, { status: 400 });
      };
      const deps = stubCallDeps({ outages: movedOutages().outages });
      const attempts = new Attempts();
      for (let i = 0; i < 3; i++) {
        expect(await attempts.once(listRooms(deps))).toMatchObject({ type: 'CredentialsRejected', category: 'BENIGN' });
      }
      expect(calls()).toBe(1);
      expect(deps.outages.troubles()[0]?.reason).toContain('put it right in FEISHU_USER_ACCESS_TOKEN_FILE');
      await writeFile(path, 'u-new');
      await new Promise((resolve) => setTimeout(resolve, 1100));
      expect(await attempts.once(listRooms(deps))).toMatchObject({ calls: 2 });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('a call', () => {
  it('of a run that is paused does not leave, nor one of its children or of those that carry its key', async () => {
    const deps = stubCallDeps();
    const owner = { workflowExecution: { workflowId: 'feishu-vc/backfill/default/x', runId: 'r' } };
    const child = { workflowExecution: { workflowId: 'feishu-vc/backfill/default/x/child', runId: 'r' } };
    const day = {
      workflowExecution: { workflowId: 'feishu-vc/day/default/2025-03-04', runId: 'r' },
      priority: { fairnessKey: 'feishu-vc/backfill/default/x' },
    };
    const { setRunHeld } = createCallActivities(deps);
    const run = 'feishu-vc/backfill/default/x';
    await new Attempts().once(() => setRunHeld({ run, fairness_key: run, held: true }));
    for (const info of [owner, child, day]) {
      expect(await new Attempts(info).once(listRooms(deps))).toMatchObject({
        type: 'RunHeld',
        nextRetryDelay: 3000,
      });
    }
    expect(calls()).toBe(0);
    const another = { workflowExecution: { workflowId: 'feishu-vc/backfill/default/xy', runId: 'r' } };
    expect(await new Attempts(another).once(listRooms(deps))).toMatchObject({ calls: 1 });
    await new Attempts().once(() => setRunHeld({ run, fairness_key: run, held: false }));
    expect(await new Attempts(owner).once(listRooms(deps))).toMatchObject({ calls: 1 });
  });

  it('that waits for its turn comes back when its run is paused meanwhile, and not one of another run', async () => {
    const pacer = new Pacer({ limitFor: () => [{ calls: 1, windowMs: 3_600_000 }], unansweredMs: 1000 });
    const deps = stubCallDeps({ pacer });
    await new Attempts().once(listRooms(deps));
    const waiting = ['feishu-vc/day/default/2025-03-04/x', 'feishu-vc/day/default/2025-03-05'].map((workflowId) => {
      const attempts = new Attempts({ workflowExecution: { workflowId, runId: 'r' } });
      return { attempts, ended: attempts.once(listRooms(deps)) };
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    deps.held.hold('feishu-vc/day/default/2025-03-04', null);
    expect(await waiting[0]!.ended).toMatchObject({ type: 'RunHeld' });
    waiting[1]!.attempts.cancel();
    expect(await waiting[1]!.ended).toMatchObject({ name: 'CancelledFailure' });
  });

  it('is held back for a minute and no longer, should nobody release its run', () => {
    let nowMs = 0;
    const held = new HeldRuns(() => nowMs);
    const owner = { workflowId: 'a/b', fairnessKey: '' };
    held.hold('a', null);
    nowMs = 59_999;
    expect(() => held.check(owner)).toThrow(RunHeldError);
    nowMs = 60_000;
    held.check(owner);
  });

  it('under way when this process stops is ended, and a create is then of unknown outcome', async () => {
    const stopping = new AbortController();
    const deps = stubCallDeps({ stopSignal: stopping.signal });
    answer = () => setTimeout(() => stopping.abort(new Error('stopped')), 10);
    const create = () =>
      call(deps, {
        profile,
        endpoint: 'createMeetingExport',
        recordGrant: true,
        run: (options) => profile.feishu.createExport('meeting_list', {}, {}, options),
      });
    expect(await new Attempts().once(create)).toMatchObject({ type: 'CreateOutcomeUnknown' });
    expect(await new Attempts().once(listRooms(deps))).toMatchObject({ type: 'WaitingForTurn' });
    expect(calls()).toBe(1);
  });

  it('is cut off in the middle of a download when this process stops: no file is stored, and another one may try', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'download-'));
    const stopping = new AbortController();
    let closed = false;
    const octets = { 'content-type': 'application/octet-stream', 'content-length': '300000' };
    answer = (response) => {
      response.on('close', () => (closed = true));
      response.writeHead(200, octets).write(Buffer.alloc(100_000, 'PK'));
      setTimeout(() => stopping.abort(new Error('another process makes the calls')), 20);
    };
    const stub = { profile: () => profile, store: new FileStore(folder), stopSignal: stopping.signal };
    const { downloadExportFile } = createCallActivities(stubCallDeps(stub));
    const single = { kind: 'single' as const, workflow_id: 'w', run_id: 'r', generation: 1 };
    const resource = 'meeting_list';
    const encrypted_file_token = profile.seal('token', `file of ${resource} task 7`);
    const location = { ...single, resource, unit: 'export' } as const;
    const input = { profile: 'default', resource, task_id: '7', encrypted_file_token, location } as const;
    const attempts = new Attempts({ workflowExecution: { workflowId: 'w', runId: 'r' } });
    try {
      expect(await attempts.once(() => downloadExportFile(input))).toMatchObject({ type: 'WaitingForTurn' });
      expect(attempts.details).toMatchObject({ calls: 1, failures: 0, underWay: false });
      await expect.poll(() => closed, PATIENT).toBe(true);
      expect(await stored(folder)).toStrictEqual([]);
      answer = (response) => response.writeHead(200, octets).end(Buffer.alloc(300_000, 'PK'));
      const next = createCallActivities(stubCallDeps({ ...stub, stopSignal: new AbortController().signal }));
      expect(await attempts.once(() => next.downloadExportFile(input))).toMatchObject({ status: 'stored', calls: 2 });
      expect(await stored(folder)).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('that takes minutes has so many in all, however many tries it takes', async () => {
    const { outages, pass } = movedOutages();
    const deps = stubCallDeps({ outages });
    const attempts = new Attempts();
    const given: (number | undefined)[] = [];
    const download = () =>
      call(deps, {
        profile,
        endpoint: 'downloadExport',
        longestMs: 420_000,
        run: async (options) => {
          given.push(options.totalTimeoutMs);
          // Feishu serves the others meanwhile.
          await profile.feishu.listRooms({ room_level_id: 'l' }, options);
          pass(150_000);
          throw new TypeError('it broke off');
        },
      });
    expect(await attempts.once(download)).toMatchObject({ type: 'CallFailed', nonRetryable: false });
    expect(await attempts.once(download)).toMatchObject({ type: 'CallFailed', nonRetryable: false });
    expect(await attempts.once(download)).toMatchObject({ type: 'CallFailed', nonRetryable: true });
    expect(given).toStrictEqual([420_000, 270_000, 120_000]);
  });

  it('that takes minutes ends when its run is cancelled; a short one is answered', async () => {
    const deps = stubCallDeps();
    const long = new Attempts();
    answer = () => setTimeout(() => long.cancel(), 10);
    const ended = await long.once(() =>
      call(deps, {
        profile,
        endpoint: 'downloadExport',
        longestMs: 60_000,
        run: (options) => profile.feishu.downloadExport('token', options),
      }),
    );
    expect(ended).toMatchObject({ name: 'CancelledFailure' });
    const short = new Attempts();
    answer = (response) => {
      short.cancel();
      setTimeout(() => sendJson(response, PAGE), 10);
    };
    expect(await short.once(listRooms(deps))).toMatchObject({ calls: 1 });
  });

  it('that a newer version asks for is left to a newer process', async () => {
    const { describePace } = createCallActivities(stubCallDeps({ profile: () => profile }));
    const newer = await new Attempts().once(() => describePace({ profile: 'default', version: CALL_VERSION + 1 }));
    expect(newer).toMatchObject({ type: 'NewerVersion', category: 'BENIGN', nonRetryable: false });
    expect(await new Attempts().once(() => describePace({ profile: 'default', version: 1 }))).toMatchObject({
      limit: null,
    });
  });

  it('of an app that another process serves is sent to its queue', async () => {
    const ended = await new Attempts().once(listRooms(stubCallDeps({ servesApp: () => false })));
    expect(ended).toMatchObject({ type: 'WrongShard', nonRetryable: true });
    expect(server!.received).toEqual([]);
  });
});

describe('a turn for which the token takes too long', () => {
  it('is given back, and the call is sent within a second of another one', async () => {
    const clock = { nowMs: 0 };
    const outages = new Outages({ nowMs: () => clock.nowMs });
    const given: { atMs: number; end: string }[] = [];
    const acquire = () => {
      const permit = { atMs: clock.nowMs, end: 'open' };
      given.push(permit);
      const ended = (end: string) => () => void (permit.end = permit.end === 'open' ? end : permit.end);
      return Promise.resolve({ answered: ended('answered'), unanswered: ended('unanswered'), unused: ended('unused') });
    };
    const pacer = Object.assign(new Pacer({ limitFor: () => null, unansweredMs: 1000 }), { acquire });
    // Asked for before the turn, and in it, when it has died meanwhile; the server's record of a create takes its time too.
    const delaysMs = [0, 20_000, 0];
    const get = (): Promise<string> => {
      clock.nowMs += delaysMs.shift() ?? 0;
      return Promise.resolve('t');
    };
    let records = 0;
    const acknowledgedHeartbeat = (): Promise<void> => {
      records++;
      clock.nowMs += 800;
      return Promise.resolve();
    };
    const own = stubProfile();
    const tokens = { ...own.tokensOf('app')!, get };
    const sentMs: number[] = [];
    const called = await new Attempts().once(() =>
      call(stubCallDeps({ outages, pacer, acknowledgedHeartbeat }), {
        profile: { ...own, tokensOf: () => tokens },
        endpoint: 'createMeetingExport',
        recordGrant: true,
        run: ({ onSent, onAnswer }) => {
          onSent?.();
          sentMs.push(clock.nowMs);
          onAnswer?.({ status: 200 });
          return Promise.resolve('task');
        },
      }),
    );
    expect(called).toEqual({ value: 'task', calls: 1 });
    expect(given.map(({ end }) => end)).toEqual(['unused', 'answered']);
    expect(sentMs).toEqual([given[1]!.atMs]);
    expect(records).toBe(1);
  });
});
