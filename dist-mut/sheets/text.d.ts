/** Longest spelling of a reference that `decodeReferences` understands; a text may be cut anywhere but inside one. */
export declare const LONGEST_REFERENCE = 13;
/**
 * Resolves the references that XML knows without a DTD.
 * @returns undefined where an `&` begins no such reference, or stands for a character that XML does not allow.
 */
export declare function decodeReferences(text: string): string | undefined;
/** XML reads every line end as one line feed. */
export declare function normalizeLineEnds(text: string): string;
/**
 * Undoes the format's own escape for what XML cannot hold: `_x000D_` is a carriage return, `_x005F_x000D_` the text
 * `_x000D_`. Half of a surrogate pair stays as written: no encoding could carry it on.
 */
export declare function decodeEscapes(text: string): string;
