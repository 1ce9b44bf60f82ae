import type { Endpoint } from './contract.ts';
import type { Failure } from './classify-response.ts';
import type { Redact } from './redact.ts';
/** Text from the other side, fit for one line of a message: without secrets, control characters and length. */
export declare function foreignText(text: string, redact: Redact): string;
export interface Occurrence {
    endpoint: Endpoint;
    host: string;
    failure: Failure;
    status?: number;
    logId?: string;
    retryAfterMs?: number;
    sent: boolean;
    /** Of a network error: its code or short text. */
    reason?: string;
    /** Of an unexpected shape: one text for each field. */
    problems?: readonly string[];
    /** Of a body that is not what belongs there: content type and length. */
    body?: string;
    redact: Redact;
}
/** What was tried, what came back, what to do next. */
export declare function messageFor(o: Occurrence): {
    message: string;
    advice: string;
};
