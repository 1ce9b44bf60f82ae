/**
 * A process of its own that uses a log-in: `node --import tsx test/grant-child.ts <sandbox> <token host> <folder> <v2|v3>`. A line
 * for each use of a token, and for what it could not get; it goes on until it is killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FeishuClient, givenSecret, OAuthClient } from '../feishu/index.ts';
import { GrantTokens } from '../logins/index.ts';
import { FileVault } from '../logins/file-vault.ts';

const [sandbox = '', tokenHost = '', folder = '', version = 'v2'] = process.argv.slice(2);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const feishu = new FeishuClient({ baseUrl: sandbox });
const tokens = new GrantTokens({
  vault: new FileVault({ folder, key: null, lockStaleAfterMs: 3000 }),
  profile: 'default',
  apiHost: new URL(sandbox).origin,
  appId: 'cli_sandbox',
  client: new OAuthClient({
    baseUrl: tokenHost,
    accountsUrl: tokenHost,
    version: version === 'v3' ? 'v3' : 'v2',
    appId: 'cli_sandbox',
    secret: givenSecret('FEISHU_APP_SECRET', 'sandbox-secret'),
  }),
  refetch: null,
});
say('ready');
for (;;) {
  try {
    const token = await tokens.get();
    const { openId } = await feishu.userInfo(token).catch((error: unknown) => {
      tokens.drop(token);
      throw error;
    });
    say(`used as ${openId}`);
  } catch (error) {
    say(`no token: ${error instanceof Error ? `${error.name} ${error.message}` : String(error)}`);
  }
  await sleep(40);
}
