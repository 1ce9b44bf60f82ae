import type { XmlScanner } from './xml.ts';
/**
 * The text of a string item (`<si>`, `<is>`): its own `<t>`, or the `<t>` of its runs one after the other. Phonetic runs
 * (`<rPh>`, the readings above Japanese and Chinese characters) are no part of it.
 */
export declare class RichText {
    #private;
    constructor(scanner: XmlScanner, maxLength: number);
    start(): void;
    /** An element inside the item has opened. */
    open(name: string): void;
    /** @returns whether it was the item itself that closed. */
    close(): boolean;
    /** A piece of text was reported inside the item. */
    append(): void;
    /** The whole text of the item that has closed. */
    value(): string;
}
