/** Takes what must not be seen out of a text that somebody else wrote. */
export type Redact = (text: string) => string;
/**
 * `secrets` are hidden whatever their length, `values` from three characters on. Feishu echoes both in its messages, as they
 * are, percent-encoded or inside JSON.
 */
export declare function redactorFor(o: {
    secrets: readonly string[];
    values: readonly string[];
}): Redact;
/** Like `encodeURIComponent`, but a lone surrogate becomes U+FFFD instead of an exception. */
export declare function percentEncoded(value: string): string;
/** Every string, and every number of five digits or more, inside a request body. */
export declare function valuesIn(body: unknown): string[];
/**
 * A copy of a network error with scrubbed texts only. The originals of undici and Node carry sockets, certificates and pieces
 * of the answer, and whatever later version adds to them.
 */
export declare function safeCause(error: unknown, redact: Redact, depth?: number): Error;
export declare function codeOf(error: unknown): string | undefined;
