import { closeSync, openSync, readSync } from 'node:fs';

/**
 * For how long the event loop was held at most: the CPU time of the main thread between two ticks of a timer. CPU time, since
 * another process that has the core holds nothing. Only Linux tells it: elsewhere it is the time that passed.
 */
export class EventLoopHolds {
  readonly #file = process.platform === 'linux' ? openSync(`/proc/self/task/${process.pid}/schedstat`, 'r') : undefined;
  readonly #text = Buffer.alloc(64);
  #last = this.#threadMs();
  #longest = 0;
  readonly #timer = setInterval(() => this.#look(), 1);

  /** Ends it. @returns milliseconds */
  longest(): number {
    clearInterval(this.#timer);
    this.#look();
    if (this.#file !== undefined) closeSync(this.#file);
    return this.#longest;
  }

  #look(): void {
    const now = this.#threadMs();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }

  #threadMs(): number {
    if (this.#file === undefined) return performance.now();
    const length = readSync(this.#file, this.#text, 0, this.#text.length, 0);
    return Number(this.#text.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6;
  }
}
