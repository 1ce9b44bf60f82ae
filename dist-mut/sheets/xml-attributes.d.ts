/** The attributes of one tag, as ranges of the bytes they stand in. */
export declare class XmlAttributes {
    #private;
    get count(): number;
    /** What `read` found wrong. */
    get problem(): string;
    clear(bytes: Buffer): void;
    /** @returns the position after the attribute, -1 where the bytes end inside it, -2 where it is none (`problem`). */
    read(start: number, end: number): number;
    /** The name as written, with its prefix. */
    name(index: number): string;
    /** @returns undefined for a value with a reference that stands for no character. */
    value(index: number): string | undefined;
    valueStart(index: number): number;
    valueEnd(index: number): number;
    /** @returns the index of the attribute whose name is this one ASCII letter, or -1. */
    letter(letter: number): number;
    /** Whether the attribute read last begins with `xmlns`. */
    lastDeclaresNamespace(): boolean;
}
