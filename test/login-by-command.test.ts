/** The programs behind `login`, `logout`, `grants` and `app-tickets`, as processes, with everything that they say searched for secrets. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readGrant, type Grant } from '../logins/index.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/index.ts';
import { APP, decide, testVault, type TestVault } from './support/login.ts';
import { startProgram, type RunningProgram } from './support/program.ts';

let place: TestVault;
let sandbox: Sandbox;
let outputs: RunningProgram[];

beforeEach(async () => {
  place = await testVault();
  outputs = [];
});
afterEach(async () => {
  for (const { process: child } of outputs) child.kill('SIGKILL');
  await sandbox.close();
  await place.remove();
});

async function open(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox({ rateLimit: 'off', deviceIntervalMs: 100, ...options });
}

function start(program: string, args: string[] = [], env: Record<string, string> = {}): RunningProgram {
  const running = startProgram(program, args, {
    FEISHU_BASE_URL: sandbox.url,
    FEISHU_APP_ID: APP.appId,
    FEISHU_APP_SECRET: APP.appSecret,
    FEISHU_GRANTS_URL: `file://${place.folder}`,
    ...env,
  });
  outputs.push(running);
  return running;
}

const stored = async (): Promise<Grant> => (await readGrant(place.vault, 'default'))!.grant;

/** Nothing that was said holds what opens a door. */
async function expectNoSecrets(...more: string[]): Promise<void> {
  const { access_token, refresh_token } = await stored();
  const said = outputs.map((running) => running.output()).join('\n');
  for (const secret of [access_token, refresh_token ?? 'x', APP.appSecret, ...more]) expect(said).not.toContain(secret);
}

test.each(['login', 'logout', 'doctor'])('%s of a profile that is not there names no other one', async (program) => {
  await open();
  await mkdir(place.folder, { recursive: true });
  const profiles = join(place.folder, 'profiles.json');
  await writeFile(profiles, JSON.stringify({ 'secret-subsidiary': { FEISHU_USER_ACCESS_TOKEN: 'u-1' } }));
  const ended = start(program, ['--profile', 'hq'], { FEISHU_PROFILES: profiles });
  expect(await ended.ended).not.toBe(0);
  expect(ended.output()).toMatch(/--profile: "hq" is not configured here.*the file that FEISHU_PROFILES names/);
  expect(ended.output()).not.toContain('secret-subsidiary');
});

describe('login', () => {
  test('by device code says where to go, waits for the click, and stores who it was', async () => {
    await open();
    const login = start('login');
    const page = await login.find(/(http:\/\/\S+user_code=\S+)/);
    expect(await login.find(/Code: (\S+)/)).toBe(new URL(page).searchParams.get('user_code'));
    await login.find(/Waiting …/);
    await decide(page);
    expect(await login.ended).toBe(0);
    expect(login.output()).toContain('Logged in. Profile default: 管理员 (ou_sandbox_admin), good');
    expect(login.output()).toContain('Nothing uses it yet: set FEISHU_IDENTITY=user');
    expect(await stored()).toMatchObject({ user: { open_id: 'ou_sandbox_admin' }, oauth: 'v2', refreshes: 0 });
    await expectNoSecrets();
  });

  test('by the browser takes the answer of its own page only', async () => {
    await open();
    const login = start('login', ['--browser', '--port', '18745', '--json'], {
      FEISHU_OAUTH: 'v3',
      FEISHU_IDENTITY: 'user',
    });
    const page = await login.find(/(http:\/\/\S+code_challenge=\S+)/);
    await login.find(/Waiting …/);
    expect((await fetch('http://127.0.0.1:18745/callback?code=x&state=of-another')).status).toBe(400);
    // Not even an address.
    expect((await fetch('http://127.0.0.1:18745//')).status).toBe(404);
    const answer = await fetch(await decide(page));
    expect(await answer.text()).toMatch(/Done.*授权成功/s);
    expect(await login.ended).toBe(0);
    expect(login.output()).toContain('"state": "good"');
    expect(await stored()).toMatchObject({ oauth: 'v3' });
    await expectNoSecrets();
  });

  test('by a pasted address, and not by one of another page', async () => {
    await open();
    const wrong = start('login', ['--paste']);
    await wrong.find(/paste it here/);
    wrong.type('http://127.0.0.1:8745/callback?code=abc&state=of-another');
    expect(await wrong.ended).toBe(1);
    expect(wrong.output()).toContain('This address answers another log-in than this one.');
    const login = start('login', ['--paste', '--scope', 'vc:export']);
    const page = await login.find(/(http:\/\/\S+code_challenge=\S+)/);
    const led = await decide(page);
    login.type(led);
    expect(await login.ended).toBe(0);
    expect((await stored()).scopes).toEqual(['vc:export', 'offline_access']);
    await expectNoSecrets(new URL(led).searchParams.get('code') ?? '');
  });

  test('goes on by the consent page, with a word on it, where there is no device flow', async () => {
    await open({ deviceFlow: false });
    const login = start('login', ['--port', '18746']);
    await login.find(/offers no log-in by device code .*: the consent page is used instead/);
    const page = await login.find(/(http:\/\/\S+code_challenge=\S+)/);
    await login.find(/Waiting …/);
    await fetch(await decide(page));
    expect(await login.ended).toBe(0);
  });

  test('that is refused, or whose secret is wrong, logs nobody in and says what to do', async () => {
    await open();
    const refused = start('login');
    await decide(await refused.find(/(http:\/\/\S+user_code=\S+)/), 'refuse');
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toContain(
      'Nobody was logged in: It was refused on the page. Run the command again, and agree.',
    );
    const wrong = start('login', [], { FEISHU_APP_SECRET: 'not-the-secret' });
    expect(await wrong.ended).toBe(1);
    expect(wrong.output()).toContain('20002');
    expect(wrong.output()).not.toContain('not-the-secret');
    expect(await start('login', ['--device', '--paste']).ended).toBe(2);
    expect(await start('login', ['--profile', 'hq']).ended).toBe(2);
    expect(await readGrant(place.vault, 'default')).toBeNull();
  });
});

test('grants shows who is logged in without a token, logout ends it, and a broken one has its next step', async () => {
  await open();
  const login = start('login', [], { FEISHU_IDENTITY: 'user' });
  await decide(await login.find(/(http:\/\/\S+user_code=\S+)/));
  await login.ended;
  const shown = start('grants', ['--json']);
  expect(await shown.ended).toBe(0);
  expect(JSON.parse(shown.output())).toMatchObject([
    { profile: 'default', user: '管理员', open_id: 'ou_sandbox_admin', state: 'good', refreshes: 0, reason: null },
  ]);
  const grant = await stored();
  const broken = { ...grant, broken: { at: 1, code: 20073, reason: 'used elsewhere: …' } };
  const number = await place.vault.newest('grant-default');
  await place.vault.swap('grant-default', { number, text: JSON.stringify(broken) });
  const again = start('grants');
  expect(await again.ended).toBe(1);
  expect(again.output()).toContain('next    feishu-vc login --profile default: used elsewhere');
  await expectNoSecrets();
  const logout = start('logout');
  expect(await logout.ended).toBe(0);
  expect(logout.output()).toContain('Logged out');
  expect(await readGrant(place.vault, 'default')).toBeNull();
  const nobody = start('grants');
  expect(await nobody.ended).toBe(0);
  expect(nobody.output()).toContain('Nobody is logged in. Next: feishu-vc login');
});

test('app-tickets says what it misses, listens, asks for a ticket, and ends on SIGTERM', async () => {
  await open({ apps: [{ app_id: 'cli_store', app_secret: 's', app_type: 'store' }] });
  const env = { FEISHU_APP_ID: 'cli_store', FEISHU_APP_SECRET: 's', FEISHU_APP_TYPE: 'store', FEISHU_TENANT_KEY: 'k' };
  const incomplete = start('app-tickets', ['--port', '0'], env);
  expect(await incomplete.ended).toBe(2);
  expect(incomplete.output()).toContain('FEISHU_ENCRYPT_KEY and FEISHU_VERIFICATION_TOKEN of profile default: missing');
  const receiver = start('app-tickets', ['--port', '0', '--host', '127.0.0.1'], {
    ...env,
    FEISHU_ENCRYPT_KEY: 'e-key',
    FEISHU_VERIFICATION_TOKEN: 'v-token',
  });
  await receiver.find(/Receiving tickets on port (\d+)/);
  while (!sandbox.ledger.calls.some(({ endpoint }) => endpoint === 'A3')) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  receiver.process.kill('SIGTERM');
  expect(await receiver.ended).toBe(0);
  expect(receiver.output()).not.toMatch(/e-key|v-token/);
});
