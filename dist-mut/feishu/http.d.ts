import { Readable } from 'node:stream';
import { Pool } from 'undici';
/** Signs of life of one call, in the order in which they come. */
export interface CallEvents {
    /** The next thing that happens is that bytes of the request leave. */
    onSent?: () => void;
    /** Response headers arrived, whatever the status. */
    onAnswer?: (answer: {
        status: number;
        logId?: string;
    }) => void;
}
export interface Answer {
    status: number;
    headers: Headers;
    /** Destroy it or read it to its end; until then the connection is taken. */
    body: Readable;
}
type Headers = Record<string, string | string[] | undefined>;
export interface ExchangeInput extends CallEvents {
    method: 'GET' | 'POST';
    /** With query string, percent-encoded. */
    path: string;
    headers: Record<string, string>;
    body?: string;
    signal?: AbortSignal;
    /** From the start of the call, with the wait for a connection, to the headers. */
    answerTimeoutMs: number;
    /** Between two pieces of the body, while somebody reads it. */
    bodyIdleTimeoutMs: number;
}
/**
 * One HTTP call, never a second one. Resolves when headers have arrived; rejects with the reason of `signal`, an
 * `AnswerTimeout` or the error of undici. The body fails with the same ones.
 */
export declare function exchange(pool: Pool, o: ExchangeInput): Promise<Answer>;
export declare function poolFor(origin: string, connectTimeoutMs: number): Pool;
/** `X-Tt-Logid` is the one that Feishu's support asks for; the other is a fallback. */
export declare function logIdIn(headers: Headers): string | undefined;
export declare function isLogId(value: string | undefined): value is string;
export declare function headerIn(headers: Headers, name: string): string | undefined;
export {};
