import { UnreadableFileError, type UnreadableCode } from './errors.ts';
import { XmlInput } from './xml-input.ts';
/** `more`: everything that can be read so far is read; push the next chunk, or finish. */
export type XmlToken = 'open' | 'close' | 'text' | 'more';
/**
 * Pulls tokens out of UTF-8 XML that arrives in chunks, without a string for anything that nobody asks for. Checks
 * what keeps data from being misread: nesting, quoting, namespaces, references, characters, encoding. What it says about
 * a token (its name, text, attributes) holds until the next call of `next` or `push`.
 */
export declare class XmlScanner {
    #private;
    /** @param input.own namespaces whose element names are reported bare; others as `{namespace}local`. */
    constructor(input: {
        part: string;
        own: ReadonlySet<string>;
        maxDepth: number;
    });
    /** Name of the element that opened last. */
    get name(): string;
    /** Elements open at this point: counts the one just opened, no longer the one just closed. */
    get depth(): number;
    /** What has arrived. Whoever reads ahead in it, see `isBetweenElements`, moves its position to where a token begins. */
    get input(): XmlInput;
    push(chunk: Uint8Array): void;
    /** After the last chunk and the last token: everything was read and every element closed. */
    finish(): void;
    next(): XmlToken;
    /** Whether a token begins at the input's position, and names without a prefix are in one of the own namespaces. */
    isBetweenElements(): boolean;
    /** The text just reported. One text may be reported in several pieces. */
    text(): string;
    /** Whether the text just reported is white space between elements. */
    isBlank(): boolean;
    /**
     * The value of an attribute of the element just opened.
     * @param name the local name for attributes without a prefix, else `{namespace}local`.
     */
    attribute(name: string): string | undefined;
    /** An error that says where in the part the scanner stands. */
    fail(code: UnreadableCode, message: string): UnreadableFileError;
}
