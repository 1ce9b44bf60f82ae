import { relative } from 'node:path';
import { readGrant, vaultFolder } from '../../../logins/index.ts';
import { parseDataUrl } from '../../../store/data-url.ts';
import { ofProfile, ok, skip, warn } from '../check.ts';

/** Whether a log-in, which is as good as a password, is sealed and lies apart from the data. */
export const privacy = ofProfile('privacy', async ({ settings, profile, vault }) => {
  const isUser = profile.identity === 'user' || profile.listIdentity === 'user';
  if (!isUser || profile.userAccessToken !== null) return skip('no log-in is kept');
  const { grants, dataUrl } = settings;
  if (!relative(parseDataUrl(dataUrl), vaultFolder(grants.url)).startsWith('..')) {
    return warn(
      'log-ins lie in the folder of the data, which others read',
      'Set FEISHU_GRANTS_URL to a folder outside of DATA_URL, then log in again',
    );
  }
  if (grants.key !== null) return ok('log-ins are sealed');
  const isThere = (await readGrant(vault, profile.name).catch(() => null)) !== null;
  return warn(
    `log-ins are not sealed${isThere ? '' : ' (none is there yet)'}: whoever reads ${grants.url} is that user`,
    'openssl rand -base64 32 > grants.key && chmod 600 grants.key; set FEISHU_GRANTS_KEY_FILE to it, then log in again',
  );
});
