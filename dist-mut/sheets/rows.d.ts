import type { Limits } from './limits.ts';
import { type SheetRow } from './row-builder.ts';
import type { StringTable } from './strings.ts';
/** Reads rows out of a worksheet part that arrives in chunks. Complete only after `finish`. */
export declare class RowReader {
    #private;
    constructor(input: {
        part: string;
        strings: StringTable;
        limits: Limits;
    });
    push(chunk: Uint8Array): void;
    /** @returns the next row that is complete, or undefined until more is pushed. */
    next(): SheetRow | undefined;
    finish(): void;
}
