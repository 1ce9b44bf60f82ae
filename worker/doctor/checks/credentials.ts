import { ActionNeededError, FeishuError, isLark } from '../../../feishu/index.ts';
import { fail, ofFeishu, ok, warn, type Configured, type Finding } from '../check.ts';
import { consolePages } from '../console-pages.ts';
import { messageOf } from '../outcome.ts';

/** Whether Feishu knows the app, or takes the fixed token. */
export const credentials = ofFeishu('credentials', async ({ profile, probes }) => {
  if (probes.hasApp) {
    const app = await probes.app();
    return app.ok ? ok(`Feishu gives ${profile.appId ?? 'the app'} a token`) : refusedApp(app.error, { profile });
  }
  const lists = await probes.lists();
  const isOfToken =
    !lists.ok &&
    lists.error instanceof FeishuError &&
    (lists.error.kind === 'token' || lists.error.kind === 'credentials');
  if (!isOfToken) return ok('Feishu takes the user token');
  return fail(
    `Feishu does not take the user token (${messageOf(lists.error)})`,
    'A user token ends after two hours. Log in instead, which lasts: set FEISHU_APP_ID, FEISHU_APP_SECRET_FILE and ' +
      `FEISHU_IDENTITY=user, take FEISHU_USER_ACCESS_TOKEN away, then: feishu-vc login --profile ${profile.name}`,
  );
});

function refusedApp(error: unknown, { profile }: Pick<Configured, 'profile'>): Finding {
  const pages = consolePages(profile.baseUrl, profile.appId);
  if (error instanceof ActionNeededError) {
    return fail(error.message, 'Start it where Feishu reaches it: feishu-vc app-tickets --port 8080');
  }
  if (!(error instanceof FeishuError)) return fail(messageOf(error), 'Run this again');
  const said = `Feishu refuses the app${error.feishuCode === undefined ? '' : ` (${error.feishuCode} ${error.msg ?? ''})`}`;
  switch (error.code) {
    case 'APP_UNAVAILABLE':
      return fail(
        `${said}: it is switched off, or not installed in the tenant`,
        `Publish a version of the app (${pages.versions}); an administrator of the tenant releases it and switches it on (${pages.admin})`,
      );
    case 'IP_NOT_ALLOWED':
      return fail(said, `Add this machine's address to the IP allow list: ${pages.security}`);
    case 'THROTTLED':
    case 'MONTHLY_QUOTA_USED_UP':
      return warn(said, error.advice);
    default:
      return fail(said, wrongSecret(profile, pages.credentials));
  }
}

function wrongSecret(profile: Configured['profile'], page: string): string {
  const other = isLark(profile.baseUrl)
    ? 'an app of Feishu (feishu.cn) needs FEISHU_BASE_URL=https://open.feishu.cn'
    : 'an app of Lark (larksuite.com) needs FEISHU_BASE_URL=https://open.larksuite.com';
  const { setting = 'FEISHU_APP_SECRET' } = profile.appSecret ?? {};
  return `Copy App ID and App Secret anew into FEISHU_APP_ID and ${setting}: ${page}. If they are right: ${other}`;
}
