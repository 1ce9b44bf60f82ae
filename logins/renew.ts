/**
 * Renews a grant. A refresh token works once, and a process may die between Feishu's answer and the disk, so: lock, read again,
 * still due? Write that a refresh of this token is under way, send, write the new pair, use it. Every write is synced before the
 * next step, and none replaces a grant that has another refresh token by then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OAUTH_CODES } from '../feishu/contract.ts';
import { FeishuError } from '../feishu/errors.ts';
import { ActionNeededError, OAuthRefusal, type OAuthClient, type UserTokens } from '../feishu/index.ts';
import { StoreError } from '../store/errors.ts';
import { grantName, readGrant, renewed, thisProcess, tokenHash, writeGrant, type Grant } from './grant.ts';
import { holdingSignals } from './hold-signals.ts';
import type { Vault } from './vault.ts';

export interface Renewal {
  vault: Vault;
  profile: string;
  client: Pick<OAuthClient, 'refresh' | 'secret'>;
  /** Asked again under the lock: another process may have done it. */
  isDue(grant: Grant): boolean;
  nowMs(): number;
  /** Longest wait for other processes. */
  waitMs: number;
}

/**
 * @returns the newest grant: renewed here or elsewhere, not due any more, or broken; null where there is none
 * @throws FeishuError where Feishu does not answer, ActionNeededError where it rejects the app, StoreError
 */
export async function renewGrant(o: Renewal): Promise<Grant | null> {
  return await o.vault.withLock(grantName(o.profile), { waitMs: o.waitMs }, async (lock) => {
    const stored = await readGrant(o.vault, o.profile);
    if (stored === null) return null;
    const { grant } = stored;
    const { refresh_token: token } = grant;
    if (token === null || grant.broken !== null || !o.isDue(grant)) return grant;
    await lock.assertHeld();
    return await holdingSignals(() => refresh(o, grant, token));
  });
}

async function refresh(o: Renewal, before: Grant, token: string): Promise<Grant | null> {
  const used = tokenHash(token);
  /** An earlier refresh of the same token that did not end: its process died, or its answer is lost. */
  const earlier = before.under_way?.token === used ? before.under_way : null;
  const under_way = earlier ?? { token: used, since: o.nowMs(), by: thisProcess() };
  const marked = await update(o, used, (grant) => ({ ...grant, under_way }));
  if (marked === null || !hasToken(marked, used)) return marked;
  const askedAtMs = o.nowMs();
  let tokens: UserTokens;
  try {
    tokens = await o.client.refresh(token, before.oauth);
  } catch (error) {
    return await refused(o, { error, used, earlier });
  }
  return await update(o, used, (grant) => renewed(grant, tokens, askedAtMs));
}

interface Refused {
  error: unknown;
  used: string;
  earlier: Grant['under_way'];
}

async function refused(o: Renewal, { error, used, earlier }: Refused): Promise<Grant | null> {
  if (!(error instanceof OAuthRefusal)) {
    // Nothing was sent: nothing is under way but what was before. Of any other nobody knows whether the token is used up.
    if (error instanceof FeishuError && !error.sent)
      await update(o, used, (grant) => ({ ...grant, under_way: earlier }));
    throw error;
  }
  const reason = whyBroken(error, earlier);
  if (reason === null) {
    await update(o, used, (grant) => ({ ...grant, under_way: earlier }));
    throw new ActionNeededError(
      `${o.client.secret.setting}: Feishu rejects the app of profile ${o.profile} when its user's token is refreshed (${error.message})`,
    );
  }
  return await update(o, used, (grant) => ({ ...grant, broken: { at: o.nowMs(), code: error.code, reason } }));
}

/** What became of the refresh token; null where Feishu refuses the app, which says nothing about it. */
function whyBroken({ code, error }: OAuthRefusal, earlier: Grant['under_way']): string | null {
  const isGone =
    code === OAUTH_CODES.refreshTokenUsed ||
    code === OAUTH_CODES.refreshTokenRevoked ||
    code === OAUTH_CODES.refreshTokenInvalid;
  if (isGone && earlier !== null) {
    return (
      `a lost answer: the refresh that was under way since ${new Date(earlier.since).toISOString()} (${earlier.by}) did not end, ` +
      `and Feishu has used up the refresh token (${code})`
    );
  }
  switch (code) {
    case OAUTH_CODES.refreshTokenUsed:
      return `used elsewhere: another program, or another copy of the grants, has used this refresh token (${code})`;
    case OAUTH_CODES.refreshTokenRevoked:
      return `revoked: by the user, by an administrator, or by a log-in elsewhere (${code})`;
    case OAUTH_CODES.refreshTokenExpired:
      return `expired: it was not used for too long, or the consent is a year old (${code})`;
    case OAUTH_CODES.refreshSwitchedOff:
      return `the app may not refresh: switch "Refresh user_access_token" on in the app's security settings first (${code})`;
    case OAUTH_CODES.userUnknown:
    case OAUTH_CODES.userMayNotUseApp:
    case OAUTH_CODES.userInBadState:
      return `Feishu does not let this user use the app any more (${code})`;
    case OAUTH_CODES.refreshTokenInvalid:
    case OAUTH_CODES.otherClient:
      return `Feishu does not know the refresh token (${code})`;
    default:
      return error === 'invalid_grant' ? `Feishu does not take the refresh token any more (${code ?? error})` : null;
  }
}

const hasToken = (grant: Grant, hash: string): boolean =>
  grant.refresh_token !== null && tokenHash(grant.refresh_token) === hash;

const WRITES_AT_MOST = 5;
const BETWEEN_WRITES_MS = 300;

/**
 * Compare-and-swap on the refresh token: a grant that has another one by then stays as it is, and is what comes back. A disk in
 * trouble gets some more chances: what is to be written may be the only copy of a token.
 */
async function update(o: Renewal, hash: string, change: (grant: Grant) => Grant): Promise<Grant | null> {
  for (let writes = 1; ; writes++) {
    try {
      const stored = await readGrant(o.vault, o.profile);
      if (stored === null || !hasToken(stored.grant, hash)) return stored?.grant ?? null;
      const grant = change(stored.grant);
      if (await writeGrant(o.vault, o.profile, { grant, number: stored.number })) return grant;
    } catch (error) {
      if (!(error instanceof StoreError) || writes >= WRITES_AT_MOST) throw error;
      await sleep(BETWEEN_WRITES_MS);
    }
  }
}
