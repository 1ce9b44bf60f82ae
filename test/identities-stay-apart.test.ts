/** Whose token a call carries: by profile, by endpoint, and by who made a task. */
import { mkdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportActivities } from '../activities/exports.ts';
import { listActivities } from '../activities/lists.ts';
import { SessionPlaces } from '../activities/session-places.ts';
import type { Profile } from '../activities/index.ts';
import { Outages } from '../activities/calls/outages.ts';
import { readRecord } from '../dataset/records.ts';
import { FeishuClient } from '../feishu/index.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/index.ts';
import { FileStore } from '../store/file-store.ts';
import { readSettings, type ProfileSettings } from '../worker/config.ts';
import { buildIdentities, type Identities } from '../worker/identities.ts';
import { sealing } from '../worker/sealing.ts';
import { Attempts, stubCallDeps, stubProfile } from './support/call-deps.ts';
import { APP, logIn, testVault, type TestVault } from './support/login.ts';

const ALL = ['vc:export', 'vc:rooms.room.detailinfo:read', 'vc:room:readonly', 'offline_access'];
let place: TestVault;
let sandbox: Sandbox;
let built: Identities[];

beforeEach(async () => {
  place = await testVault();
  await mkdir(`${place.folder}-data`);
  built = [];
});
afterEach(async () => {
  for (const each of built) await each.close();
  await sandbox.close();
  await place.remove();
});

async function open(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox({ rateLimit: 'off', taskDelayMs: [0, 0], ...options });
}

function settingsOf(name: string, env: Record<string, string>): ProfileSettings {
  const own = { FEISHU_BASE_URL: sandbox.url, FEISHU_APP_ID: APP.appId, FEISHU_APP_SECRET: APP.appSecret, ...env };
  return { ...readSettings(own).profiles[0]!, name };
}

function profileOf(name: string, env: Record<string, string>): Profile {
  const feishu = new FeishuClient({ baseUrl: sandbox.url });
  const settings = settingsOf(name, env);
  const identities = buildIdentities({ settings, feishu, vault: place.vault, onTrouble: () => undefined });
  built.push({ ...identities, close: async () => void (await Promise.all([identities.close(), feishu.close()])) });
  const { identityFor, tokensOf } = identities;
  const quotaOf = `${sandbox.url}|${APP.appId}`;
  const sealed = sealing({ secret: APP.appSecret, salt: name });
  return stubProfile({ name, apiHost: sandbox.url, quotaOf, feishu, identityFor, tokensOf, ...sealed });
}

function activitiesOf(...profiles: Profile[]) {
  const outages = new Outages();
  const store = new FileStore(`${place.folder}-data`);
  const deps = stubCallDeps({
    outages,
    store,
    settleHours: 6,
    exportDeadlineMs: 60_000,
    profile: (name) => profiles.find((profile) => profile.name === name) ?? null,
  });
  const requests = new SessionPlaces(deps);
  return { ...exportActivities(deps, requests), ...listActivities(deps, requests), outages, store };
}

const location = {
  kind: 'day' as const,
  profile: 'default',
  day: '2026-11-03',
  resource: 'meeting_list' as const,
  unit: 'list',
  generation: 1,
};
const window = { start_time: '1793635200', end_time: '1793721599' };

describe('identities', () => {
  test('of exports and lists are apart, and rooms are asked by the app', async () => {
    await open();
    const both = profileOf('default', { FEISHU_LIST_IDENTITY: 'user' });
    expect(
      ['createMeetingExport', 'getExport', 'downloadExport'].map((name) => both.identityFor(name as 'getExport')),
    ).toEqual(['app', 'app', 'app']);
    expect([
      both.identityFor('listMeetings'),
      both.identityFor('listReservations'),
      both.identityFor('listRooms'),
    ]).toEqual(['user', 'user', 'app']);
    const fixed = profileOf('fixed', { FEISHU_APP_SECRET: '', FEISHU_USER_ACCESS_TOKEN: 'u-x' });
    expect([fixed.identityFor('getExport'), fixed.identityFor('listRooms'), fixed.tokensOf('app')]).toEqual([
      'user',
      'user',
      null,
    ]);
    // With a secret beside it the app stays the default.
    expect(profileOf('both', { FEISHU_USER_ACCESS_TOKEN: 'u-x' }).identityFor('getExport')).toBe('app');
  });

  test('stand in the records, and a day by lists as the user goes beside exports as the app', async () => {
    await open({
      apps: [
        { app_id: APP.appId, app_secret: APP.appSecret, scopes: ALL.filter((scope) => scope !== 'vc:room:readonly') },
      ],
    });
    await logIn({ url: sandbox.url, vault: place.vault, scopes: ALL.filter((scope) => scope !== 'vc:room:readonly') });
    const { createExportTask, fetchListPage, store } = activitiesOf(
      profileOf('default', { FEISHU_LIST_IDENTITY: 'user' }),
    );
    const created = await new Attempts().once(() =>
      createExportTask({ profile: 'default', resource: 'meeting_list', request: window }),
    );
    expect(created).toMatchObject({ identity: 'app' });
    const page = { profile: 'default', list: 'meeting_list' as const, query: window, location };
    const rest = { settlesAfter: null, page: 1 };
    expect(await new Attempts().once(() => fetchListPage({ ...page, ...rest }))).toMatchObject({ calls: 1 });
    expect(sandbox.ledger.tasks).toMatchObject([{ owner: 'app:cli_sandbox' }]);
    expect(await readRecord(store, location)).toMatchObject({ identity: 'user' });
  });

  test('keep their tasks: what the app made is read by the app though the settings name the user by then', async () => {
    await open();
    await logIn({ url: sandbox.url, vault: place.vault });
    const asApp = activitiesOf(profileOf('default', {}));
    const created = await new Attempts().once(() =>
      asApp.createExportTask({ profile: 'default', resource: 'meeting_list', request: window }),
    );
    const { task_id, identity } = created as { task_id: string; identity: 'app' };
    const asUser = activitiesOf(profileOf('default', { FEISHU_IDENTITY: 'user' }));
    const look = { profile: 'default', resource: 'meeting_list' as const, task_id, polls: 0, age_ms: 0 };
    expect(await new Attempts().once(() => asUser.pollExportTask({ ...look, identity }))).toMatchObject({
      status: 'done',
    });
    expect(await new Attempts().once(() => asUser.pollExportTask(look))).toMatchObject({ type: 'PermissionDenied' });
  });

  test('a file token opens for the task and the resource that it was handed out for, and for no other', async () => {
    await open();
    const { createExportTask, pollExportTask, downloadExportFile } = activitiesOf(profileOf('default', {}));
    const made = { profile: 'default', resource: 'meeting_list' as const };
    const { task_id } = (await new Attempts().once(() => createExportTask({ ...made, request: window }))) as {
      task_id: string;
    };
    const seen = await new Attempts().once(() => pollExportTask({ ...made, task_id, polls: 0, age_ms: 0 }));
    const { encrypted_file_token } = seen as { encrypted_file_token: string };
    const download = (more: object) =>
      new Attempts().once(() => downloadExportFile({ ...made, task_id, encrypted_file_token, location, ...more }));
    const before = sandbox.ledger.calls.length;
    expect(await download({ task_id: '7111325589855797267' })).toStrictEqual({ status: 'token-expired', calls: 0 });
    expect(await download({ resource: 'participant_list' })).toStrictEqual({ status: 'token-expired', calls: 0 });
    expect(sandbox.ledger.calls.length).toBe(before);
    expect(await download({})).toMatchObject({ status: 'stored', calls: 1 });
  });

  test('of two profiles of one app do not meet: neither tokens, nor tasks, nor what one waits for', async () => {
    await open({
      persons: [
        { open_id: 'ou_a', name: 'A' },
        { open_id: 'ou_b', name: 'B' },
      ],
    });
    await logIn({ url: sandbox.url, vault: place.vault, profile: 'a', user: 'ou_a', scopes: ALL });
    const a = profileOf('a', { FEISHU_IDENTITY: 'user' });
    const b = profileOf('b', { FEISHU_IDENTITY: 'user' });
    const { createExportTask, pollExportTask, outages } = activitiesOf(a, b);
    const create = (profile: string) =>
      new Attempts({ activityId: profile }).once(() =>
        createExportTask({ profile, resource: 'meeting_list', request: window }),
      );
    const waiting = await create('b');
    expect(waiting).toMatchObject({ type: 'CredentialsRejected', category: 'BENIGN' });
    expect(outages.troubles()).toMatchObject([
      {
        reason: 'feishu-vc login --profile b: nobody has logged in',
        person: { profile: 'b', command: 'feishu-vc login --profile b' },
      },
    ]);
    const ofA = (await create('a')) as { task_id: string };
    expect(sandbox.ledger.tasks).toMatchObject([{ owner: 'user:ou_a' }]);

    await logIn({ url: sandbox.url, vault: place.vault, profile: 'b', user: 'ou_b', scopes: ALL });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await create('b')).toMatchObject({ identity: 'user' });
    expect(outages.troubles()).toEqual([]);
    expect(sandbox.ledger.tasks.map(({ owner }) => owner)).toEqual(['user:ou_a', 'user:ou_b']);
    const look = { resource: 'meeting_list' as const, task_id: ofA.task_id, polls: 0, age_ms: 0 };
    expect(await new Attempts().once(() => pollExportTask({ profile: 'b', ...look }))).toMatchObject({
      type: 'PermissionDenied',
    });
    expect(await new Attempts().once(() => pollExportTask({ profile: 'a', ...look }))).toMatchObject({
      status: 'done',
    });
  });

  test('wait by themselves: where the user cannot be renewed, the calls of the app go on', async () => {
    await open({ accessTokenMs: 1 });
    await logIn({ url: sandbox.url, vault: place.vault });
    sandbox.faults.set([{ on: 'A7', kind: '500' }]);
    const { createExportTask, fetchListPage, outages } = activitiesOf(
      profileOf('default', { FEISHU_LIST_IDENTITY: 'user' }),
    );
    const page = { profile: 'default', list: 'meeting_list' as const, query: window, location };
    const rest = { settlesAfter: null, page: 1 };
    expect(await new Attempts().once(() => fetchListPage({ ...page, ...rest }))).toMatchObject({
      type: 'CredentialsRejected',
      category: 'BENIGN',
    });
    expect(outages.troubles()).toMatchObject([
      {
        reason: expect.stringMatching(
          /^the log-in of profile default cannot be renewed at the moment: it answers with HTTP 500/,
        ),
      },
    ]);
    expect(outages.troubles()[0]).not.toHaveProperty('person');
    expect(
      await new Attempts().once(() =>
        createExportTask({ profile: 'default', resource: 'meeting_list', request: window }),
      ),
    ).toMatchObject({ identity: 'app' });
  });
});
