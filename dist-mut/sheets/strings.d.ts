import type { Limits } from './limits.ts';
/**
 * The shared strings of a workbook, as UTF-8 in a few large buffers outside the JavaScript heap: a string object for each
 * would cost many times the text. A string never spans two segments.
 */
export declare class StringTable {
    #private;
    get count(): number;
    /** Bytes of text and of offsets held. */
    get bytes(): number;
    add(text: string): void;
    /** @returns undefined for an index that the table does not have. */
    get(index: number): string | undefined;
}
/** Fills a table from the shared strings part, chunk by chunk. Complete only after `finish`. */
export declare class StringsReader {
    #private;
    readonly table: StringTable;
    constructor(part: string, limits: Limits);
    push(chunk: Uint8Array): void;
    finish(): StringTable;
}
