/** Looks for many texts in bytes at once: as they are, as JSON and URLs have them, and inside base64. */

/** What is shorter stands everywhere. */
const SHORTEST_BYTES = 4;
/** So many bytes give at least seven whole characters of base64, however they lie. */
const SHORTEST_IN_BASE64 = 6;

export class Needles {
  /** How many texts are looked for. */
  readonly size: number;
  /** By their first four bytes, as a number. */
  readonly #byStart = new Map<number, { bytes: Buffer; text: string }[]>();

  constructor(texts: Iterable<string>) {
    const all = new Set(texts);
    this.size = all.size;
    for (const text of all) {
      for (const spelling of new Set(spellings(text))) this.#add(Buffer.from(spelling), text);
    }
  }

  /** The texts that stand in the bytes. */
  in(bytes: Buffer): string[] {
    const found = new Set<string>();
    let start = 0;
    for (let end = 0; end < bytes.length; end++) {
      start = ((start << 8) | bytes[end]!) >>> 0;
      const known = this.#byStart.get(start);
      if (known === undefined || end < SHORTEST_BYTES - 1) continue;
      const at = end - SHORTEST_BYTES + 1;
      for (const needle of known) {
        if (bytes.subarray(at, at + needle.bytes.length).equals(needle.bytes)) found.add(needle.text);
      }
    }
    return [...found];
  }

  #add(bytes: Buffer, text: string): void {
    if (bytes.length < SHORTEST_BYTES) return;
    const start = bytes.readUInt32BE(0);
    const known = this.#byStart.get(start) ?? [];
    known.push({ bytes, text });
    this.#byStart.set(start, known);
  }
}

function spellings(text: string): string[] {
  return [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), ...inBase64(Buffer.from(text))];
}

/** Its characters that do not depend on what stands before and after, for each of the three ways to lie. */
function inBase64(bytes: Buffer): string[] {
  if (bytes.length < SHORTEST_IN_BASE64) return [];
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const cut = whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [cut, cut.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
