/** Reads to the end, or destroys the rest of what is over `maxBytes`. `head`: chunks that were taken off before. */
export async function readBody(o) {
    const parts = [...o.head];
    let size = parts.reduce((sum, part) => sum + part.length, 0);
    try {
        for (;;) {
            if (size > o.maxBytes)
                return { state: 'too_large' };
            const next = await o.chunks.next();
            if (next.done === true)
                return { state: 'complete', bytes: new Uint8Array(Buffer.concat(parts, size)) };
            parts.push(next.value);
            size += next.value.length;
        }
    }
    catch (error) {
        return { state: 'broken', error };
    }
    finally {
        o.body.destroy();
    }
}
export function chunksOf(body) {
    return body[Symbol.asyncIterator]();
}
//# sourceMappingURL=body.js.map