import { UnreadableFileError } from './errors.js';
import { LONGEST_REFERENCE, decodeReferences, normalizeLineEnds } from './text.js';
import { XmlAttributes } from './xml-attributes.js';
import { AMPERSAND, BRACKET, CARRIAGE_RETURN, EXCLAMATION, GREATER, LESS, LINE_FEED, QUESTION, SLASH, SPACE, TAB, isSpace, sameBytes, } from './xml-bytes.js';
import { XmlInput } from './xml-input.js';
import { XmlNames, XmlScopes } from './xml-names.js';
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const DECLARATION = Buffer.from('<?xml');
const DOCTYPE = Buffer.from('<!DOCTYPE');
const SECTIONS = [
    { mark: Buffer.from('<!--'), mode: 'comment' },
    { mark: Buffer.from('<![CDATA['), mode: 'cdata' },
];
const TERMINATORS = { cdata: ']]>', comment: '-->', instruction: '?>' };
/** No tag of a workbook comes near; text, comments and CDATA sections are read in pieces and need no such bound. */
const LONGEST_TAG = 256 * 1024;
/**
 * Pulls tokens out of UTF-8 XML that arrives in chunks, without a string for anything that nobody asks for. Checks
 * what keeps data from being misread: nesting, quoting, namespaces, references, characters, encoding. What it says about
 * a token (its name, text, attributes) holds until the next call of `next` or `push`.
 */
export class XmlScanner {
    #part;
    #maxDepth;
    #input = new XmlInput();
    #names = new XmlNames();
    #scopes;
    #attributes = new XmlAttributes();
    #open = [];
    #mode = 'start';
    #rootSeen = false;
    #selfClosing = false;
    #name = '';
    #textStart = 0;
    #textEnd = 0;
    #textIsAscii = true;
    #textHasReference = false;
    #textHasReturn = false;
    /** @param input.own namespaces whose element names are reported bare; others as `{namespace}local`. */
    constructor(input) {
        this.#part = input.part;
        this.#maxDepth = input.maxDepth;
        this.#scopes = new XmlScopes(input.own);
    }
    /** Name of the element that opened last. */
    get name() {
        return this.#name;
    }
    /** Elements open at this point: counts the one just opened, no longer the one just closed. */
    get depth() {
        return this.#open.length;
    }
    /** What has arrived. Whoever reads ahead in it, see `isBetweenElements`, moves its position to where a token begins. */
    get input() {
        return this.#input;
    }
    push(chunk) {
        if (!this.#input.push(chunk))
            throw this.#encodingError();
    }
    /** After the last chunk and the last token: everything was read and every element closed. */
    finish() {
        const { position, end, isCut } = this.#input;
        if (isCut)
            throw this.fail('bad-utf8', 'The part ends inside a character');
        if (position !== end || this.#mode !== 'content' || this.#open.length > 0 || !this.#rootSeen) {
            throw this.fail('bad-xml', 'The part ends inside its contents');
        }
    }
    next() {
        if (this.#selfClosing) {
            this.#selfClosing = false;
            return this.#close();
        }
        const input = this.#input;
        for (;;) {
            let token;
            if (this.#mode === 'start')
                token = this.#readStart();
            else if (this.#mode !== 'content')
                token = this.#readSection(this.#mode);
            else if (input.position === input.end)
                return 'more';
            else if (input.bytes[input.position] === LESS)
                token = this.#readMarkup();
            else
                token = this.#readText();
            if (token !== undefined)
                return token;
        }
    }
    /** Whether a token begins at the input's position, and names without a prefix are in one of the own namespaces. */
    isBetweenElements() {
        return this.#mode === 'content' && !this.#selfClosing && this.#scopes.bareIsOwn;
    }
    /** The text just reported. One text may be reported in several pieces. */
    text() {
        const encoding = this.#textIsAscii ? 'latin1' : 'utf8';
        const raw = this.#input.bytes.toString(encoding, this.#textStart, this.#textEnd);
        if (!this.#textHasReference && !this.#textHasReturn)
            return raw;
        const lines = normalizeLineEnds(raw);
        return this.#textHasReference ? this.#decoded(decodeReferences(lines)) : lines;
    }
    /** Whether the text just reported is white space between elements. */
    isBlank() {
        const { bytes } = this.#input;
        for (let at = this.#textStart; at < this.#textEnd; at++)
            if (bytes[at] > SPACE)
                return false;
        return true;
    }
    /**
     * The value of an attribute of the element just opened.
     * @param name the local name for attributes without a prefix, else `{namespace}local`.
     */
    attribute(name) {
        for (let index = 0; index < this.#attributes.count; index++) {
            const written = this.#attributes.name(index);
            const colon = written.indexOf(':');
            const namespace = colon < 0 ? '' : `{${this.#scopes.namespaceOf(written.slice(0, colon)) ?? ''}}`;
            if (namespace + written.slice(colon + 1) === name)
                return this.#decoded(this.#attributes.value(index));
        }
        return undefined;
    }
    /** An error that says where in the part the scanner stands. */
    fail(code, message) {
        return new UnreadableFileError({ code, where: `${this.#part}, byte ${this.#input.offset}`, message });
    }
    #readStart() {
        const input = this.#input;
        const { bytes, position, end } = input;
        if (end - position <= DECLARATION.length)
            return 'more';
        if (bytes[position] === 0 || bytes[position + 1] === 0)
            throw this.#encodingError();
        if (input.offset === 0 && this.#isAhead(BYTE_ORDER_MARK)) {
            input.position += BYTE_ORDER_MARK.length;
            return undefined;
        }
        if (this.#isAhead(DECLARATION) && isSpace(bytes[position + DECLARATION.length])) {
            const stop = bytes.subarray(0, end).indexOf('?>', position, 'latin1');
            if (stop < 0)
                return this.#starved();
            const declaration = bytes.toString('latin1', position, stop);
            const encoding = /\sencoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1] ?? 'utf-8';
            if (!/^(?:utf-?8|us-ascii)$/i.test(encoding)) {
                throw this.fail('bad-utf8', 'The part declares an encoding other than UTF-8');
            }
            input.position = stop + 2;
        }
        this.#mode = 'content';
        return undefined;
    }
    /** Inside a comment, a processing instruction or a CDATA section. */
    #readSection(mode) {
        const input = this.#input;
        const terminator = TERMINATORS[mode];
        const start = input.position;
        const found = input.bytes.subarray(0, input.end).indexOf(terminator, start, 'latin1');
        // A terminator may be cut by the chunk's edge; so may a line end.
        const safe = found < 0 ? cutBefore(input.bytes, input.end - terminator.length + 1) : found;
        const end = Math.max(start, safe);
        input.position = end;
        if (found >= 0) {
            input.position += terminator.length;
            this.#mode = 'content';
        }
        if (mode !== 'cdata' || end === start)
            return found < 0 ? 'more' : undefined;
        this.#scanText(start, end, 'cdata');
        this.#textHasReference = false;
        return 'text';
    }
    #readText() {
        const input = this.#input;
        const start = input.position;
        let end = this.#scanText(start, input.end, 'content');
        if (this.#open.length === 0) {
            if (!this.isBlank())
                throw this.fail('bad-xml', 'There is text outside the root element');
            input.position = end;
            return undefined;
        }
        if (end === input.end) {
            end = this.#textCut(start);
            if (end === start)
                return 'more';
            this.#textEnd = end;
        }
        input.position = end;
        return 'text';
    }
    /** Takes note of the text up to the next markup. @returns where it ends. */
    #scanText(start, limit, mode) {
        const { bytes } = this.#input;
        const cdata = mode === 'cdata';
        let at = start;
        let all = 0;
        this.#textHasReference = false;
        this.#textHasReturn = false;
        for (; at < limit; at++) {
            const byte = bytes[at];
            if (byte === LESS && !cdata)
                break;
            all |= byte;
            if (byte === AMPERSAND)
                this.#textHasReference = true;
            else if (byte === CARRIAGE_RETURN)
                this.#textHasReturn = true;
            else if (byte < SPACE && byte !== LINE_FEED && byte !== TAB) {
                throw this.#failAt(at, 'There is a control character that XML does not allow');
            }
            else if (byte === GREATER &&
                !cdata &&
                at - 2 >= start &&
                bytes[at - 1] === BRACKET &&
                bytes[at - 2] === BRACKET) {
                throw this.#failAt(at, 'A CDATA section ends that never began');
            }
        }
        this.#textStart = start;
        this.#textEnd = at;
        this.#textIsAscii = all < 0x80;
        return at;
    }
    /** Where a text that the chunk's end cuts can be cut as well: not in a reference, a line end or a `]]>`. */
    #textCut(start) {
        const { bytes, end } = this.#input;
        const from = Math.max(start, end - LONGEST_REFERENCE);
        let cut = cutBefore(bytes, end);
        while (cut > from && bytes[cut - 1] === BRACKET)
            cut--;
        cut = Math.max(cut, start);
        if (!this.#textHasReference)
            return cut;
        const reference = bytes.subarray(0, cut).lastIndexOf(AMPERSAND);
        return reference < from || bytes.subarray(reference, cut).includes(';') ? cut : reference;
    }
    #readMarkup() {
        const { bytes, position, end } = this.#input;
        if (position + 1 >= end)
            return 'more';
        const second = bytes[position + 1];
        if (second === SLASH)
            return this.#readClose();
        if (second === EXCLAMATION)
            return this.#readDeclaration();
        if (second !== QUESTION)
            return this.#readOpen();
        this.#mode = 'instruction';
        this.#input.position += 2;
        return undefined;
    }
    #readClose() {
        const { bytes, position, end } = this.#input;
        const name = this.#open.at(-1);
        if (name === undefined)
            throw this.fail('bad-xml', 'An element ends that never began');
        const start = position + 2;
        let at = start + name.bytes.length;
        if (at >= end)
            return this.#starved();
        const same = sameBytes(bytes, start, at, name.bytes);
        if (same)
            while (at < end && isSpace(bytes[at]))
                at++;
        if (at >= end)
            return this.#starved();
        if (!same || bytes[at] !== GREATER)
            throw this.fail('bad-xml', 'An element ends inside another one');
        this.#input.position = at + 1;
        return this.#close();
    }
    #close() {
        this.#scopes.leave(this.#open.length);
        this.#open.pop();
        return 'close';
    }
    #readDeclaration() {
        const { position, end } = this.#input;
        for (const { mark, mode } of SECTIONS) {
            if (!this.#isAhead(mark))
                continue;
            if (end - position < mark.length)
                return 'more';
            if (mode === 'cdata' && this.#open.length === 0)
                break;
            this.#mode = mode;
            this.#input.position += mark.length;
            return undefined;
        }
        if (!this.#isAhead(DOCTYPE))
            throw this.fail('bad-xml', 'There is markup that is no XML');
        if (end - position < DOCTYPE.length)
            return 'more';
        throw this.fail('dtd', 'The part declares a document type');
    }
    /** Whether what comes next is this mark, or its beginning and then the end of the chunk. */
    #isAhead(mark) {
        const { bytes, position, end } = this.#input;
        const length = Math.min(end - position, mark.length);
        return sameBytes(bytes, position, position + length, mark.subarray(0, length));
    }
    #readOpen() {
        const { bytes, position, end } = this.#input;
        const start = position + 1;
        let at = start;
        let hash = 0;
        for (; at < end; at++) {
            const byte = bytes[at];
            if (byte <= SPACE || byte === GREATER || byte === SLASH)
                break;
            hash = (Math.imul(hash, 31) + byte) | 0;
        }
        if (at >= end)
            return this.#starved();
        const name = this.#names.find(bytes, start, at, hash);
        if (name === undefined)
            throw this.fail('bad-xml', 'An element has no proper name');
        this.#attributes.clear(bytes);
        let declares = false;
        for (;;) {
            const gap = at;
            while (at < end && isSpace(bytes[at]))
                at++;
            const byte = at < end ? bytes[at] : 0;
            if (at >= end || (byte === SLASH && at + 1 >= end))
                return this.#starved();
            if (byte === GREATER)
                break;
            if (byte === SLASH) {
                if (bytes[++at] !== GREATER)
                    throw this.fail('bad-xml', 'A tag does not end properly');
                this.#selfClosing = true;
                break;
            }
            if (at === gap)
                throw this.fail('bad-xml', 'Two attributes touch');
            at = this.#attributes.read(at, end);
            if (at === -1)
                return this.#starved();
            if (at === -2)
                throw this.fail('bad-xml', this.#attributes.problem);
            declares ||= this.#attributes.lastDeclaresNamespace();
        }
        this.#input.position = at + 1;
        return this.#opened(name, declares);
    }
    #opened(name, declares) {
        if (this.#open.length === 0) {
            if (this.#rootSeen)
                throw this.fail('bad-xml', 'There is a second root element');
            this.#rootSeen = true;
        }
        this.#open.push(name);
        if (this.#open.length > this.#maxDepth) {
            throw this.fail('too-large', `More than ${this.#maxDepth} elements are inside one another`);
        }
        if (declares)
            this.#declareNamespaces();
        const resolved = this.#scopes.resolve(name);
        if (resolved === undefined)
            throw this.fail('bad-xml', 'A prefix has no namespace');
        this.#name = resolved;
        return 'open';
    }
    #declareNamespaces() {
        const declared = new Map();
        for (let index = 0; index < this.#attributes.count; index++) {
            const [, prefix] = /^xmlns(?::(.+))?$/.exec(this.#attributes.name(index)) ?? ['', undefined];
            if (prefix !== undefined || this.#attributes.name(index) === 'xmlns') {
                declared.set(prefix ?? '', this.#decoded(this.#attributes.value(index)));
            }
        }
        this.#scopes.declare(this.#open.length, declared);
    }
    #decoded(text) {
        if (text === undefined)
            throw this.fail('bad-xml', 'A reference stands for no character');
        return text;
    }
    #starved() {
        if (this.#input.end - this.#input.position > LONGEST_TAG)
            throw this.fail('too-large', 'A tag is too long');
        return 'more';
    }
    #failAt(at, message) {
        this.#input.position = at;
        return this.fail('bad-xml', message);
    }
    #encodingError() {
        const [first, second] = this.#input.bytes;
        const wide = this.#mode === 'start' && (first === 0xfe || first === 0xff || first === 0 || second === 0);
        const message = wide ? 'The part is in UTF-16; only UTF-8 is read' : 'The part has bytes that are no UTF-8';
        return this.fail('bad-utf8', message);
    }
}
/** A carriage return at the very end may be half of a line end. */
function cutBefore(bytes, end) {
    return bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
}
//# sourceMappingURL=xml.js.map