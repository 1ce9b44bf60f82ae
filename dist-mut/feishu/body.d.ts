import type { Readable } from 'node:stream';
/** The bytes of a body, or why there are not all of them. */
export type ReadBody = {
    state: 'complete';
    bytes: Uint8Array;
} | {
    state: 'too_large';
} | {
    state: 'broken';
    error: unknown;
};
/** Reads to the end, or destroys the rest of what is over `maxBytes`. `head`: chunks that were taken off before. */
export declare function readBody(o: {
    body: Readable;
    chunks: AsyncIterator<Uint8Array>;
    head: readonly Uint8Array[];
    maxBytes: number;
}): Promise<ReadBody>;
export declare function chunksOf(body: Readable): AsyncIterator<Uint8Array>;
