import { decodeReferences } from './text.js';
import { APOSTROPHE, DOUBLE_QUOTE, EQUALS, GREATER, LESS, SLASH, SPACE, isSpace } from './xml-bytes.js';
const FIRST_CAPACITY = 16;
/** The attributes of one tag, as ranges of the bytes they stand in. */
export class XmlAttributes {
    #bytes = Buffer.alloc(0);
    /** Four numbers for each attribute: name start, name end, value start, value end. */
    #ranges = new Int32Array(FIRST_CAPACITY * 4);
    #count = 0;
    #problem = '';
    get count() {
        return this.#count;
    }
    /** What `read` found wrong. */
    get problem() {
        return this.#problem;
    }
    clear(bytes) {
        this.#bytes = bytes;
        this.#count = 0;
    }
    /** @returns the position after the attribute, -1 where the bytes end inside it, -2 where it is none (`problem`). */
    read(start, end) {
        const bytes = this.#bytes;
        let at = start;
        while (at < end && isNameByte(bytes[at]))
            at++;
        const nameEnd = at;
        while (at < end && isSpace(bytes[at]))
            at++;
        if (at >= end)
            return -1;
        if (bytes[at] !== EQUALS || nameEnd === start)
            return this.#refuse('An attribute has no name or no value');
        at++;
        while (at < end && isSpace(bytes[at]))
            at++;
        if (at >= end)
            return -1;
        const quote = bytes[at];
        if (quote !== DOUBLE_QUOTE && quote !== APOSTROPHE)
            return this.#refuse('An attribute value has no quotes');
        const valueStart = ++at;
        for (; at < end; at++) {
            const byte = bytes[at];
            if (byte === quote)
                break;
            if (byte === LESS || (byte < SPACE && !isSpace(byte))) {
                return this.#refuse('An attribute value holds a character that XML does not allow there');
            }
        }
        if (at >= end)
            return -1;
        if (this.#isKnown(start, nameEnd))
            return this.#refuse('An element has one attribute twice');
        this.#note(start, nameEnd, valueStart, at);
        return at + 1;
    }
    /** The name as written, with its prefix. */
    name(index) {
        return this.#bytes.toString('utf8', this.#ranges[index * 4], this.#ranges[index * 4 + 1]);
    }
    /** @returns undefined for a value with a reference that stands for no character. */
    value(index) {
        const raw = this.#bytes.toString('utf8', this.valueStart(index), this.valueEnd(index));
        return decodeReferences(raw.replace(/\r\n|[\t\r\n]/g, ' '));
    }
    valueStart(index) {
        return this.#ranges[index * 4 + 2];
    }
    valueEnd(index) {
        return this.#ranges[index * 4 + 3];
    }
    /** @returns the index of the attribute whose name is this one ASCII letter, or -1. */
    letter(letter) {
        for (let index = 0; index < this.#count; index++) {
            const start = this.#ranges[index * 4];
            if (this.#bytes[start] === letter && this.#ranges[index * 4 + 1] === start + 1)
                return index;
        }
        return -1;
    }
    /** Whether the attribute read last begins with `xmlns`. */
    lastDeclaresNamespace() {
        const at = (this.#count - 1) * 4;
        const start = this.#ranges[at];
        if (this.#bytes[start] !== 0x78)
            return false;
        return this.#bytes.toString('latin1', start, this.#ranges[at + 1]).startsWith('xmlns');
    }
    #isKnown(start, end) {
        const bytes = this.#bytes;
        for (let index = 0; index < this.#count; index++) {
            const other = this.#ranges[index * 4];
            if (this.#ranges[index * 4 + 1] - other !== end - start)
                continue;
            let at = 0;
            while (at < end - start && bytes[other + at] === bytes[start + at])
                at++;
            if (at === end - start)
                return true;
        }
        return false;
    }
    #note(nameStart, nameEnd, valueStart, valueEnd) {
        const at = this.#count++ * 4;
        if (at === this.#ranges.length) {
            const longer = new Int32Array(this.#ranges.length * 2);
            longer.set(this.#ranges);
            this.#ranges = longer;
        }
        this.#ranges[at] = nameStart;
        this.#ranges[at + 1] = nameEnd;
        this.#ranges[at + 2] = valueStart;
        this.#ranges[at + 3] = valueEnd;
    }
    #refuse(problem) {
        this.#problem = problem;
        return -2;
    }
}
function isNameByte(byte) {
    return (byte > SPACE && byte !== EQUALS && byte !== GREATER && byte !== SLASH && byte !== LESS && byte !== DOUBLE_QUOTE);
}
//# sourceMappingURL=xml-attributes.js.map