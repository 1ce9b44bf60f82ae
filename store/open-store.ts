import { BucketStore } from './bucket-store.ts';
import { parseDataUrl } from './data-url.ts';
import { StoreError } from './errors.ts';
import { FileStore } from './file-store.ts';
import type { Store, StoreOptions } from './store.ts';

/**
 * The store that a `DATA_URL` names. Opening touches nothing. Of a bucket, the environment says the rest: the settings of the
 * AWS SDK, and `S3_FORCE_PATH_STYLE`. @throws StoreError `refused`
 */
export function openStore(dataUrl: string, options: StoreOptions = {}): Store {
  const place = parseDataUrl(dataUrl);
  if (place.kind === 'folder') return new FileStore(place.path, options);
  return new BucketStore({ ...place, pathStyle: isPathStyle(process.env['S3_FORCE_PATH_STYLE']) }, options);
}

function isPathStyle(setting = ''): boolean {
  if (setting === '' || setting === 'false') return false;
  if (setting === 'true') return true;
  throw new StoreError('refused', 'S3_FORCE_PATH_STYLE takes true or false.');
}
