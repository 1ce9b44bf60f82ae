/** Builds what gives a profile's calls their tokens: one source for the app, one for the user. */
import type { IdentityKind } from '../activities/index.ts';
import { ENDPOINTS, type EndpointName } from '../feishu/contract.ts';
import {
  FixedToken,
  OAuthClient,
  StoreApp,
  TenantTokens,
  type FeishuClient,
  type TokenSource,
} from '../feishu/index.ts';
import { GrantTokens, readTicket, type Vault } from '../logins/index.ts';
import type { ProfileSettings } from './config.ts';
import { secretOf } from './secrets.ts';

export interface Identities {
  identityFor(endpoint: EndpointName): IdentityKind;
  /** Null where the settings name no such identity. */
  tokensOf(identity: IdentityKind): TokenSource | null;
  /** The log-in that has to be kept alive; null: none. */
  grant: GrantTokens | null;
  close(): Promise<void>;
}

interface IdentitiesOptions {
  settings: ProfileSettings;
  feishu: FeishuClient;
  vault: Vault;
  /** Told of refreshes that fail while the access token is still good. */
  onTrouble(error: unknown): void;
}

export function buildIdentities(o: IdentitiesOptions): Identities {
  const { identity, listIdentity } = o.settings;
  const app = appTokens(o);
  const oauth = oauthClientOf(o.settings);
  const isUser = identity === 'user' || listIdentity === 'user';
  const user = isUser ? userTokens(o, { oauth, app }) : null;
  return {
    identityFor: (endpoint) => {
      const { id } = ENDPOINTS[endpoint];
      // R1 and R2 take tenant tokens only.
      if (id.startsWith('R')) return app === null ? 'user' : 'app';
      return id.startsWith('L') ? listIdentity : identity;
    },
    tokensOf: (kind) => (kind === 'app' ? app : user),
    grant: user instanceof GrantTokens ? user : null,
    close: async () => {
      if (user instanceof GrantTokens) await user.settled();
      await oauth?.close();
    },
  };
}

/** Null where the app's secret is not known. */
export function oauthClientOf(settings: ProfileSettings): OAuthClient | null {
  const { baseUrl, accountsUrl, oauth: version, appId, appSecret } = settings;
  if (appId === null || appSecret === null) return null;
  return new OAuthClient({ baseUrl, accountsUrl, version, appId, secret: secretOf(appSecret) });
}

function appTokens({ settings, feishu, vault }: IdentitiesOptions): TenantTokens | null {
  const { appId, appSecret, appType, tenantKey } = settings;
  if (appId === null || appSecret === null || (appType === 'store' && tenantKey === null)) return null;
  const client =
    appType === 'store'
      ? new StoreApp({ client: feishu, tenantKey: tenantKey ?? '', ticket: () => readTicket(vault, appId) })
      : feishu;
  return new TenantTokens({ client, appId, secret: secretOf(appSecret) });
}

function userTokens(
  { settings, vault, onTrouble }: IdentitiesOptions,
  { oauth, app }: { oauth: OAuthClient | null; app: TokenSource | null },
): TokenSource {
  const { name, baseUrl, appId, userAccessToken } = settings;
  if (userAccessToken !== null) return new FixedToken(secretOf(userAccessToken));
  if (oauth === null || appId === null) throw new TypeError('a user without a token and without an app to log in to');
  const apiHost = new URL(baseUrl).origin;
  return new GrantTokens({
    vault,
    profile: name,
    apiHost,
    appId,
    client: oauth,
    refetch: app?.refetch ?? null,
    onTrouble,
  });
}
