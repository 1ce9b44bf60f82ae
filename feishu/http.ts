import { Readable } from 'node:stream';
import { Pool, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { proxyFor } from './proxy.ts';

/** Signs of life of one call, in the order in which they come. */
export interface CallEvents {
  /** The next thing that happens is that bytes of the request leave. */
  onSent?: () => void;
  /** Response headers arrived, whatever the status. */
  onAnswer?: (answer: { status: number; logId?: string }) => void;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Destroy it or read it to its end; until then the connection is taken. */
  body: Readable;
}
type Headers = Record<string, string | string[] | undefined>;

export interface ExchangeInput extends CallEvents {
  /** So many more bytes of the body arrived. */
  onBytes?: (bytes: number) => void;
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
  /** From the start of the call to the end of the body: an answer that drips comes to an end too. */
  totalTimeoutMs: number;
}

interface Settle {
  resolve: (answer: Answer) => void;
  reject: (reason: unknown) => void;
}

/** No headers arrived in time. */
class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout';
  readonly code = 'ANSWER_TIMEOUT';
}

/** The answer had begun and did not end in time. */
class TotalTimeout extends Error {
  override readonly name = 'TotalTimeout';
  readonly code = 'TOTAL_TIMEOUT';
}

/**
 * One HTTP call, never a second one. Resolves when headers have arrived; rejects with the reason of `signal`, an
 * `AnswerTimeout`, a `TotalTimeout` or the error of undici. The body fails with the same ones.
 */
export function exchange(pool: ConnectionPool, o: ExchangeInput): Promise<Answer> {
  return new Promise((resolve, reject) => new Call(o, { resolve, reject }).start(pool));
}

/**
 * A dispatch handler of our own, because `pool.request` does not tell whether a call that failed had left the process:
 * `onRequestStart` comes right before the first write.
 */
class Call implements Dispatcher.DispatchHandler {
  readonly #o: ExchangeInput;
  readonly #settle: Settle;
  #controller: Dispatcher.DispatchController | undefined;
  #body: Readable | undefined;
  #stopped: { reason: unknown } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #totalTimer: NodeJS.Timeout | undefined;

  constructor(o: ExchangeInput, settle: Settle) {
    this.#o = o;
    this.#settle = settle;
  }

  start(pool: ConnectionPool): void {
    const { signal, method, path, headers, body, answerTimeoutMs, bodyIdleTimeoutMs, totalTimeoutMs } = this.#o;
    if (signal?.aborted === true) return this.#onAbort();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#timer = setTimeout(this.#onTimer, answerTimeoutMs);
    const onTotal = (): void => this.#stop(new TotalTimeout(`no whole answer within ${totalTimeoutMs} ms`));
    this.#totalTimer = setTimeout(onTotal, totalTimeoutMs);
    // undici's own header timeout starts with the first byte sent and is as coarse as a second; ours covers the whole wait.
    pool.dispatcher.dispatch(
      {
        origin: pool.origin,
        method,
        path,
        headers,
        body: body ?? null,
        headersTimeout: 0,
        bodyTimeout: bodyIdleTimeoutMs,
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped === undefined) this.#o.onSent?.();
    else controller.abort(asError(this.#stopped.reason));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    clearTimeout(this.#timer);
    this.#body = bodyOf(controller).once('close', () => this.#release());
    const logId = logIdIn(headers);
    this.#o.onAnswer?.({ status, ...(logId !== undefined && { logId }) });
    this.#settle.resolve({ status, headers, body: this.#body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#o.onBytes?.(chunk.length);
    if (this.#body?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(): void {
    this.#body?.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    this.#settle.reject(error);
    this.#body?.destroy(error);
  }

  #stop(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason };
    this.#release();
    this.#settle.reject(reason);
    if (this.#body === undefined) this.#controller?.abort(asError(reason));
    else this.#body.destroy(asError(reason));
  }

  readonly #onAbort = (): void => this.#stop(this.#o.signal?.reason);

  // After a stall of the process the timer is due before the socket is read: an answer that is already there gets its chance.
  readonly #onTimer = (): void => {
    setImmediate(() => {
      if (this.#body === undefined) this.#stop(new AnswerTimeout(`no headers within ${this.#o.answerTimeoutMs} ms`));
    });
  };

  #release(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#totalTimer);
    this.#o.signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** Connections to one origin. */
export interface ConnectionPool {
  origin: string;
  dispatcher: Dispatcher;
}

/** Straight, or through the proxy of the environment. Certificates are those that Node trusts, `NODE_EXTRA_CA_CERTS` included. */
export function poolFor(origin: string, connectTimeoutMs: number): ConnectionPool {
  const tls = { timeout: connectTimeoutMs };
  const proxy = proxyFor(origin);
  if (proxy === null) return { origin, dispatcher: new Pool(origin, { connect: tls, pipelining: 1 }) };
  const dispatcher = new ProxyAgent({ uri: proxy.href, requestTls: tls, proxyTls: tls, pipelining: 1 });
  return { origin, dispatcher };
}

/** `X-Tt-Logid` is the one that Feishu's support asks for; the other is a fallback. */
export function logIdIn(headers: Headers): string | undefined {
  const id = headerIn(headers, 'x-tt-logid') ?? headerIn(headers, 'x-request-id');
  return isLogId(id) ? id : undefined;
}

export function isLogId(value: string | undefined): value is string {
  return value !== undefined && /^[\w.:-]{1,128}$/.test(value);
}

export function headerIn(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function bodyOf(controller: Dispatcher.DispatchController): Readable {
  const body = new Readable({
    read: () => controller.resume(),
    destroy(error, done) {
      if (!body.readableEnded) controller.abort(error ?? new Error('the body is not read any further'));
      done(error);
    },
  });
  // A connection that breaks between headers and first read must not become an uncaught exception; readers get the error.
  return body.on('error', () => undefined);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
