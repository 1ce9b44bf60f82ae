import type { Answer, EndpointId, Identity } from './api.ts';
import type { Clock } from './clock.ts';
import type { Settings } from './options.ts';
export interface Auth {
    /** A1: failures too come with HTTP 200. */
    issue(body: Record<string, unknown>): Answer;
    /** Throws the documented refusal when the header names nobody. */
    identify(authorization: string | undefined): Identity;
    /** App of a header, for the ledger; null when unknown. */
    appOf(authorization: string | undefined): string | null;
    /** Makes the tenant token of a header unknown. User tokens live on. */
    revoke(authorization: string | undefined): void;
}
export declare function createAuth({ settings, clock }: {
    settings: Settings;
    clock: Clock;
}): Auth;
export declare const mayReadUserIds: (identity: Identity) => boolean;
interface Access {
    endpoint: EndpointId;
    identity: Identity;
    userIdType: string | null;
}
/** Scopes and token kind, which the gateway checks before it looks at any parameter. */
export declare function checkAccess({ endpoint, identity, userIdType }: Access): void;
export {};
