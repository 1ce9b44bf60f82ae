/** Texts of which there may be tens of thousands, held apart from the heap: what is held there lets it grow to four times of that. */
const BLOCK_BYTES = 1024 * 1024;
const NEWLINE = 10;

export class HeldLines implements Iterable<string> {
  /** Lines one beside the other; what is left of a block is zeros. */
  readonly #blocks: Buffer[] = [];
  /** How much of the last one is filled. */
  #filled = BLOCK_BYTES;

  /** `line`: without a line break in it, as JSON has none. @returns where it is, for `at` */
  add(line: string): number {
    const bytes = Buffer.from(`${line}\n`);
    if (this.#filled + bytes.length > BLOCK_BYTES) {
      // A longer one has a block of its own.
      this.#blocks.push(Buffer.alloc(Math.max(BLOCK_BYTES, bytes.length)));
      this.#filled = 0;
    }
    bytes.copy(this.#blocks.at(-1)!, this.#filled);
    const place = (this.#blocks.length - 1) * BLOCK_BYTES + this.#filled;
    this.#filled += bytes.length;
    return place;
  }

  at(place: number): string {
    const block = this.#blocks[Math.floor(place / BLOCK_BYTES)]!;
    const from = place % BLOCK_BYTES;
    return block.toString('utf8', from, block.indexOf(NEWLINE, from));
  }

  /** In the order in which they were added. */
  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (const block of this.#blocks) {
      for (let from = 0; from < block.length && block[from] !== 0;) {
        const end = block.indexOf(NEWLINE, from);
        yield block.toString('utf8', from, end);
        from = end + 1;
      }
    }
  }
}
