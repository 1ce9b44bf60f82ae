/** Reads references of one cell, as `AB12`. */
export declare class CellReference {
    /** From 0. */
    column: number;
    /** From 1. */
    row: number;
    /** @returns false where the bytes are no such reference; `$A$1`, `A1:B2` and `a1` are none. */
    read(bytes: Uint8Array, start: number, end: number): boolean;
}
/** `A` for 0, `AB` for 27. */
export declare function columnName(column: number): string;
