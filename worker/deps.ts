/** The only place that builds what activities stand on. */
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Deps, Profile } from '../activities/index.ts';
import { searchAttributeLook } from '../activities/search-attributes.ts';
import { SETTLE_HOURS } from '../dataset/answers.ts';
import { withoutSessions } from '../dataset/session-name.ts';
import { FeishuClient, type FeishuClientOptions } from '../feishu/index.ts';
import type { Limit } from '../feishu/pacer.ts';
import { openVault, type Vault } from '../logins/index.ts';
import { limitReadings } from '../sheets/index.ts';
import type { StoreClaim } from '../store/identity.ts';
import { openStore } from '../store/open-store.ts';
import type { ProfileSettings, Settings } from './config.ts';
import type { Logger } from 'pino';
import { apiLeaseState } from './api-lease/lease-state.ts';
import { apiTaskQueue, shardOf } from './api-lease/shards.ts';
import { PRODUCT } from './product.ts';
import { buildIdentities, type Identities } from './identities.ts';
import { keepGrants } from './keep-grants.ts';
import { sealing } from './sealing.ts';

export interface Built {
  deps: Deps;
  /** Names of the profiles that ask as a user who logged in, and where log-ins lie. */
  logIns: { profiles: string[]; vault: Vault };
  limitFor(bucket: string): Limit[] | null;
  close(): Promise<void>;
}

export function buildDeps(
  settings: Settings,
  {
    client,
    logger,
    onBytes = () => undefined,
    aroundCall,
  }: {
    client: Client;
    logger: Logger;
    onBytes?: FeishuClientOptions['onBytes'];
    aroundCall?: FeishuClientOptions['aroundCall'] | undefined;
  },
): Built {
  limitReadings({ inflatedBytes: settings.maxInflatedBytes });
  const vault = openVault(settings.grants);
  const built = settings.profiles.map((profile) => {
    const feishu = new FeishuClient({
      baseUrl: profile.baseUrl,
      maxFileBytes: settings.maxDownloadBytes,
      onBytes,
      ...(aroundCall && { aroundCall }),
    });
    const onTrouble = (error: unknown): void =>
      logger.warn(
        { profile: profile.name, error: String(error) },
        'the log-in could not be renewed; its token is still good',
      );
    const identities = buildIdentities({ settings: profile, feishu, vault, onTrouble });
    return { identities, profile: buildProfile(profile, { feishu, identities }) };
  });
  const profiles = new Map(built.map(({ profile }) => [profile.name, profile]));
  const stopKeeping = keepGrants(built.flatMap(({ identities }) => identities.grant ?? []));
  const store = openStore(settings.dataUrl, {
    rawKeys: settings.rawKeys,
    onDamaged: ({ key, reason }) =>
      logger.warn({ key: withoutSessions(key), reason }, 'a file is damaged; it is taken for absent'),
  });
  /** Scopes of days by profile. */
  const claimed = new Map<string, string>();
  const { taskQueue, apiShards } = settings;
  const deps: Deps = {
    product: PRODUCT,
    store,
    client,
    profile: (name) => profiles.get(name) ?? null,
    profileNames: () => [...profiles.keys()],
    claimStore: async ({ name }) => {
      const known = claimed.get(name);
      if (known !== undefined) return known;
      const own = settings.profiles.find((profile) => profile.name === name);
      if (own === undefined) throw new TypeError('a profile that is not in the settings');
      const dayScope = await store.claim(storeClaimOf(own, settings));
      claimed.set(name, dayScope);
      return dayScope;
    },
    searchAttributes: searchAttributeLook(client),
    settleHours: SETTLE_HOURS,
    privacy: settings.privacy,
    callsPerSecond: perSecond(settings.rateLimit),
    exportDeadlineMs: settings.exportDeadlineMs,
    apiTaskQueue: (quotaOf) => apiTaskQueue(taskQueue, shardOf(quotaOf, apiShards)),
    apiLeaseState: (quotaOf) => apiLeaseState({ client, taskQueue, shard: shardOf(quotaOf, apiShards) }),
  };
  const loggedIn = built.filter(({ identities }) => identities.grant !== null);
  return {
    deps,
    logIns: { profiles: loggedIn.map(({ profile }) => profile.name), vault },
    limitFor: (bucket) => limitsOf(bucket, settings.rateLimit),
    close: async () => {
      stopKeeping();
      await Promise.all(built.flatMap(({ identities, profile }) => [identities.close(), profile.feishu.close()]));
    },
  };
}

/** What a store remembers of a profile: whose data it holds. */
export function storeClaimOf(profile: ProfileSettings, { taskQueue }: Pick<Settings, 'taskQueue'>): StoreClaim {
  const { name, baseUrl, timeZone, appId, tenantKey } = profile;
  return {
    apiHost: new URL(baseUrl).origin,
    profile: name,
    timeZone,
    dayScope: taskQueue,
    ...(appId !== null && { appId }),
    ...(tenantKey !== null && { tenantKey }),
  };
}

function buildProfile(
  settings: ProfileSettings,
  { feishu, identities }: { feishu: FeishuClient; identities: Identities },
): Profile {
  const { name, baseUrl, appId, appSecret, userAccessToken, timeZone } = settings;
  const secret = userAccessToken ?? appSecret;
  if (secret === null) throw new TypeError('a profile without a secret');
  const apiHost = new URL(baseUrl).origin;
  // Without an app id the token is the only sign of whose quota the calls count against.
  const app =
    appId ??
    `user-${createHash('sha256')
      .update(userAccessToken?.value ?? '')
      .digest('hex')
      .slice(0, 12)}`;
  return {
    name,
    timeZone,
    apiHost,
    feishu,
    identityFor: identities.identityFor,
    tokensOf: identities.tokensOf,
    quotaOf: `${apiHost}|${app}`,
    ...sealing({ secret: (appSecret ?? secret).value, salt: `${apiHost} ${app} ${name}` }),
  };
}

function perSecond(limit: Limit | null): number | null {
  return limit === null ? null : (1000 * limit.calls) / limit.windowMs;
}

/** R1 and R2 have the documented limits of their own; every other endpoint has the configured one. */
function limitsOf(bucket: string, configured: Limit | null): Limit[] | null {
  if (configured === null) return null;
  if (/\/rooms$|\/room_levels$/.test(bucket)) {
    return [
      { calls: 1000, windowMs: 60_000 },
      { calls: 50, windowMs: 1000 },
    ];
  }
  return [configured];
}
