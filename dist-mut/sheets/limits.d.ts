/** What a file may ask of the reader. A file that asks for more fails with code `too-large`. */
export interface Limits {
    /** Entries in the zip. */
    entries: number;
    /** Inflated bytes of all parts that are read. */
    inflatedBytes: number;
    /** Inflated bytes for each packed byte, for parts of 1 MiB and more. */
    ratio: number;
    /** The highest row number. */
    rows: number;
    /** The highest column, counted from 1. */
    columns: number;
    /** UTF-16 units in one cell. */
    cellLength: number;
    /** Elements open inside one another. */
    depth: number;
    /** Bytes that the shared strings take in memory: their UTF-8 text and eight bytes for each. */
    sharedStringBytes: number;
}
/**
 * Room for two million rows of a few dozen columns. Memory is held by `sharedStringBytes` alone: everything else streams,
 * so the other limits bound the work that a hostile file can cause.
 */
export declare const DEFAULT_LIMITS: Readonly<Limits>;
export declare function withDefaultLimits(given: Partial<Limits> | undefined): Limits;
