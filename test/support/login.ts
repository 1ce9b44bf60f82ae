/** Log-ins at the sandbox, as a person and a program make them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { givenSecret, OAuthClient, type OAuthVersion } from '../../feishu/index.ts';
import { storeConsent, type Grant, type Vault } from '../../logins/index.ts';
import { FileVault } from '../../logins/file-vault.ts';

export const APP = { appId: 'cli_sandbox', appSecret: 'sandbox-secret' };
const REDIRECT = 'http://127.0.0.1:8745/callback';
const SCOPES = ['vc:export', 'vc:room:readonly', 'offline_access'];

export function oauthAt(url: string, version: OAuthVersion = 'v2', secret = APP.appSecret): OAuthClient {
  return new OAuthClient({
    baseUrl: url,
    accountsUrl: url,
    version,
    appId: APP.appId,
    secret: givenSecret('FEISHU_APP_SECRET', secret),
  });
}

/** Clicks on the page. @returns where it leads, or the page's text */
export async function decide(
  pageUrl: string,
  decision: 'agree' | 'refuse' = 'agree',
  user = 'ou_sandbox_admin',
): Promise<string> {
  const userCode = new URL(pageUrl).searchParams.get('user_code') ?? '';
  const body = new URLSearchParams({ decision, user, user_code: userCode });
  const response = await fetch(pageUrl, { method: 'POST', body, redirect: 'manual' });
  return response.headers.get('location') ?? (await response.text());
}

export interface LoggedIn {
  url: string;
  vault: Vault;
  profile?: string;
  version?: OAuthVersion;
  scopes?: string[];
  user?: string;
}

/** From the page to the stored grant. */
export async function logIn(o: LoggedIn): Promise<Grant> {
  const client = oauthAt(o.url, o.version);
  try {
    const page = client.consentPage({ scopes: o.scopes ?? SCOPES, redirectUri: REDIRECT });
    const led = new URL(await decide(page.url, 'agree', o.user));
    const atMs = Date.now();
    const tokens = await client.exchange(led.searchParams.get('code') ?? '', page);
    const user = { open_id: 'ou_sandbox_admin', name: '管理员' };
    const consent = { apiHost: new URL(o.url).origin, appId: APP.appId, user, tokens, atMs };
    return await storeConsent(o.vault, o.profile ?? 'default', consent);
  } finally {
    await client.close();
  }
}

export interface TestVault {
  folder: string;
  vault: FileVault;
  remove(): Promise<void>;
}

export async function testVault(key: Buffer | null = null): Promise<TestVault> {
  const root = await mkdtemp(join(tmpdir(), 'feishu-vc-grants-'));
  const folder = join(root, 'grants');
  return {
    folder,
    vault: new FileVault({ folder, key, lockStaleAfterMs: 3000 }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
