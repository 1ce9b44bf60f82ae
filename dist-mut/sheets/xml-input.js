import { isUtf8 } from 'node:buffer';
const FIRST_CAPACITY = 64 * 1024;
/**
 * The part of a UTF-8 text that has arrived and is not read yet, in one buffer. Chunks may cut characters; what lies
 * before `end` is whole and valid.
 */
export class XmlInput {
    bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
    /** Reading goes on here. */
    position = 0;
    end = 0;
    /** End of what has arrived: up to three bytes beyond `end`. */
    #filled = 0;
    /** Offset in the whole text of the first byte held. */
    #base = 0;
    /** Of `position`, in the whole text. */
    get offset() {
        return this.#base + this.position;
    }
    /** Bytes are left that begin a character and do not end it. */
    get isCut() {
        return this.#filled !== this.end;
    }
    /** Moves what is not read to the front: positions taken before do not hold any more. @returns false for bytes that are no UTF-8. */
    push(chunk) {
        const kept = this.#filled - this.position;
        const needed = kept + chunk.length;
        const target = needed > this.bytes.length ? Buffer.allocUnsafeSlow(needed * 2) : this.bytes;
        target.set(this.bytes.subarray(this.position, this.#filled), 0);
        target.set(chunk, kept);
        const checked = this.end - this.position;
        this.#base += this.position;
        this.bytes = target;
        this.position = 0;
        this.#filled = needed;
        this.end = completeCharacters(target, needed);
        return isUtf8(target.subarray(checked, this.end));
    }
}
/** The end of the last character that is complete within the first `end` bytes. */
function completeCharacters(bytes, end) {
    for (let back = 1; back <= 3 && back <= end; back++) {
        const byte = bytes[end - back];
        if (byte < 0x80)
            return end;
        if (byte >= 0xc0) {
            const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
            return length > back ? end - back : end;
        }
    }
    return end;
}
//# sourceMappingURL=xml-input.js.map