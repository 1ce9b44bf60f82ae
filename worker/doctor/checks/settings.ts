import { consolePages } from '../console-pages.ts';
import { fail, ok, type Check } from '../check.ts';

export const settings: Check = {
  name: 'settings',
  run: ({ configured, problems, env }) => {
    if (configured !== null) {
      const { name, appId, baseUrl, identity, listIdentity, timeZone } = configured.profile;
      const who = appId ?? 'a user token';
      const asked =
        identity === listIdentity
          ? `all as the ${identity}`
          : `exports as the ${identity}, lists as the ${listIdentity}`;
      return ok(`profile ${name}: ${who} at ${baseUrl}; ${asked}; ${timeZone}`);
    }
    const isWithoutApp = problems.some((problem) => /^FEISHU_APP_(ID|SECRET).*: missing/.test(problem));
    const pages = consolePages(env['FEISHU_BASE_URL'] || 'https://open.feishu.cn', env['FEISHU_APP_ID'] || null);
    const app = `App ID and App Secret stand under Credentials & Basic Info of your app: ${pages.credentials} (docs/feishu-app.md has every step)`;
    return fail(
      problems.join('; '),
      isWithoutApp ? app : 'Correct these settings; docs/operating.md says what each takes',
    );
  },
};
