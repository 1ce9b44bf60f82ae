/** The sandbox's side of log-ins, from outside: pages, codes, tokens, refusals. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/index.ts';
import { APP, decide, oauthAt } from './support/login.ts';
import type { Json } from './support/sandbox-client.ts';

let sandbox: Sandbox;
let nowMs = 0;
afterEach(() => sandbox.close());

async function open(options: SandboxOptions = {}): Promise<void> {
  nowMs = Date.parse('2026-11-04T20:00:00+08:00');
  sandbox = await startSandbox({ rateLimit: 'off', nowMs: () => nowMs, ...options });
}

const V2 = '/open-apis/authen/v2/oauth/token';
const V3 = '/oauth/v3/token';
const SECRET = { client_id: APP.appId, client_secret: APP.appSecret };

async function post(path: string, body: Record<string, string>, headers: Record<string, string> = {}): Promise<Json> {
  const response = await fetch(sandbox.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

async function codeOf(query: Record<string, string> = {}): Promise<string> {
  const all = { client_id: APP.appId, redirect_uri: 'http://127.0.0.1:8745/callback', scope: 'vc:export', ...query };
  const led = await decide(`${sandbox.url}/open-apis/authen/v1/authorize?${new URLSearchParams(all).toString()}`);
  return new URL(led).searchParams.get('code') ?? '';
}

const exchange = (path: string, code: string, more: Record<string, string> = {}) =>
  post(path, { grant_type: 'authorization_code', code, ...SECRET, ...more });

describe('a code', () => {
  test('works once, for its own verifier; v3 refuses a verifier that nobody announced', async () => {
    await open();
    const verifier = 'v'.repeat(50);
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const code = await codeOf({ code_challenge, code_challenge_method: 'S256' });
    expect(await exchange(V2, code)).toMatchObject({ status: 400, code: 20049, error: 'invalid_grant' });
    expect(await exchange(V2, code, { code_verifier: 'w'.repeat(50) })).toMatchObject({ code: 20049 });
    expect(await exchange(V2, code, { code_verifier: verifier, redirect_uri: 'http://127.0.0.1/x' })).toMatchObject({
      code: 20071,
    });
    expect(await exchange(V2, code, { code_verifier: verifier })).toMatchObject({ status: 200, code: 0 });
    expect(await exchange(V2, code, { code_verifier: verifier })).toMatchObject({ code: 20065 });
    expect(await exchange(V3, await codeOf(), { code_verifier: verifier })).toMatchObject({ code: 20049 });
    expect(await exchange(V2, await codeOf(), { code_verifier: verifier })).toMatchObject({ code: 0 });
    const old = await codeOf();
    nowMs += 300_001;
    expect(await exchange(V2, old)).toMatchObject({ code: 20004 });
  });

  test('comes only by the page: a refusal, a wrong address and a scope of no app lead to none', async () => {
    await open({ apps: [{ app_id: APP.appId, app_secret: APP.appSecret, scopes: ['vc:export'] }] });
    const page = oauthAt(sandbox.url).consentPage({
      scopes: ['vc:export'],
      redirectUri: 'http://127.0.0.1:1/callback',
    });
    expect(await (await fetch(page.url)).text()).toMatch(/Agree \/ 授权[\s\S]*Refuse \/ 拒绝/);
    expect(await decide(page.url, 'refuse')).toContain('error=access_denied');
    expect(await decide(page.url.replace('127.0.0.1%3A1', 'evil.example'))).toContain('20029');
    expect(await decide(page.url.replace('scope=vc', 'scope=x%3Ay+vc'))).toContain('20027');
  });
});

test('A refresh token works once, by JSON and body secret or by form and HTTP Basic, never by both', async () => {
  await open({ refreshTokenMs: 60_000 });
  const pair = await post(V2, {
    grant_type: 'authorization_code',
    code: await codeOf({ scope: 'vc:export offline_access' }),
    ...SECRET,
  });
  expect(pair).toMatchObject({ token_type: 'Bearer', expires_in: 7200, refresh_token_expires_in: 60 });
  const fields = { grant_type: 'refresh_token', refresh_token: pair.refresh_token as string };
  const basic = `Basic ${Buffer.from(`${APP.appId}:${APP.appSecret}`).toString('base64')}`;
  expect(await post(V3, { ...fields, ...SECRET }, { authorization: basic })).toMatchObject({ code: 20070 });
  const next = await fetch(sandbox.url + V3, {
    method: 'POST',
    headers: { authorization: basic },
    body: new URLSearchParams(fields),
  });
  expect(next.status).toBe(200);
  expect(await post(V2, { ...fields, ...SECRET })).toMatchObject({ status: 400, code: 20073 });
  const { refresh_token } = (await next.json()) as { refresh_token: string };
  nowMs += 60_001;
  expect(await post(V2, { grant_type: 'refresh_token', refresh_token, ...SECRET })).toMatchObject({ code: 20037 });
  expect(JSON.stringify(sandbox.ledger.calls)).not.toMatch(new RegExp(`${refresh_token}|${APP.appSecret}`));
});

test('A device code is pending, too fast, refused, agreed to or too old', async () => {
  await open();
  const client = oauthAt(sandbox.url);
  const errorOf = async (deviceCode: string): Promise<string> =>
    client.pollDevice(deviceCode).then(
      () => 'tokens',
      (error: { error: string }) => error.error,
    );
  const device = await client.authorizeDevice(['vc:export', 'offline_access']);
  expect(device).toMatchObject({ expiresInS: 240, intervalS: 5 });
  expect(await errorOf(device.deviceCode)).toBe('authorization_pending');
  expect(await errorOf(device.deviceCode)).toBe('slow_down');
  nowMs += 5000;
  expect(await errorOf(device.deviceCode)).toBe('authorization_pending');
  expect(await decide(device.url)).toContain('Done / 已完成');
  nowMs += 5000;
  expect(await errorOf(device.deviceCode)).toBe('tokens');
  expect(await errorOf(device.deviceCode)).toBe('expired_token');
  const second = await client.authorizeDevice(['vc:export']);
  expect(await decide(second.url, 'refuse')).toContain('Refused');
  expect(await errorOf(second.deviceCode)).toBe('access_denied');
  const third = await client.authorizeDevice(['vc:export']);
  nowMs += 240_001;
  expect(await errorOf(third.deviceCode)).toBe('expired_token');
  await client.close();
});

test('Who may call what goes by the app, the grant and the kind of token', async () => {
  const userOnly = ['vc:export', 'vc:rooms.room.detailinfo:read', 'offline_access'];
  await open({
    apps: [{ app_id: APP.appId, app_secret: APP.appSecret, scopes: userOnly }],
    persons: [
      { open_id: 'ou_admin', name: 'Admin' },
      { open_id: 'ou_other', name: 'Other', hasRight: false },
    ],
  });
  const call = async (path: string, token: string): Promise<number[]> => {
    const response = await fetch(`${sandbox.url}/open-apis/vc/v1/${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return [response.status, ((await response.json()) as { code: number }).code];
  };
  const lists = 'meeting_list?start_time=1&end_time=2';
  const { tenant_access_token: tenant } = await post('/open-apis/auth/v3/tenant_access_token/internal', {
    app_id: APP.appId,
    app_secret: APP.appSecret,
  });
  // The scope of the lists that apps get today is for users only.
  expect(await call(lists, tenant)).toEqual([403, 121005]);
  expect(await call('resource_reservation_list', tenant)).toEqual([400, 99991672]);

  const client = oauthAt(sandbox.url);
  const tokenOf = async (scopes: string[], user: string): Promise<string> => {
    const page = client.consentPage({ scopes, redirectUri: 'http://127.0.0.1:1/callback' });
    const led = new URL(await decide(page.url, 'agree', user));
    return (await client.exchange(led.searchParams.get('code') ?? '', page)).accessToken;
  };
  const narrow = await tokenOf(['vc:export'], 'ou_admin');
  expect(await call(lists, narrow)).toEqual([400, 99991679]);
  expect(await call('rooms', narrow)).toEqual([400, 99991668]);
  expect(await call(lists, await tokenOf(userOnly, 'ou_admin'))).toEqual([200, 0]);
  const other = await tokenOf(userOnly, 'ou_other');
  expect(await call(lists, other)).toEqual([403, 121005]);
  sandbox.revokeLogins();
  expect(await call(lists, `u-${'0'.repeat(40)}`)).toEqual([400, 99991668]);
  const late = await tokenOf(userOnly, 'ou_admin');
  nowMs += 7_200_001;
  expect(await call(lists, late)).toEqual([401, 99991677]);
  await client.close();
});
