/** One call from arrival to answer: ledger, faults, token, limit, scope, handler. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CODES } from '../feishu/contract.ts';
import { ApiError, fieldViolation, isTokenEndpoint } from './api.ts';
import type { Answer, Call, DataEndpointId } from './api.ts';
import { checkAccess } from './auth.ts';
import type { Auth } from './auth.ts';
import type { Clock } from './clock.ts';
import type { FaultKind, FaultRule, FaultRules } from './faults.ts';
import type { CallLedger, LedgerCall } from './ledger.ts';
import type { Limiter } from './limiter.ts';
import { HANDLERS, matchRoute } from './routes.ts';
import type { Route } from './routes.ts';
import type { World } from './world.ts';
import { basicIn, cut, errorAnswer, newLogId, readFields, sendAnswer, sendHalf } from './wire.ts';

export interface Gateway {
  world: World;
  auth: Auth;
  clock: Clock;
  ledger: CallLedger;
  limiter: Limiter;
  faults: FaultRules;
  /** Aborted when the sandbox closes: nothing waits any longer. */
  closing: AbortSignal;
}

interface Arrival {
  route: Route;
  url: URL;
  authorization: string | undefined;
  /** As the caller wrote it. */
  host: string;
  body: Record<string, unknown> | undefined;
  entry: LedgerCall;
  fault: FaultRule | undefined;
}

const NOT_FOUND: Answer = {
  kind: 'text',
  status: 404,
  text: '404 page not found',
  contentType: 'text/plain; charset=utf-8',
};
const BAD_GATEWAY: Answer = {
  kind: 'text',
  status: 502,
  text: '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>',
  contentType: 'text/html',
};

export async function serveCall(gateway: Gateway, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { clock, ledger, faults, world } = gateway;
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const method = request.method ?? 'GET';
  const logId = newLogId(world.tenant.zone.stampWithoutOffset(clock.nowMs() / 1000));
  const route = matchRoute(method, url.pathname);
  if (!route) {
    request.resume();
    return sendAnswer(response, NOT_FOUND, logId);
  }
  const { authorization } = request.headers;
  const entry = ledger.open({
    atMs: clock.monotonicMs(),
    wallMs: clock.nowMs(),
    endpoint: route.endpoint,
    method,
    path: url.pathname,
    logId,
  });
  const body = await readFields(request);
  entry.params = ledgerParams(gateway, { route, url, body });
  entry.app = isTokenEndpoint(route.endpoint)
    ? textOrNull(body?.['app_id'] ?? body?.['client_id'] ?? basicIn(authorization)?.id)
    : gateway.auth.appOf(authorization);
  const fault = faults.pick(route.endpoint, entry.params);
  entry.fault = fault?.kind ?? null;
  const { host = '' } = request.headers;
  const answer = await answerTo(gateway, { route, url, authorization, host, body, entry, fault });
  await deliver(gateway, { response, answer, entry });
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const SECRET_PARAMS = new Set([
  'app_secret',
  'client_secret',
  'file_token',
  'code',
  'code_verifier',
  'device_code',
  'refresh_token',
  'app_ticket',
  'app_access_token',
]);

function ledgerParams(
  { world }: Gateway,
  { route, url, body }: Pick<Arrival, 'route' | 'url' | 'body'>,
): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, value] of url.searchParams) params[name] = name in params ? `${params[name]},${value}` : value;
  for (const [name, value] of Object.entries(body ?? {})) {
    params[name] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  if (route.endpoint === 'E5') params['task_id'] = route.pathValue ?? '';
  if (route.endpoint === 'R1' && route.pathValue !== undefined) params['room_level_id'] = route.pathValue;
  const taskId = world.tasks.taskIdOf(url.searchParams.get('file_token') ?? '');
  if (taskId !== undefined) params['task_id'] = taskId;
  return Object.fromEntries(Object.entries(params).filter(([name]) => !SECRET_PARAMS.has(name)));
}

/** `cut` in place of an answer: the connection ends without one. */
type Outcome = Answer | 'cut';

async function answerTo(gateway: Gateway, arrival: Arrival): Promise<Outcome> {
  const { entry, fault } = arrival;
  try {
    const early = await earlyFault(gateway, arrival);
    if (early) return early;
    const call = admit(gateway, arrival);
    await pause(gateway, gateway.world.settings.answerDelayMs + (fault?.kind === 'slow' ? (fault.delayMs ?? 1000) : 0));
    if (!call) return issueToken(gateway, arrival);
    return await HANDLERS[call.endpoint](gateway.world, call, fault);
  } catch (error) {
    if (error instanceof ApiError) {
      if (error.code === CODES.throttled) entry.throttled = true;
      return errorAnswer(error, entry.logId);
    }
    throw error;
  }
}

function issueToken({ auth }: Gateway, { route: { endpoint }, body, authorization, host }: Arrival): Answer {
  if (!isTokenEndpoint(endpoint)) throw new TypeError(`${endpoint} hands out no token`);
  return auth.issue({ endpoint, fields: body ?? {}, basic: basicIn(authorization), baseUrl: `http://${host}` });
}

async function deliver(
  gateway: Gateway,
  { response, answer, entry }: { response: ServerResponse; answer: Outcome; entry: LedgerCall },
): Promise<void> {
  if (answer === 'cut') return cut(response);
  if (entry.fault === ('reset-after' satisfies FaultKind)) {
    return answer.kind === 'bytes' ? sendHalf(response, answer, entry.logId) : cut(response);
  }
  entry.status = answer.status;
  entry.code = answer.kind === 'json' && typeof answer.json['code'] === 'number' ? answer.json['code'] : null;
  sendAnswer(response, answer, entry.logId);
}

/** Faults that keep the call from having any effect. */
async function earlyFault(gateway: Gateway, { fault, authorization }: Arrival): Promise<Outcome | undefined> {
  switch (fault?.kind) {
    case '500':
      return { kind: 'json', status: 500, json: { code: CODES.internal, msg: 'internal error' } };
    case 'internal-121001':
      throw new ApiError({ status: 500, code: CODES.internal, msg: 'internal error' });
    case '502-html':
      return BAD_GATEWAY;
    case 'reset':
      return 'cut';
    case 'hang':
      await pause(gateway, fault.delayMs ?? Number.POSITIVE_INFINITY);
      return 'cut';
    case '429':
      throw throttled({ status: 429, limit: 100, resetS: fault.resetS ?? 1 });
    case '400-limit':
      throw throttled({ status: 400, limit: 100, resetS: fault.resetS ?? 1 });
    case '429-no-header':
      throw throttled({ status: 429 });
    case 'dead-token':
      gateway.auth.revoke(authorization);
      throw new ApiError({
        status: 400,
        code: CODES.tenantTokenInvalid,
        msg: 'Invalid access token for authorization. Please make a request with token attached.',
      });
    case 'monthly-cap':
      throw new ApiError({ status: 429, code: CODES.monthlyQuotaUsedUp, msg: 'monthly API call quota exceeded' });
    case 'refuse':
      throw new ApiError({
        status: fault.status ?? 400,
        code: fault.code ?? CODES.paramError,
        msg: fault.msg ?? 'refused on request',
      });
    default:
      return undefined;
  }
}

function throttled({ status, limit, resetS }: { status: number; limit?: number; resetS?: number }): ApiError {
  const headers: Record<string, string> = {};
  if (limit !== undefined) headers['x-ogw-ratelimit-limit'] = String(limit);
  if (resetS !== undefined) headers['x-ogw-ratelimit-reset'] = String(resetS);
  return new ApiError({ status, code: CODES.throttled, msg: 'request trigger frequency limit', headers });
}

/** Token, limit, scope: in this order. Undefined for what hands out tokens, which needs none of them. */
function admit(gateway: Gateway, arrival: Arrival): AdmittedCall | undefined {
  const { route, url, body, entry, authorization } = arrival;
  const { endpoint } = route;
  if (isTokenEndpoint(endpoint)) return undefined;
  const identity = gateway.auth.identify(authorization);
  const refused = gateway.limiter.take({ app: identity.app, endpoint, atMs: entry.atMs });
  if (refused) throw throttled({ status: gateway.world.settings.throttleStatus, ...refused });
  checkAccess({ endpoint, identity, userIdType: url.searchParams.get('user_id_type') });
  if (body === undefined) throw fieldViolation('body', 'must be a JSON object');
  const nowS = Math.floor(entry.wallMs / 1000);
  return { endpoint, pathValue: route.pathValue, query: url.searchParams, body, identity, nowS };
}
type AdmittedCall = Call & { endpoint: DataEndpointId };

const LONGEST_TIMER_MS = 2 ** 31 - 1;

async function pause({ closing }: Gateway, ms: number): Promise<void> {
  if (ms <= 0) return;
  await sleep(Math.min(ms, LONGEST_TIMER_MS), undefined, { signal: closing }).catch((error: unknown) => {
    if (!closing.aborted) throw error;
  });
}
