/** The one place that turns what the S3 client throws into a StoreError. */
import { StoreError } from './errors.ts';
import type { StoreErrorCode } from './errors.ts';

interface Meaning {
  code: StoreErrorCode;
  says: string;
}

const KEYS: Meaning = {
  code: 'unavailable',
  says: 'the credentials are not taken: correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or whatever gives them',
};
const FORBIDDEN: Meaning = {
  code: 'unavailable',
  says: 'access is denied: check the credentials, and allow them to list, read, write and delete there',
};
const REGION: Meaning = {
  code: 'unavailable',
  says: "the bucket is in another region: set AWS_REGION to the bucket's",
};
const OVERLOADED: Meaning = { code: 'unavailable', says: 'the object store is overloaded or away' };
const REFUSED: Meaning = { code: 'unavailable', says: 'the object store refused it' };
const OVERTAKEN: Meaning = { code: 'busy', says: 'another process has written it meanwhile' };
const ABSENT: Meaning = { code: 'not-found', says: 'there is no such file' };

/** By the code that the server gives, or the name of the SDK's own error. */
const BY_NAME: Record<string, Meaning> = {
  NoSuchBucket: { code: 'unavailable', says: 'there is no such bucket: create it, or correct DATA_URL' },
  NoSuchKey: ABSENT,
  NotFound: ABSENT,
  NoSuchUpload: { code: 'busy', says: 'the upload was ended by somebody else' },
  PreconditionFailed: OVERTAKEN,
  ConditionalRequestConflict: OVERTAKEN,
  AccessDenied: FORBIDDEN,
  InvalidAccessKeyId: KEYS,
  SignatureDoesNotMatch: KEYS,
  InvalidToken: KEYS,
  ExpiredToken: { code: 'unavailable', says: 'the credentials have expired: renew them' },
  CredentialsProviderError: {
    code: 'unavailable',
    says: 'no credentials were found: set them as the AWS SDK takes them',
  },
  RequestTimeTooSkewed: { code: 'unavailable', says: "this machine's clock is wrong: set it" },
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  KeyTooLongError: { code: 'refused', says: 'the name is too long' },
  EntityTooLarge: { code: 'refused', says: 'the file is larger than a bucket takes' },
};

const BY_STATUS: Record<number, Meaning> = { 301: REGION, 403: FORBIDDEN, 409: OVERTAKEN, 412: OVERTAKEN };

/**
 * Errors that are not the client's come back as they are. The client's own is no `cause`: it quotes key ids and what was
 * signed.
 */
export function fromS3(error: unknown, attempt: { action: string; path: string }): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const sign = signOf(error);
  if (sign === null) return error;
  const { name, status } = sign;
  const found = BY_NAME[name] ?? BY_STATUS[status ?? 0];
  const { code, says } = found ?? (status === null ? noAnswer(error) : ofStatus(status));
  const said = [name, ...(status === null ? [] : [`HTTP ${status}`])].join(', ');
  return new StoreError(code, `Cannot ${attempt.action} ${attempt.path}: ${says} (${said}).`, { path: attempt.path });
}

/** Whether a server gives this for a header that it does not know. */
export function isNotImplemented(error: unknown): boolean {
  return error instanceof Error && signOf(error)?.status === 501;
}

/** Null for what is no error of the client. */
function signOf(error: Error): { name: string; status: number | null } | null {
  const status = statusOf(error);
  if (status !== null) return { name: error.name, status };
  const code = networkCodeOf(error);
  if (code !== undefined) return { name: code, status };
  const isOfClient = '$metadata' in error || '$fault' in error || error.name in BY_NAME;
  return isOfClient || error.name === 'TimeoutError' || isOfRegion(error) ? { name: error.name, status } : null;
}

/** Such as ECONNRESET. Unlike those of files, not all have an errno. */
function networkCodeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code) ? error.code : undefined;
}

function isOfRegion(error: Error): boolean {
  return error.message.startsWith('Region ');
}

function statusOf(error: Error): number | null {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}

function ofStatus(status: number): Meaning {
  return status >= 500 || status === 429 ? OVERLOADED : REFUSED;
}

function noAnswer(error: Error): Meaning {
  if (isOfRegion(error)) return { code: 'unavailable', says: 'no region is set: set AWS_REGION' };
  return { code: 'unavailable', says: 'the object store does not answer: check AWS_ENDPOINT_URL_S3 and the network' };
}
