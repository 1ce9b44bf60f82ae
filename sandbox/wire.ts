/** HTTP as bytes: reading bodies, writing answers, cutting connections. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, ApiError } from './api.ts';

/** 14 digits of local time and 20 hex digits. */
export function newLogId(stampWithoutOffset: string): string {
  return stampWithoutOffset.replaceAll(/\D/g, '') + randomBytes(10).toString('hex').toUpperCase();
}

const MAX_BODY_BYTES = 1024 * 1024;

/** A JSON object, or the fields of a form; undefined for anything else, or for more than 1 MiB. */
export async function readFields(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  if (length === 0) return {};
  const text = Buffer.concat(chunks).toString('utf8');
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Client id and secret of HTTP Basic, each percent-encoded as RFC 6749 has it. */
export function basicIn(authorization: string | undefined): { id: string; secret: string } | undefined {
  if (!authorization?.startsWith('Basic ')) return undefined;
  const text = Buffer.from(authorization.slice('Basic '.length), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { id: decodeURIComponent(text.slice(0, colon)), secret: decodeURIComponent(text.slice(colon + 1)) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The documented envelope; `error.log_id` is the answer's `X-Tt-Logid`. */
export function errorAnswer(error: ApiError, logId: string): Answer {
  const troubleshooter = `Troubleshooting suggestions: https://open.feishu.cn/search?from=openapi&log_id=${logId}&code=${error.code}`;
  return {
    kind: 'json',
    status: error.status,
    json: { code: error.code, msg: error.message, error: { log_id: logId, troubleshooter, ...error.detail } },
    headers: error.headers,
  };
}

export function sendAnswer(response: ServerResponse, answer: Answer, logId: string): void {
  const { bytes, headers } = encode(answer);
  writeHead(response, { status: answer.status, headers, length: bytes.length, logId });
  response.end(bytes);
}

/** Half of the answer under its full length, then a reset. */
export function sendHalf(response: ServerResponse, answer: Answer, logId: string): void {
  const { bytes, headers } = encode(answer);
  writeHead(response, { status: answer.status, headers, length: bytes.length, logId });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => cut(response));
}

export function cut(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function encode(answer: Answer): { bytes: Buffer; headers: Record<string, string> } {
  if (answer.kind === 'bytes') return { bytes: answer.bytes, headers: answer.headers };
  if (answer.kind === 'text') {
    return { bytes: Buffer.from(answer.text), headers: { 'content-type': answer.contentType } };
  }
  return {
    bytes: Buffer.from(JSON.stringify(answer.json)),
    headers: { 'content-type': 'application/json; charset=utf-8', ...answer.headers },
  };
}

interface Head {
  status: number;
  headers: Record<string, string>;
  length: number;
  logId: string;
}

function writeHead(response: ServerResponse, { status, headers, length, logId }: Head): void {
  response.writeHead(status, {
    ...headers,
    'content-length': length,
    'X-Tt-Logid': logId,
    'X-Request-Id': randomUUID(),
  });
}
