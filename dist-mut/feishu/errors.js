/**
 * Every failure of a `FeishuClient` call, except an abort by the caller's own signal, which rethrows that signal's reason.
 *
 * `method` and `path` are the route template. Neither the message, the fields, the stack nor the causes hold a token, a
 * secret or a value of the request.
 */
export class FeishuError extends Error {
    name = 'FeishuError';
    kind;
    code;
    method;
    path;
    sent;
    answered;
    advice;
    constructor(message, fields, options) {
        super(message, options);
        const { endpoint, ...rest } = fields;
        this.kind = rest.kind;
        this.code = rest.code;
        this.method = endpoint.method;
        this.path = endpoint.path;
        this.sent = rest.sent;
        this.answered = rest.answered;
        this.advice = rest.advice;
        Object.assign(this, rest);
    }
}
//# sourceMappingURL=errors.js.map