import { CellReference } from './cell-reference.js';
import { AMPERSAND, DOUBLE_QUOTE, EQUALS, GREATER, LESS, SLASH, SPACE } from './xml-bytes.js';
const LETTER_C = 0x63;
const LETTER_R = 0x72;
const LETTER_S = 0x73;
const LETTER_T = 0x74;
const INLINE_TYPE = Buffer.from('inlineStr');
const FORMULA_TYPE = Buffer.from('str');
const VALUE_OPEN = Buffer.from('<v>');
const VALUE_CLOSE = Buffer.from('</v></c>');
const INLINE_OPEN = Buffer.from('<is><t>');
const INLINE_CLOSE = Buffer.from('</t></is></c>');
/**
 * Reads one cell in the spelling that nearly every writer uses, `<c r="A1" s="1" t="s"><v>0</v></c>` or with
 * `<is><t>…</t></is>`, straight from the bytes. Token by token the same takes several times as long, and cells are all
 * that a large sheet consists of. Whatever is spelled in another way, is wrong or is cut off is not for here: `read`
 * says no, and the cell is read token by token.
 */
export class PlainCell {
    reference = new CellReference();
    type = 'n';
    hasValue = false;
    /** The value's bytes: no markup, no reference, no line end among them. */
    valueStart = 0;
    valueEnd = 0;
    /** Over the value's bytes. */
    hash = 0;
    /** Where the cell ends. */
    end = 0;
    read(bytes, position, limit) {
        if (bytes[position] !== LESS || bytes[position + 1] !== LETTER_C || bytes[position + 2] !== SPACE)
            return false;
        const tagEnd = this.#readAttributes(bytes, position + 2, limit);
        if (tagEnd < 0)
            return false;
        if (bytes[tagEnd] === SLASH) {
            this.hasValue = false;
            this.end = tagEnd + 2;
            return bytes[tagEnd + 1] === GREATER && this.end <= limit;
        }
        const inline = this.type === 'inlineStr';
        const start = after(bytes, tagEnd + 1, inline ? INLINE_OPEN : VALUE_OPEN);
        if (start < 0)
            return false;
        const valueEnd = this.#readValue(bytes, start, limit);
        this.end = after(bytes, valueEnd, inline ? INLINE_CLOSE : VALUE_CLOSE);
        this.hasValue = true;
        // The buffer may hold old bytes beyond the limit: whatever was read there does not count.
        return this.end >= 0 && this.end <= limit;
    }
    /** The value as a whole number of up to nine digits, or -1. */
    index(bytes) {
        const { valueStart: start, valueEnd: end } = this;
        if (end === start || end - start > 9)
            return -1;
        let index = 0;
        for (let at = start; at < end; at++) {
            const digit = bytes[at] - 0x30;
            if (digit < 0 || digit > 9)
                return -1;
            index = index * 10 + digit;
        }
        return index;
    }
    /** @returns the position of the `>` or `/` that ends the tag, or -1. */
    #readAttributes(bytes, position, limit) {
        let at = position;
        let seen = 0;
        this.type = 'n';
        while (bytes[at] === SPACE) {
            const letter = bytes[at + 1];
            if (bytes[at + 2] !== EQUALS || bytes[at + 3] !== DOUBLE_QUOTE)
                return -1;
            const start = at + 4;
            let end = start;
            while (end < limit && isAlphanumeric(bytes[end]))
                end++;
            if (end >= limit || bytes[end] !== DOUBLE_QUOTE)
                return -1;
            const flag = letter === LETTER_R ? 1 : letter === LETTER_S ? 2 : letter === LETTER_T ? 4 : 0;
            if (flag === 0 || (seen & flag) !== 0)
                return -1;
            seen |= flag;
            if (flag === 1 && !this.reference.read(bytes, start, end))
                return -1;
            if (flag === 4 && !this.#readType(bytes, start, end))
                return -1;
            at = end + 1;
        }
        return (seen & 1) !== 0 && at < limit && (bytes[at] === GREATER || bytes[at] === SLASH) ? at : -1;
    }
    #readType(bytes, start, end) {
        if (end - start === 1 && (bytes[start] === LETTER_S || bytes[start] === 0x6e)) {
            this.type = bytes[start] === LETTER_S ? 's' : 'n';
            return true;
        }
        this.type = after(bytes, start, INLINE_TYPE) === end ? 'inlineStr' : 'str';
        return this.type === 'inlineStr' || after(bytes, start, FORMULA_TYPE) === end;
    }
    /** @returns where the value ends: at markup, or at the first byte that is not for here. */
    #readValue(bytes, start, limit) {
        let at = start;
        let hash = 0;
        for (; at < limit; at++) {
            const byte = bytes[at];
            if (byte === LESS || byte === AMPERSAND || byte === GREATER || byte < SPACE)
                break;
            hash = Math.imul(hash ^ byte, 0x01000193);
        }
        this.valueStart = start;
        this.valueEnd = at;
        this.hash = hash;
        return at;
    }
}
/** @returns the position after these bytes, or -1 where others stand. */
function after(bytes, position, expected) {
    for (let index = 0; index < expected.length; index++)
        if (bytes[position + index] !== expected[index])
            return -1;
    return position + expected.length;
}
function isAlphanumeric(byte) {
    return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}
//# sourceMappingURL=plain-cell.js.map