/** Takes a JSON array apart as its bytes come, so that not all of its elements are held at once. */

const [QUOTE, COMMA, BACKSLASH, ARRAY_START, ARRAY_END] = [0x22, 0x2c, 0x5c, 0x5b, 0x5d];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const WHITE = new Set([0x20, 0x0a, 0x0d, 0x09]);

export class JsonArray {
  #pending: Buffer[] = [];
  #depth = 0;
  #elements = 0;
  #inString = false;
  #isEscaped = false;
  #hasBegun = false;

  /** The elements that end in these bytes. @throws SyntaxError, which quotes what it read */
  *take(bytes: Buffer): Generator<unknown, void, undefined> {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (this.#inString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (this.#depth === 0) {
        if (WHITE.has(byte)) continue;
        if (this.#hasBegun || byte !== ARRAY_START) throw new SyntaxError('it is no array');
        this.#hasBegun = true;
        this.#depth = 1;
        from = at + 1;
      } else if (byte === QUOTE) this.#inString = true;
      else if (OPENING.has(byte)) this.#depth += 1;
      else if (CLOSING.has(byte)) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        if (byte !== ARRAY_END) throw new SyntaxError('it is no array');
        const last = this.#text(bytes.subarray(from, at));
        if (this.#elements > 0 || /[^ \n\r\t]/.test(last)) yield JSON.parse(last);
      } else if (byte === COMMA && this.#depth === 1) {
        this.#elements += 1;
        yield JSON.parse(this.#text(bytes.subarray(from, at)));
        from = at + 1;
      }
    }
    // A copy: the bytes are the caller's.
    if (this.#depth > 0) this.#pending.push(Buffer.from(bytes.subarray(from)));
  }

  /** @throws SyntaxError where the array is not whole */
  end(): void {
    if (!this.#hasBegun || this.#depth > 0) throw new SyntaxError('it ends too early');
  }

  #text(end: Buffer): string {
    const text = Buffer.concat([...this.#pending, end]).toString('utf8');
    this.#pending = [];
    return text;
  }
}
