import { stat } from 'node:fs/promises';
import { vaultFolder } from '../../../logins/index.ts';
import { parseDataUrl } from '../../../store/data-url.ts';
import { errnoOf } from '../../../store/errors.ts';
import { ofProfile, ok, skip, warn } from '../check.ts';

/** Where a container is given its secrets: whatever their modes, nobody else is in there. */
const GIVEN = /^(\/var)?\/run\/secrets\//;
const OTHERS = 0o077;

/** Whether what holds personal data and secrets is closed to other users of this machine. */
export const modes = ofProfile('modes', async ({ settings, profile }, { env }) => {
  if (process.platform === 'win32') return skip('there are no modes of files here');
  const { appSecret, userAccessToken, encryptKey, verificationToken } = profile;
  const secrets = [appSecret, userAccessToken, encryptKey, verificationToken, settings.warehouse?.url];
  const files = [
    ...secrets.map((secret) => secret?.path ?? null),
    env['FEISHU_PROFILES'] ?? null,
    env['FEISHU_GRANTS_KEY_FILE'] ?? null,
  ];
  const places = [
    ...[parseDataUrl(settings.dataUrl), vaultFolder(settings.grants.url)].map((path) => ({ path, mode: '700' })),
    ...files
      .filter((path) => path !== null && path !== '' && !GIVEN.test(path))
      .map((path) => ({ path: path ?? '', mode: '600' })),
  ];
  const open = (await Promise.all(places.map(async (place) => ({ ...place, now: await modeOf(place.path) })))).filter(
    ({ now }) => now !== null && (now & OTHERS) !== 0,
  );
  if (open.length === 0) return ok('folders and files of secrets are closed to others');
  const seen = open.map(({ path, now }) => `${path} (${(now ?? 0).toString(8)})`).join(', ');
  return warn(
    `open to other users of this machine: ${seen}`,
    open.map(({ path, mode }) => `chmod ${mode} ${path}`).join(' && '),
  );
});

async function modeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (errnoOf(error) !== undefined) return null;
    throw error;
  }
}
