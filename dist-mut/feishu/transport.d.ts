import { Attempt } from './attempt.ts';
import type { ReadBody } from './body.ts';
import type { Endpoint } from './contract.ts';
import type { Answer, CallEvents } from './http.ts';
export interface TransportOptions {
    /** API host with scheme, `https://open.feishu.cn`. */
    baseUrl: string;
    /** Default 5,000. */
    connectTimeoutMs?: number;
    /** From the start of the call, with the wait for a connection, to the response headers. Default 10,000. */
    answerTimeoutMs?: number;
    /** Longest silence inside a body. Default 30,000. */
    bodyIdleTimeoutMs?: number;
    /** Largest JSON answer that is read. Default 32 MiB. */
    maxJsonBytes?: number;
}
export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;
export interface Request {
    endpoint: Endpoint;
    /** Default: the path of the endpoint. */
    path?: string;
    query?: Query;
    body?: unknown;
    /** Absent on the call that fetches one. */
    token?: string;
    /** Hidden in every text of an error, besides the token, the query and the body. */
    secrets?: string[];
    call: CallEvents & {
        signal?: AbortSignal;
    };
}
export interface JsonAnswer {
    json: Record<string, unknown>;
    raw: Uint8Array;
    attempt: Attempt;
}
/** Sends requests to one host and reads answers; every failure leaves as a `FeishuError` or as the signal's reason. */
export declare class Transport {
    #private;
    constructor(o: TransportOptions);
    /** Resolves when headers have arrived, whatever the status. */
    send(request: Request): Promise<{
        answer: Answer;
        attempt: Attempt;
    }>;
    /** A JSON object whose `code` is 0. */
    json(request: Request & {
        isAuth?: boolean;
    }): Promise<JsonAnswer>;
    /** The rest of a body, up to the limit for JSON. */
    read(answer: Answer, from?: {
        chunks: AsyncIterator<Uint8Array>;
        head: readonly Uint8Array[];
    }): Promise<ReadBody>;
    destroy(): Promise<void>;
}
export declare function contentTypeOf(answer: Answer): string;
/** The part of an observation that both kinds of endpoints share. */
export declare function seenOf(answer: Answer, read: ReadBody): {
    status: number;
    contentType: string;
    body: Uint8Array | 'broken' | 'too_large';
    error?: unknown;
};
