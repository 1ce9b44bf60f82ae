import { CODES, OAUTH_CODES } from './contract.ts';
import type { FeishuErrorDetail } from './contract.ts';
import type { FeishuErrorCode, FeishuErrorKind } from './errors.ts';
import { readJson } from './json.ts';
import { codeOf } from './redact.ts';

/** What was seen of a call: no complete answer, an answer, or an answer whose fields are not the documented ones. */
export type Seen =
  | { what: 'network'; error: unknown; sent: boolean; answered: boolean }
  | {
      what: 'answer';
      status: number;
      contentType: string;
      /** `broken`: the connection ended in the middle of it. `too_large`: over the limit, not read to its end. */
      body: Uint8Array | 'broken' | 'too_large';
      /** A file was asked for; JSON that reports success is no success then. */
      wantsFile?: boolean;
      /** The call that hands out tokens: whatever it refuses, it refuses the app. */
      isAuth?: boolean;
      /** Why the body ended, with `broken`. */
      error?: unknown;
    }
  | { what: 'shape' };

export type Classified = { ok: true; json: Record<string, unknown> } | Failure;
export interface Failure {
  ok: false;
  kind: FeishuErrorKind;
  code: FeishuErrorCode;
  feishuCode?: number;
  msg?: string;
  detail?: FeishuErrorDetail;
}

/** The one place that decides what a wire error means. Total: whatever is seen gets a kind. */
export function classifyResponse(seen: Seen): Classified {
  if (seen.what === 'shape') return failure('contract', 'UNEXPECTED_SHAPE');
  if (seen.what === 'network') return failure('network', networkCode(seen));
  const { status, body } = seen;
  if (body === 'broken' || body === 'too_large') return byStatus(status) ?? unread(seen, body);
  const text = decode(body);
  const json = text === undefined ? undefined : parseObject(text, seen.contentType);
  if (json === undefined || json === 'broken') return byStatus(status) ?? notJson({ ...seen, text, json });
  if (json === 'too_deep') return byStatus(status) ?? failure('contract', 'ANSWER_TOO_DEEP');
  const feishuCode = integer(json['code']);
  if (feishuCode === undefined) return byStatus(status) ?? noCode(status);
  if (feishuCode === 0) return success({ status, json, wantsFile: seen.wantsFile ?? false });
  const msg = typeof json['msg'] === 'string' ? json['msg'] : undefined;
  const detail = errorDetail(json['error']);
  return {
    ...byCode({ feishuCode, status, msg: msg ?? '', isAuth: seen.isAuth ?? false }),
    feishuCode,
    ...(msg !== undefined && { msg }),
    ...(detail !== undefined && { detail }),
  };
}

function failure(kind: FeishuErrorKind, code: FeishuErrorCode): Failure {
  return { ok: false, kind, code };
}

type Meaning = readonly [FeishuErrorKind, FeishuErrorCode];

const DEAD: Meaning = ['token', 'TOKEN_DEAD'];
const THROTTLED: Meaning = ['throttled', 'THROTTLED'];
const REJECTED: Meaning = ['credentials', 'CREDENTIALS_REJECTED'];
const APP_UNAVAILABLE: Meaning = ['credentials', 'APP_UNAVAILABLE'];
const RIGHT: Meaning = ['permission', 'RIGHT_MISSING'];
const INTERNAL: Meaning = ['server', 'SERVER_ERROR'];

/** Codes with a meaning of their own. What is not here is a bad request, unless the status says otherwise. */
const MEANING: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [CODES.throttled, THROTTLED],
  [11232, THROTTLED],
  [1000004, THROTTLED],
  [1000005, THROTTLED],
  [CODES.monthlyQuotaUsedUp, ['monthly_quota', 'MONTHLY_QUOTA_USED_UP']],
  [CODES.tenantTokenInvalid, DEAD],
  [CODES.appTokenInvalid, DEAD],
  [CODES.tenantCodeInvalid, DEAD],
  [CODES.userTokenInvalid, DEAD],
  [CODES.tokenFormat, DEAD],
  [CODES.userTokenExpired, DEAD],
  [10003, REJECTED],
  [10012, REJECTED],
  [10014, REJECTED],
  [10015, REJECTED],
  [99991543, REJECTED],
  [CODES.noToken, REJECTED],
  [99991669, REJECTED],
  [CODES.appNotInUse, APP_UNAVAILABLE],
  [CODES.appUnavailable, APP_UNAVAILABLE],
  [CODES.scopeMissing, ['permission', 'SCOPE_MISSING']],
  [CODES.userScopeMissing, ['permission', 'USER_SCOPE_MISSING']],
  [CODES.tokenNoPermission, RIGHT],
  [CODES.noPermission, RIGHT],
  [CODES.ipNotAllowed, ['permission', 'IP_NOT_ALLOWED']],
  [CODES.dataNotExist, ['not_found', 'NOT_FOUND']],
  [CODES.meetingNotFound, ['meeting_not_found', 'MEETING_NOT_FOUND']],
  [CODES.deviceNotFound, ['device_not_found', 'DEVICE_NOT_FOUND']],
  [CODES.internal, INTERNAL],
  [CODES.busy, INTERNAL],
  [OAUTH_CODES.serverError, INTERNAL],
  [OAUTH_CODES.unavailable, INTERNAL],
  [99991201, ['bad_request', 'WRONG_PATH']],
  [99991301, ['bad_request', 'WRONG_PATH']],
]);

/** Codes that are bad requests even when they come with a status of 5xx. */
function isDocumentedBadRequest(code: number): boolean {
  return (
    code === CODES.notSupported ||
    code === CODES.paramError ||
    code === CODES.fieldValidation ||
    code === 9499 ||
    code === 99992500 ||
    (code >= 126_000 && code < 127_000) ||
    (code >= 99_992_351 && code <= 99_992_381)
  );
}

function byCode(o: { feishuCode: number; status: number; msg: string; isAuth: boolean }): Failure {
  const known = MEANING.get(o.feishuCode);
  if (known !== undefined) {
    // The token codes are shared with "this API does not take this kind of token", which no other token of the kind heals.
    if (known === DEAD && /not\s+support/i.test(o.msg)) return failure('credentials', 'TOKEN_KIND_NOT_SUPPORTED');
    if (known === INTERNAL && o.status === 429) return failure(...THROTTLED);
    return failure(...known);
  }
  if (isDocumentedBadRequest(o.feishuCode)) return failure('bad_request', 'BAD_REQUEST');
  const status = byStatus(o.status);
  if (status !== undefined && status.code !== 'REDIRECTED') return status;
  return o.isAuth ? failure(...REJECTED) : failure('bad_request', 'BAD_REQUEST');
}

/** What the status alone settles, whatever the body holds. */
function byStatus(status: number): Failure | undefined {
  if (status === 429) return failure(...THROTTLED);
  if (status >= 500) return failure(...INTERNAL);
  if (status >= 300 && status < 400) return failure('bad_request', 'REDIRECTED');
  return undefined;
}

function success(o: { status: number; json: Record<string, unknown>; wantsFile: boolean }): Classified {
  const failed = byStatus(o.status);
  if (failed !== undefined) return failed;
  // Status and code contradict each other; the next answer may not.
  if (o.status >= 400) return failure(...INTERNAL);
  return o.wantsFile ? failure('contract', 'NOT_A_FILE') : { ok: true, json: o.json };
}

function unread(seen: Seen & { what: 'answer' }, body: 'broken' | 'too_large'): Failure {
  if (body === 'too_large') return failure('contract', 'ANSWER_TOO_LARGE');
  return failure('network', networkCode({ error: seen.error, sent: true, answered: true }));
}

/** A JSON object without Feishu's `code`: from a gateway, where the status is an error; else not the documented answer. */
function noCode(status: number): Failure {
  if (status === 404 || status === 405) return failure('bad_request', 'WRONG_PATH');
  return status < 300 ? failure('contract', 'UNEXPECTED_SHAPE') : failure('server', 'NOT_JSON');
}

function notJson(o: {
  status: number;
  contentType: string;
  body: Uint8Array | string;
  wantsFile?: boolean;
  text: string | undefined;
  json: 'broken' | undefined;
}): Failure {
  if (o.body.length === 0 || o.text?.trim() === '') return failure('server', 'EMPTY_BODY');
  // Feishu answers a path or method that it does not have in plain text; an HTML page comes from something in front of it.
  const plain = /^\s*text\/plain/i.test(o.contentType) && !o.text?.trimStart().startsWith('<');
  if ((o.status === 404 || o.status === 405) && plain) return failure('bad_request', 'WRONG_PATH');
  if (o.json === 'broken') return failure('server', 'BROKEN_JSON');
  return failure('server', o.wantsFile === true && o.status < 300 ? 'NOT_A_FILE' : 'NOT_JSON');
}

function networkCode(o: { error: unknown; sent: boolean; answered: boolean }): FeishuErrorCode {
  const code = codeOf(o.error) ?? '';
  switch (code) {
    case 'ANSWER_TIMEOUT':
    case 'TOTAL_TIMEOUT':
      return code;
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'CONNECT_TIMEOUT';
    case 'UND_ERR_BODY_TIMEOUT':
      return 'BODY_TIMEOUT';
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return 'CLIENT_CLOSED';
    case 'ENOTFOUND':
      return 'DNS_FAILED';
  }
  if (code.startsWith('EAI_')) return 'DNS_FAILED';
  // undici's parser errors come with and without a code.
  const isParserError = code.startsWith('HPE_') || (o.error instanceof Error && o.error.name === 'HTTPParserError');
  if (isParserError || code === 'UND_ERR_HEADERS_OVERFLOW') return 'MALFORMED_HTTP';
  if (o.answered) return 'BROKEN_BODY';
  if (o.sent) return 'CONNECTION_LOST';
  if (/^ERR_(TLS|SSL)|CERT|SELF_SIGNED|UNABLE_TO|^EPROTO$|_PRX_TLS$/.test(code)) return 'TLS_FAILED';
  return code === 'ETIMEDOUT' ? 'CONNECT_TIMEOUT' : 'CONNECT_FAILED';
}

/** Strict: a body with bytes that are not UTF-8 was damaged on its way, and replacement characters would hide that. */
function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** An object, or why there is none: `broken` for what claims to be JSON and is not, `undefined` for everything else. */
function parseObject(text: string, contentType: string): Record<string, unknown> | 'broken' | 'too_deep' | undefined {
  const claims = /\bjson\b/i.test(contentType) || text.trimStart().startsWith('{');
  if (!claims || text.trim() === '') return undefined;
  const read = readJson(text);
  if (read.state !== 'read') return read.state;
  return isObject(read.value) ? read.value : {};
}

function errorDetail(value: unknown): FeishuErrorDetail | undefined {
  if (!isObject(value)) return undefined;
  const { log_id, logid } = value;
  return {
    ...(typeof log_id === 'string' && { log_id }),
    ...(typeof logid === 'string' && { logid }),
    field_violations: objects(value['field_violations']).map((v) => pickStrings(v, ['field', 'description'])),
    permission_violations: objects(value['permission_violations']).map((v) =>
      pickStrings(v, ['type', 'subject', 'description']),
    ),
  };
}

function pickStrings<K extends string>(from: Record<string, unknown>, keys: readonly K[]): { [P in K]?: string } {
  const picked: { [P in K]?: string } = {};
  for (const key of keys) {
    const value = from[key];
    if (typeof value === 'string') picked[key] = value;
  }
  return picked;
}

function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function integer(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}
