/** Who calls: tenant tokens, fixed user tokens, tokens of log-ins; and what each of them may call. */
import { CODES } from '../feishu/contract.ts';
import { ApiError, noPermission } from './api.ts';
import type { Answer, DataEndpointId, Identity, TokenEndpointId } from './api.ts';
import type { Clock } from './clock.ts';
import { OAuth } from './oauth.ts';
import type { TokenRequest } from './oauth.ts';
import { ALL_SCOPES } from './options.ts';
import type { AppSettings, Settings } from './options.ts';
import { sendTicket } from './tickets.ts';
import { createAppTokens } from './tokens.ts';

/** A call of an endpoint that hands out tokens. */
export interface TokenCall {
  endpoint: TokenEndpointId;
  fields: Record<string, unknown>;
  basic: TokenRequest['basic'];
  /** Of the sandbox, for addresses that it hands out. */
  baseUrl: string;
}

export interface Auth {
  readonly oauth: OAuth;
  issue(call: TokenCall): Answer;
  /** Throws the documented refusal when the header names nobody. */
  identify(authorization: string | undefined): Identity;
  /** App of a header, for the ledger; null when unknown. */
  appOf(authorization: string | undefined): string | null;
  /** Makes the tenant token of a header unknown. User tokens live on. */
  revoke(authorization: string | undefined): void;
  /** Sends a new ticket to a store app. @returns what its receiver answered */
  sendTicket(appId: string): Promise<string>;
}

export function createAuth({ settings, clock }: { settings: Settings; clock: Clock }): Auth {
  const oauth = new OAuth({ settings, clock });
  const send = (app: AppSettings): Promise<string> =>
    sendTicket(app, { ticket: tokens.newTicket(app.app_id), nowMs: clock.nowMs() });
  const tokens = createAppTokens({ settings, clock, onResend: (app) => void send(app) });

  const issue = ({ endpoint, fields, basic, baseUrl }: TokenCall): Answer => {
    switch (endpoint) {
      case 'A1':
        return tokens.tenantToken(fields);
      case 'A3':
        return tokens.resendTicket(fields);
      case 'A4':
        return tokens.storeAppToken(fields);
      case 'A5':
        return tokens.storeTenantToken(fields);
      case 'A7':
        return oauth.token({ version: 'v2', fields, basic });
      case 'A8':
        return oauth.token({ version: 'v3', fields, basic });
      case 'A10':
        return oauth.authorizeDevice({ fields, basic }, baseUrl);
    }
  };

  const fixedIdentity = (token: string): Identity | undefined => {
    const user = settings.userTokens.find((each) => each.token === token);
    if (!user) return undefined;
    if (user.expiresAtMs !== undefined && clock.nowMs() >= user.expiresAtMs) throw expired();
    const app = settings.apps.find((each) => each.app_id === user.app_id) ?? settings.apps[0];
    return {
      kind: 'user',
      app: app?.app_id ?? '',
      owner: `user:${user.user}`,
      scopes: user.scopes ?? app?.scopes ?? [],
      // What such a token lacks, its user has not granted.
      appScopes: ALL_SCOPES,
      hasRight: user.hasRight ?? true,
    };
  };

  const userIdentity = (token: string): Identity | undefined => {
    const found = oauth.find(token);
    if (!found) return fixedIdentity(token);
    if (found.isExpired) throw expired();
    const { app, user, scopes } = found.consent;
    return {
      kind: 'user',
      app: app.app_id,
      owner: `user:${user.open_id}`,
      scopes,
      appScopes: app.scopes,
      user,
      hasRight: user.hasRight,
    };
  };

  const identify = (authorization: string | undefined): Identity => {
    const token = bearer(authorization);
    if (token === undefined) {
      throw tokenError(
        400,
        CODES.noToken,
        'Missing access token for authorization. Please make a request with token attached.',
      );
    }
    const user = userIdentity(token);
    if (user) return user;
    const issued = tokens.find(token);
    if (issued) {
      const { app_id: app, scopes, creatorHasRight } = issued.app;
      return { kind: 'app', app, owner: `app:${app}`, scopes, appScopes: scopes, hasRight: creatorHasRight };
    }
    if (token.startsWith('u-')) throw tokenError(400, CODES.userTokenInvalid, 'user access token not found');
    if (!/^(t-|eyJ)/.test(token)) {
      throw tokenError(
        400,
        CODES.tokenFormat,
        "Invalid access token for authorization. Token must start with 't-' or 'u-'.",
      );
    }
    throw tokenError(
      400,
      CODES.tenantTokenInvalid,
      'Invalid access token for authorization. Please make a request with token attached.',
    );
  };

  return {
    oauth,
    issue,
    identify,
    appOf: (authorization) => {
      const token = bearer(authorization) ?? '';
      const user = settings.userTokens.find((each) => each.token === token);
      return (
        oauth.find(token)?.consent.app.app_id ??
        tokens.known(token)?.app.app_id ??
        (user ? (user.app_id ?? settings.apps[0]?.app_id ?? null) : null)
      );
    },
    revoke: (authorization) => tokens.revoke(bearer(authorization) ?? ''),
    sendTicket: async (appId) => {
      const app = settings.apps.find((each) => each.app_id === appId);
      return app ? await send(app) : 'no such app';
    },
  };
}

/** A header without the prefix counts as no token at all. */
function bearer(authorization: string | undefined): string | undefined {
  const token = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length).trim() : '';
  return token === '' ? undefined : token;
}

const tokenError = (status: number, code: number, msg: string): ApiError => new ApiError({ status, code, msg });
const expired = (): ApiError => tokenError(401, CODES.userTokenExpired, 'User access token has expired.');

const ROOM_DETAIL = 'vc:rooms.room.detailinfo:read';
const USER_ID_SCOPE = 'contact:user.employee_id:readonly';

/** Any one of them. */
function scopesFor(endpoint: DataEndpointId): string[] {
  switch (endpoint.charAt(0)) {
    case 'E':
      return ['vc:export', 'vc:meeting:export'];
    case 'L':
      return endpoint === 'L4' ? ['vc:room:readonly'] : ['vc:room:readonly', ROOM_DETAIL];
    case 'R':
      return ['vc:room', 'vc:room:readonly'];
    default:
      return [];
  }
}

export const mayReadUserIds = (identity: Identity): boolean => identity.scopes.includes(USER_ID_SCOPE);

interface Access {
  endpoint: DataEndpointId;
  identity: Identity;
  userIdType: string | null;
}

/** Scopes and token kind, which the gateway checks before it looks at any parameter. */
export function checkAccess({ endpoint, identity, userIdType }: Access): void {
  if (endpoint.startsWith('R') && identity.kind === 'user') {
    throw tokenError(400, CODES.userTokenInvalid, 'user access token not support');
  }
  const wanted = scopesFor(endpoint);
  const holds = (scopes: readonly string[]): boolean =>
    wanted.length === 0 || wanted.some((scope) => scopes.includes(scope));
  if (!holds(identity.appScopes))
    throw scopeMissing('app', { identity, scopes: wanted, type: 'action_scope_required' });
  if (!holds(identity.scopes)) {
    throw scopeMissing('user', { identity, scopes: wanted, type: 'action_privilege_required' });
  }
  // The scope of the lists that can be had today is one for users only.
  if (/^L[12]$/.test(endpoint) && identity.kind === 'app' && !identity.scopes.includes('vc:room:readonly')) {
    throw noPermission('The scope that the app has is for user_access_token only.');
  }
  if (userIdType === 'user_id' && /^[EL][123]$/.test(endpoint) && !mayReadUserIds(identity)) {
    throw scopeMissing(identity.kind, { identity, scopes: [USER_ID_SCOPE], type: 'field_scope_required' });
  }
  if (/^[EL]/.test(endpoint) && !identity.hasRight) {
    throw noPermission('The Meeting management right of Feishu Admin is required.');
  }
}

interface Missing {
  identity: Identity;
  scopes: string[];
  type: string;
}

function scopeMissing(whose: 'app' | 'user', { identity, scopes, type }: Missing): ApiError {
  const isUser = whose === 'user';
  const list = scopes.join(', ');
  return new ApiError({
    status: 400,
    code: isUser ? CODES.userScopeMissing : CODES.scopeMissing,
    msg: isUser
      ? `Unauthorized. You do not have permission to perform the requested operation on the resource. Required scopes: [${list}]`
      : `Access denied. One of the following scopes is required: [${list}]`,
    detail: {
      permission_violations: scopes.map((subject) => ({ type, subject })),
      helps: [
        {
          url: `https://open.feishu.cn/app/${identity.app}/auth?q=${scopes.join(',')}&op_from=openapi&token_type=${identity.kind === 'user' ? 'user' : 'tenant'}`,
          description: `Learn more about scopes and how to add them: [${list}]`,
        },
      ],
    },
  });
}
