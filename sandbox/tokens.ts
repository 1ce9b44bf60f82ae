/** Tokens that apps get for themselves: tenant tokens of custom apps (A1), and of store apps by tickets (A3 to A5). */
import { randomBytes } from 'node:crypto';
import { CODES } from '../feishu/contract.ts';
import type { Answer } from './api.ts';
import type { Clock } from './clock.ts';
import type { AppSettings, Settings } from './options.ts';

export interface IssuedToken {
  token: string;
  app: AppSettings;
  expiresAtMs: number;
}

export interface AppTokens {
  /** A1: failures too come with HTTP 200. */
  tenantToken(body: Record<string, unknown>): Answer;
  /** A3. */
  resendTicket(body: Record<string, unknown>): Answer;
  /** A4. */
  storeAppToken(body: Record<string, unknown>): Answer;
  /** A5. */
  storeTenantToken(body: Record<string, unknown>): Answer;
  /** The tenant token of a call, where it is alive. */
  find(token: string): IssuedToken | undefined;
  /** The tenant token of a call, alive or not. */
  known(token: string): IssuedToken | undefined;
  revoke(token: string): void;
  /** A new ticket for a store app; earlier ones are good as well. */
  newTicket(appId: string): string;
}

interface AppTokensOptions {
  settings: Settings;
  clock: Clock;
  /** Somebody asked for a ticket. */
  onResend(app: AppSettings): void;
}

export function createAppTokens({ settings, clock, onResend }: AppTokensOptions): AppTokens {
  const tokens = new Map<string, IssuedToken>();
  const newest = new Map<string, IssuedToken>();
  const tickets = new Map<string, string>();

  /** Above the renewal margin the same token comes again; below it a second one is valid beside the first. */
  const issue = (key: string, app: AppSettings, prefix: string): { token: string; expire: number } => {
    const nowMs = clock.monotonicMs();
    let current = newest.get(key);
    if (!current || current.expiresAtMs - nowMs < settings.tokenRenewalMs) {
      const token = `${prefix}-${randomBytes(20).toString('hex')}`;
      current = { token, app, expiresAtMs: nowMs + settings.tokenLifetimeMs };
      newest.set(key, current);
      tokens.set(token, current);
    }
    return { token: current.token, expire: Math.floor((current.expiresAtMs - nowMs) / 1000) };
  };

  const appOf = ({ app_id: appId, app_secret: secret }: Record<string, unknown>): AppSettings | Answer => {
    if (typeof appId !== 'string' || typeof secret !== 'string') return refusal(10003, 'invalid param');
    const app = settings.apps.find((each) => each.app_id === appId);
    if (!app) return refusal(10014, 'app id not exists');
    return app.app_secret === secret ? app : refusal(10014, 'app secret invalid');
  };
  const storeAppOf = (body: Record<string, unknown>): AppSettings | Answer => {
    const app = appOf(body);
    return 'kind' in app || app.app_type === 'store' ? app : refusal(CODES.notAStoreApp, 'app type is not isv');
  };
  const alive = (token: string): IssuedToken | undefined => {
    const issued = tokens.get(token);
    return issued && issued.expiresAtMs > clock.monotonicMs() ? issued : undefined;
  };

  return {
    tenantToken: (body) => {
      const app = appOf(body);
      if ('kind' in app) return app;
      if (app.app_type === 'store') return refusal(10003, 'invalid param: a store app takes a ticket');
      const { token, expire } = issue(app.app_id, app, 't');
      return answer({ code: 0, msg: 'ok', tenant_access_token: token, expire });
    },
    resendTicket: (body) => {
      const app = storeAppOf(body);
      if ('kind' in app) return app;
      onResend(app);
      return answer({ code: 0, msg: 'success' });
    },
    storeAppToken: (body) => {
      const app = storeAppOf(body);
      if ('kind' in app) return app;
      const { app_ticket: ticket } = body;
      if (typeof ticket !== 'string' || tickets.get(ticket) !== app.app_id) {
        return refusal(CODES.appTicketInvalid, 'app ticket invalid');
      }
      const { token, expire } = issue(`app ${app.app_id}`, app, 'a');
      return answer({ code: 0, msg: 'ok', app_access_token: token, expire });
    },
    storeTenantToken: ({ app_access_token: appToken, tenant_key: tenantKey }) => {
      const issued = typeof appToken === 'string' ? alive(appToken) : undefined;
      if (!issued || issued.app.app_type !== 'store') return refusal(CODES.appTokenInvalid, 'app access token invalid');
      if (typeof tenantKey !== 'string' || !settings.tenantKeys.includes(tenantKey)) {
        return refusal(10003, 'invalid param: no such tenant_key');
      }
      const { token, expire } = issue(`${issued.app.app_id} ${tenantKey}`, issued.app, 't');
      return answer({ code: 0, msg: 'ok', tenant_access_token: token, expire });
    },
    find: (token) => (token.startsWith('a-') ? undefined : alive(token)),
    known: (token) => tokens.get(token),
    revoke: (token) => {
      const issued = tokens.get(token);
      tokens.delete(token);
      for (const [key, each] of newest) if (each === issued) newest.delete(key);
    },
    newTicket: (appId) => {
      const ticket = randomBytes(16).toString('hex');
      tickets.set(ticket, appId);
      return ticket;
    },
  };
}

const answer = (json: Record<string, unknown>): Answer => ({ kind: 'json', status: 200, json });
const refusal = (code: number, msg: string): Answer => answer({ code, msg });
