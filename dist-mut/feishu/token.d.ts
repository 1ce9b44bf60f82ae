import type { FeishuClient } from './client.ts';
/** Where the token of a call comes from. */
export interface TokenSource {
    /** Rejects with the `FeishuError` of the call that fetches tokens. */
    get(): Promise<string>;
    /** Feishu called this token dead. Drops it unless another one has taken its place already. */
    drop(token: string): void;
    /** `true`: there is no other token to fetch, a dead one needs a person. */
    readonly fixed: boolean;
}
/** A token that was given from outside, such as a user's. */
export declare class FixedToken implements TokenSource {
    #private;
    readonly fixed = true;
    constructor(token: string);
    get(): Promise<string>;
    /** Nothing to drop: there is no other. */
    drop(): void;
}
export interface Clock {
    /** Never goes back, but stands still while the machine sleeps. */
    monotonicMs(): number;
    /** Runs on while the machine sleeps, but can be set. */
    wallMs(): number;
    sleep(ms: number): Promise<void>;
}
/**
 * Tenant tokens of a custom app: fetched when needed, cached until three minutes before their end, one fetch at a time however
 * many callers wait, at most one fetch a second.
 */
export declare class TenantTokens implements TokenSource {
    #private;
    readonly fixed = false;
    constructor(o: {
        client: Pick<FeishuClient, 'tenantAccessToken'>;
        appId: string;
        appSecret: string;
        clock?: Clock;
    });
    get(): Promise<string>;
    drop(token: string): void;
}
