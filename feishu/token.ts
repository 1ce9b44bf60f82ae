import type { FeishuClient } from './client.ts';

/** A secret as it is configured. One that lies in a file is read again, so that it can be changed while this runs. */
export interface Secret {
  /** The setting that gives it, for whoever has to put it right: `FEISHU_APP_SECRET_FILE`. */
  readonly setting: string;
  /** Whether a new value is taken without a new start. */
  readonly isReread: boolean;
  get(): Promise<string>;
}

/** A secret that stays as it is. */
export function givenSecret(setting: string, value: string): Secret {
  return { setting, isReread: false, get: () => Promise.resolve(value) };
}

/**
 * No token can be had until a person acts. The message begins with what to type (`feishu-vc login --profile hq: …`) and holds
 * no secret: it is what an operator reads while calls wait.
 */
export class ActionNeededError extends Error {
  override readonly name = 'ActionNeededError';
}

/** Where the token of a call comes from. */
export interface TokenSource {
  /** Rejects with the `FeishuError` of the call that fetches tokens, or with an `ActionNeededError`. */
  get(): Promise<string>;
  /** Feishu called this token dead. Drops it unless another one has taken its place already. */
  drop(token: string): void;
  /** `true`: there is no other token to fetch, a dead one needs a person. */
  readonly fixed: boolean;
  readonly secret: Secret;
  /** Whether the secret is another one than the one used last: worth a try where that one was rejected. */
  hasChanged(): Promise<boolean>;
  /**
   * Fetches a token, whether there is a usable one or not: the call that tells whether Feishu answers at all and costs no
   * quota. Null where there is none to fetch.
   */
  readonly refetch: (() => Promise<unknown>) | null;
}

/** A token that was given from outside, such as a user's. */
export class FixedToken implements TokenSource {
  readonly fixed = true;
  readonly refetch = null;
  readonly secret: Secret;
  #used: string | undefined;

  constructor(secret: Secret) {
    this.secret = secret;
  }

  async get(): Promise<string> {
    this.#used = await this.secret.get();
    return this.#used;
  }

  /** Nothing to drop: there is no other. */
  drop(): void {}

  async hasChanged(): Promise<boolean> {
    return this.#used !== (await this.secret.get());
  }
}

export interface Clock {
  /** Never goes back, but stands still while the machine sleeps. */
  monotonicMs(): number;
  /** Runs on while the machine sleeps, but can be set. */
  wallMs(): number;
  sleep(ms: number): Promise<void>;
}

const SYSTEM_CLOCK: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Both official SDKs stop using a token this long before its end. */
const MARGIN_MS = 180_000;
/** For half an hour Feishu may answer with the very token that was dropped; without a pause that would become a loop. */
const SHORTEST_PAUSE_MS = 1_000;

interface Moment {
  monotonicMs: number;
  wallMs: number;
}

/**
 * Tenant tokens of a custom app: fetched when needed, cached until three minutes before their end, one fetch at a time however
 * many callers wait, at most one fetch a second.
 */
export class TenantTokens implements TokenSource {
  readonly fixed = false;
  readonly secret: Secret;
  readonly refetch = (): Promise<unknown> => this.#fetchOnce();
  readonly #client: Pick<FeishuClient, 'tenantAccessToken'>;
  readonly #appId: string;
  readonly #clock: Clock;
  #cached: { token: string; since: Moment; usableMs: number } | undefined;
  #fetching: Promise<string> | undefined;
  #lastFetch: Moment | undefined;
  #usedSecret: string | undefined;

  constructor(o: { client: Pick<FeishuClient, 'tenantAccessToken'>; appId: string; secret: Secret; clock?: Clock }) {
    this.#client = o.client;
    this.#appId = o.appId;
    this.secret = o.secret;
    this.#clock = o.clock ?? SYSTEM_CLOCK;
  }

  get(): Promise<string> {
    const cached = this.#cached;
    if (cached !== undefined && this.#ageMs(cached.since) < cached.usableMs) return Promise.resolve(cached.token);
    return this.#fetchOnce();
  }

  async hasChanged(): Promise<boolean> {
    return this.#usedSecret !== (await this.secret.get());
  }

  drop(token: string): void {
    if (this.#cached?.token === token) this.#cached = undefined;
  }

  #fetchOnce(): Promise<string> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<string> {
    if (this.#lastFetch !== undefined) {
      // By the monotonic clock alone: a wall clock that was set back would make this pause endless.
      const restMs = SHORTEST_PAUSE_MS - (this.#clock.monotonicMs() - this.#lastFetch.monotonicMs);
      if (restMs > 0) await this.#clock.sleep(restMs);
    }
    const secret = await this.secret.get();
    this.#usedSecret = secret;
    // The life that Feishu names began before its answer arrived: count from the question.
    const since = this.#now();
    this.#lastFetch = since;
    const { token, expireS } = await this.#client.tenantAccessToken(this.#appId, secret);
    this.#cached = { token, since, usableMs: usableMs(expireS * 1000) };
    return token;
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }

  /** By whichever clock says older: one of them stands still in a sleeping machine, the other can be set back. */
  #ageMs(since: Moment): number {
    const now = this.#now();
    return Math.max(now.monotonicMs - since.monotonicMs, now.wallMs - since.wallMs);
  }
}

/** A token that comes with less than the margin is used all the same, for half of its rest: Feishu has no better one. */
function usableMs(lifeMs: number): number {
  return lifeMs > MARGIN_MS ? lifeMs - MARGIN_MS : Math.max(0, lifeMs / 2);
}
