import { relative } from 'node:path';
import { readGrant, vaultFolder } from '../../../logins/index.ts';
import { parseDataUrl } from '../../../store/data-url.ts';
import { messageOf } from '../outcome.ts';
import { ofProfile, ok, skip, warn } from '../check.ts';

/** Whether a log-in, which is as good as a password, is sealed and lies apart from the data. */
export const privacy = ofProfile('privacy', async ({ settings, profile, vault }) => {
  const isUser = profile.identity === 'user' || profile.listIdentity === 'user';
  if (!isUser || profile.userAccessToken !== null) return skip('no log-in is kept');
  const { grants, dataUrl } = settings;
  const place = parseDataUrl(dataUrl);
  if (place.kind === 'folder' && !relative(place.path, vaultFolder(grants.url)).startsWith('..')) {
    return warn(
      'log-ins lie in the folder of the data, which others read',
      'Set FEISHU_GRANTS_URL to a folder outside of DATA_URL, then log in again',
    );
  }
  if (grants.key !== null) {
    try {
      const isThere = (await readGrant(vault, profile.name)) !== null;
      return ok(isThere ? 'the log-in is sealed' : 'log-ins are sealed (none is there yet)');
    } catch (error) {
      return warn(messageOf(error), `feishu-vc login --profile ${profile.name}`);
    }
  }
  const isThere = (await readGrant(vault, profile.name).catch(() => null)) !== null;
  return warn(
    `log-ins are not sealed${isThere ? '' : ' (none is there yet)'}: whoever reads ${grants.url} is that user`,
    'openssl rand -base64 32 > grants.key && chmod 600 grants.key; set FEISHU_GRANTS_KEY_FILE to it, then log in again',
  );
});
