import { decodeEscapes } from './text.js';
/**
 * The text of a string item (`<si>`, `<is>`): its own `<t>`, or the `<t>` of its runs one after the other. Phonetic runs
 * (`<rPh>`, the readings above Japanese and Chinese characters) are no part of it.
 */
export class RichText {
    #scanner;
    #maxLength;
    #text = '';
    #inRun = false;
    #inText = false;
    #skipped = 0;
    constructor(scanner, maxLength) {
        this.#scanner = scanner;
        this.#maxLength = maxLength;
    }
    start() {
        this.#text = '';
    }
    /** An element inside the item has opened. */
    open(name) {
        if (this.#skipped > 0)
            this.#skipped++;
        else if (this.#inText)
            throw this.#scanner.fail('bad-xml', 'There is an element inside a text');
        else if (name === 't')
            this.#inText = true;
        else if (name === 'r' && !this.#inRun)
            this.#inRun = true;
        else
            this.#skipped = 1;
    }
    /** @returns whether it was the item itself that closed. */
    close() {
        if (this.#skipped > 0)
            this.#skipped--;
        else if (this.#inText)
            this.#inText = false;
        else if (this.#inRun)
            this.#inRun = false;
        else
            return true;
        return false;
    }
    /** A piece of text was reported inside the item. */
    append() {
        if (this.#inText) {
            this.#text += this.#scanner.text();
            if (this.#text.length > this.#maxLength)
                throw this.#scanner.fail('too-large', 'A text is too long');
        }
        else if (this.#skipped === 0 && !this.#scanner.isBlank()) {
            throw this.#scanner.fail('bad-xml', 'There is text outside the texts of a string');
        }
    }
    /** The whole text of the item that has closed. */
    value() {
        return decodeEscapes(this.#text);
    }
}
//# sourceMappingURL=rich-text.js.map