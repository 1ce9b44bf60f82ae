import { beginningOf, wellFormed } from '../model/text.ts';
import { ENDPOINTS, type Endpoint } from './contract.ts';
import type { FeishuErrorCode, FeishuErrorKind } from './errors.ts';
import type { Failure } from './classify-response.ts';
import type { Redact } from './redact.ts';

const MAX_TEXT = 300;

/** Text from the other side, fit for one line of a message: without secrets, what no eye sees (bidi marks among it) and length. */
export function foreignText(text: string, redact: Redact): string {
  // Cut only after hiding: half a token is still a token.
  const line = wellFormed(redact(text))
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return line.length > MAX_TEXT ? `${beginningOf(line, MAX_TEXT)}…` : line;
}

export interface Occurrence {
  endpoint: Endpoint;
  host: string;
  failure: Failure;
  status?: number;
  logId?: string;
  retryAfterMs?: number;
  sent: boolean;
  /** Of a network error: its code or short text. */
  reason?: string;
  /** Of an unexpected shape: one text for each field. */
  problems?: readonly string[];
  /** Of a body that is not what belongs there: content type and length. */
  body?: string;
  redact: Redact;
}

/** What was tried, what came back, what to do next. */
export function messageFor(o: Occurrence): { message: string; advice: string } {
  const advice = ADVICE[o.failure.kind](o);
  return { message: `${o.endpoint.method} ${o.endpoint.path}: ${cameBack(o)}. ${advice}`, advice };
}

function cameBack(o: Occurrence): string {
  const { failure } = o;
  const parts: string[] = [];
  if (failure.kind === 'network') parts.push(networkText(o));
  if (o.status !== undefined) parts.push(`HTTP ${o.status}`);
  if (failure.feishuCode !== undefined) parts.push(feishuText(o, failure.feishuCode));
  const shape = SHAPE_TEXT[failure.code];
  if (shape !== undefined) parts.push(o.body === undefined ? shape : `${shape} (${o.body})`);
  if (o.problems !== undefined) parts.push(...o.problems);
  if (o.logId !== undefined) parts.push(`log id ${o.logId}`);
  return parts.join(', ');
}

function feishuText(o: Occurrence, feishuCode: number): string {
  const said = o.failure.msg === undefined ? '' : ` "${foreignText(o.failure.msg, o.redact)}"`;
  const fields = (o.failure.detail?.field_violations ?? [])
    .map((v) => [v.field, v.description].filter((part) => part !== undefined && part !== '').join(': '))
    .filter((text) => text !== '');
  const listed = fields.length === 0 ? '' : ` (${foreignText(fields.join('; '), o.redact)})`;
  return `Feishu code ${feishuCode}${said}${listed}`;
}

const SHAPE_TEXT: Partial<Record<FeishuErrorCode, string>> = {
  EMPTY_BODY: 'an empty body',
  NOT_JSON: 'a body that is no Feishu answer',
  BROKEN_JSON: 'JSON that breaks off or is malformed',
  NOT_A_FILE: 'a body that is no XLSX file',
  UNEXPECTED_SHAPE: 'fields that differ from the documented ones',
  ANSWER_TOO_LARGE: 'a body over the size limit',
  ANSWER_TOO_DEEP: 'JSON that is nested deeper than any documented answer',
};

const NETWORK_TEXT: Partial<Record<FeishuErrorCode, string>> = {
  CONNECT_FAILED: 'no connection',
  CONNECT_TIMEOUT: 'no connection in time',
  DNS_FAILED: 'the host name could not be resolved',
  TLS_FAILED: 'no trusted TLS connection',
  ANSWER_TIMEOUT: 'no answer in time',
  CONNECTION_LOST: 'the connection broke before an answer',
  BODY_TIMEOUT: 'the answer stopped in the middle of its body',
  TOTAL_TIMEOUT: 'the answer did not come to its end in time',
  BROKEN_BODY: 'the connection broke in the middle of the body',
  MALFORMED_HTTP: 'an answer that is not HTTP',
  CLIENT_CLOSED: 'the client was closed',
};

function networkText(o: Occurrence): string {
  const text = NETWORK_TEXT[o.failure.code] ?? 'the call failed';
  return `${text} (${[o.host, o.reason].filter((part) => part !== undefined && part !== '').join(', ')})`;
}

const MAY_COME = 'Right after a meeting the data may still be on its way.';

const ADVICE: Record<FeishuErrorKind, (o: Occurrence) => string> = {
  throttled: ({ retryAfterMs }) =>
    `Wait ${retryAfterMs === undefined ? 'some seconds' : `${(retryAfterMs / 1000).toFixed(1)} s`}, then call again.`,
  monthly_quota: () =>
    "The app's monthly quota of calls is used up: wait for the next month or raise the plan with Feishu.",
  token: () => 'Drop this token, fetch another and call again.',
  credentials: credentialsAdvice,
  permission: permissionAdvice,
  bad_request: badRequestAdvice,
  not_found: () => `Check the id; an export and its file are kept for a while only. ${MAY_COME}`,
  meeting_not_found: () => `Check meeting number, start and end against the meeting list. ${MAY_COME}`,
  device_not_found: () => `Check user_id or room_id and join_time against the participant list. ${MAY_COME}`,
  server: () => 'Call again later; if it lasts, give the log id to Feishu, or look at the proxy in front of it.',
  network: networkAdvice,
  contract: contractAdvice,
};

function contractAdvice({ failure, endpoint }: Occurrence): string {
  if (failure.code === 'ANSWER_TOO_LARGE' && endpoint === ENDPOINTS.downloadExport) {
    return 'Nothing of it is kept. Ask for a shorter time range, or raise FEISHU_MAX_DOWNLOAD.';
  }
  return 'Feishu answers otherwise than documented: calling again rarely helps, report it with the log id.';
}

function credentialsAdvice(o: Occurrence): string {
  switch (o.failure.code) {
    case 'TOKEN_KIND_NOT_SUPPORTED':
      return 'This call does not take this kind of token: use the other identity (tenant instead of user, or the reverse).';
    case 'TOKEN_MALFORMED':
      return 'The configured token is empty or holds characters that no header can carry, such as a line break: set it again.';
    case 'APP_UNAVAILABLE':
      return 'Enable the app in the developer console and have it installed in the tenant.';
    default:
      return 'Check FEISHU_APP_ID and FEISHU_APP_SECRET, or the user token, and that they belong to this host (Feishu and Lark are separate).';
  }
}

function permissionAdvice(o: Occurrence): string {
  const scopes = missingScopes(o);
  switch (o.failure.code) {
    case 'SCOPE_MISSING':
      return `Add ${scopes} to the app in the developer console and publish a new version of it.`;
    case 'USER_SCOPE_MISSING':
      return `The user has to consent again, with ${scopes}.`;
    case 'IP_NOT_ALLOWED':
      return "Add this machine's address to the app's IP allow list in the developer console.";
    default:
      return (
        "Give the admin right Video Meetings & Live > Meeting management to the app's creator (tenant token) or to the user (user token), " +
        'and use the identity that created an export to read it too.'
      );
  }
}

/** Documented for the endpoint, for answers that do not name what is missing. */
function documentedScope(endpoint: Endpoint): string {
  return endpoint.id.startsWith('E') ? 'vc:export' : 'vc:room:readonly';
}

function missingScopes(o: Occurrence): string {
  const named = (o.failure.detail?.permission_violations ?? [])
    .map((v) => v.subject ?? '')
    .filter((subject) => subject !== '');
  if (named.length === 0)
    return `the scope that the answer names (documented for this call: ${documentedScope(o.endpoint)})`;
  return `${named.length === 1 ? 'the scope' : 'one of the scopes'} ${foreignText(named.join(', '), o.redact)}`;
}

function badRequestAdvice(o: Occurrence): string {
  switch (o.failure.code) {
    case 'WRONG_PATH':
      return 'This host does not offer the call: check FEISHU_BASE_URL.';
    case 'REDIRECTED':
      return 'A redirect is not followed, because it would carry the token elsewhere: check FEISHU_BASE_URL.';
    default:
      return 'Calling again cannot help: correct the request.';
  }
}

function networkAdvice(o: Occurrence): string {
  if (!o.sent) return 'Nothing was sent. Call again; if it lasts, check host name, proxy, firewall and certificates.';
  if (o.status !== undefined) return 'Call again.';
  return 'Feishu may or may not have handled the call. Call again if a second time does no harm.';
}
