import { relative } from 'node:path';
import { readManifest } from '../../../dataset/manifest.ts';
import { manifestDays } from '../../../dataset/storage-keys.ts';
import { readGrant, vaultPlace } from '../../../logins/index.ts';
import { parseDataUrl, type DataPlace } from '../../../store/data-url.ts';
import { StoreError } from '../../../store/errors.ts';
import { openStore } from '../../../store/open-store.ts';
import { messageOf } from '../outcome.ts';
import { ofProfile, ok, skip, warn, type Configured, type Finding } from '../check.ts';

const DAYS_NAMED = 3;

/** What the tables show of people, and whether log-ins lie where others cannot read them. */
export const privacy = ofProfile('privacy', async (configured) => {
  const [login, policy] = [await loginFinding(configured), await policyFinding(configured)];
  if (login.state === 'warn') return login;
  return login.state === 'ok' ? { ...policy, seen: `${login.seen}; ${policy.seen}` } : policy;
});

/** Days that were written before the policy was chosen show what they showed then. */
async function policyFinding({ settings, profile }: Configured): Promise<Finding> {
  const { privacy: policy, dataUrl } = settings;
  const inForce = `the policy ${policy.name} is in force`;
  const store = openStore(dataUrl);
  const others: string[] = [];
  try {
    for (const day of await manifestDays(store, profile.name)) {
      const tables = Object.values((await readManifest(store, { profile: profile.name, day }))?.tables ?? {});
      if (tables.some(({ privacy: shown }) => shown.fingerprint !== policy.fingerprint)) others.push(day);
    }
  } catch (error) {
    // A new one, which is made by the first export, or one that is away: what of it is wrong the store's own check says.
    if (error instanceof StoreError && error.code === 'unavailable') return ok(inForce);
    return warn(`${inForce}; its days cannot be looked at: ${messageOf(error)}`, 'See store above');
  }
  const [first] = others;
  if (first === undefined) return ok(inForce);
  const more = others.length > DAYS_NAMED ? ` and ${others.length - DAYS_NAMED} more` : '';
  return warn(
    `${inForce}; written under another: ${others.slice(0, DAYS_NAMED).join(', ')}${more}`,
    `feishu-vc rebuild ${first} ${others.at(-1)} --profile ${profile.name}`,
  );
}

/** Whether a log-in, which is as good as a password, is sealed and lies apart from the data. */
async function loginFinding({ settings, profile, vault }: Configured): Promise<Finding> {
  const isUser = profile.identity === 'user' || profile.listIdentity === 'user';
  if (!isUser || profile.userAccessToken !== null) return skip('no log-in is kept');
  const { grants, dataUrl } = settings;
  const place = parseDataUrl(dataUrl);
  if (isWithin(place, vaultPlace(grants.url))) {
    return warn(
      'log-ins lie among the data, which others read',
      'Set FEISHU_GRANTS_URL to a place outside of DATA_URL, then log in again',
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
}

function isWithin(data: DataPlace, grants: DataPlace): boolean {
  if (data.kind === 'folder') return grants.kind === 'folder' && !relative(data.path, grants.path).startsWith('..');
  return grants.kind === 'bucket' && grants.bucket === data.bucket && grants.prefix.startsWith(data.prefix);
}
