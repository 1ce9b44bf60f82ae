/** What others could get hold of, by how things are set up: files on this machine, secrets at a host. */
import { stat } from 'node:fs/promises';
import { isFeishu, isLark } from '../feishu/index.ts';
import { isOnThisMachine } from '../model/clear-text.ts';
import { vaultPlace } from '../logins/index.ts';
import { parseDataUrl } from '../store/data-url.ts';
import { errnoOf } from '../store/errors.ts';
import type { ProfileSettings, Settings } from './config.ts';
import { NOTIFY_SECRETS } from './notify/settings.ts';

/** Hosts that get secrets and are neither Feishu's, nor Lark's, nor on this machine. */
export function foreignHosts({ baseUrl, accountsUrl }: Pick<ProfileSettings, 'baseUrl' | 'accountsUrl'>): string[] {
  const foreign = [baseUrl, accountsUrl].filter((url) => !isFeishu(url) && !isLark(url) && !isOnThisMachine(url));
  return [...new Set(foreign.map((url) => new URL(url).host))];
}

export interface OpenPlace {
  path: string;
  /** As `chmod` takes them: what it has, and what closes it. */
  mode: string;
  closed: string;
}

/** Where a container is given its secrets: whatever their modes, nobody else is in there. */
const GIVEN = /^(\/var)?\/run\/secrets\//;
const OTHERS = 0o077;

/** Folders and files of secrets and personal data that others can read. None on Windows, which has no such modes. */
export async function openPlaces({
  settings,
  env,
}: {
  settings: Settings;
  env: NodeJS.ProcessEnv;
}): Promise<OpenPlace[]> {
  if (process.platform === 'win32') return [];
  const secrets = settings.profiles.flatMap(({ appSecret, userAccessToken, encryptKey, verificationToken }) => [
    appSecret?.path,
    userAccessToken?.path,
    encryptKey?.path,
    verificationToken?.path,
  ]);
  const named = ['FEISHU_GRANTS_KEY', 'TEMPORAL_PAYLOAD_KEYS', 'RAW_KEYS', 'WAREHOUSE_URL', ...NOTIFY_SECRETS].map(
    (name) => env[`${name}_FILE`],
  );
  const files = [...secrets, env['FEISHU_PROFILES'], ...named].filter((path) => !!path);
  const data = parseDataUrl(settings.dataUrl);
  const grants = vaultPlace(settings.grants.url);
  const places = [
    ...(data.kind === 'folder' ? [{ path: data.path, most: 0o777 & ~settings.umask }] : []),
    ...(grants.kind === 'folder' ? [{ path: grants.path, most: 0o700 }] : []),
    ...[...new Set(files)].flatMap((path) => (path && !GIVEN.test(path) ? { path, most: 0o600 } : [])),
  ];
  const found = await Promise.all(places.map(async (place) => ({ ...place, now: await modeOf(place.path) })));
  return found.flatMap(({ path, most, now }) =>
    now === null || (now & OTHERS & ~most) === 0 ? [] : { path, mode: now.toString(8), closed: most.toString(8) },
  );
}

/** Null: it is not there. */
async function modeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (errnoOf(error) !== undefined) return null;
    throw error;
  }
}
