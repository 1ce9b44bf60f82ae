const SLOTS = 4096;
const LONGEST = 32;
/**
 * Decodes short texts, and remembers them: a sheet repeats the same few thousand, and asking for a text again is much
 * cheaper than decoding it. Repeated texts also are one string in memory for whoever keeps the rows.
 */
export class TextCache {
    #bytes = Buffer.allocUnsafeSlow(SLOTS * LONGEST);
    #lengths = new Int8Array(SLOTS).fill(-1);
    #texts = Array(SLOTS);
    /** @param hash equal for equal bytes. */
    decode(bytes, start, end, hash) {
        const length = end - start;
        if (length > LONGEST)
            return bytes.toString('utf8', start, end);
        const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
        const own = slot * LONGEST;
        if (this.#lengths[slot] === length) {
            let at = 0;
            while (at < length && this.#bytes[own + at] === bytes[start + at])
                at++;
            if (at === length)
                return this.#texts[slot];
        }
        const text = bytes.toString('utf8', start, end);
        bytes.copy(this.#bytes, own, start, end);
        this.#lengths[slot] = length;
        this.#texts[slot] = text;
        return text;
    }
}
//# sourceMappingURL=text-cache.js.map