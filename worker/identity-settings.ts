/** Who asks Feishu: the settings of a profile that decide whose tokens its calls carry, and how those are had. */
import { z } from 'zod';
import type { OAuthVersion } from '../feishu/index.ts';

/** `app`: a tenant token. `user`: whoever logged in, or the fixed user token. */
export type IdentityKind = 'app' | 'user';

export interface IdentitySettings {
  /** Of exports: create, look, download. */
  identity: IdentityKind;
  /** Of L1 to L4. */
  listIdentity: IdentityKind;
  /** Host of the consent page, without a slash at the end. */
  accountsUrl: string;
  oauth: OAuthVersion;
  appType: 'custom' | 'store';
  tenantKey: string | null;
}

const kind = z.enum(['app', 'user'], 'takes app or user').optional();

export const identitySchema = {
  FEISHU_IDENTITY: kind,
  FEISHU_LIST_IDENTITY: kind,
  FEISHU_OAUTH: z.enum(['v2', 'v3'], 'takes v2 or v3').optional(),
  FEISHU_APP_TYPE: z.enum(['custom', 'store'], 'takes custom or store').default('custom'),
  FEISHU_TENANT_KEY: z.string().min(1, 'takes the tenant_key of the tenant').optional(),
  FEISHU_ENCRYPT_KEY: z.string().min(1, 'is empty').optional(),
  FEISHU_VERIFICATION_TOKEN: z.string().min(1, 'is empty').optional(),
};

const FEISHU_HOST = 'open.feishu.cn';
const ACCOUNTS: Record<string, string> = {
  [FEISHU_HOST]: 'https://accounts.feishu.cn',
  'open.larksuite.com': 'https://accounts.larksuite.com',
};

interface Given {
  FEISHU_IDENTITY?: IdentityKind | undefined;
  FEISHU_LIST_IDENTITY?: IdentityKind | undefined;
  FEISHU_ACCOUNTS_URL?: string | undefined;
  FEISHU_OAUTH?: OAuthVersion | undefined;
  FEISHU_APP_TYPE: 'custom' | 'store';
  FEISHU_TENANT_KEY?: string | undefined;
  FEISHU_APP_SECRET?: string | undefined;
  FEISHU_USER_ACCESS_TOKEN?: string | undefined;
}

/** Defaults depend on the host and on which secrets there are. */
export function identitySettings(given: Given, baseUrl: string): IdentitySettings {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : '';
  const onlyUser = given.FEISHU_APP_SECRET === undefined && given.FEISHU_USER_ACCESS_TOKEN !== undefined;
  const identity = given.FEISHU_IDENTITY ?? (onlyUser ? 'user' : 'app');
  return {
    identity,
    listIdentity: given.FEISHU_LIST_IDENTITY ?? identity,
    accountsUrl: (given.FEISHU_ACCOUNTS_URL ?? ACCOUNTS[host] ?? baseUrl).replace(/\/+$/, ''),
    oauth: given.FEISHU_OAUTH ?? (host === FEISHU_HOST ? 'v3' : 'v2'),
    appType: given.FEISHU_APP_TYPE,
    tenantKey: given.FEISHU_TENANT_KEY ?? null,
  };
}

interface Known extends IdentitySettings {
  appId: string | null;
  appSecret: object | null;
  userAccessToken: object | null;
}

/** What the identities of a profile need and do not have. */
export function missingFor(profile: Known): { setting: string; takes: string }[] {
  const kinds = [profile.identity, profile.listIdentity];
  const isApp = kinds.includes('app');
  // A log-in is had and renewed with the app's secret.
  const needsApp = isApp || profile.userAccessToken === null;
  return [
    ...(needsApp && profile.appId === null ? [{ setting: 'FEISHU_APP_ID', takes: 'the app id, cli_…' }] : []),
    ...(needsApp && profile.appSecret === null ? [{ setting: 'FEISHU_APP_SECRET', takes: "the app's secret" }] : []),
    ...(isApp && profile.appType === 'store' && profile.tenantKey === null
      ? [{ setting: 'FEISHU_TENANT_KEY', takes: 'the tenant_key of the tenant whose data is exported' }]
      : []),
  ];
}
