/** HTTP as bytes: reading bodies, writing answers, cutting connections. */
import { randomBytes, randomUUID } from 'node:crypto';
/** 14 digits of local time and 20 hex digits. */
export function newLogId(stampWithoutOffset) {
    return stampWithoutOffset.replaceAll(/\D/g, '') + randomBytes(10).toString('hex').toUpperCase();
}
const MAX_BODY_BYTES = 1024 * 1024;
/** The JSON object of a body; undefined for anything else, or for more than 1 MiB. */
export async function readJson(request) {
    const chunks = [];
    let length = 0;
    for await (const chunk of request) {
        length += chunk.length;
        if (length > MAX_BODY_BYTES)
            return undefined;
        chunks.push(chunk);
    }
    if (length === 0)
        return {};
    try {
        const value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
        return isObject(value) ? value : undefined;
    }
    catch (error) {
        if (error instanceof SyntaxError)
            return undefined;
        throw error;
    }
}
function isObject(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** The documented envelope; `error.log_id` is the answer's `X-Tt-Logid`. */
export function errorAnswer(error, logId) {
    const troubleshooter = `Troubleshooting suggestions: https://open.feishu.cn/search?from=openapi&log_id=${logId}&code=${error.code}`;
    return {
        kind: 'json',
        status: error.status,
        json: { code: error.code, msg: error.message, error: { log_id: logId, troubleshooter, ...error.detail } },
        headers: error.headers,
    };
}
export function sendAnswer(response, answer, logId) {
    const { bytes, headers } = encode(answer);
    writeHead(response, { status: answer.status, headers, length: bytes.length, logId });
    response.end(bytes);
}
/** Half of the answer under its full length, then a reset. */
export function sendHalf(response, answer, logId) {
    const { bytes, headers } = encode(answer);
    writeHead(response, { status: answer.status, headers, length: bytes.length, logId });
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => cut(response));
}
export function cut(response) {
    response.socket?.resetAndDestroy();
}
function encode(answer) {
    if (answer.kind === 'bytes')
        return { bytes: answer.bytes, headers: answer.headers };
    if (answer.kind === 'text') {
        return { bytes: Buffer.from(answer.text), headers: { 'content-type': answer.contentType } };
    }
    return {
        bytes: Buffer.from(JSON.stringify(answer.json)),
        headers: { 'content-type': 'application/json; charset=utf-8', ...answer.headers },
    };
}
function writeHead(response, { status, headers, length, logId }) {
    response.writeHead(status, {
        ...headers,
        'content-length': length,
        'X-Tt-Logid': logId,
        'X-Request-Id': randomUUID(),
    });
}
//# sourceMappingURL=wire.js.map