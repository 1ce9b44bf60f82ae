import { createHash } from 'node:crypto';
import { chunksOf } from './body.js';
import { headerIn } from './http.js';
import { contentTypeOf, seenOf } from './transport.js';
/** Every XLSX file is a zip archive and begins with these letters. */
const ZIP = Buffer.from('PK');
/**
 * A body counts as the file only after three looks: status 200, a content type other than JSON, and the first bytes. Errors
 * come as JSON even with status 200, and gateways send pages.
 */
export async function download(transport, request) {
    const { answer, attempt } = await transport.send(request);
    const chunks = chunksOf(answer.body);
    const head = [];
    if (answer.status === 200 && !/\bjson\b/i.test(contentTypeOf(answer))) {
        await takeTwoBytes({ attempt, answer, chunks, head });
        if (Buffer.concat(head).subarray(0, ZIP.length).equals(ZIP)) {
            return { body: fileBytes({ attempt, answer, chunks, head }), contentLength: contentLengthOf(answer) };
        }
    }
    const read = await transport.read(answer, { chunks, head });
    if (read.state === 'broken')
        attempt.throwIfAborted();
    const isWhole = read.state === 'complete' && answer.status < 300;
    throw attempt.failed({ what: 'answer', ...seenOf(answer, read), wantsFile: true }, isWhole ? { bodySha256: createHash('sha256').update(read.bytes).digest('hex') } : {});
}
async function takeTwoBytes(o) {
    try {
        for (let size = 0; size < ZIP.length;) {
            const next = await o.chunks.next();
            if (next.done === true)
                return;
            o.head.push(next.value);
            size += next.value.length;
        }
    }
    catch (error) {
        throw o.attempt.broke(error);
    }
}
async function* fileBytes(o) {
    try {
        yield* o.head;
        for (;;) {
            const next = await o.chunks.next().catch((error) => {
                throw o.attempt.broke(error);
            });
            if (next.done === true)
                return;
            yield next.value;
        }
    }
    finally {
        o.answer.body.destroy();
    }
}
function contentLengthOf(answer) {
    const value = headerIn(answer.headers, 'content-length');
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
}
//# sourceMappingURL=download.js.map