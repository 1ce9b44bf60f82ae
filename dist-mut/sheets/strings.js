import { MAIN_NAMESPACES } from './namespaces.js';
import { RichText } from './rich-text.js';
import { XmlScanner } from './xml.js';
const SEGMENT_BYTES = 1024 * 1024;
/** More than a segment ever is long. */
const SEGMENT_STRIDE = 2 ** 32;
/** Strings from this length on do not share a segment, so that little of one is left unused. */
const OWN_SEGMENT_BYTES = 64 * 1024;
const OFFSETS_PER_BLOCK = 64 * 1024;
/** Strings worth remembering decoded: the same few words fill whole columns. */
const LONGEST_REMEMBERED = 64;
const REMEMBERED = 4096;
const ENCODER = new TextEncoder();
/**
 * The shared strings of a workbook, as UTF-8 in a few large buffers outside the JavaScript heap: a string object for each
 * would cost many times the text. A string never spans two segments.
 */
export class StringTable {
    #segments = [];
    /** Bytes used in each segment. */
    #used = [];
    /** Where each string begins: number of the segment times `SEGMENT_STRIDE`, plus the offset in it. */
    #starts = [];
    #rememberedIndex = new Int32Array(REMEMBERED).fill(-1);
    #remembered = Array(REMEMBERED);
    #count = 0;
    #bytes = 0;
    get count() {
        return this.#count;
    }
    /** Bytes of text and of offsets held. */
    get bytes() {
        return this.#bytes;
    }
    add(text) {
        // A UTF-16 unit takes at most three bytes; what may be long is measured.
        const room = text.length * 3 < OWN_SEGMENT_BYTES ? text.length * 3 : Buffer.byteLength(text);
        const segment = this.#segmentFor(room);
        const start = this.#used[segment];
        const { written } = ENCODER.encodeInto(text, this.#segments[segment].subarray(start));
        const block = Math.floor(this.#count / OFFSETS_PER_BLOCK);
        this.#starts[block] ??= new Float64Array(OFFSETS_PER_BLOCK);
        this.#starts[block][this.#count % OFFSETS_PER_BLOCK] = segment * SEGMENT_STRIDE + start;
        this.#used[segment] = start + written;
        this.#count++;
        this.#bytes += written + Float64Array.BYTES_PER_ELEMENT;
    }
    /** Number of the segment that takes the next string of this many bytes. */
    #segmentFor(room) {
        const last = this.#segments.length - 1;
        if (last >= 0 && this.#used[last] + room <= this.#segments[last].length)
            return last;
        this.#segments.push(Buffer.allocUnsafeSlow(room < OWN_SEGMENT_BYTES ? SEGMENT_BYTES : room));
        this.#used.push(0);
        return last + 1;
    }
    /** @returns undefined for an index that the table does not have. */
    get(index) {
        if (index < 0 || index >= this.#count)
            return undefined;
        const slot = index % REMEMBERED;
        if (this.#rememberedIndex[slot] === index)
            return this.#remembered[slot];
        const text = this.#decode(index);
        if (text.length <= LONGEST_REMEMBERED) {
            this.#rememberedIndex[slot] = index;
            this.#remembered[slot] = text;
        }
        return text;
    }
    #decode(index) {
        const start = this.#start(index);
        const segment = Math.floor(start / SEGMENT_STRIDE);
        const base = segment * SEGMENT_STRIDE;
        // The next string may be the first of another segment.
        const next = index + 1 < this.#count ? this.#start(index + 1) - base : Infinity;
        const end = Math.min(this.#used[segment], next);
        return this.#segments[segment].toString('utf8', start - base, end);
    }
    #start(index) {
        return this.#starts[Math.floor(index / OFFSETS_PER_BLOCK)][index % OFFSETS_PER_BLOCK];
    }
}
/** Fills a table from the shared strings part, chunk by chunk. Complete only after `finish`. */
export class StringsReader {
    table = new StringTable();
    #scanner;
    #limits;
    #text;
    #inItem = false;
    constructor(part, limits) {
        this.#scanner = new XmlScanner({ part, own: MAIN_NAMESPACES, maxDepth: limits.depth });
        this.#limits = limits;
        this.#text = new RichText(this.#scanner, limits.cellLength);
    }
    push(chunk) {
        const scanner = this.#scanner;
        scanner.push(chunk);
        for (;;) {
            const token = scanner.next();
            if (token === 'more')
                return;
            if (token === 'open')
                this.#open();
            else if (token === 'close')
                this.#close();
            else if (this.#inItem)
                this.#text.append();
        }
    }
    finish() {
        this.#scanner.finish();
        return this.table;
    }
    #open() {
        const { name, depth } = this.#scanner;
        if (this.#inItem)
            this.#text.open(name);
        else if (depth === 1) {
            if (name !== 'sst')
                throw this.#scanner.fail('bad-xml', 'The part is no table of shared strings');
        }
        else if (depth === 2 && name === 'si') {
            this.#inItem = true;
            this.#text.start();
        }
        else if (name === 'si')
            throw this.#scanner.fail('bad-xml', 'A shared string is out of place');
    }
    #close() {
        if (!this.#inItem || !this.#text.close())
            return;
        this.#inItem = false;
        this.table.add(this.#text.value());
        if (this.table.bytes > this.#limits.sharedStringBytes) {
            throw this.#scanner.fail('too-large', `The shared strings take more than ${this.#limits.sharedStringBytes} bytes`);
        }
    }
}
//# sourceMappingURL=strings.js.map