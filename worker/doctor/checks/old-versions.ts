/** Whether a bucket keeps what was replaced or removed there: raw answers in clear, people who were erased, log-ins that ended. */
import { StoreError } from '../../../store/errors.ts';
import { openStore } from '../../../store/open-store.ts';
import { ofProfile, ok, skip, warn } from '../check.ts';

const HELD = {
  DATA_URL: 'raw answers stay there in clear after they were encrypted or dropped, and people after they were erased',
  FEISHU_GRANTS_URL: 'log-ins stay there after their end',
};

export const oldVersions = ofProfile('old_versions', async ({ settings: { dataUrl, grants } }) => {
  const places = { DATA_URL: dataUrl, FEISHU_GRANTS_URL: grants.url };
  const buckets = Object.entries(places).filter(([, url]) => url.startsWith('s3:')) as [keyof typeof HELD, string][];
  if (buckets.length === 0) return skip('neither data nor log-ins are in a bucket');
  const [kept, unknown]: [string[], string[]] = [[], []];
  for (const [setting, url] of buckets) {
    const place = openStore(url);
    const keeps = await place.keepsOldVersions().catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
      return null;
    });
    if (keeps === true) kept.push(`${place.where()} keeps old versions: ${HELD[setting]}`);
    if (keeps === null) unknown.push(`${place.where()} does not say whether it keeps old versions`);
  }
  if (kept.length > 0) {
    return warn(
      [...kept, ...unknown].join('; '),
      'Let old versions expire after some days (a lifecycle rule for noncurrent versions), or leave versioning off: docs/privacy.md, Old versions in a bucket',
    );
  }
  if (unknown.length > 0) return warn(unknown.join('; '), 'Allow s3:GetBucketVersioning, or look in its console');
  return ok('no bucket keeps old versions of what is replaced or removed');
});
