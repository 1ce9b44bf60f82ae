/** The only place that builds what activities stand on. */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { searchAttributeLook } from '../activities/search-attributes.js';
import { SETTLE_HOURS } from '../dataset/pending-units.js';
import { FeishuClient, FixedToken, TenantTokens } from '../feishu/index.js';
import { FileStore } from '../store/file-store.js';
import { parseDataUrl } from '../store/data-url.js';
import { PRODUCT } from './product.js';
export function buildDeps(settings, client) {
    const profiles = new Map(settings.profiles.map((profile) => [profile.name, buildProfile(profile)]));
    const store = new FileStore(parseDataUrl(settings.dataUrl));
    /** Scopes of days by profile. */
    const claimed = new Map();
    const deps = {
        product: PRODUCT,
        store,
        client,
        profile: (name) => profiles.get(name) ?? null,
        profileNames: () => [...profiles.keys()],
        claimStore: async ({ name, apiHost, timeZone }) => {
            const known = claimed.get(name);
            if (known !== undefined)
                return known;
            const dayScope = await store.claim({ apiHost, profile: name, timeZone, dayScope: settings.taskQueue });
            claimed.set(name, dayScope);
            return dayScope;
        },
        searchAttributes: searchAttributeLook(client),
        settleHours: SETTLE_HOURS,
        callsPerSecond: perSecond(settings.rateLimit),
        exportDeadlineMs: settings.exportDeadlineMs,
        apiTaskQueue: () => `${settings.taskQueue}.api`,
    };
    return {
        deps,
        limitFor: (bucket) => limitsOf(bucket, settings.rateLimit),
        close: async () => {
            await Promise.all([...profiles.values()].map((profile) => profile.feishu.close()));
        },
    };
}
function buildProfile(settings) {
    const { name, baseUrl, appId, appSecret, userAccessToken, timeZone } = settings;
    const feishu = new FeishuClient({ baseUrl });
    const tokens = userAccessToken === null
        ? new TenantTokens({ client: feishu, appId: appId ?? '', appSecret: appSecret ?? '' })
        : new FixedToken(userAccessToken);
    const apiHost = new URL(baseUrl).origin;
    // Without an app id the token is the only sign of whose quota the calls count against.
    const app = appId ??
        `user-${createHash('sha256')
            .update(userAccessToken ?? '')
            .digest('hex')
            .slice(0, 12)}`;
    const key = sealingKey(appSecret ?? userAccessToken ?? '', `${apiHost} ${app}`);
    return {
        name,
        timeZone,
        apiHost,
        feishu,
        tokens,
        quotaOf: `${apiHost}|${app}`,
        encrypt: (text) => encrypt(key, text),
        decrypt: (sealed) => decrypt(key, sealed),
    };
}
function sealingKey(secret, salt) {
    return Buffer.from(hkdfSync('sha256', secret, salt, 'feishu-vc file token', 32));
}
const IV_BYTES = 12;
const TAG_BYTES = 16;
function encrypt(key, text) {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
}
function decrypt(key, sealed) {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const body = bytes.subarray(IV_BYTES + TAG_BYTES);
    return decipher.update(body, undefined, 'utf8') + decipher.final('utf8');
}
function perSecond(limit) {
    return limit === null ? null : (1000 * limit.calls) / limit.windowMs;
}
/** R1 and R2 have the documented limits of their own; every other endpoint has the configured one. */
function limitsOf(bucket, configured) {
    if (configured === null)
        return null;
    if (/\/rooms$|\/room_levels$/.test(bucket)) {
        return [
            { calls: 1000, windowMs: 60_000 },
            { calls: 50, windowMs: 1000 },
        ];
    }
    return [configured];
}
//# sourceMappingURL=deps.js.map