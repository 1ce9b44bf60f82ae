import type { Endpoint } from './contract.ts';
import { FeishuError } from './errors.ts';
import type { Answer, CallEvents } from './http.ts';
import type { Seen } from './classify-response.ts';
export interface AttemptInput extends CallEvents {
    endpoint: Endpoint;
    /** Host and port, for messages. */
    host: string;
    /** Hidden in whatever the other side says. */
    hide: () => {
        secrets: string[];
        values: string[];
    };
    signal?: AbortSignal;
}
/** What is known of one call while it runs, and the one place that turns its end into an error. */
export declare class Attempt {
    #private;
    constructor(o: AttemptInput);
    readonly onSent: () => void;
    answered(answer: Answer): void;
    /** For a connection that gave no complete answer: the reason of the caller's signal where that ended it. */
    broke(error: unknown): unknown;
    throwIfAborted(): void;
    failed(seen: Seen, more?: {
        problems?: readonly string[];
        bodySha256?: string;
    }): FeishuError;
    /** Before anything is sent: the token cannot stand in a header. */
    unusableToken(): FeishuError;
}
