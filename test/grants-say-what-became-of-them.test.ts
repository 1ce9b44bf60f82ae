/** One process and the vault: what each end of a refresh leaves behind, and what is said of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FeishuError } from '../feishu/errors.ts';
import { ActionNeededError } from '../feishu/index.ts';
import { GrantTokens, holdingSignals, readGrant, removeGrant } from '../logins/index.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/index.ts';
import { keepGrants } from '../worker/keep-grants.ts';
import { APP, logIn, oauthAt, testVault, type TestVault } from './support/login.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let sandbox: Sandbox;
let place: TestVault;
/** Of the sandbox and of the tokens alike. */
let clock: { ms: number };
let troubles: unknown[];

async function open(options: SandboxOptions = {}): Promise<void> {
  clock = { ms: Date.now() };
  troubles = [];
  sandbox = await startSandbox({ rateLimit: 'off', nowMs: () => clock.ms, ...options });
}
beforeEach(async () => {
  place = await testVault();
});
afterEach(async () => {
  await sandbox.close();
  await place.remove();
});

function tokensOf({ version = 'v2', secret = APP.appSecret }: { version?: 'v2' | 'v3'; secret?: string } = {}) {
  return new GrantTokens({
    vault: place.vault,
    profile: 'default',
    apiHost: sandbox.url,
    appId: APP.appId,
    client: oauthAt(sandbox.url, version, secret),
    refetch: null,
    nowMs: () => clock.ms,
    onTrouble: (error) => troubles.push(error),
  });
}

const logInHere = (version: 'v2' | 'v3' = 'v2', scopes?: string[]) =>
  logIn({ url: sandbox.url, vault: place.vault, version, ...(scopes && { scopes }) });
const stored = async () => (await readGrant(place.vault, 'default'))!.grant;
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('an access token', () => {
  test('is used until five minutes before its end, renewed beside its use, and then another one', async () => {
    await open();
    const { access_token: first } = await logInHere();
    const tokens = tokensOf();
    clock.ms += 114 * MINUTE;
    expect(await tokens.get()).toBe(first);
    clock.ms += 2 * MINUTE;
    expect(await tokens.get()).toBe(first);
    await tokens.settled();
    expect(await tokens.get()).not.toBe(first);
    expect(sandbox.logins.refreshes).toBe(1);
  });

  test('that is over is renewed once for all who ask at the same time', async () => {
    await open();
    await logInHere();
    clock.ms += 3 * HOUR;
    const several = [tokensOf(), tokensOf()];
    const all = await Promise.all(several.flatMap((tokens) => [tokens.get(), tokens.get(), tokens.get()]));
    expect(new Set(all).size).toBe(1);
    expect(sandbox.logins.refreshes).toBe(1);
  });

  test('goes on being used while a refresh fails, and the failure is told', async () => {
    await open({ faults: [{ on: 'A7', kind: '500' }] });
    const before = await logInHere('v2').catch(() => null);
    expect(before).toBeNull();
    sandbox.faults.clear();
    const { access_token: token } = await logInHere();
    sandbox.faults.set([{ on: 'A7', kind: '500' }]);
    const tokens = tokensOf();
    clock.ms += 117 * MINUTE;
    expect(await tokens.get()).toBe(token);
    await tokens.settled();
    expect(troubles).toMatchObject([{ name: 'FeishuError', kind: 'server' }]);
    expect(await tokens.get()).toBe(token);
    clock.ms += 10 * MINUTE;
    expect(await errorOf(tokens.get())).toBeInstanceOf(FeishuError);
    expect((await stored()).broken).toBeNull();
    sandbox.faults.clear();
    expect(await tokens.get()).not.toBe(token);
  });

  test('that Feishu calls dead is replaced by a refresh', async () => {
    await open();
    const { access_token: dead } = await logInHere();
    const tokens = tokensOf();
    tokens.drop(dead);
    expect(await tokens.get()).not.toBe(dead);
  });
});

describe('a refresh', () => {
  test('whose answer is lost is known as such: the token is tried once more, and then a person is asked', async () => {
    await open({ faults: [{ on: 'A7', kind: 'reset-after', nth: 2 }] });
    const grant = await logInHere();
    clock.ms += 3 * HOUR;
    const tokens = tokensOf();
    expect(await errorOf(tokens.get())).toMatchObject({ kind: 'network', sent: true });
    expect((await stored()).under_way).toMatchObject({ since: clock.ms });
    expect(await errorOf(tokens.get())).toMatchObject({
      name: 'ActionNeededError',
      message: expect.stringMatching(/^feishu-vc login --profile default: a lost answer: /),
    });
    expect(await stored()).toMatchObject({ refresh_token: grant.refresh_token, broken: { code: 20073 } });
    expect(sandbox.logins.refused).toEqual([20073]);
    expect(await tokens.hasChanged()).toBe(false);
    await logInHere();
    expect(await tokens.hasChanged()).toBe(true);
    await sleep(0);
    clock.ms += 1001;
    expect(await tokens.get()).toBe((await stored()).access_token);
  });

  test('of a token that another program has used says so', async () => {
    await open();
    const grant = await logInHere();
    await oauthAt(sandbox.url).refresh(grant.refresh_token ?? '', 'v2');
    clock.ms += 3 * HOUR;
    const error = await errorOf(tokensOf().get());
    expect(error).toBeInstanceOf(ActionNeededError);
    expect(String(error)).toContain('used elsewhere: another program, or another copy of the grants');
  });

  test.each([
    ['revoked', 'revoked: ', 20064],
    ['expired', 'expired: ', 20037],
  ])('of a log-in that has %s says so', async (what, said, code) => {
    await open();
    await logInHere();
    clock.ms += what === 'expired' ? 8 * 24 * HOUR : 3 * HOUR;
    if (what === 'revoked') sandbox.revokeLogins();
    expect(String(await errorOf(tokensOf().get()))).toContain(`feishu-vc login --profile default: ${said}`);
    expect((await stored()).broken?.code).toBe(code);
  });

  test('that the console has switched off names the switch', async () => {
    await open({ apps: [{ app_id: APP.appId, app_secret: APP.appSecret, mayRefresh: false }] });
    await logInHere();
    clock.ms += 3 * HOUR;
    expect(String(await errorOf(tokensOf().get()))).toContain('switch "Refresh user_access_token" on');
  });

  test('with a wrong app secret breaks nothing: the secret is named, and the right one goes on', async () => {
    await open();
    await logInHere();
    clock.ms += 3 * HOUR;
    const error = await errorOf(tokensOf({ secret: 'another-secret' }).get());
    expect(String(error)).toMatch(/FEISHU_APP_SECRET: Feishu rejects the app of profile default .*20002/);
    expect(String(error)).not.toContain('another-secret');
    expect(await stored()).toMatchObject({ broken: null, under_way: null });
    expect(await tokensOf().get()).toBe((await stored()).access_token);
  });

  test('that never left this machine is not under way', async () => {
    await open();
    await logInHere();
    clock.ms += 3 * HOUR;
    const tokens = tokensOf();
    const { url } = sandbox;
    await sandbox.close();
    expect(await errorOf(tokens.get())).toMatchObject({ kind: 'network', sent: false });
    expect((await stored()).under_way).toBeNull();
    sandbox = await startSandbox({ port: Number(new URL(url).port) });
  });

  test('by v3 that answers 500 goes on by v2, and v2 not knowing a v3 token breaks nothing', async () => {
    await open({ faults: [{ on: 'A8', kind: '502-html' }] });
    const grant = await logInHere('v3');
    expect(grant.oauth).toBe('v2');
    sandbox.faults.clear();
    const byV3 = await logInHere('v3');
    expect(byV3.oauth).toBe('v3');
    sandbox.faults.set([
      { on: 'A8', kind: '500' },
      { on: 'A7', kind: 'refuse', status: 400, code: 20026, msg: 'invalid refresh token' },
    ]);
    clock.ms += 3 * HOUR;
    expect(await errorOf(tokensOf({ version: 'v3' }).get())).toMatchObject({ name: 'FeishuError', kind: 'server' });
    expect((await stored()).broken).toBeNull();
    sandbox.faults.clear();
    expect(await tokensOf({ version: 'v3' }).get()).toBe((await stored()).access_token);
  });
});

describe('a log-in', () => {
  test('that is made while calls are still told that one is needed is noticed at once', async () => {
    await open();
    const grant = await logInHere();
    await oauthAt(sandbox.url).refresh(grant.refresh_token ?? '', 'v2');
    clock.ms += 3 * HOUR;
    const tokens = tokensOf();
    expect(await errorOf(tokens.get())).toBeInstanceOf(ActionNeededError);
    // Another call looks at what was read for this one.
    expect(await errorOf(tokens.get())).toBeInstanceOf(ActionNeededError);
    await logInHere();
    expect(await errorOf(tokens.get())).toBeInstanceOf(ActionNeededError);
    expect(await tokens.hasChanged()).toBe(true);
    expect(await tokens.get()).toBe((await stored()).access_token);
  });

  test('without offline_access ends with its access token', async () => {
    await open();
    const { access_token: token } = await logInHere('v2', ['vc:export']);
    const tokens = tokensOf();
    expect(await tokens.get()).toBe(token);
    clock.ms += 3 * HOUR;
    expect(String(await errorOf(tokens.get()))).toContain('came without offline_access');
  });

  test('that nobody made, of another app, or that was ended, asks for one', async () => {
    await open();
    const tokens = tokensOf();
    expect(String(await errorOf(tokens.get()))).toContain('feishu-vc login --profile default: nobody has logged in');
    await logInHere();
    expect(await tokens.hasChanged()).toBe(true);
    clock.ms += 1001;
    await tokens.get();
    expect(await removeGrant(place.vault, 'default')).toBe(true);
    expect(await removeGrant(place.vault, 'default')).toBe(false);
    clock.ms += 1001;
    expect(String(await errorOf(tokens.get()))).toContain('nobody has logged in');
    await logIn({ url: sandbox.url, vault: place.vault });
    const other = new GrantTokens({
      vault: place.vault,
      profile: 'default',
      apiHost: sandbox.url,
      appId: 'cli_other',
      client: oauthAt(sandbox.url),
      refetch: null,
    });
    expect(String(await errorOf(other.get()))).toContain('of another app or another host');
  });

  test('that nothing uses is renewed when it has idled for half of its life', async () => {
    await open();
    await logInHere();
    const tokens = tokensOf();
    expect(await tokens.keepAlive()).toBe(MINUTE);
    clock.ms += 83 * HOUR;
    await tokens.keepAlive();
    expect(sandbox.logins.refreshes).toBe(0);
    clock.ms += 2 * HOUR;
    await tokens.keepAlive();
    expect(sandbox.logins.refreshes).toBe(1);
    for (let week = 0; week < 8; week++) {
      clock.ms += 84 * HOUR + MINUTE;
      await tokens.keepAlive();
    }
    expect(sandbox.logins).toMatchObject({ refreshes: 9, consents: 1, refused: [] });
  });

  test('is looked at by a timer, as often as it asks for', async () => {
    await open();
    let looks = 0;
    const seen = new Promise<void>((resolve) => {
      const stop = keepGrants([
        {
          keepAlive: () => {
            if (++looks === 3) {
              stop();
              resolve();
            }
            return Promise.resolve(1);
          },
        },
      ]);
    });
    await seen;
    await sleep(30);
    expect(looks).toBe(3);
  });
});

test('A signal that comes in the middle of a refresh takes effect after it', async () => {
  await open();
  const heard: string[] = [];
  const listener = (): void => void heard.push('SIGHUP');
  const result = await holdingSignals(async () => {
    process.kill(process.pid, 'SIGHUP');
    await sleep(50);
    process.once('SIGHUP', listener);
    return 'whole';
  });
  process.off('SIGHUP', listener);
  expect([result, heard]).toEqual(['whole', []]);
});
