/**
 * Decodes short texts, and remembers them: a sheet repeats the same few thousand, and asking for a text again is much
 * cheaper than decoding it. Repeated texts also are one string in memory for whoever keeps the rows.
 */
export declare class TextCache {
    #private;
    /** @param hash equal for equal bytes. */
    decode(bytes: Buffer, start: number, end: number, hash: number): string;
}
