/**
 * Log-ins of users: codes, device codes, and the tokens that come of them. A refresh token works once; the pair that it gives
 * kills it at once.
 */
import { createHash, randomBytes } from 'node:crypto';
import { OAUTH_CODES } from '../feishu/contract.ts';
import type { Answer, SandboxUser } from './api.ts';
import type { Clock } from './clock.ts';
import type { AppSettings, Settings } from './options.ts';

/** What a person is asked to agree to. */
export interface ConsentRequest {
  app: AppSettings;
  scopes: string[];
}

interface Consent extends ConsentRequest {
  user: SandboxUser;
  atMs: number;
}

interface Code {
  consent: Consent;
  redirectUri: string;
  challenge: { text: string; method: string } | undefined;
  expiresAtMs: number;
  used: boolean;
}

interface DeviceCode extends ConsentRequest {
  userCode: string;
  expiresAtMs: number;
  intervalMs: number;
  askedAtMs: number;
  state: 'pending' | 'refused' | { consent: Consent };
}

export interface AccessToken {
  consent: Consent;
  expiresAtMs: number;
}

interface RefreshToken {
  consent: Consent;
  expiresAtMs: number;
  state: 'good' | 'used' | 'revoked';
}

/** Numbers for tests. */
export interface OAuthFigures {
  /** How often a person has agreed. */
  consents: number;
  refreshes: number;
  /** Refreshes that were refused, by code. */
  refused: number[];
}

type Fields = Record<string, unknown>;
/** `basic`: client id and secret of the Authorization header. */
export interface TokenRequest {
  version: 'v2' | 'v3';
  fields: Fields;
  basic: { id: string; secret: string } | undefined;
}

class Refusal extends Error {
  readonly answer: Answer;
  readonly code: number;

  constructor(code: number, error: string, description: string, status = 400) {
    super(description);
    this.code = code;
    this.answer = { kind: 'json', status, json: { code, error, error_description: description } };
  }
}

const CODE_MS = 300_000;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export class OAuth {
  readonly figures: OAuthFigures = { consents: 0, refreshes: 0, refused: [] };
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #codes = new Map<string, Code>();
  readonly #devices = new Map<string, DeviceCode>();
  readonly #access = new Map<string, AccessToken>();
  readonly #refresh = new Map<string, RefreshToken>();
  /** Scopes that a user has ever granted to an app: a new token carries them all. */
  readonly #granted = new Map<string, Set<string>>();

  constructor({ settings, clock }: { settings: Settings; clock: Clock }) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** The token of a call, alive or not. */
  find(token: string): (AccessToken & { isExpired: boolean }) | undefined {
    const found = this.#access.get(token);
    return found && { ...found, isExpired: found.expiresAtMs <= this.#clock.monotonicMs() };
  }

  /** Every log-in of a user ends: what an administrator does, or the user. */
  revokeAll(): void {
    for (const token of this.#refresh.values()) if (token.state === 'good') token.state = 'revoked';
    this.#access.clear();
  }

  /** A person has agreed on the consent page. @returns the code of the redirect */
  agree(request: ConsentRequest, o: { user: SandboxUser; redirectUri: string; challenge: Code['challenge'] }): string {
    const code = randomBytes(24).toString('base64url');
    this.#codes.set(code, {
      consent: this.#consent(request, o.user),
      redirectUri: o.redirectUri,
      challenge: o.challenge,
      expiresAtMs: this.#clock.monotonicMs() + CODE_MS,
      used: false,
    });
    return code;
  }

  /** The device that a person is asked about; undefined for a wrong or old code. */
  deviceOf(userCode: string): ConsentRequest | undefined {
    return this.#device(userCode);
  }

  /** `user` null: refused. */
  decideDevice(userCode: string, user: SandboxUser | null): void {
    const device = this.#device(userCode);
    if (device?.state !== 'pending') return;
    device.state = user === null ? 'refused' : { consent: this.#consent(device, user) };
  }

  /** A10. */
  authorizeDevice({ fields, basic }: Omit<TokenRequest, 'version'>, baseUrl: string): Answer {
    if (!this.#settings.deviceFlow) {
      return { kind: 'text', status: 404, text: '404 page not found', contentType: 'text/plain; charset=utf-8' };
    }
    return this.#answering(() => {
      const app = this.#client(fields, basic);
      const userCode = randomBytes(4)
        .toString('hex')
        .toUpperCase()
        .replace(/^(.{4})/, '$1-');
      const deviceCode = randomBytes(32).toString('base64url');
      const { deviceCodeMs, deviceIntervalMs } = this.#settings;
      this.#devices.set(deviceCode, {
        app,
        scopes: scopesIn(fields),
        userCode,
        expiresAtMs: this.#clock.monotonicMs() + deviceCodeMs,
        intervalMs: deviceIntervalMs,
        askedAtMs: Number.NEGATIVE_INFINITY,
        state: 'pending',
      });
      const uri = `${baseUrl}/oauth/v1/device`;
      return {
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: uri,
        verification_uri_complete: `${uri}?user_code=${userCode}`,
        expires_in: deviceCodeMs / 1000,
        interval: deviceIntervalMs / 1000,
      };
    });
  }

  /** A7 and A8. */
  token({ version, fields, basic }: TokenRequest): Answer {
    return this.#answering(() => {
      const app = this.#client(fields, basic);
      switch (fields['grant_type']) {
        case 'authorization_code':
          return this.#exchange(app, fields, version);
        case 'refresh_token':
          return this.#renew(app, fields, version);
        case DEVICE_GRANT:
          return this.#poll(app, fields, version);
        default:
          throw new Refusal(OAUTH_CODES.grantTypeUnsupported, 'unsupported_grant_type', 'unsupported grant_type');
      }
    });
  }

  #answering(make: () => Record<string, unknown>): Answer {
    try {
      return { kind: 'json', status: 200, json: make() };
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  }

  #device(userCode: string): DeviceCode | undefined {
    return [...this.#devices.values()].find(
      (device) => device.userCode === userCode && device.expiresAtMs > this.#clock.monotonicMs(),
    );
  }

  #consent(request: ConsentRequest, user: SandboxUser): Consent {
    this.figures.consents++;
    const key = `${request.app.app_id} ${user.open_id}`;
    const granted = this.#granted.get(key) ?? new Set();
    for (const scope of request.scopes) granted.add(scope);
    this.#granted.set(key, granted);
    return { app: request.app, scopes: [...granted], user, atMs: this.#clock.monotonicMs() };
  }

  #client(fields: Fields, basic: TokenRequest['basic']): AppSettings {
    if (basic && fields['client_secret'] !== undefined) {
      throw new Refusal(OAUTH_CODES.twoClientMethods, 'invalid_request', 'two client authentication methods');
    }
    const id = basic?.id ?? fields['client_id'];
    const secret = basic?.secret ?? fields['client_secret'];
    if (typeof id !== 'string' || typeof secret !== 'string') {
      throw new Refusal(OAUTH_CODES.parameterMissing, 'invalid_request', 'client_id or client_secret is missing');
    }
    const app = this.#settings.apps.find((each) => each.app_id === id);
    if (!app) throw new Refusal(OAUTH_CODES.appUnknown, 'invalid_client', 'the app does not exist');
    if (app.app_secret === secret) return app;
    throw new Refusal(OAUTH_CODES.clientSecretInvalid, 'invalid_client', `the client secret ${secret} is invalid`);
  }

  #exchange(app: AppSettings, fields: Fields, version: 'v2' | 'v3'): Record<string, unknown> {
    const code = this.#codes.get(textIn(fields, 'code'));
    if (!code) throw new Refusal(OAUTH_CODES.codeNotFound, 'invalid_grant', 'the code was not found');
    if (code.consent.app !== app) throw new Refusal(OAUTH_CODES.otherClient, 'invalid_grant', 'code of another client');
    if (code.used) throw new Refusal(OAUTH_CODES.codeUsed, 'invalid_grant', 'the code was used already');
    if (code.expiresAtMs <= this.#clock.monotonicMs()) {
      throw new Refusal(OAUTH_CODES.codeExpired, 'invalid_grant', 'the code has expired');
    }
    const redirect = fields['redirect_uri'];
    if (redirect !== undefined && redirect !== code.redirectUri) {
      throw new Refusal(OAUTH_CODES.redirectDiffers, 'invalid_grant', 'redirect_uri differs');
    }
    if (!isProven(code.challenge, fields['code_verifier'], version)) {
      throw new Refusal(OAUTH_CODES.pkceFailed, 'invalid_grant', 'the PKCE check failed');
    }
    code.used = true;
    return this.#pair(code.consent, version);
  }

  #renew(app: AppSettings, fields: Fields, version: 'v2' | 'v3'): Record<string, unknown> {
    const text = textIn(fields, 'refresh_token');
    const token = this.#refresh.get(text);
    const refuse = (code: number, description: string): never => {
      this.figures.refused.push(code);
      throw new Refusal(code, 'invalid_grant', description);
    };
    if (!token) return refuse(OAUTH_CODES.refreshTokenInvalid, `the refresh token ${text} is invalid`);
    if (token.consent.app !== app) return refuse(OAUTH_CODES.otherClient, 'refresh token of another client');
    if (!app.mayRefresh) return refuse(OAUTH_CODES.refreshSwitchedOff, 'the app may not refresh');
    if (token.state === 'used') return refuse(OAUTH_CODES.refreshTokenUsed, 'the refresh token was used already');
    if (token.state === 'revoked') return refuse(OAUTH_CODES.refreshTokenRevoked, 'the refresh token was revoked');
    const nowMs = this.#clock.monotonicMs();
    if (token.expiresAtMs <= nowMs || nowMs - token.consent.atMs >= this.#settings.consentMs) {
      return refuse(OAUTH_CODES.refreshTokenExpired, 'the refresh token has expired');
    }
    token.state = 'used';
    this.figures.refreshes++;
    return this.#pair(token.consent, version);
  }

  #poll(app: AppSettings, fields: Fields, version: 'v2' | 'v3'): Record<string, unknown> {
    const device = this.#devices.get(textIn(fields, 'device_code'));
    if (!device || device.app !== app) return refuseDevice('invalid_grant');
    const nowMs = this.#clock.monotonicMs();
    if (device.expiresAtMs <= nowMs) return refuseDevice('expired_token');
    const tooFast = nowMs - device.askedAtMs < device.intervalMs * 0.8;
    device.askedAtMs = nowMs;
    if (device.state === 'refused') return refuseDevice('access_denied');
    if (device.state === 'pending') return refuseDevice(tooFast ? 'slow_down' : 'authorization_pending');
    device.expiresAtMs = nowMs;
    return this.#pair(device.state.consent, version);
  }

  #pair(consent: Consent, version: 'v2' | 'v3'): Record<string, unknown> {
    const nowMs = this.#clock.monotonicMs();
    const { accessTokenMs, refreshTokenMs } = this.#settings;
    const access = version === 'v2' ? `u-${randomBytes(20).toString('hex')}` : jwt();
    this.#access.set(access, { consent, expiresAtMs: nowMs + accessTokenMs });
    const refresh = randomBytes(40).toString('base64url');
    const isOffline = consent.scopes.includes('offline_access');
    if (isOffline) this.#refresh.set(refresh, { consent, expiresAtMs: nowMs + refreshTokenMs, state: 'good' });
    return {
      code: 0,
      access_token: access,
      expires_in: accessTokenMs / 1000,
      ...(isOffline && { refresh_token: refresh, refresh_token_expires_in: refreshTokenMs / 1000 }),
      token_type: 'Bearer',
      scope: consent.scopes.join(' '),
    };
  }
}

function refuseDevice(error: string): never {
  throw new Refusal(OAUTH_CODES.codeNotFound, error, error.replaceAll('_', ' '));
}

/** As long as the real ones. */
function jwt(): string {
  return `eyJhbGciOiJFUzI1NiJ9.${randomBytes(900).toString('base64url')}.${randomBytes(64).toString('base64url')}`;
}

/** v3 refuses a verifier where there was no challenge; v2 lets it pass. */
function isProven(challenge: Code['challenge'], verifier: unknown, version: 'v2' | 'v3'): boolean {
  if (challenge === undefined) return verifier === undefined || version === 'v2';
  if (typeof verifier !== 'string') return false;
  const text = challenge.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier;
  return text === challenge.text;
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Refusal(OAUTH_CODES.parameterMissing, 'invalid_request', `${name} is missing`);
}

function scopesIn(fields: Fields): string[] {
  const { scope } = fields;
  return typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : [];
}
