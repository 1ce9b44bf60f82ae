/**
 * Texts of which there may be tens of thousands, held packed and apart from the heap: what is held there lets it grow to four
 * times of that. Records of a day take a sixth of their length so.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Small, since a line that is asked for costs the unpacking of those around it. */
const BLOCK_BYTES = 8 * 1024;
const NEWLINE = 10;

export class HeldLines implements Iterable<string> {
  /** Packed. */
  readonly #blocks: Buffer[] = [];
  /** The block that is filled now, and how far it is. */
  #open = Buffer.alloc(BLOCK_BYTES);
  #filled = 0;

  /** `line`: without a line break in it, as JSON has none. @returns where it is, for `at` */
  add(line: string): number {
    const bytes = Buffer.from(`${line}\n`);
    if (this.#filled > 0 && this.#filled + bytes.length > this.#open.length) this.#pack();
    // A longer one has a block of its own.
    if (bytes.length > this.#open.length) this.#open = Buffer.alloc(bytes.length);
    bytes.copy(this.#open, this.#filled);
    const place = this.#blocks.length * BLOCK_BYTES + this.#filled;
    this.#filled += bytes.length;
    return place;
  }

  #pack(): void {
    const packed = deflateRawSync(this.#filledPart());
    // In memory of its own: what zlib gives, and a small Buffer otherwise, is a part of more that would be held with it.
    this.#blocks.push(Buffer.allocUnsafeSlow(packed.length).fill(packed));
    if (this.#open.length > BLOCK_BYTES) this.#open = Buffer.alloc(BLOCK_BYTES);
    this.#filled = 0;
  }

  #filledPart(): Buffer {
    return this.#open.subarray(0, this.#filled);
  }

  at(place: number): string {
    const packed = this.#blocks[Math.floor(place / BLOCK_BYTES)];
    const block = packed === undefined ? this.#filledPart() : inflateRawSync(packed);
    const from = place % BLOCK_BYTES;
    return block.toString('utf8', from, block.indexOf(NEWLINE, from));
  }

  /** In the order in which they were added. */
  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (const packed of this.#blocks) yield* linesIn(inflateRawSync(packed));
    yield* linesIn(this.#filledPart());
  }
}

function* linesIn(block: Buffer): Generator<string, void, undefined> {
  for (let from = 0; from < block.length;) {
    const end = block.indexOf(NEWLINE, from);
    yield block.toString('utf8', from, end);
    from = end + 1;
  }
}
