import { setTimeout as sleep } from 'node:timers/promises';
import { ActionNeededError, type OAuthClient, type Secret, type TokenSource } from '../feishu/index.ts';
import { grantName, idleFrom, readGrant, stateOf, type Grant, type StoredGrant } from './grant.ts';
import { renewGrant } from './renew.ts';
import type { Vault } from './vault.ts';

export interface GrantTokensOptions {
  vault: Vault;
  profile: string;
  apiHost: string;
  appId: string;
  client: OAuthClient;
  /** A call that costs no quota and tells whether Feishu answers: refreshing for that would use up a refresh token. */
  refetch: TokenSource['refetch'];
  /** Told of refreshes that failed while the access token is still good. */
  onTrouble?: (error: unknown) => void;
  nowMs?: () => number;
}

/** The stored grant may be looked at so seldom: a log-in or log-out elsewhere shows after this time. */
const LOOK_EVERY_MS = 1000;
/** For other processes that refresh. One that died with the lock loses it after ten seconds. */
const LOCK_WAIT_MS = 60_000;
/** Between two tries while the access token is still good. */
const LONGEST_PAUSE_MS = 30_000;
const SHORTEST_PAUSE_MS = 250;
/** A new token that Feishu calls dead at once is not replaced faster than this. */
const BETWEEN_FORCED_MS = 1000;
/** Between two looks whether the grant has idled for half of its life. */
const LONGEST_KEEPING_MS = 60_000;

/** Tokens of the user who logged in. Renewed before their end, by one process at a time however many share the grants. */
export class GrantTokens implements TokenSource {
  readonly fixed = false;
  readonly refetch: TokenSource['refetch'];
  readonly secret: Secret;
  readonly #o: GrantTokensOptions;
  readonly #nowMs: () => number;
  #seen: { stored: StoredGrant | null; atMs: number } | undefined;
  /** Version of the grant when it was last looked at. */
  #number = 0;
  #renewing: Promise<Grant | null> | undefined;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** Access token that Feishu called dead. */
  #dead: string | undefined;
  /** What was there when a person was called for. */
  #refused: { number: number; secret: string } | undefined;

  constructor(o: GrantTokensOptions) {
    this.#o = o;
    this.#nowMs = o.nowMs ?? Date.now;
    this.refetch = o.refetch;
    this.secret = o.client.secret;
  }

  async get(): Promise<string> {
    const grant = await this.#look();
    if (grant === null) throw await this.#needed('nobody has logged in');
    const state = this.#stateOf(grant);
    if (state.isUsable) {
      const isFree = this.#nowMs() >= this.#pausedUntilMs;
      if ((state.isDue || state.isIdle) && canBeRenewed(grant) && isFree) this.#renewBeside(grant);
      return grant.access_token;
    }
    return await this.#afterItsEnd(grant);
  }

  drop(token: string): void {
    this.#dead = token;
  }

  async hasChanged(): Promise<boolean> {
    if (this.#refused === undefined) return false;
    const { number, secret } = this.#refused;
    if (number !== (await this.#newest())) {
      this.#seen = undefined;
      return true;
    }
    return secret !== (await this.secret.get());
  }

  /**
   * Renews a grant that has idled for half of its life, so that it outlives weeks without work.
   * @returns after how many milliseconds to look again
   */
  async keepAlive(): Promise<number> {
    try {
      const grant = await this.#look();
      if (grant === null || !canBeRenewed(grant)) return LONGEST_KEEPING_MS;
      if (this.#stateOf(grant).isIdle) await this.#renew();
      const next = idleFrom((await this.#look()) ?? grant) - this.#nowMs();
      return Math.min(LONGEST_KEEPING_MS, Math.max(LOOK_EVERY_MS, next));
    } catch (error) {
      this.#o.onTrouble?.(error);
      return LONGEST_KEEPING_MS;
    }
  }

  /** Resolves when no refresh is under way. */
  async settled(): Promise<void> {
    await this.#renewing?.catch(() => undefined);
  }

  async #afterItsEnd(grant: Grant): Promise<string> {
    if (!canBeRenewed(grant)) throw await this.#needed(whyNot(grant));
    if (grant.access_token === this.#dead) {
      const restMs = grant.access_since + BETWEEN_FORCED_MS - this.#nowMs();
      if (restMs > 0) await sleep(Math.min(restMs, BETWEEN_FORCED_MS));
    }
    await this.#renew().catch(async (error: unknown) => {
      throw error instanceof ActionNeededError ? await this.#noting(error, await this.#newest()) : error;
    });
    // Not what the renewal left: somebody may have logged in since.
    const newest = await this.#look();
    if (newest === null) throw await this.#needed('nobody is logged in any more');
    if (this.#stateOf(newest).isUsable) return newest.access_token;
    throw await this.#needed(whyNot(newest));
  }

  /** The access token goes on being used meanwhile, and when it fails. */
  #renewBeside(grant: Grant): void {
    const leftMs = grant.access_expires_at - this.#nowMs();
    this.#pausedUntilMs = this.#nowMs() + Math.max(SHORTEST_PAUSE_MS, Math.min(LONGEST_PAUSE_MS, leftMs / 4));
    this.#renew().catch((error: unknown) => this.#o.onTrouble?.(error));
  }

  #renew(): Promise<Grant | null> {
    this.#renewing ??= renewGrant({
      ...this.#o,
      nowMs: this.#nowMs,
      waitMs: LOCK_WAIT_MS,
      isDue: (grant) => {
        const { isUsable, isDue, isIdle } = this.#stateOf(grant);
        return !isUsable || isDue || isIdle;
      },
    }).finally(() => {
      this.#renewing = undefined;
      this.#seen = undefined;
    });
    return this.#renewing;
  }

  #stateOf(grant: Grant): ReturnType<typeof stateOf> {
    const state = stateOf(grant, this.#nowMs());
    return grant.access_token === this.#dead ? { ...state, isUsable: false } : state;
  }

  /** @throws ActionNeededError for a grant of another app */
  async #look(): Promise<Grant | null> {
    const nowMs = this.#nowMs();
    if (this.#seen === undefined || Math.abs(nowMs - this.#seen.atMs) >= LOOK_EVERY_MS) {
      // Before it is read: what is written from then on counts as a change.
      this.#number = await this.#newest();
      this.#seen = { stored: await readGrant(this.#o.vault, this.#o.profile), atMs: nowMs };
    }
    const grant = this.#seen.stored?.grant ?? null;
    if (grant !== null && (grant.app_id !== this.#o.appId || grant.api_host !== this.#o.apiHost)) {
      throw await this.#needed('the log-in that is stored is of another app or another host');
    }
    return grant;
  }

  async #needed(reason: string): Promise<ActionNeededError> {
    const error = new ActionNeededError(`feishu-vc login --profile ${this.#o.profile}: ${reason}`);
    return await this.#noting(error, this.#number);
  }

  async #noting(error: ActionNeededError, number: number): Promise<ActionNeededError> {
    this.#refused = { number, secret: await this.secret.get() };
    return error;
  }

  #newest(): Promise<number> {
    return this.#o.vault.newest(grantName(this.#o.profile));
  }
}

function canBeRenewed({ broken, refresh_token }: Grant): boolean {
  return broken === null && refresh_token !== null;
}

function whyNot({ broken, refresh_token }: Grant): string {
  if (broken !== null) return broken.reason;
  if (refresh_token === null) {
    return 'the log-in has ended: it came without offline_access, or the app may not refresh ("Refresh user_access_token" in its security settings)';
  }
  return 'Feishu calls its new tokens dead';
}
