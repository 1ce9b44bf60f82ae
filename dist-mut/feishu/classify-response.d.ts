import type { FeishuErrorDetail } from './contract.ts';
import type { FeishuErrorCode, FeishuErrorKind } from './errors.ts';
/** What was seen of a call: no complete answer, an answer, or an answer whose fields are not the documented ones. */
export type Seen = {
    what: 'network';
    error: unknown;
    sent: boolean;
    answered: boolean;
} | {
    what: 'answer';
    status: number;
    contentType: string;
    /** `broken`: the connection ended in the middle of it. `too_large`: over the limit, not read to its end. */
    body: Uint8Array | 'broken' | 'too_large';
    /** A file was asked for; JSON that reports success is no success then. */
    wantsFile?: boolean;
    /** The call that hands out tokens: whatever it refuses, it refuses the app. */
    isAuth?: boolean;
    /** Why the body ended, with `broken`. */
    error?: unknown;
} | {
    what: 'shape';
};
export type Classified = {
    ok: true;
    json: Record<string, unknown>;
} | Failure;
export interface Failure {
    ok: false;
    kind: FeishuErrorKind;
    code: FeishuErrorCode;
    feishuCode?: number;
    msg?: string;
    detail?: FeishuErrorDetail;
}
/** The one place that decides what a wire error means. Total: whatever is seen gets a kind. */
export declare function classifyResponse(seen: Seen): Classified;
