import type { Endpoint } from './contract.ts';

/**
 * What a failed call means for whoever made it.
 *
 * - `throttled`: wait `retryAfterMs`, or some seconds where it is absent, then call again
 * - `monthly_quota`: the app may not call until the month ends
 * - `token`: the token is dead; drop it, fetch another, call again
 * - `credentials`: the app id, the secret or the kind of token is wrong; a person has to change the configuration
 * - `permission`: a scope, an admin right or an allow list is missing; a person has to grant it
 * - `bad_request`: this request can never succeed as it is
 * - `not_found`, `meeting_not_found`, `device_not_found`: Feishu does not have it, or does not have it yet
 * - `server`: Feishu or something in front of it failed; call again later
 * - `network`: there was no complete answer; call again later
 * - `contract`: Feishu reports success, with fields that are missing or of another type than documented
 */
export type FeishuErrorKind =
  | 'throttled'
  | 'monthly_quota'
  | 'token'
  | 'credentials'
  | 'permission'
  | 'bad_request'
  | 'not_found'
  | 'meeting_not_found'
  | 'device_not_found'
  | 'server'
  | 'network'
  | 'contract';

/** Stable names of single causes, finer than `FeishuErrorKind`. */
export type FeishuErrorCode =
  | 'THROTTLED'
  | 'MONTHLY_QUOTA_USED_UP'
  | 'TOKEN_DEAD'
  | 'TOKEN_KIND_NOT_SUPPORTED'
  | 'TOKEN_MALFORMED'
  | 'CREDENTIALS_REJECTED'
  | 'APP_UNAVAILABLE'
  | 'SCOPE_MISSING'
  | 'USER_SCOPE_MISSING'
  | 'RIGHT_MISSING'
  | 'IP_NOT_ALLOWED'
  | 'BAD_REQUEST'
  | 'WRONG_PATH'
  | 'REDIRECTED'
  | 'NOT_FOUND'
  | 'MEETING_NOT_FOUND'
  | 'DEVICE_NOT_FOUND'
  | 'SERVER_ERROR'
  | 'EMPTY_BODY'
  | 'NOT_JSON'
  | 'BROKEN_JSON'
  | 'NOT_A_FILE'
  | 'CONNECT_FAILED'
  | 'CONNECT_TIMEOUT'
  | 'DNS_FAILED'
  | 'TLS_FAILED'
  | 'ANSWER_TIMEOUT'
  | 'CONNECTION_LOST'
  | 'BODY_TIMEOUT'
  | 'TOTAL_TIMEOUT'
  | 'BROKEN_BODY'
  | 'MALFORMED_HTTP'
  | 'CLIENT_CLOSED'
  | 'UNEXPECTED_SHAPE'
  | 'ANSWER_TOO_LARGE'
  | 'ANSWER_TOO_DEEP';

export interface FeishuErrorFields {
  kind: FeishuErrorKind;
  code: FeishuErrorCode;
  endpoint: Endpoint;
  /** HTTP status, where headers arrived. */
  status?: number;
  /** Feishu's own `code`, where the body held one. */
  feishuCode?: number;
  /** Feishu's own `msg`, without secrets and request values, at most 300 characters. */
  msg?: string;
  /** What to quote to Feishu's support. */
  logId?: string;
  /** How long Feishu asks to wait, where it says so: when it throttles, and when it fails (5xx). */
  retryAfterMs?: number;
  /** SHA-256 (hex) of a complete body that is no XLSX file, so that two downloads can be compared. */
  bodySha256?: string;
  /** `false` only when it is certain that no byte of the request left this process. */
  sent: boolean;
  /** Whether response headers arrived. */
  answered: boolean;
  /** What to do next, one or two sentences. */
  advice: string;
}

/**
 * Every failure of a `FeishuClient` call, except an abort by the caller's own signal, which rethrows that signal's reason.
 *
 * `method` and `path` are the route template. Neither the message, the fields, the stack nor the causes hold a token, a
 * secret or a value of the request.
 */
export class FeishuError extends Error implements Omit<FeishuErrorFields, 'endpoint'> {
  override readonly name = 'FeishuError';
  readonly kind: FeishuErrorKind;
  readonly code: FeishuErrorCode;
  readonly method: string;
  readonly path: string;
  declare readonly status?: number;
  declare readonly feishuCode?: number;
  declare readonly msg?: string;
  declare readonly logId?: string;
  declare readonly retryAfterMs?: number;
  declare readonly bodySha256?: string;
  readonly sent: boolean;
  readonly answered: boolean;
  readonly advice: string;

  constructor(message: string, fields: FeishuErrorFields, options?: { cause?: unknown }) {
    super(message, options);
    const { endpoint, ...rest } = fields;
    this.kind = rest.kind;
    this.code = rest.code;
    this.method = endpoint.method;
    this.path = endpoint.path;
    this.sent = rest.sent;
    this.answered = rest.answered;
    this.advice = rest.advice;
    Object.assign(this, rest);
  }
}
