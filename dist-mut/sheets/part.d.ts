import type { Limits } from './limits.ts';
import type { ByteSource } from './source.ts';
import { type ZipEntry } from './zip.ts';
/** Counts what the parts of one file inflate to, against `Limits.inflatedBytes`. */
export declare class InflateAllowance {
    #private;
    constructor(limits: Limits);
    /** The announced size is enough: `readPart` stops a part that goes beyond it. */
    take(entry: ZipEntry): void;
}
/**
 * The inflated bytes of one part, in pieces, as fast as they are taken. Complete and equal to what was packed if, and only
 * if, the iteration ends without an error: length, checksum and the end of the packed data are checked at the end.
 */
export declare function readPart(input: {
    source: ByteSource;
    entry: ZipEntry;
    allowance: InflateAllowance;
    signal?: AbortSignal | undefined;
}): AsyncGenerator<Buffer, void, undefined>;
