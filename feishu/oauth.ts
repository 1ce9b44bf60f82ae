/**
 * The OAuth side of Feishu: user tokens from a code, a device code or a refresh token, by A7 (v2) or A8 (v3).
 *
 * Retries nothing. v3 falls back to v2 where the endpoint itself fails, never on a refusal, and never after a request whose
 * answer is lost: that one may have used up a code or a refresh token.
 */
import { createHash, randomBytes } from 'node:crypto';
import { AUTHORIZE_PATH, CODES, ENDPOINTS, OAUTH_CODES } from './contract.ts';
import { foreignText } from './error-messages.ts';
import { FeishuError } from './errors.ts';
import { readJson } from './json.ts';
import { redactorFor } from './redact.ts';
import { DEVICE_AUTHORIZATION, problemsIn, USER_TOKEN } from './schemas.ts';
import type { Secret } from './token.ts';
import { seenOf, Transport } from './transport.ts';
import type { Request } from './transport.ts';
import type { Attempt } from './attempt.ts';

export type OAuthVersion = 'v2' | 'v3';

export interface OAuthClientOptions {
  /** API host, for v2. */
  baseUrl: string;
  /** Host of the consent page, of v3 and of the device flow. */
  accountsUrl: string;
  version: OAuthVersion;
  appId: string;
  secret: Secret;
}

/** A pair as it came. Lives are in seconds from the question on. */
export interface UserTokens {
  accessToken: string;
  accessLifeS: number;
  /** Null without offline_access, and where a refresh brought none: the old one goes on then. */
  refreshToken: string | null;
  refreshLifeS: number | null;
  /** What was really granted. */
  scopes: string[];
  /** The endpoint that gave it. */
  version: OAuthVersion;
}

/** A7, A8 or A10 said no. `error`: the word of RFC 6749 or 8628; the message holds no token, code or secret. */
export class OAuthRefusal extends Error {
  override readonly name = 'OAuthRefusal';
  readonly code: number | null;
  readonly error: string;

  constructor(o: { code: number | null; error: string; description: string }) {
    super([o.code ?? o.error, o.description].filter((part) => part !== '').join(' '));
    this.code = o.code;
    this.error = o.error;
  }
}

export interface DeviceAuthorization {
  deviceCode: string;
  userCode: string;
  /** What a person opens. */
  url: string;
  expiresInS: number;
  intervalS: number;
}

/** Of one consent page: where it is, and what its answer is checked against. */
export interface ConsentPage {
  url: string;
  state: string;
  verifier: string;
  redirectUri: string;
}

/** Where the answer does not say; RFC 8628 has 5 s for the interval. */
const DEVICE_DEFAULTS = { expiresInS: 240, intervalS: 5 };
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const V3_DEFAULT_LIFE_S = 604_800;

export class OAuthClient {
  readonly #o: OAuthClientOptions;
  readonly #api: Transport;
  readonly #accounts: Transport;

  constructor(o: OAuthClientOptions) {
    this.#o = o;
    this.#api = new Transport({ baseUrl: o.baseUrl });
    this.#accounts = new Transport({ baseUrl: o.accountsUrl });
  }

  get secret(): Secret {
    return this.#o.secret;
  }

  /** A6, with PKCE. */
  consentPage(o: { scopes: readonly string[]; redirectUri: string }): ConsentPage {
    const verifier = randomBytes(48).toString('base64url');
    const state = randomBytes(24).toString('base64url');
    const url = new URL(`${this.#o.accountsUrl}${AUTHORIZE_PATH}`);
    url.search = new URLSearchParams({
      client_id: this.#o.appId,
      response_type: 'code',
      redirect_uri: o.redirectUri,
      scope: o.scopes.join(' '),
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    return { url: url.href, state, verifier, redirectUri: o.redirectUri };
  }

  /** @throws OAuthRefusal, FeishuError */
  exchange(
    code: string,
    { verifier, redirectUri }: Pick<ConsentPage, 'verifier' | 'redirectUri'>,
  ): Promise<UserTokens> {
    return this.#tokens(
      { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri },
      this.#o.version,
    );
  }

  /**
   * Uses the token up: it works once. `version`: the endpoint that gave it, since v2 takes only its own.
   * @throws OAuthRefusal, FeishuError; after one that was sent and not answered nobody knows whether the token is used up
   */
  refresh(refreshToken: string, version: OAuthVersion): Promise<UserTokens> {
    return this.#tokens({ grant_type: 'refresh_token', refresh_token: refreshToken }, version);
  }

  /**
   * A10. Not documented: the official tools use it.
   * @throws FeishuError `WRONG_PATH` where the host does not offer it
   */
  async authorizeDevice(scopes: readonly string[]): Promise<DeviceAuthorization> {
    const { appId, secret } = this.#o;
    const value = await secret.get();
    const { json, attempt } = await this.#ask(this.#accounts, {
      endpoint: ENDPOINTS.deviceAuthorization,
      form: { client_id: appId, scope: scopes.join(' ') },
      basic: { id: appId, secret: value },
      secrets: [value],
      call: {},
    });
    const parsed = DEVICE_AUTHORIZATION.safeParse(json);
    if (!parsed.success) throw attempt.failed({ what: 'shape' }, { problems: problemsIn(parsed.error, '') });
    const { data } = parsed;
    return {
      deviceCode: data.device_code,
      userCode: data.user_code,
      url: data.verification_uri_complete ?? data.verification_uri,
      expiresInS: data.expires_in ?? DEVICE_DEFAULTS.expiresInS,
      intervalS: data.interval ?? DEVICE_DEFAULTS.intervalS,
    };
  }

  /** One look: the tokens, or the `OAuthRefusal` `authorization_pending`, `slow_down`, `access_denied`, `expired_token`. */
  pollDevice(deviceCode: string): Promise<UserTokens> {
    return this.#tokens({ grant_type: DEVICE_GRANT, device_code: deviceCode }, this.#o.version);
  }

  async close(): Promise<void> {
    await Promise.all([this.#api.destroy(), this.#accounts.destroy()]);
  }

  async #tokens(fields: Record<string, string>, version: OAuthVersion): Promise<UserTokens> {
    if (version === 'v2') return await this.#tokensBy('v2', fields);
    try {
      return await this.#tokensBy('v3', fields);
    } catch (error) {
      if (!isEndpointFailure(error)) throw error;
      return await this.#tokensBy('v2', fields).catch((second: unknown) => {
        // v2 does not know what v3 has given: that says nothing about the token.
        const isOfV3 = second instanceof OAuthRefusal && second.code === OAUTH_CODES.refreshTokenInvalid;
        throw isOfV3 ? error : second;
      });
    }
  }

  /** v2 takes JSON with the secret in it, v3 a form with HTTP Basic: it refuses both at once. */
  async #tokensBy(version: OAuthVersion, fields: Record<string, string>): Promise<UserTokens> {
    const { appId, secret } = this.#o;
    const value = await secret.get();
    const secrets = [value, fields['code'], fields['code_verifier'], fields['refresh_token'], fields['device_code']];
    const shared = { secrets: secrets.filter((each) => each !== undefined), call: {} };
    const { json, attempt } =
      version === 'v3'
        ? await this.#ask(this.#accounts, {
            ...shared,
            endpoint: ENDPOINTS.userTokenV3,
            form: fields,
            basic: { id: appId, secret: value },
          })
        : await this.#ask(this.#api, {
            ...shared,
            endpoint: ENDPOINTS.userTokenV2,
            body: { ...fields, client_id: appId, client_secret: value },
          });
    const parsed = USER_TOKEN.safeParse(json);
    if (!parsed.success) throw attempt.failed({ what: 'shape' }, { problems: problemsIn(parsed.error, '') });
    const { data } = parsed;
    return {
      accessToken: data.access_token,
      accessLifeS: data.expires_in,
      refreshToken: data.refresh_token ?? null,
      refreshLifeS: data.refresh_token === undefined ? null : (data.refresh_token_expires_in ?? V3_DEFAULT_LIFE_S),
      scopes: (data.scope ?? '').split(' ').filter((scope) => scope !== ''),
      version,
    };
  }

  /** A JSON object without an error in it. v3 and A10 need not have Feishu's `code`. */
  async #ask(transport: Transport, request: Request): Promise<{ json: Record<string, unknown>; attempt: Attempt }> {
    const { answer, attempt } = await transport.send(request);
    const read = await transport.read(answer);
    const json = read.state === 'complete' ? objectIn(read.bytes) : undefined;
    const isTrouble = answer.status >= 500 || answer.status === 429;
    const refused = isTrouble || json === undefined ? undefined : refusalIn(json, request);
    if (refused) throw refused;
    const code = json?.['code'] ?? 0;
    if (answer.status < 300 && json !== undefined && code === 0) return { json, attempt };
    const isMissing = (answer.status === 404 || answer.status === 405) && json === undefined;
    const seen = seenOf(answer, read);
    // Whatever the page says: the host has no such call.
    const body = isMissing && typeof seen.body !== 'string' ? Buffer.from('404 page not found') : seen.body;
    throw attempt.failed({
      what: 'answer',
      ...seen,
      body,
      ...(isMissing && { contentType: 'text/plain' }),
      isAuth: true,
    });
  }
}

/** The endpoint fails, whatever it is asked: it is not there, answers 5xx or something else than JSON, or takes no connection. */
function isEndpointFailure(error: unknown): boolean {
  if (!(error instanceof FeishuError)) return false;
  if (error.kind === 'network') return !error.sent;
  return error.kind === 'server' || error.code === 'WRONG_PATH' || error.code === 'REDIRECTED';
}

function objectIn(bytes: Uint8Array): Record<string, unknown> | undefined {
  const read = readJson(Buffer.from(bytes).toString('utf8'));
  if (read.state !== 'read' || typeof read.value !== 'object' || Array.isArray(read.value)) return undefined;
  return read.value === null ? undefined : (read.value as Record<string, unknown>);
}

function refusalIn(json: Record<string, unknown>, request: Request): OAuthRefusal | undefined {
  const { code, error, error_description: description, msg } = json;
  // Not a word about what was sent: the endpoint is in trouble.
  if (code === OAUTH_CODES.serverError || code === OAUTH_CODES.unavailable || code === CODES.throttled)
    return undefined;
  const isRefused = (typeof code === 'number' && code !== 0) || (typeof error === 'string' && error !== '');
  if (!isRefused) return undefined;
  const redact = redactorFor({ secrets: request.secrets ?? [], values: [] });
  const said = [description, msg].find((text) => typeof text === 'string') ?? '';
  return new OAuthRefusal({
    code: typeof code === 'number' ? code : null,
    error: typeof error === 'string' ? foreignText(error, redact) : '',
    description: foreignText(said, redact),
  });
}
