import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, ApiError } from './api.ts';
/** 14 digits of local time and 20 hex digits. */
export declare function newLogId(stampWithoutOffset: string): string;
/** The JSON object of a body; undefined for anything else, or for more than 1 MiB. */
export declare function readJson(request: IncomingMessage): Promise<Record<string, unknown> | undefined>;
/** The documented envelope; `error.log_id` is the answer's `X-Tt-Logid`. */
export declare function errorAnswer(error: ApiError, logId: string): Answer;
export declare function sendAnswer(response: ServerResponse, answer: Answer, logId: string): void;
/** Half of the answer under its full length, then a reset. */
export declare function sendHalf(response: ServerResponse, answer: Answer, logId: string): void;
export declare function cut(response: ServerResponse): void;
