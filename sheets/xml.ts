import { isUtf8 } from 'node:buffer';
import { UnreadableFileError, type UnreadableCode } from './errors.ts';
import { LONGEST_REFERENCE, decodeReferences, normalizeLineEnds } from './text.ts';
import { XmlNames, XmlScopes, sameBytes, type XmlName } from './xml-names.ts';

/** `more`: everything that can be read so far is read; push the next chunk, or finish. */
export type XmlToken = 'open' | 'close' | 'text' | 'more';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const EXCLAMATION = 0x21;
const DOUBLE_QUOTE = 0x22;
const AMPERSAND = 0x26;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const BRACKET = 0x5d;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const DECLARATION = Buffer.from('<?xml');
const CDATA = Buffer.from('<![CDATA[');
const COMMENT = Buffer.from('<!--');
const DOCTYPE = Buffer.from('<!DOCTYPE');

/** No tag of a workbook comes near; text, comments and CDATA sections are read in pieces and need no such bound. */
const LONGEST_TAG = 256 * 1024;
const FIRST_CAPACITY = 128 * 1024;

type Mode = 'start' | 'content' | 'cdata' | 'comment' | 'instruction';
const TERMINATORS = { cdata: ']]>', comment: '-->', instruction: '?>' } as const;

/**
 * Pulls tokens out of UTF-8 XML that arrives in chunks, without a string for anything that nobody asks for. Checks
 * what keeps data from being misread: nesting, quoting, namespaces, references, characters, encoding. Positions (text,
 * attributes) hold until the next call of `next` or `push`.
 */
export class XmlScanner {
  readonly #part: string;
  readonly #maxDepth: number;
  readonly #names = new XmlNames();
  readonly #scopes: XmlScopes;
  readonly #open: XmlName[] = [];
  #bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #position = 0;
  /** End of what may be read: complete, valid characters. */
  #end = 0;
  /** End of what has arrived: up to three bytes more. */
  #filled = 0;
  /** Offset in the part of the first byte held. */
  #base = 0;
  #mode: Mode = 'start';
  #rootSeen = false;
  #selfClosing = false;
  #name = '';
  /** Four numbers for each attribute: name start, name end, value start, value end. */
  #attributes = new Int32Array(64);
  #attributeCount = 0;
  #textStart = 0;
  #textEnd = 0;
  #textIsAscii = true;
  #textHasReference = false;
  #textHasReturn = false;

  /** @param input.own namespaces whose element names are reported bare; others as `{namespace}local`. */
  constructor(input: { part: string; own: ReadonlySet<string>; maxDepth: number }) {
    this.#part = input.part;
    this.#maxDepth = input.maxDepth;
    this.#scopes = new XmlScopes(input.own);
  }

  /** Name of the element that opened last. */
  get name(): string {
    return this.#name;
  }

  /** Elements open at this point: counts the one just opened, no longer the one just closed. */
  get depth(): number {
    return this.#open.length;
  }

  push(chunk: Uint8Array): void {
    const kept = this.#filled - this.#position;
    const needed = kept + chunk.length;
    const target = needed > this.#bytes.length ? Buffer.allocUnsafeSlow(needed * 2) : this.#bytes;
    target.set(this.#bytes.subarray(this.#position, this.#filled), 0);
    target.set(chunk, kept);
    this.#base += this.#position;
    const checked = this.#end - this.#position;
    this.#bytes = target;
    this.#position = 0;
    this.#filled = needed;
    this.#end = completeCharacters(target, needed);
    if (!isUtf8(target.subarray(checked, this.#end))) throw this.#encodingError();
  }

  /** After the last chunk and the last token: everything was read and every element closed. */
  finish(): void {
    if (this.#filled !== this.#end) throw this.fail('bad-utf8', 'The part ends inside a character');
    if (this.#mode === 'start' && this.#filled > 0)
      throw this.fail('bad-xml', 'The part ends before its first element');
    if (this.#position !== this.#end || this.#mode !== 'content' || this.#open.length > 0 || !this.#rootSeen) {
      throw this.fail('bad-xml', 'The part ends inside its contents');
    }
  }

  next(): XmlToken {
    if (this.#selfClosing) {
      this.#selfClosing = false;
      return this.#close();
    }
    for (;;) {
      let token: XmlToken | undefined;
      if (this.#mode === 'start') token = this.#readStart();
      else if (this.#mode !== 'content') token = this.#readSection(this.#mode);
      else if (this.#position === this.#end) return 'more';
      else if (this.#bytes[this.#position] === LESS) token = this.#readMarkup();
      else token = this.#readText();
      if (token !== undefined) return token;
    }
  }

  /** The text just reported. One text may be reported in several pieces. */
  text(): string {
    const raw = this.#bytes.toString(this.#textIsAscii ? 'latin1' : 'utf8', this.#textStart, this.#textEnd);
    return this.#textHasReference || this.#textHasReturn ? this.#decode(raw) : raw;
  }

  /** The text just reported, read on as decimal digits after `value`. @returns -1 where it is anything else. */
  digits(value: number): number {
    if (this.#textHasReference) return /^\d{1,9}$/.test(this.text()) ? Number(`${value}${this.text()}`) : -1;
    let number = value;
    for (let at = this.#textStart; at < this.#textEnd; at++) {
      const digit = this.#bytes[at]! - 0x30;
      if (digit < 0 || digit > 9 || number > 1e9) return -1;
      number = number * 10 + digit;
    }
    return number;
  }

  /** Whether the text just reported is white space between elements. */
  isBlank(): boolean {
    for (let at = this.#textStart; at < this.#textEnd; at++) if (this.#bytes[at]! > SPACE) return false;
    return true;
  }

  /**
   * The value of an attribute of the element just opened.
   * @param name the local name for attributes without a prefix, else `{namespace}local`.
   */
  attribute(name: string): string | undefined {
    for (let index = 0; index < this.#attributeCount; index++) {
      if (this.#attributeName(index) === name) return this.#attributeValue(index);
    }
    return undefined;
  }

  /** `attribute` for names of one ASCII letter, which cells and rows have: compares bytes. */
  letterAttribute(letter: number): string | undefined {
    const index = this.#letterIndex(letter);
    return index < 0 ? undefined : this.#attributeValue(index);
  }

  /** The raw bytes of a one-letter attribute: where they begin and end in `bytes`; start is -1 where there is none. */
  letterRange(letter: number, range: { bytes: Buffer; start: number; end: number }): void {
    const index = this.#letterIndex(letter);
    range.bytes = this.#bytes;
    range.start = index < 0 ? -1 : this.#attributes[index * 4 + 2]!;
    range.end = index < 0 ? -1 : this.#attributes[index * 4 + 3]!;
  }

  /** An error that says where in the part the scanner stands. */
  fail(code: UnreadableCode, message: string): UnreadableFileError {
    return new UnreadableFileError({ code, where: `${this.#part}, byte ${this.#base + this.#position}`, message });
  }

  #readStart(): XmlToken | undefined {
    const available = this.#end - this.#position;
    const startsWith = (mark: Buffer): boolean =>
      sameBytes(this.#bytes, this.#position, this.#position + mark.length, mark);
    if (available < DECLARATION.length + 1) return 'more';
    if (this.#bytes[this.#position] === 0 || this.#bytes[this.#position + 1] === 0) throw this.#encodingError();
    if (this.#base + this.#position === 0 && startsWith(BYTE_ORDER_MARK)) {
      this.#position += BYTE_ORDER_MARK.length;
      return undefined;
    }
    if (startsWith(DECLARATION) && isSpace(this.#bytes[this.#position + DECLARATION.length]!)) {
      const end = this.#bytes.subarray(0, this.#end).indexOf('?>', this.#position, 'latin1');
      if (end < 0) return this.#starved();
      const declaration = this.#bytes.toString('latin1', this.#position, end);
      const encoding = /\sencoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1] ?? 'utf-8';
      if (!/^(?:utf-?8|us-ascii)$/i.test(encoding))
        throw this.fail('bad-utf8', 'The part declares an encoding other than UTF-8');
      this.#position = end + 2;
    }
    this.#mode = 'content';
    return undefined;
  }

  /** Inside a comment, a processing instruction or a CDATA section. */
  #readSection(mode: keyof typeof TERMINATORS): XmlToken | undefined {
    const terminator = TERMINATORS[mode];
    const found = this.#bytes.subarray(0, this.#end).indexOf(terminator, this.#position, 'latin1');
    // A terminator may be cut by the chunk's edge; so may a line end.
    const end = found < 0 ? Math.max(this.#position, cutBefore(this.#bytes, this.#end - terminator.length + 1)) : found;
    const start = this.#position;
    this.#position = found < 0 ? end : end + terminator.length;
    if (found >= 0) this.#mode = 'content';
    if (mode !== 'cdata' || end === start) return found < 0 ? 'more' : undefined;
    this.#scanText(start, end, 'cdata');
    this.#textHasReference = false;
    return 'text';
  }

  #readText(): XmlToken | undefined {
    const start = this.#position;
    let end = this.#scanText(start, this.#end, 'content');
    if (this.#open.length === 0) {
      this.#position = end;
      if (!this.isBlank()) throw this.fail('bad-xml', 'There is text outside the root element');
      return undefined;
    }
    if (end === this.#end) {
      end = this.#textCut(start);
      if (end === start) return 'more';
      this.#textEnd = end;
    }
    this.#position = end;
    return 'text';
  }

  /** Takes note of the text up to the next markup. @returns where it ends. */
  #scanText(start: number, limit: number, mode: 'content' | 'cdata'): number {
    const bytes = this.#bytes;
    const cdata = mode === 'cdata';
    let at = start;
    let all = 0;
    this.#textHasReference = false;
    this.#textHasReturn = false;
    for (; at < limit; at++) {
      const byte = bytes[at]!;
      if (byte === LESS && !cdata) break;
      all |= byte;
      if (byte === AMPERSAND) this.#textHasReference = true;
      else if (byte < SPACE) this.#controlCharacter(byte, at);
      else if (
        byte === GREATER &&
        !cdata &&
        bytes[at - 1] === BRACKET &&
        bytes[at - 2] === BRACKET &&
        at - 2 >= start
      ) {
        this.#position = at;
        throw this.fail('bad-xml', 'A CDATA section ends that never began');
      }
    }
    this.#textStart = start;
    this.#textEnd = at;
    this.#textIsAscii = all < 0x80;
    return at;
  }

  #controlCharacter(byte: number, at: number): void {
    if (byte === CARRIAGE_RETURN) this.#textHasReturn = true;
    else if (byte !== LINE_FEED && byte !== TAB) {
      this.#position = at;
      throw this.fail('bad-xml', 'There is a control character that XML does not allow');
    }
  }

  /** Where a text that the chunk's end cuts can be cut as well: not in a reference, a line end or a `]]>`. */
  #textCut(start: number): number {
    const from = Math.max(start, this.#end - LONGEST_REFERENCE);
    let cut = cutBefore(this.#bytes, this.#end);
    while (cut > from && this.#bytes[cut - 1] === BRACKET) cut--;
    if (!this.#textHasReference) return Math.max(cut, start);
    const reference = this.#bytes.subarray(0, cut).lastIndexOf(AMPERSAND);
    if (reference < from || this.#bytes.subarray(reference, cut).includes(0x3b)) return Math.max(cut, start);
    return reference;
  }

  #decode(raw: string): string {
    const lines = this.#textHasReturn ? normalizeLineEnds(raw) : raw;
    const decoded = this.#textHasReference ? decodeReferences(lines) : lines;
    if (decoded === undefined) throw this.fail('bad-xml', 'A reference stands for no character');
    return decoded;
  }

  #readMarkup(): XmlToken | undefined {
    const second = this.#bytes[this.#position + 1];
    if (this.#position + 1 >= this.#end) return 'more';
    if (second === SLASH) return this.#readClose();
    if (second === EXCLAMATION) return this.#readDeclaration();
    if (second !== QUESTION) return this.#readOpen();
    this.#mode = 'instruction';
    this.#position += 2;
    return undefined;
  }

  #readClose(): XmlToken {
    const bytes = this.#bytes;
    const name = this.#open.at(-1);
    if (name === undefined) throw this.fail('bad-xml', 'An element ends that never began');
    const start = this.#position + 2;
    let at = start + name.bytes.length;
    if (at >= this.#end) return this.#starved();
    const same = sameBytes(bytes, start, at, name.bytes);
    if (same) while (at < this.#end && isSpace(bytes[at]!)) at++;
    if (at >= this.#end) return this.#starved();
    if (!same || bytes[at] !== GREATER) throw this.fail('bad-xml', 'An element ends inside another one');
    this.#position = at + 1;
    return this.#close();
  }

  #close(): XmlToken {
    this.#scopes.leave(this.#open.length);
    this.#open.pop();
    return 'close';
  }

  #readDeclaration(): XmlToken | undefined {
    const begins = (mark: Buffer): boolean => {
      const end = Math.min(this.#end, this.#position + mark.length);
      return sameBytes(this.#bytes, this.#position, end, mark.subarray(0, end - this.#position));
    };
    const whole = (mark: Buffer): boolean => this.#end - this.#position >= mark.length;
    for (const [mark, mode] of [
      [COMMENT, 'comment'],
      [CDATA, 'cdata'],
    ] as const) {
      if (!begins(mark)) continue;
      if (!whole(mark)) return 'more';
      if (mode === 'cdata' && this.#open.length === 0) break;
      this.#mode = mode;
      this.#position += mark.length;
      return undefined;
    }
    if (!begins(DOCTYPE)) throw this.fail('bad-xml', 'There is markup that is no XML');
    if (!whole(DOCTYPE)) return 'more';
    throw this.fail('dtd', 'The part declares a document type');
  }

  #readOpen(): XmlToken {
    const bytes = this.#bytes;
    const end = this.#end;
    const start = this.#position + 1;
    let at = start;
    let hash = 0;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte <= SPACE || byte === GREATER || byte === SLASH) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (at >= end) return this.#starved();
    const name = this.#names.find(bytes, { start, end: at, hash });
    if (name === undefined) throw this.fail('bad-xml', 'An element has no proper name');
    this.#attributeCount = 0;
    let declares = false;
    for (;;) {
      const gap = at;
      while (at < end && isSpace(bytes[at]!)) at++;
      if (at >= end) return this.#starved();
      const byte = bytes[at]!;
      if (byte === GREATER) {
        this.#selfClosing = false;
        break;
      }
      if (byte === SLASH) {
        if (++at >= end) return this.#starved();
        if (bytes[at] !== GREATER) throw this.fail('bad-xml', 'A tag does not end properly');
        this.#selfClosing = true;
        break;
      }
      if (at === gap) throw this.fail('bad-xml', 'Two attributes touch');
      at = this.#readAttribute(at);
      if (at < 0) {
        this.#selfClosing = false;
        return this.#starved();
      }
      declares ||= this.#declaresNamespace();
    }
    this.#position = at + 1;
    return this.#opened(name, declares);
  }

  #opened(name: XmlName, declares: boolean): XmlToken {
    if (this.#open.length === 0) {
      if (this.#rootSeen) throw this.fail('bad-xml', 'There is a second root element');
      this.#rootSeen = true;
    }
    this.#open.push(name);
    if (this.#open.length > this.#maxDepth)
      throw this.fail('too-large', `More than ${this.#maxDepth} elements are inside one another`);
    if (declares) this.#declareNamespaces();
    const resolved = this.#scopes.resolve(name);
    if (resolved === undefined) throw this.fail('bad-xml', 'A prefix has no namespace');
    this.#name = resolved;
    return 'open';
  }

  /** @returns the position after the attribute, or -1 where the chunk ends inside it. */
  #readAttribute(start: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = start;
    while (at < end && isNameByte(bytes[at]!)) at++;
    const nameEnd = at;
    while (at < end && isSpace(bytes[at]!)) at++;
    if (at >= end) return -1;
    if (bytes[at] !== EQUALS || nameEnd === start) throw this.fail('bad-xml', 'An attribute has no name or no value');
    at++;
    while (at < end && isSpace(bytes[at]!)) at++;
    if (at >= end) return -1;
    const quote = bytes[at]!;
    if (quote !== DOUBLE_QUOTE && quote !== APOSTROPHE) throw this.fail('bad-xml', 'An attribute value has no quotes');
    const valueStart = ++at;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === quote) break;
      if (byte === LESS || (byte < SPACE && !isSpace(byte))) {
        throw this.fail('bad-xml', 'An attribute value holds a character that XML does not allow there');
      }
    }
    if (at >= end) return -1;
    this.#noteAttribute([start, nameEnd, valueStart, at]);
    return at + 1;
  }

  #noteAttribute(range: readonly [number, number, number, number]): void {
    const [start, end] = range;
    const count = this.#attributeCount;
    for (let index = 0; index < count; index++) {
      const other = this.#attributes[index * 4]!;
      const otherEnd = this.#attributes[index * 4 + 1]!;
      if (otherEnd - other !== end - start) continue;
      if (this.#bytes.compare(this.#bytes, other, otherEnd, start, end) === 0) {
        throw this.fail('bad-xml', 'An element has one attribute twice');
      }
    }
    if ((count + 1) * 4 > this.#attributes.length) {
      const longer = new Int32Array(this.#attributes.length * 2);
      longer.set(this.#attributes);
      this.#attributes = longer;
    }
    this.#attributes.set(range, count * 4);
    this.#attributeCount++;
  }

  /** Whether the attribute read last is `xmlns` or begins with `xmlns:`. */
  #declaresNamespace(): boolean {
    const at = (this.#attributeCount - 1) * 4;
    const start = this.#attributes[at]!;
    return (
      this.#bytes[start] === 0x78 && this.#bytes.toString('latin1', start, this.#attributes[at + 1]).startsWith('xmlns')
    );
  }

  #declareNamespaces(): void {
    const declared = new Map<string, string>();
    for (let index = 0; index < this.#attributeCount; index++) {
      const name = this.#rawAttributeName(index);
      if (name === 'xmlns') declared.set('', this.#attributeValue(index));
      else if (name.startsWith('xmlns:')) declared.set(name.slice('xmlns:'.length), this.#attributeValue(index));
    }
    this.#scopes.declare(this.#open.length, declared);
  }

  #rawAttributeName(index: number): string {
    return this.#bytes.toString('utf8', this.#attributes[index * 4], this.#attributes[index * 4 + 1]);
  }

  #attributeName(index: number): string {
    const name = this.#rawAttributeName(index);
    const colon = name.indexOf(':');
    if (colon < 0) return name;
    return `{${this.#scopes.namespaceOf(name.slice(0, colon)) ?? ''}}${name.slice(colon + 1)}`;
  }

  #attributeValue(index: number): string {
    const raw = this.#bytes.toString('utf8', this.#attributes[index * 4 + 2], this.#attributes[index * 4 + 3]);
    const value = decodeReferences(raw.replace(/\r\n|[\t\r\n]/g, ' '));
    if (value === undefined) throw this.fail('bad-xml', 'A reference stands for no character');
    return value;
  }

  #letterIndex(letter: number): number {
    for (let index = 0; index < this.#attributeCount; index++) {
      const start = this.#attributes[index * 4]!;
      if (this.#bytes[start] === letter && this.#attributes[index * 4 + 1] === start + 1) return index;
    }
    return -1;
  }

  #starved(): 'more' {
    if (this.#end - this.#position > LONGEST_TAG) throw this.fail('too-large', 'A tag is too long');
    return 'more';
  }

  #encodingError(): UnreadableFileError {
    const [first, second] = this.#bytes;
    const wide = this.#mode === 'start' && (first === 0xfe || first === 0xff || first === 0 || second === 0);
    return this.fail(
      'bad-utf8',
      wide ? 'The part is in UTF-16; only UTF-8 is read' : 'The part has bytes that are no UTF-8',
    );
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === TAB || byte === CARRIAGE_RETURN;
}

function isNameByte(byte: number): boolean {
  return (
    byte > SPACE && byte !== EQUALS && byte !== GREATER && byte !== SLASH && byte !== LESS && byte !== DOUBLE_QUOTE
  );
}

/** A carriage return at the very end may be half of a line end. */
function cutBefore(bytes: Buffer, end: number): number {
  return bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
}

/** The end of the last character that is complete within the first `end` bytes. */
function completeCharacters(bytes: Buffer, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back]!;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? end - back : end;
    }
  }
  return end;
}
