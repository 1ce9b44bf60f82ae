import { Attempt } from './attempt.ts';
import { chunksOf, readBody } from './body.ts';
import type { ReadBody } from './body.ts';
import type { Endpoint } from './contract.ts';
import { exchange, headerIn, poolFor } from './http.ts';
import type { Answer, CallEvents, ConnectionPool } from './http.ts';
import { percentEncoded, valuesIn } from './redact.ts';
import { classifyResponse } from './classify-response.ts';

export interface TransportOptions {
  /** API host with scheme, `https://open.feishu.cn`. */
  baseUrl: string;
  /** Default 5,000. */
  connectTimeoutMs?: number;
  /** From the start of the call, with the wait for a connection, to the response headers. Default 10,000. */
  answerTimeoutMs?: number;
  /** Longest silence inside a body. Default 30,000. */
  bodyIdleTimeoutMs?: number;
  /** From the start of a call to the end of its answer, but for files. Default 60,000. */
  totalTimeoutMs?: number;
  /** Largest JSON answer that is read. Default 4 MiB, forty times a full page. */
  maxJsonBytes?: number;
  /** Largest file that is downloaded. Default 256 MiB. */
  maxFileBytes?: number;
  /** Told of the bytes of every body, as they arrive. `endpoint`: its id. */
  onBytes?: (endpoint: string, bytes: number) => void;
  /** Around each request, from its start to its answer's headers. */
  aroundCall?: <A extends { status: number }>(endpoint: Endpoint, run: () => Promise<A>) => Promise<A>;
}

const MiB = 1024 * 1024;

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

export interface Request {
  endpoint: Endpoint;
  /** Default: the path of the endpoint. */
  path?: string;
  query?: Query;
  body?: unknown;
  /** In place of a body: the fields of a form. */
  form?: Record<string, string>;
  /** Client id and secret, for HTTP Basic. */
  basic?: { id: string; secret: string };
  /** Absent on the call that fetches one. */
  token?: string;
  /** Hidden in every text of an error, besides the token, the query and the body. */
  secrets?: string[];
  call: CallEvents & { signal?: AbortSignal; totalTimeoutMs?: number };
}

export interface JsonAnswer {
  json: Record<string, unknown>;
  raw: Uint8Array;
  attempt: Attempt;
}

/** Sends requests to one host and reads answers; every failure leaves as a `FeishuError` or as the signal's reason. */
export class Transport {
  readonly #pool: ConnectionPool;
  readonly #host: string;
  readonly #prefix: string;
  readonly #timeouts: { answerTimeoutMs: number; bodyIdleTimeoutMs: number; totalTimeoutMs: number };
  readonly #maxJsonBytes: number;
  readonly maxFileBytes: number;
  readonly #onBytes: TransportOptions['onBytes'];
  readonly #aroundCall: NonNullable<TransportOptions['aroundCall']>;

  constructor(o: TransportOptions) {
    const url = new URL(o.baseUrl);
    this.#pool = poolFor(url.origin, o.connectTimeoutMs ?? 5_000);
    this.#host = url.host;
    this.#prefix = url.pathname.replace(/\/+$/, '');
    this.#timeouts = {
      answerTimeoutMs: o.answerTimeoutMs ?? 10_000,
      bodyIdleTimeoutMs: o.bodyIdleTimeoutMs ?? 30_000,
      totalTimeoutMs: o.totalTimeoutMs ?? 60_000,
    };
    this.#maxJsonBytes = o.maxJsonBytes ?? 4 * MiB;
    this.maxFileBytes = o.maxFileBytes ?? 256 * MiB;
    this.#onBytes = o.onBytes;
    this.#aroundCall = o.aroundCall ?? ((_endpoint, run) => run());
  }

  /** Resolves when headers have arrived, whatever the status. */
  async send(request: Request): Promise<{ answer: Answer; attempt: Attempt }> {
    const { endpoint, call, token } = request;
    const attempt = new Attempt({ ...call, endpoint, host: this.#host, hide: () => hidden(request) });
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw attempt.unusableToken();
    try {
      const exchanged = () =>
        exchange(this.#pool, {
          ...this.#timeouts,
          ...call,
          onSent: attempt.onSent,
          onBytes: (bytes) => this.#onBytes?.(endpoint.id, bytes),
          method: endpoint.method,
          path: `${this.#prefix}${request.path ?? endpoint.path}${queryString(request.query)}`,
          headers: {
            'user-agent': 'feishu-vc-export',
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
            ...(request.basic !== undefined && { authorization: basicHeader(request.basic) }),
            ...(request.form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
            ...(request.body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
          },
          ...(request.form !== undefined && { body: new URLSearchParams(request.form).toString() }),
          ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        });
      const answer = await this.#aroundCall(endpoint, exchanged);
      attempt.answered(answer);
      return { answer, attempt };
    } catch (error) {
      throw attempt.broke(error);
    }
  }

  /** A JSON object whose `code` is 0. */
  async json(request: Request & { isAuth?: boolean }): Promise<JsonAnswer> {
    const { answer, attempt } = await this.send(request);
    const read = await this.read(answer);
    const seen = { what: 'answer', ...seenOf(answer, read), isAuth: request.isAuth ?? false } as const;
    if (read.state === 'broken') attempt.throwIfAborted();
    const classified = classifyResponse(seen);
    if (!classified.ok || read.state !== 'complete') throw attempt.failed(seen);
    return { json: classified.json, raw: read.bytes, attempt };
  }

  /** The rest of a body, up to the limit for JSON. */
  read(answer: Answer, from?: { chunks: AsyncIterator<Uint8Array>; head: readonly Uint8Array[] }): Promise<ReadBody> {
    const chunks = from?.chunks ?? chunksOf(answer.body);
    return readBody({ body: answer.body, chunks, head: from?.head ?? [], maxBytes: this.#maxJsonBytes });
  }

  async destroy(): Promise<void> {
    await this.#pool.dispatcher.destroy();
  }
}

export function contentTypeOf(answer: Answer): string {
  return headerIn(answer.headers, 'content-type') ?? '';
}

/** The part of an observation that both kinds of endpoints share. */
export function seenOf(
  answer: Answer,
  read: ReadBody,
): { status: number; contentType: string; body: Uint8Array | 'broken' | 'too_large'; error?: unknown } {
  const head = { status: answer.status, contentType: contentTypeOf(answer) };
  if (read.state === 'complete') return { ...head, body: read.bytes };
  return read.state === 'broken' ? { ...head, body: 'broken', error: read.error } : { ...head, body: 'too_large' };
}

/** Both percent-encoded first, as RFC 6749 has it. */
function basicHeader({ id, secret }: { id: string; secret: string }): string {
  return `Basic ${Buffer.from(`${percentEncoded(id)}:${percentEncoded(secret)}`).toString('base64')}`;
}

function queryString(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => {
    const items = value === undefined ? [] : typeof value === 'object' ? value : [value];
    return items.map((item) => `${percentEncoded(key)}=${percentEncoded(String(item))}`);
  });
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** Parameters that name a page or a file are as good as a key to it, however short. */
const KEYS_TO_DATA = new Set(['page_token', 'file_token']);

function hidden(request: Request): { secrets: string[]; values: string[] } {
  const secrets = [...(request.secrets ?? []), ...(request.token === undefined ? [] : [request.token])];
  const values = [...valuesIn(request.body), ...valuesIn(request.form)];
  for (const [key, value] of Object.entries(request.query ?? {})) {
    // One of three words of the documentation, which error texts list.
    if (key === 'user_id_type') continue;
    if (KEYS_TO_DATA.has(key)) secrets.push(...valuesIn(value));
    else values.push(...valuesIn(value));
  }
  return { secrets, values };
}
