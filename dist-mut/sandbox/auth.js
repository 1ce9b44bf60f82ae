/** Tenant tokens (A1), identities and scopes. */
import { randomBytes } from 'node:crypto';
import { CODES } from '../feishu/contract.js';
import { ApiError, noPermission } from './api.js';
export function createAuth({ settings, clock }) {
    const tokens = new Map();
    const newest = new Map();
    const issue = (body) => {
        const { app_id: appId, app_secret: secret } = body;
        if (typeof appId !== 'string' || typeof secret !== 'string')
            return authAnswer({ code: 10003, msg: 'invalid param' });
        const app = settings.apps.find((each) => each.app_id === appId);
        if (!app)
            return authAnswer({ code: 10014, msg: 'app id not exists' });
        if (app.app_secret !== secret)
            return authAnswer({ code: 10014, msg: 'app secret invalid' });
        const nowMs = clock.monotonicMs();
        let current = newest.get(appId);
        // Above the renewal margin the same token comes again; below it a second one is valid beside the first.
        if (!current || current.expiresAtMs - nowMs < settings.tokenRenewalMs) {
            const token = `t-${randomBytes(20).toString('hex')}`;
            current = { token, app, expiresAtMs: nowMs + settings.tokenLifetimeMs };
            newest.set(appId, current);
            tokens.set(token, current);
        }
        const expire = Math.floor((current.expiresAtMs - nowMs) / 1000);
        return authAnswer({ code: 0, msg: 'ok', tenant_access_token: current.token, expire });
    };
    const userIdentity = (token) => {
        const user = settings.userTokens.find((each) => each.token === token);
        if (!user)
            return undefined;
        if (user.expiresAtMs !== undefined && clock.nowMs() >= user.expiresAtMs) {
            throw tokenError(401, CODES.userTokenExpired, 'User access token has expired.');
        }
        const app = settings.apps.find((each) => each.app_id === user.app_id) ?? settings.apps[0];
        return {
            kind: 'user',
            app: app?.app_id ?? '',
            owner: `user:${user.user}`,
            scopes: user.scopes ?? app?.scopes ?? [],
            hasRight: user.hasRight ?? true,
        };
    };
    const identify = (authorization) => {
        const token = bearer(authorization);
        if (token === undefined) {
            throw tokenError(400, CODES.noToken, 'Missing access token for authorization. Please make a request with token attached.');
        }
        const user = userIdentity(token);
        if (user)
            return user;
        const issued = tokens.get(token);
        if (issued && issued.expiresAtMs > clock.monotonicMs()) {
            const { app_id: app, scopes, creatorHasRight } = issued.app;
            return { kind: 'app', app, owner: `app:${app}`, scopes, hasRight: creatorHasRight };
        }
        if (token.startsWith('u-'))
            throw tokenError(400, CODES.userTokenInvalid, 'user access token not found');
        if (!/^(t-|eyJ)/.test(token)) {
            throw tokenError(400, CODES.tokenFormat, "Invalid access token for authorization. Token must start with 't-' or 'u-'.");
        }
        throw tokenError(400, CODES.tenantTokenInvalid, 'Invalid access token for authorization. Please make a request with token attached.');
    };
    return {
        issue,
        identify,
        appOf: (authorization) => {
            const token = bearer(authorization) ?? '';
            const user = settings.userTokens.find((each) => each.token === token);
            return tokens.get(token)?.app.app_id ?? (user ? (user.app_id ?? settings.apps[0]?.app_id ?? null) : null);
        },
        revoke: (authorization) => {
            const issued = tokens.get(bearer(authorization) ?? '');
            if (!issued)
                return;
            tokens.delete(issued.token);
            if (newest.get(issued.app.app_id) === issued)
                newest.delete(issued.app.app_id);
        },
    };
}
/** A header without the prefix counts as no token at all. */
function bearer(authorization) {
    const token = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length).trim() : '';
    return token === '' ? undefined : token;
}
const authAnswer = (json) => ({ kind: 'json', status: 200, json });
const tokenError = (status, code, msg) => new ApiError({ status, code, msg });
const ROOM_DETAIL = 'vc:rooms.room.detailinfo:read';
const USER_ID_SCOPE = 'contact:user.employee_id:readonly';
function scopesFor(endpoint) {
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
export const mayReadUserIds = (identity) => identity.scopes.includes(USER_ID_SCOPE);
/** Scopes and token kind, which the gateway checks before it looks at any parameter. */
export function checkAccess({ endpoint, identity, userIdType }) {
    if (endpoint.startsWith('R') && identity.kind === 'user') {
        throw tokenError(400, CODES.userTokenInvalid, 'user access token not support');
    }
    const wanted = scopesFor(endpoint);
    if (wanted.length > 0 && !wanted.some((scope) => identity.scopes.includes(scope))) {
        throw scopeMissing(identity, wanted, identity.kind === 'user' ? 'action_privilege_required' : 'action_scope_required');
    }
    if (userIdType === 'user_id' && /^[EL][123]$/.test(endpoint) && !mayReadUserIds(identity)) {
        throw scopeMissing(identity, [USER_ID_SCOPE], 'field_scope_required');
    }
    if (!endpoint.startsWith('R') && !identity.hasRight) {
        throw noPermission('The Meeting management right of Feishu Admin is required.');
    }
}
function scopeMissing(identity, scopes, type) {
    const isUser = identity.kind === 'user';
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
                    url: `https://open.feishu.cn/app/${identity.app}/auth?q=${scopes.join(',')}&op_from=openapi&token_type=tenant`,
                    description: `Learn more about scopes and how to add them: [${list}]`,
                },
            ],
        },
    });
}
//# sourceMappingURL=auth.js.map