/**
 * `node dist/worker/programs/login.js [--profile P] [--device | --browser | --paste] [--scope S]… [--port N] [--json]`: a person
 * logs in, and the profile's calls can be made as that user from then on. Exit 1 where nobody is logged in after it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FeishuClient, type OAuthClient, type UserTokens } from '../../feishu/index.ts';
import { holdingSignals, openVault, storeConsent, type Grant } from '../../logins/index.ts';
import { oauthClientOf } from '../identities.ts';
import { byBrowser, byPaste, DEFAULT_REDIRECT_PORT } from '../login/consent-page.ts';
import { byDevice } from '../login/device.ts';
import { grantLine, grantView } from '../login/grant-view.ts';
import { settingsOf, usage } from '../login/settings.ts';
import { LASTING_SCOPE, LOGIN_SCOPES } from '../login/scopes.ts';
import { LoginFailedError, type LoginTalk } from '../login/talk.ts';
import { print, printJson } from '../../report/terminal.ts';

const USAGE = 'usage: login [--profile NAME] [--device | --browser | --paste] [--scope SCOPE]… [--port N] [--json]';

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'default' },
    device: { type: 'boolean', default: false },
    browser: { type: 'boolean', default: false },
    paste: { type: 'boolean', default: false },
    scope: { type: 'string', multiple: true, default: [] },
    port: { type: 'string', default: String(DEFAULT_REDIRECT_PORT) },
    json: { type: 'boolean', default: false },
  },
});
if ([values.device, values.browser, values.paste].filter(Boolean).length > 1) {
  usage('--device, --browser and --paste: at most one of them', USAGE);
}
const port = Number(values.port);
if (!(Number.isInteger(port) && port > 0 && port < 65_536)) usage('--port takes a port, 1 to 65535', USAGE);

const { settings, profile } = settingsOf(values.profile);
const talk: LoginTalk = {
  say: (line) => print(values.json ? process.stderr : process.stdout, line),
  sleep,
  nowMs: () => performance.now(),
};
const scopes = [...new Set([...(values.scope.length > 0 ? values.scope : LOGIN_SCOPES), LASTING_SCOPE])];

async function tokensOf(client: OAuthClient): Promise<UserTokens> {
  const page = { client, scopes, port, talk };
  if (values.paste) return await byPaste({ ...page, input: process.stdin });
  if (!values.browser) {
    const tokens = await byDevice(client, scopes, talk);
    if (tokens !== null) return tokens;
    talk.say('This host offers no log-in by device code (it is not documented): the consent page is used instead.');
    talk.say('Where the browser runs on another machine, stop this and use --paste.\n');
  }
  return await byBrowser({ ...page, open: process.stdout.isTTY && values.browser });
}

async function logIn(client: OAuthClient): Promise<Grant> {
  const atMs = Date.now();
  const tokens = await tokensOf(client);
  // The life of the tokens began before their answer: nobody waits for consents longer than this.
  const askedAtMs = Math.max(atMs, Date.now() - 10_000);
  return await holdingSignals(async () => {
    const api = new FeishuClient({ baseUrl: profile.baseUrl });
    // A log-in is no worse for not knowing a name.
    const user = await api.userInfo(tokens.accessToken).catch(() => ({ openId: null, name: null }));
    await api.close();
    return await storeConsent(openVault(settings.grants), profile.name, {
      apiHost: new URL(profile.baseUrl).origin,
      appId: profile.appId ?? '',
      user: { open_id: user.openId, name: user.name },
      tokens,
      atMs: askedAtMs,
    });
  });
}

function hints(grant: Grant): string[] {
  const missing = scopes.filter((scope) => !grant.scopes.includes(scope));
  return [
    ...(missing.length > 0 ? [`Not granted: ${missing.join(', ')}. Add them to the app, then log in again.`] : []),
    ...(grant.refresh_token === null
      ? ['It ends with its access token: the app needs offline_access and the switch "Refresh user_access_token".']
      : []),
    ...(profile.identity === 'app' && profile.listIdentity === 'app'
      ? ['Nothing uses it yet: set FEISHU_IDENTITY=user, or FEISHU_LIST_IDENTITY=user for the lists alone.']
      : []),
  ];
}

const client = oauthClientOf(profile);
if (client === null) usage('FEISHU_APP_ID and FEISHU_APP_SECRET: missing; a log-in is one to an app', USAGE);
try {
  const grant = await logIn(client);
  const view = grantView(profile.name, grant, Date.now());
  if (values.json) printJson(process.stdout, view);
  talk.say(`\nLogged in. ${grantLine(view)}`);
  for (const hint of hints(grant)) talk.say(hint);
} catch (error) {
  const next = error instanceof LoginFailedError ? ` ${error.next}` : '';
  print(process.stderr, `Nobody was logged in: ${error instanceof Error ? error.message : String(error)}${next}`);
  process.exitCode = 1;
} finally {
  await client.close();
}
