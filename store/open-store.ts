import type { BucketPlace } from './bucket-client.ts';
import { BucketStore } from './bucket-store.ts';
import { allowsClearText } from '../model/clear-text.ts';
import { parseDataUrl } from './data-url.ts';
import { StoreError } from './errors.ts';
import { FileStore } from './file-store.ts';
import type { Store, StoreOptions } from './store.ts';

/**
 * The store that a `DATA_URL` names. Opening touches nothing. Of a bucket, the environment says the rest: the settings of the
 * AWS SDK, `S3_FORCE_PATH_STYLE`, and `FEISHU_ALLOW_HTTP`. @throws StoreError `refused`
 */
export function openStore(dataUrl: string, options: StoreOptions = {}): Store {
  const place = parseDataUrl(dataUrl);
  if (place.kind === 'folder') return new FileStore(place.path, options);
  return new BucketStore({ ...place, ...clientSettings() }, options);
}

/** What a bucket is asked with, by the environment. @throws StoreError `refused` */
export function clientSettings(): Pick<BucketPlace, 'pathStyle' | 'clearText'> {
  const { env } = process;
  return {
    pathStyle: isPathStyle(env['S3_FORCE_PATH_STYLE']),
    clearText: allowsClearText(env['FEISHU_ALLOW_HTTP']),
  };
}

function isPathStyle(setting = ''): boolean {
  if (setting === '' || setting === 'false') return false;
  if (setting === 'true') return true;
  throw new StoreError('refused', 'S3_FORCE_PATH_STYLE takes true or false.');
}
