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
const FULL: Meaning = { code: 'unavailable', says: 'the object store is full: free space there, or raise its quota' };
const REFUSED: Meaning = { code: 'unavailable', says: 'the object store refused it' };
const OVERTAKEN: Meaning = { code: 'busy', says: 'another process has written it meanwhile' };
const ABSENT: Meaning = { code: 'not-found', says: 'there is no such file' };

/** By the code that the server gives, or the name of the SDK's own error. */
const BY_NAME = new Map<string, Meaning>(
  Object.entries({
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
    InsufficientStorage: FULL,
    XMinioStorageFull: FULL,
    QuotaExceeded: FULL,
    EntityTooLarge: { code: 'refused', says: 'the file is larger than a bucket takes' },
  } satisfies Record<string, Meaning>),
);

const BY_STATUS = new Map([
  [301, REGION],
  [403, FORBIDDEN],
  [409, OVERTAKEN],
  [412, OVERTAKEN],
  [507, FULL],
]);

/**
 * Whatever the client threw, as a StoreError. What it threw is no `cause`: it quotes key ids, what was signed, and an endpoint with
 * the password in it.
 */
export function fromS3(error: unknown, attempt: { action: string; path: string }): StoreError {
  if (error instanceof StoreError) return error;
  const status = statusOf(error);
  const name = nameOf(error, status);
  const { code, says } =
    BY_NAME.get(name) ?? BY_STATUS.get(status ?? 0) ?? (status === null ? noAnswer(error) : ofStatus(status));
  const said = [name, ...(status === null ? [] : [`HTTP ${status}`])].join(', ');
  return new StoreError(code, `Cannot ${attempt.action} ${attempt.path}: ${says} (${said}).`, { path: attempt.path });
}

/** Whether a server gives this for a header that it does not know. */
export function isNotImplemented(error: unknown): boolean {
  return statusOf(error) === 501;
}

/** Whether a server gives this for a request that it does not know, or takes with another checksum only. */
export function isUnknownRequest(error: unknown): boolean {
  const status = statusOf(error);
  return (
    status === 501 || status === 405 || (status === 400 && error instanceof Error && REFUSED_FORMS.has(error.name))
  );
}

const REFUSED_FORMS = new Set(['MissingContentMD5', 'InvalidRequest', 'MalformedXML', 'InvalidArgument']);

/** Letters, of both sizes: a server may put into its code what it was sent, and neither a key id nor a signature looks so. */
const SERVERS_CODE = /^(?=.*[a-z])[A-Z][A-Za-z]{0,63}$/;

/** What may be shown of an error: the code that the server gives, the system's or Node's (ECONNRESET), or the class. */
function nameOf(error: unknown, status: number | null): string {
  if (!(error instanceof Error)) return 'no error';
  const code = networkCodeOf(error);
  if (status === null && code !== undefined) return code;
  return SERVERS_CODE.test(error.name) ? error.name : 'an unreadable code';
}

/** Such as ECONNRESET. Unlike those of files, not all have an errno. */
function networkCodeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' && /^E[A-Z_]{1,63}$/.test(error.code)
    ? error.code
    : undefined;
}

function isOfRegion(error: Error): boolean {
  return error.message.startsWith('Region ');
}

/** Null where no server has answered. */
function statusOf(error: unknown): number | null {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}

function ofStatus(status: number): Meaning {
  return status >= 500 || status === 429 ? OVERLOADED : REFUSED;
}

function noAnswer(error: unknown): Meaning {
  if (error instanceof Error && isOfRegion(error))
    return { code: 'unavailable', says: 'no region is set: set AWS_REGION' };
  return { code: 'unavailable', says: 'the object store does not answer: check AWS_ENDPOINT_URL_S3 and the network' };
}
