import { FeishuError } from '../../feishu/errors.ts';
import { OAuthRefusal, type OAuthClient, type UserTokens } from '../../feishu/index.ts';
import { LoginFailedError, type LoginTalk } from './talk.ts';
import { oneLine } from '../../report/terminal.ts';

const SLOWER_BY_S = 5;
const SLOWEST_S = 60;

/**
 * The device flow (RFC 8628): a person opens an address anywhere and agrees, while this asks again and again.
 * @returns null where the host has no device flow: it is not documented
 * @throws LoginFailedError, FeishuError, OAuthRefusal
 */
export async function byDevice(
  client: OAuthClient,
  scopes: readonly string[],
  { say, sleep, nowMs }: LoginTalk,
): Promise<UserTokens | null> {
  const device = await client.authorizeDevice(scopes).catch((error: unknown) => {
    if (error instanceof FeishuError && error.code === 'WRONG_PATH') return null;
    throw error;
  });
  if (device === null) return null;
  const deadlineMs = nowMs() + device.expiresInS * 1000;
  say('Open this address in any browser, log in as the user whose rights are to be used, and agree:\n');
  say(`  ${oneLine(device.url)}\n`);
  say(`  Code: ${oneLine(device.userCode)}   (good for ${Math.ceil(device.expiresInS / 60)} minutes)\n`);
  say('Waiting …');
  for (let intervalS = device.intervalS; nowMs() < deadlineMs;) {
    await sleep(intervalS * 1000);
    const tokens = await look(client, device.deviceCode);
    if (tokens === 'slow_down') intervalS = Math.min(SLOWEST_S, intervalS + SLOWER_BY_S);
    else if (tokens !== 'pending') return tokens;
  }
  throw new LoginFailedError('The code has expired before anybody agreed.', 'Run the command again.');
}

async function look(client: OAuthClient, deviceCode: string): Promise<UserTokens | 'pending' | 'slow_down'> {
  try {
    return await client.pollDevice(deviceCode);
  } catch (error) {
    // One answer that is missing says nothing: the next look may bring the tokens.
    if (error instanceof FeishuError && (error.kind === 'network' || error.kind === 'server')) return 'pending';
    if (!(error instanceof OAuthRefusal)) throw error;
    switch (error.error) {
      case 'authorization_pending':
        return 'pending';
      case 'slow_down':
        return 'slow_down';
      case 'access_denied':
        throw new LoginFailedError('It was refused on the page.', 'Run the command again, and agree.');
      case 'expired_token':
      case 'invalid_grant':
        throw new LoginFailedError('The code has expired before anybody agreed.', 'Run the command again.');
      default:
        throw error;
    }
  }
}
