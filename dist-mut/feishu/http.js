import { Readable } from 'node:stream';
import { Pool } from 'undici';
/** No headers arrived in time. */
class AnswerTimeout extends Error {
    name = 'AnswerTimeout';
    code = 'ANSWER_TIMEOUT';
}
/**
 * One HTTP call, never a second one. Resolves when headers have arrived; rejects with the reason of `signal`, an
 * `AnswerTimeout` or the error of undici. The body fails with the same ones.
 */
export function exchange(pool, o) {
    return new Promise((resolve, reject) => new Call(o, { resolve, reject }).start(pool));
}
/**
 * A dispatch handler of our own, because `pool.request` does not tell whether a call that failed had left the process:
 * `onRequestStart` comes right before the first write.
 */
class Call {
    #o;
    #settle;
    #controller;
    #body;
    #stopped;
    #timer;
    constructor(o, settle) {
        this.#o = o;
        this.#settle = settle;
    }
    start(pool) {
        const { signal, method, path, headers, body, answerTimeoutMs, bodyIdleTimeoutMs } = this.#o;
        if (signal?.aborted === true)
            return this.#onAbort();
        signal?.addEventListener('abort', this.#onAbort, { once: true });
        this.#timer = setTimeout(this.#onTimer, answerTimeoutMs);
        // undici's own header timeout starts with the first byte sent and is as coarse as a second; ours covers the whole wait.
        pool.dispatch({ method, path, headers, body: body ?? null, headersTimeout: 0, bodyTimeout: bodyIdleTimeoutMs }, this);
    }
    onRequestStart(controller) {
        this.#controller = controller;
        if (this.#stopped === undefined)
            this.#o.onSent?.();
        else
            controller.abort(asError(this.#stopped.reason));
    }
    onResponseStart(controller, status, headers) {
        if (status < 200)
            return;
        clearTimeout(this.#timer);
        this.#body = bodyOf(controller).once('close', () => this.#release());
        const logId = logIdIn(headers);
        this.#o.onAnswer?.({ status, ...(logId !== undefined && { logId }) });
        this.#settle.resolve({ status, headers, body: this.#body });
    }
    onResponseData(controller, chunk) {
        if (this.#body?.push(chunk) === false)
            controller.pause();
    }
    onResponseEnd() {
        this.#body?.push(null);
    }
    onResponseError(_controller, error) {
        this.#release();
        this.#settle.reject(error);
        this.#body?.destroy(error);
    }
    #stop(reason) {
        if (this.#stopped !== undefined)
            return;
        this.#stopped = { reason };
        this.#release();
        this.#settle.reject(reason);
        if (this.#body === undefined)
            this.#controller?.abort(asError(reason));
        else
            this.#body.destroy(asError(reason));
    }
    #onAbort = () => this.#stop(this.#o.signal?.reason);
    // After a stall of the process the timer is due before the socket is read: an answer that is already there gets its chance.
    #onTimer = () => {
        setImmediate(() => {
            if (this.#body === undefined)
                this.#stop(new AnswerTimeout(`no headers within ${this.#o.answerTimeoutMs} ms`));
        });
    };
    #release() {
        clearTimeout(this.#timer);
        this.#o.signal?.removeEventListener('abort', this.#onAbort);
    }
}
export function poolFor(origin, connectTimeoutMs) {
    return new Pool(origin, { connect: { timeout: connectTimeoutMs }, pipelining: 1 });
}
/** `X-Tt-Logid` is the one that Feishu's support asks for; the other is a fallback. */
export function logIdIn(headers) {
    const id = headerIn(headers, 'x-tt-logid') ?? headerIn(headers, 'x-request-id');
    return isLogId(id) ? id : undefined;
}
export function isLogId(value) {
    return value !== undefined && /^[\w.:-]{1,128}$/.test(value);
}
export function headerIn(headers, name) {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
}
function bodyOf(controller) {
    const body = new Readable({
        read: () => controller.resume(),
        destroy(error, done) {
            if (!body.readableEnded)
                controller.abort(error ?? new Error('the body is not read any further'));
            done(error);
        },
    });
    // A connection that breaks between headers and first read must not become an uncaught exception; readers get the error.
    return body.on('error', () => undefined);
}
function asError(reason) {
    return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
//# sourceMappingURL=http.js.map