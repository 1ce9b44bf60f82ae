/** `doctor` against a sandbox that is set up wrong in one way at a time: it says in which, and what ends it. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readGrant, removeGrant } from '../logins/index.ts';
import { FileVault } from '../logins/file-vault.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/index.ts';
import { FileStore } from '../store/file-store.ts';
import { CHECKS } from '../worker/doctor/checks/index.ts';
import { diagnose, type Diagnosis } from '../worker/doctor/diagnose.ts';
import { linesOf } from '../worker/doctor/show.ts';
import { serve } from './support/feishu-server.ts';
import { startSmallDisk } from './support/small-disk.ts';
import { APP, logIn, testVault, type TestVault } from './support/login.ts';

const ALL = [
  'vc:export',
  'vc:room:readonly',
  'vc:rooms.room.detailinfo:read',
  'contact:user.employee_id:readonly',
  'offline_access',
];
/** Those of a server are looked at with one, in another file. */
const OF_TEMPORAL = new Set(['temporal', 'namespace', 'worker', 'search_attributes', 'payload_keys']);
const checks = CHECKS.filter(({ name }) => !OF_TEMPORAL.has(name));
const AS_USER = { FEISHU_IDENTITY: 'user' };

let place: TestVault;
let sandbox: Sandbox;
beforeEach(async () => {
  place = await testVault();
});
afterEach(async () => {
  await sandbox.close();
  await place.remove();
});

const open = async (options: SandboxOptions = {}): Promise<void> => {
  sandbox = await startSandbox({ rateLimit: 'off', ...options });
};
const appWith = (more: object): SandboxOptions => ({
  apps: [{ app_id: APP.appId, app_secret: APP.appSecret, ...more }],
});
const without = (...scopes: string[]): string[] => ALL.filter((scope) => !scopes.includes(scope));
const login = (scopes = ALL) => logIn({ url: sandbox.url, vault: place.vault, scopes });
const dataFolder = (): string => `${place.folder}-data`;

async function look(
  env: Record<string, string> = {},
  o: { nowMs?: () => number; isOffline?: boolean } = {},
): Promise<Diagnosis> {
  const own = { FEISHU_BASE_URL: sandbox.url, FEISHU_APP_ID: APP.appId, FEISHU_APP_SECRET: APP.appSecret };
  const places = { FEISHU_GRANTS_URL: `file://${place.folder}`, DATA_URL: `file://${dataFolder()}` };
  return await diagnose({ env: { ...own, ...places, ...env }, profile: 'default', checks, ...o });
}

const failed = ({ checks: found }: Diagnosis): string[] =>
  found.filter(({ state }) => state === 'fail').map(({ name }) => name);
const found = (diagnosis: Diagnosis, name: string) => diagnosis.checks.find((check) => check.name === name);

interface Case {
  sandbox?: SandboxOptions;
  env?: Record<string, string>;
  before?: () => Promise<unknown>;
  nowMs?: () => number;
  check: string;
  seen: RegExp;
  next: RegExp;
}

const CASES: Record<string, Case> = {
  'a wrong secret': {
    env: { FEISHU_APP_SECRET: 'not-the-secret' },
    check: 'credentials',
    seen: /refuses the app \(10014/,
    next: /FEISHU_APP_SECRET: https:\/\/open\.feishu\.cn\/app\/cli_sandbox\/baseinfo\. If they are right: an app of Lark/,
  },
  'an app of another product': {
    env: { FEISHU_APP_ID: 'cli_of_lark' },
    check: 'credentials',
    seen: /app id not exists/,
    next: /FEISHU_BASE_URL=https:\/\/open\.larksuite\.com/,
  },
  'an app that is switched off': {
    sandbox: { faults: [{ on: 'A1', kind: 'refuse', status: 200, code: 99991662, msg: 'app not in use' }] },
    check: 'credentials',
    seen: /99991662 .*switched off, or not installed/,
    next: /Publish a version of the app \(https:\/\/open\.feishu\.cn\/app\/cli_sandbox\/version\)/,
  },
  'no scope of the lists': {
    sandbox: appWith({ scopes: without('vc:room:readonly', 'vc:rooms.room.detailinfo:read') }),
    check: 'scopes',
    seen: /lists as the app: the app lacks vc:room:readonly/,
    next: /auth\?q=vc:room:readonly&op_from=openapi&token_type=tenant, and publish .*FEISHU_LIST_IDENTITY=user/,
  },
  'a scope of the lists that is for users only': {
    sandbox: appWith({ scopes: without('vc:room:readonly') }),
    check: 'scopes',
    seen: /refused to the app \(121005\) while exports are not/,
    next: /FEISHU_LIST_IDENTITY=user, then feishu-vc login --profile default/,
  },
  'no scope of exports': {
    sandbox: appWith({ scopes: without('vc:export') }),
    check: 'scopes',
    seen: /exports as the app: the app lacks vc:export/,
    next: /auth\?q=vc:export&op_from=openapi&token_type=tenant, and publish a version/,
  },
  'a scope that the user has not granted': {
    env: AS_USER,
    before: () => login(without('vc:export')),
    check: 'scopes',
    seen: /exports as the user: the user has not granted vc:export/,
    next: /^The user has to agree to it: feishu-vc login --profile default/,
  },
  'a log-in without offline_access': {
    env: AS_USER,
    before: () => login(without('offline_access')),
    check: 'grant',
    seen: /ends at 20.*without offline_access/,
    next: /q=offline_access.*Refresh user_access_token.*\/cli_sandbox\/safe.*feishu-vc login --profile default/,
  },
  'a log-in that has expired': {
    sandbox: { refreshTokenMs: 1, accessTokenMs: 1 },
    env: AS_USER,
    before: login,
    check: 'grant',
    seen: /^expired: .*\(20037\)/,
    next: /^feishu-vc login --profile default/,
  },
  'an app that may not refresh': {
    sandbox: { ...appWith({ mayRefresh: false }), accessTokenMs: 1 },
    env: AS_USER,
    before: login,
    check: 'grant',
    seen: /the app may not refresh/,
    next: /feishu-vc login --profile default .*cli_sandbox\/safe/,
  },
  'a log-in to another app': {
    sandbox: {
      apps: [
        { app_id: APP.appId, app_secret: APP.appSecret },
        { app_id: 'cli_b', app_secret: 'b' },
      ],
    },
    env: { ...AS_USER, FEISHU_APP_ID: 'cli_b', FEISHU_APP_SECRET: 'b' },
    before: login,
    check: 'grant',
    seen: /one to cli_sandbox at http/,
    next: /^feishu-vc login --profile default$/,
  },
  'nobody who has logged in': {
    env: AS_USER,
    check: 'grant',
    seen: /^nobody is logged in$/,
    next: /^feishu-vc login --profile default/,
  },
  'a redirect address that is not registered': {
    sandbox: appWith({ redirectUrls: ['https://example.com/callback'] }),
    env: AS_USER,
    check: 'grant',
    seen: /does not know the redirect address http:\/\/127\.0\.0\.1:8745\/callback \(20029\)/,
    next: /under Redirect URLs first: https:\/\/open\.feishu\.cn\/app\/cli_sandbox\/safe/,
  },
  'an app without the scopes of a log-in': {
    sandbox: appWith({ scopes: without('vc:export') }),
    env: { FEISHU_LIST_IDENTITY: 'user', FEISHU_IDENTITY: 'user' },
    check: 'grant',
    seen: /does not have all scopes .*\(20027\)/,
    next: /q=vc:export,.*token_type=user.*Or ask for those that it has: feishu-vc login --profile default --scope/,
  },
  "a creator of the app without the administrator's right": {
    sandbox: appWith({ creatorHasRight: false }),
    check: 'meeting_right',
    seen: /want of a right \(121005\): the app's creator/,
    next: /feishu\.cn\/admin.* give the app's creator a role with Video Meetings & Live > Meeting management/,
  },
  "a user without the administrator's right": {
    sandbox: { persons: [{ open_id: 'ou_sandbox_admin', name: 'A', hasRight: false }] },
    env: { FEISHU_LIST_IDENTITY: 'user' },
    before: login,
    check: 'meeting_right',
    seen: /want of a right \(121005\): the user/,
    next: /give the user who logged in a role/,
  },
  'a host that is not known': {
    env: { FEISHU_BASE_URL: 'http://open.feishu.invalid', FEISHU_ALLOW_HTTP: '1' },
    check: 'region',
    seen: /open\.feishu\.invalid is no name/,
    next: /Correct FEISHU_BASE_URL, or the DNS/,
  },
  'a port that is closed': {
    env: { FEISHU_BASE_URL: 'http://127.0.0.1:1' },
    check: 'region',
    seen: /takes no connection \(ECONNREFUSED\)/,
    next: /Correct FEISHU_BASE_URL; if it is right, let this machine out/,
  },
  'consent pages of another product': {
    env: {
      FEISHU_BASE_URL: 'https://open.feishu.cn',
      FEISHU_ACCOUNTS_URL: 'https://accounts.larksuite.com',
      HTTPS_PROXY: 'http://127.0.0.1:1',
    },
    check: 'region',
    seen: /two products/,
    next: /Take FEISHU_ACCOUNTS_URL away/,
  },
  'a proxy that is not there': {
    env: { FEISHU_BASE_URL: 'http://open.feishu.invalid', FEISHU_ALLOW_HTTP: '1' },
    before: async () => void (process.env['HTTP_PROXY'] = 'http://127.0.0.1:1'),
    check: 'region',
    seen: /the proxy 127\.0\.0\.1:1 takes no connection/,
    next: /Correct HTTPS_PROXY/,
  },
  'a clock that is ahead': {
    nowMs: () => Date.now() + 600_000,
    check: 'clock',
    seen: /clock is (600|601|599) s ahead of Feishu's/,
    next: /timedatectl set-ntp true/,
  },
  'a store of another zone': {
    before: () => claim({ timeZone: 'Asia/Tokyo' }),
    check: 'store',
    seen: /has its days in zone Asia\/Tokyo, and is now configured with Asia\/Shanghai/,
    next: /Set DATA_URL to a folder of its own/,
  },
  'a store of another host': {
    before: () => claim({ apiHost: 'https://open.larksuite.com' }),
    check: 'store',
    seen: /holds data of https:\/\/open\.larksuite\.com/,
    next: /Set DATA_URL to a folder of its own/,
  },
  'a store of another app': {
    before: () => claim({ appId: 'cli_of_another_company' }),
    check: 'store',
    seen: /profile default holds data of app cli_of_another_company, and is now configured with cli_sandbox/,
    next: /Set DATA_URL to a folder of its own/,
  },
  'a store that cannot be written': {
    env: { DATA_URL: 'file:///proc/feishu-vc' },
    check: 'store',
    seen: /\/proc\/feishu-vc/,
    next: /Make the folder of DATA_URL writable/,
  },
  'settings that are wrong': {
    env: { FEISHU_RATE_LIMIT: 'fast' },
    check: 'settings',
    seen: /FEISHU_RATE_LIMIT: takes calls per window/,
    next: /Correct these settings/,
  },
  'an address for metrics that is none': {
    env: { METRICS_ADDRESS: 'localhost' },
    check: 'settings',
    seen: /METRICS_ADDRESS: takes an IP address of this machine and a port/,
    next: /Correct these settings/,
  },
  'a host that is asked by http': {
    env: { FEISHU_BASE_URL: 'http://open.feishu.cn' },
    check: 'settings',
    seen: /FEISHU_BASE_URL: takes https/,
    next: /Correct these settings/,
  },
  'no app at all': {
    env: { FEISHU_APP_ID: '', FEISHU_APP_SECRET: '' },
    check: 'settings',
    seen: /a worker needs one identity/,
    next: /Credentials & Basic Info of your app: https:\/\/open\.feishu\.cn\/app \(docs\/feishu-app\.md/,
  },
  'a proxy that is none': {
    env: { HTTPS_PROXY: 'socks5://127.0.0.1:1' },
    check: 'proxy',
    seen: /HTTPS_PROXY: takes the http\(s\) URL/,
    next: /Correct it, or take it away/,
  },
};

const ownClaim = () => ({
  apiHost: sandbox.url,
  profile: 'default',
  timeZone: 'Asia/Shanghai',
  dayScope: 'feishu-vc',
});

async function claim(other: object): Promise<void> {
  await new FileStore(dataFolder()).claim({ ...ownClaim(), ...other });
}

describe('one thing is wrong', () => {
  const before = process.env['HTTP_PROXY'];
  afterEach(() => {
    if (before === undefined) delete process.env['HTTP_PROXY'];
    else process.env['HTTP_PROXY'] = before;
  });

  test.each(Object.entries(CASES))(
    '%s',
    async (_name, { sandbox: options, env, before: prepare, nowMs, ...expected }) => {
      await open(options);
      await prepare?.();
      const diagnosis = await look(env, nowMs === undefined ? {} : { nowMs });
      const check = found(diagnosis, expected.check);
      expect(check).toMatchObject({ state: 'fail' });
      expect(check?.seen).toMatch(expected.seen);
      expect(check?.next).toMatch(expected.next);
      // Nothing else is blamed: what follows from it is left out. Settings that are wrong take the proxy with them.
      expect(failed(diagnosis).filter((name) => name !== 'settings')).toEqual(
        expected.check === 'settings' ? [] : [expected.check],
      );
      expect(JSON.stringify(diagnosis)).not.toContain('not-the-secret');
      expect(diagnosis.calls).toBeLessThanOrEqual(4);
      expect(sandbox.ledger.tasks).toEqual([]);
    },
  );

  test('a disk that is mounted for reading only', async (context) => {
    await open();
    const disk = await startSmallDisk(4 * 1024 * 1024).catch((error: unknown) => {
      context.skip(`no small disk could be mounted here: ${String(error).split('\n', 1)[0]}`);
      throw error;
    });
    await new FileStore(disk.path).claim(ownClaim());
    await disk.remount('ro');
    const diagnosis = await look({ DATA_URL: `file://${disk.path}` });
    await disk.close();
    // So small a disk is too small besides.
    expect(failed(diagnosis)).toEqual(['store', 'disk']);
    expect(found(diagnosis, 'store')?.seen).toMatch(/mounted read-only.*\(EROFS\)/);
    expect(found(diagnosis, 'store')?.next).toMatch(
      /^Make the folder of DATA_URL writable .* mount its disk for writing$/,
    );
  });

  test('a host that is no Feishu is told by what it answers', async () => {
    await open();
    const server = await serve((response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'));
    const region = found(await look({ FEISHU_BASE_URL: server.url }), 'region');
    await server.close();
    expect(region).toMatchObject({
      state: 'fail',
      next: expect.stringContaining('FEISHU_BASE_URL=https://open.feishu.cn'),
    });
    expect(region?.seen).toContain('but not as Feishu does');
  });
});

describe('all is well', () => {
  test.each([
    ['as the app', {}, 3],
    ['as the user', AS_USER, 3],
    ['lists as the user, exports as the app', { FEISHU_LIST_IDENTITY: 'user' }, 3],
  ])('%s: with three calls that make nothing', async (_name, env, calls) => {
    await open();
    await login();
    const asked = sandbox.ledger.calls.length;
    const diagnosis = await look(env);
    expect(failed(diagnosis)).toEqual([]);
    expect(
      ['scopes', 'meeting_right', 'region', 'clock', 'store'].map((name) => found(diagnosis, name)?.state),
    ).toEqual(Array(5).fill('ok'));
    expect(diagnosis.calls).toBe(calls);
    expect(sandbox.ledger.calls.length - asked).toBe(calls);
    expect(sandbox.ledger.tasks).toEqual([]);
    expect(linesOf(diagnosis).at(-1)).toMatch(
      /^All is well(, \d warnings?)?\. 3 calls to Feishu, which made nothing there\.$/,
    );
  });

  test('with a log-in whose token is over, which is renewed and told', async () => {
    await open();
    await login();
    const { number, grant } = (await readGrant(place.vault, 'default'))!;
    const over = { ...grant, access_expires_at: 1 };
    await place.vault.swap('grant-default', { number, text: JSON.stringify(over) });
    const diagnosis = await look(AS_USER);
    expect(found(diagnosis, 'grant')).toMatchObject({
      state: 'ok',
      seen: expect.stringMatching(/refreshed 1 times.*renewed just now/),
    });
    expect((await readGrant(place.vault, 'default'))?.grant.refreshes).toBe(1);
  });

  test('with a scope less that not everybody needs: a warning, with the link', async () => {
    await open(appWith({ scopes: without('contact:user.employee_id:readonly') }));
    const diagnosis = await look();
    expect(failed(diagnosis)).toEqual([]);
    expect(found(diagnosis, 'scopes')).toMatchObject({
      state: 'warn',
      next: expect.stringContaining('q=contact:user.employee_id:readonly'),
    });
  });

  test('offline, without a single call', async () => {
    await open();
    const diagnosis = await look({}, { isOffline: true });
    expect(failed(diagnosis)).toEqual([]);
    expect(found(diagnosis, 'credentials')).toMatchObject({ state: 'skip' });
    expect([diagnosis.calls, sandbox.ledger.calls]).toEqual([0, []]);
  });

  test('but a host of somebody else is named', async () => {
    await open();
    const region = found(await look({ FEISHU_BASE_URL: 'https://feishu.example.com' }, { isOffline: true }), 'region');
    expect(region).toMatchObject({ state: 'warn', seen: expect.stringContaining('feishu.example.com, neither') });
  });

  test('and a folder is open to the group where FEISHU_UMASK says so', async () => {
    await open();
    await mkdir(dataFolder());
    await chmod(dataFolder(), 0o750);
    expect(found(await look({ FEISHU_UMASK: '027' }), 'modes')).toMatchObject({ state: 'ok' });
    expect(found(await look(), 'modes')).toMatchObject({ state: 'warn', next: `chmod 700 ${dataFolder()}` });
    await chmod(dataFolder(), 0o755);
    expect(found(await look({ FEISHU_UMASK: '027' }), 'modes')).toMatchObject({ next: `chmod 750 ${dataFolder()}` });
  });

  test('but what others can read is named, with the command that closes it', async () => {
    await open();
    await mkdir(dataFolder(), { mode: 0o755 });
    const secret = join(dataFolder(), 'secret.txt');
    await writeFile(secret, APP.appSecret);
    await chmod(secret, 0o644);
    const modes = found(await look({ FEISHU_APP_SECRET: '', FEISHU_APP_SECRET_FILE: secret }), 'modes');
    expect(modes).toMatchObject({ state: 'warn', next: `chmod 700 ${dataFolder()} && chmod 600 ${secret}` });
    await chmod(dataFolder(), 0o700);
    await chmod(secret, 0o600);
    expect(found(await look({ FEISHU_APP_SECRET: '', FEISHU_APP_SECRET_FILE: secret }), 'modes')).toMatchObject({
      state: 'ok',
    });
  });

  test('and where a log-in lies in clear, or with the data, what seals it or where it belongs', async () => {
    await open();
    await login();
    const privacy = async (env: Record<string, string> = {}) => found(await look({ ...AS_USER, ...env }), 'privacy');
    expect(found(await look(), 'privacy')).toMatchObject({ state: 'ok', seen: 'the policy keep is in force' });
    expect(await privacy()).toMatchObject({ state: 'warn', next: expect.stringContaining('FEISHU_GRANTS_KEY_FILE') });
    expect(await privacy({ DATA_URL: `file://${place.folder}` })).toMatchObject({
      state: 'warn',
      next: expect.stringContaining('FEISHU_GRANTS_URL'),
    });
    const key = randomBytes(32);
    const sealed = { FEISHU_GRANTS_KEY: key.toString('base64') };
    expect(await privacy(sealed)).toMatchObject({ state: 'warn', seen: expect.stringContaining('lies in clear') });
    const vault = new FileVault({ folder: place.folder, key });
    await removeGrant(vault, 'default');
    await logIn({ url: sandbox.url, vault, scopes: ALL });
    expect(await privacy(sealed)).toMatchObject({
      state: 'ok',
      seen: 'the log-in is sealed; the policy keep is in force',
    });
  });
});
