import { Attempt } from './attempt.js';
import { chunksOf, readBody } from './body.js';
import { exchange, headerIn, poolFor } from './http.js';
import { percentEncoded, valuesIn } from './redact.js';
import { classifyResponse } from './classify-response.js';
/** Sends requests to one host and reads answers; every failure leaves as a `FeishuError` or as the signal's reason. */
export class Transport {
    #pool;
    #host;
    #prefix;
    #timeouts;
    #maxJsonBytes;
    constructor(o) {
        const url = new URL(o.baseUrl);
        this.#pool = poolFor(url.origin, o.connectTimeoutMs ?? 5_000);
        this.#host = url.host;
        this.#prefix = url.pathname.replace(/\/+$/, '');
        this.#timeouts = {
            answerTimeoutMs: o.answerTimeoutMs ?? 10_000,
            bodyIdleTimeoutMs: o.bodyIdleTimeoutMs ?? 30_000,
        };
        this.#maxJsonBytes = o.maxJsonBytes ?? 32 * 1024 * 1024;
    }
    /** Resolves when headers have arrived, whatever the status. */
    async send(request) {
        const { endpoint, call, token } = request;
        const attempt = new Attempt({ ...call, endpoint, host: this.#host, hide: () => hidden(request) });
        if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
            throw attempt.unusableToken();
        try {
            const answer = await exchange(this.#pool, {
                ...call,
                ...this.#timeouts,
                onSent: attempt.onSent,
                method: endpoint.method,
                path: `${this.#prefix}${request.path ?? endpoint.path}${queryString(request.query)}`,
                headers: {
                    'user-agent': 'feishu-vc-export',
                    ...(token !== undefined && { authorization: `Bearer ${token}` }),
                    ...(request.body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
                },
                ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
            });
            attempt.answered(answer);
            return { answer, attempt };
        }
        catch (error) {
            throw attempt.broke(error);
        }
    }
    /** A JSON object whose `code` is 0. */
    async json(request) {
        const { answer, attempt } = await this.send(request);
        const read = await this.read(answer);
        const seen = { what: 'answer', ...seenOf(answer, read), isAuth: request.isAuth ?? false };
        if (read.state === 'broken')
            attempt.throwIfAborted();
        const classified = classifyResponse(seen);
        if (!classified.ok || read.state !== 'complete')
            throw attempt.failed(seen);
        return { json: classified.json, raw: read.bytes, attempt };
    }
    /** The rest of a body, up to the limit for JSON. */
    read(answer, from) {
        const chunks = from?.chunks ?? chunksOf(answer.body);
        return readBody({ body: answer.body, chunks, head: from?.head ?? [], maxBytes: this.#maxJsonBytes });
    }
    async destroy() {
        await this.#pool.destroy();
    }
}
export function contentTypeOf(answer) {
    return headerIn(answer.headers, 'content-type') ?? '';
}
/** The part of an observation that both kinds of endpoints share. */
export function seenOf(answer, read) {
    const head = { status: answer.status, contentType: contentTypeOf(answer) };
    if (read.state === 'complete')
        return { ...head, body: read.bytes };
    return read.state === 'broken' ? { ...head, body: 'broken', error: read.error } : { ...head, body: 'too_large' };
}
function queryString(query = {}) {
    const pairs = Object.entries(query).flatMap(([key, value]) => {
        const items = value === undefined ? [] : typeof value === 'object' ? value : [value];
        return items.map((item) => `${percentEncoded(key)}=${percentEncoded(String(item))}`);
    });
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
/** Parameters that name a page or a file are as good as a key to it, however short. */
const KEYS_TO_DATA = new Set(['page_token', 'file_token']);
function hidden(request) {
    const secrets = [...(request.secrets ?? []), ...(request.token === undefined ? [] : [request.token])];
    const values = valuesIn(request.body);
    for (const [key, value] of Object.entries(request.query ?? {})) {
        // One of three words of the documentation, which error texts list.
        if (key === 'user_id_type')
            continue;
        if (KEYS_TO_DATA.has(key))
            secrets.push(...valuesIn(value));
        else
            values.push(...valuesIn(value));
    }
    return { secrets, values };
}
//# sourceMappingURL=transport.js.map