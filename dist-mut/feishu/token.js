/** A token that was given from outside, such as a user's. */
export class FixedToken {
    fixed = true;
    #token;
    constructor(token) {
        this.#token = token;
    }
    get() {
        return Promise.resolve(this.#token);
    }
    /** Nothing to drop: there is no other. */
    drop() { }
}
const SYSTEM_CLOCK = {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
/** Both official SDKs stop using a token this long before its end. */
const MARGIN_MS = 180_000;
/** For half an hour Feishu may answer with the very token that was dropped; without a pause that would become a loop. */
const SHORTEST_PAUSE_MS = 1_000;
/**
 * Tenant tokens of a custom app: fetched when needed, cached until three minutes before their end, one fetch at a time however
 * many callers wait, at most one fetch a second.
 */
export class TenantTokens {
    fixed = false;
    #client;
    #appId;
    #appSecret;
    #clock;
    #cached;
    #fetching;
    #lastFetch;
    constructor(o) {
        this.#client = o.client;
        this.#appId = o.appId;
        this.#appSecret = o.appSecret;
        this.#clock = o.clock ?? SYSTEM_CLOCK;
    }
    get() {
        const cached = this.#cached;
        if (cached !== undefined && this.#ageMs(cached.since) < cached.usableMs)
            return Promise.resolve(cached.token);
        this.#fetching ??= this.#fetch().finally(() => {
            this.#fetching = undefined;
        });
        return this.#fetching;
    }
    drop(token) {
        if (this.#cached?.token === token)
            this.#cached = undefined;
    }
    async #fetch() {
        if (this.#lastFetch !== undefined) {
            // By the monotonic clock alone: a wall clock that was set back would make this pause endless.
            const restMs = SHORTEST_PAUSE_MS - (this.#clock.monotonicMs() - this.#lastFetch.monotonicMs);
            if (restMs > 0)
                await this.#clock.sleep(restMs);
        }
        // The life that Feishu names began before its answer arrived: count from the question.
        const since = this.#now();
        this.#lastFetch = since;
        const { token, expireS } = await this.#client.tenantAccessToken(this.#appId, this.#appSecret);
        this.#cached = { token, since, usableMs: usableMs(expireS * 1000) };
        return token;
    }
    #now() {
        return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
    }
    /** By whichever clock says older: one of them stands still in a sleeping machine, the other can be set back. */
    #ageMs(since) {
        const now = this.#now();
        return Math.max(now.monotonicMs - since.monotonicMs, now.wallMs - since.wallMs);
    }
}
/** A token that comes with less than the margin is used all the same, for half of its rest: Feishu has no better one. */
function usableMs(lifeMs) {
    return lifeMs > MARGIN_MS ? lifeMs - MARGIN_MS : Math.max(0, lifeMs / 2);
}
//# sourceMappingURL=token.js.map