import { BucketClient } from '../store/bucket-client.ts';
import { parseDataUrl, type DataPlace } from '../store/data-url.ts';
import { StoreError } from '../store/errors.ts';
import { clientSettings } from '../store/open-store.ts';
import { BucketVault } from './bucket-vault.ts';
import { FileVault } from './file-vault.ts';
import type { Vault } from './vault.ts';

/** Opening touches nothing. @throws StoreError `refused` */
export function openVault({ url, key }: { url: string; key: Buffer | null }): Vault {
  const place = vaultPlace(url);
  if (place.kind === 'folder') return new FileVault({ folder: place.path, key });
  return new BucketVault({ bucket: new BucketClient({ ...place, ...clientSettings() }), key });
}

/**
 * `file:./grants`, `file:///srv/grants` or `s3://bucket/prefix`.
 * @throws StoreError `refused`, without the URL, which may carry a password
 */
export function vaultPlace(url: string): DataPlace {
  try {
    return parseDataUrl(url);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const takes = 'takes a folder, such as file:./grants or file:///srv/grants, or a bucket, s3://bucket/prefix';
    throw new StoreError('refused', `FEISHU_GRANTS_URL ${takes}.`);
  }
}
