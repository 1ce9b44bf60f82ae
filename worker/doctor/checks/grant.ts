import { ActionNeededError, consentProblem, type OAuthClient } from '../../../feishu/index.ts';
import { OAUTH_CODES } from '../../../feishu/contract.ts';
import { readGrant, type Grant } from '../../../logins/index.ts';
import { oauthClientOf } from '../../identities.ts';
import { DEFAULT_REDIRECT_PORT, redirectUri } from '../../login/consent-page.ts';
import { EXPORT_SCOPE, LASTING_SCOPE, LIST_SCOPE, LOGIN_SCOPES } from '../../login/scopes.ts';
import { fail, ofProfile, ok, skip, warn, type Configured, type Context, type Finding } from '../check.ts';
import { consolePages } from '../console-pages.ts';
import { messageOf } from '../outcome.ts';

/** Of the consent page; not among those of the token endpoints. */
const REDIRECT_NOT_REGISTERED = 20029;

/** Whether somebody is logged in, for how long, and whether that can be renewed. */
export const grant = ofProfile('grant', async (configured, context) => {
  const { profile, vault } = configured;
  if (profile.identity === 'app' && profile.listIdentity === 'app') return skip('everything is asked as the app');
  if (profile.userAccessToken !== null) {
    return warn(
      'a fixed user token, which nothing renews: it ends within two hours',
      `Log in instead: take FEISHU_USER_ACCESS_TOKEN away, then ${loginOf(configured)}`,
    );
  }
  try {
    const stored = await readGrant(vault, profile.name);
    if (stored === null) return await nobody(configured, context);
    return await standing(configured, { context, grant: stored.grant });
  } catch (error) {
    return fail(
      messageOf(error),
      `Make FEISHU_GRANTS_URL readable, and FEISHU_GRANTS_KEY the key that it was written with; else ${loginOf(configured)}`,
    );
  }
});

const loginOf = ({ profile }: Configured): string => `feishu-vc login --profile ${profile.name}`;

async function nobody(configured: Configured, { isOffline }: Context): Promise<Finding> {
  const { profile } = configured;
  const pages = consolePages(profile.baseUrl, profile.appId);
  const login = `${loginOf(configured)} (as somebody with the right Meeting management)`;
  const client = isOffline || (await configured.probes.noAnswer()) !== null ? null : oauthClientOf(profile);
  const problem = client === null ? null : await problemOf(client);
  switch (problem) {
    case REDIRECT_NOT_REGISTERED: {
      const address = redirectUri(DEFAULT_REDIRECT_PORT);
      return fail(
        `nobody is logged in, and the consent page does not know the redirect address ${address} (${problem})`,
        `${login}: the code that it shows needs no address. For --browser and --paste add it under Redirect URLs first: ${pages.security}`,
      );
    }
    case OAUTH_CODES.scopeNotOfApp:
      return fail(
        `nobody is logged in, and the app does not have all scopes that a log-in asks for (${problem})`,
        `Add them (${pages.scopes([...LOGIN_SCOPES, LASTING_SCOPE], 'user')}), publish a version (${pages.versions}), then ${login}. Or ask for those that it has: ${loginOf(configured)} --scope ${EXPORT_SCOPE} ${LIST_SCOPE.user}`,
      );
    default:
      return fail('nobody is logged in', login);
  }
}

async function problemOf(client: OAuthClient): Promise<number | null> {
  try {
    const scopes = [...LOGIN_SCOPES, LASTING_SCOPE];
    return await consentProblem(client.consentPage({ scopes, redirectUri: redirectUri(DEFAULT_REDIRECT_PORT) }).url);
  } finally {
    await client.close();
  }
}

async function standing(
  configured: Configured,
  { context, grant: stored }: { context: Context; grant: Grant },
): Promise<Finding> {
  const { profile, probes } = configured;
  const pages = consolePages(profile.baseUrl, profile.appId);
  const again = loginOf(configured);
  const who = [stored.user.name, stored.user.open_id].filter((part) => part !== null).join(' ') || 'a user';
  if (stored.app_id !== profile.appId || stored.api_host !== new URL(profile.baseUrl).origin) {
    return fail(`the log-in that is stored is one to ${stored.app_id} at ${stored.api_host}`, again);
  }
  if (stored.broken?.code === OAUTH_CODES.refreshSwitchedOff) {
    return fail(stored.broken.reason, `Switch "Refresh user_access_token" on (${pages.security}), then ${again}`);
  }
  if (stored.broken !== null) return fail(stored.broken.reason, again);
  if (stored.refresh_token === null) {
    const ends = new Date(stored.access_expires_at).toISOString();
    const isOver = stored.access_expires_at <= context.nowMs();
    return fail(
      `${who}: the log-in ${isOver ? 'has ended' : 'ends'} at ${ends}, since it came without ${LASTING_SCOPE}`,
      `Add the scope ${LASTING_SCOPE} (${pages.scopes([LASTING_SCOPE], 'user')}), switch "Refresh user_access_token" on ` +
        `(${pages.security}), publish a version (${pages.versions}), then ${again}`,
    );
  }
  if (context.isOffline || (await probes.noAnswer()) !== null)
    return ok(`${who}, refreshed ${stored.refreshes} times; not tried`);
  const token = await probes.user();
  if (!token.ok) {
    // It has been found broken just now.
    if (token.error instanceof ActionNeededError) {
      return fail(
        token.error.message.replace(`${again}: `, ''),
        `${again} (if it says that the app may not refresh: switch that on first, ${pages.security})`,
      );
    }
    return fail(
      `the log-in could not be renewed: ${messageOf(token.error)}`,
      'Run this again; if it lasts, look at FEISHU_ACCOUNTS_URL',
    );
  }
  const now = (await readGrant(configured.vault, profile.name))?.grant ?? stored;
  const until = new Date(now.refresh_expires_at ?? now.access_expires_at).toISOString();
  const isRenewed = now.refreshes > stored.refreshes ? ', renewed just now' : '';
  return ok(`${who}, refreshed ${now.refreshes} times, lasts until ${until} if nothing uses it${isRenewed}`);
}
