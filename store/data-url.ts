import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StoreError } from './errors.ts';
import { checkKey } from './keys.ts';

/** What a `DATA_URL` names. `path` is absolute; `prefix` is empty or ends with a slash. */
export type DataPlace = { kind: 'folder'; path: string } | { kind: 'bucket'; bucket: string; prefix: string };

/** Names that S3 and the stores like it give to buckets. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const FORMS = 'write file:./data or file:///srv/data for a folder, s3://bucket/prefix for a bucket';

/**
 * The place that a `DATA_URL` names: `file:./data` (relative to the working directory), `file:///srv/data`, or
 * `s3://bucket/prefix`. Percent-encoding is decoded in the first, as in any URL; an S3 address is taken as it stands, as
 * other tools do. Throws StoreError `refused`; the message never repeats the URL, which may carry a password.
 */
export function parseDataUrl(dataUrl: string): DataPlace {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(dataUrl)?.[1]?.toLowerCase();
  if (scheme === undefined) throw refuse(`it names no scheme; ${FORMS}`);
  const rest = dataUrl.slice(scheme.length + 1);
  if (scheme === 'file') return { kind: 'folder', path: folderOf(dataUrl, rest) };
  if (scheme === 's3') return bucketOf(rest);
  throw refuse(`scheme ${scheme}: is not supported; ${FORMS}`);
}

function folderOf(dataUrl: string, rest: string): string {
  if (rest === '') throw refuse(`file: names no folder; ${FORMS}`);
  try {
    return rest.startsWith('//') ? fileURLToPath(dataUrl) : resolve(decodeURIComponent(rest));
  } catch (error) {
    throw refuse(`it is not a valid file: URL for a folder on this machine; ${FORMS}`, error);
  }
}

function bucketOf(rest: string): DataPlace {
  const [, bucket = '', path = ''] = /^\/\/([^/]*)\/?(.*)$/.exec(rest) ?? [];
  // What stands before an @ would be a secret, and secrets come by the settings of the AWS SDK.
  if (!BUCKET.test(bucket)) throw refuse(`s3: names no bucket; ${FORMS}`);
  const prefix = path.replace(/\/$/, '');
  if (prefix === '') return { kind: 'bucket', bucket, prefix };
  try {
    return { kind: 'bucket', bucket, prefix: `${checkKey(prefix)}/` };
  } catch (error) {
    throw refuse(`the prefix after the bucket is no path of names; ${FORMS}`, error);
  }
}

function refuse(reason: string, cause?: unknown): StoreError {
  return new StoreError('refused', `DATA_URL cannot be used: ${reason}.`, { cause });
}
