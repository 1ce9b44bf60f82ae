/** A qualified name as written, kept so that the same bytes need no second look. */
export interface XmlName {
    readonly bytes: Buffer;
    readonly hash: number;
    readonly prefix: string;
    readonly local: string;
    /** What the name means in the scope numbered `scope`. */
    resolved: string;
    scope: number;
}
/** One slot for each hash: a part with very many names replaces them, it does not fill the memory. */
export declare class XmlNames {
    #private;
    /** @returns undefined where the bytes are no name. */
    find(bytes: Buffer, start: number, end: number, hash: number): XmlName | undefined;
}
/** Which prefix means which namespace, at the place the scanner has reached. */
export declare class XmlScopes {
    #private;
    /** @param own the namespaces whose names are given without their namespace. */
    constructor(own: ReadonlySet<string>);
    /** Whether a name without a prefix is in one of the own namespaces, or in none. */
    get bareIsOwn(): boolean;
    /** Binds prefixes ('' for none) for the element at this depth and what is inside it. */
    declare(depth: number, declared: ReadonlyMap<string, string>): void;
    /** The element at this depth has ended. */
    leave(depth: number): void;
    /**
     * The local name in one of the own namespaces or in none (there are writers that declare none), else `{namespace}local`.
     * @returns undefined for a prefix that nothing declares.
     */
    resolve(name: XmlName): string | undefined;
    namespaceOf(prefix: string): string | undefined;
}
