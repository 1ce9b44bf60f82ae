import { setMaxListeners } from 'node:events';

/**
 * Lets work in, first come first served, while what it weighs together stays within a capacity. Something heavier than
 * the whole capacity is let in alone.
 */
export class Semaphore {
  readonly #capacity: number;
  #taken = 0;
  readonly #waiting: { weight: number; admit: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * @returns a function that gives the room back; to be called once.
   * @throws the signal's reason, when it aborts before there is room.
   */
  async enter(weight: number, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const charge = Math.min(weight, this.#capacity);
    if (this.#waiting.length > 0 || this.#taken + charge > this.#capacity) await this.#turn(charge, signal);
    else this.#taken += charge;
    return () => {
      this.#taken -= charge;
      this.#admitNext();
    };
  }

  #turn(weight: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abandon = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        // Whoever stood behind this one may fit now.
        this.#admitNext();
        reject(signal?.reason);
      };
      const waiter = {
        weight,
        admit: () => {
          signal?.removeEventListener('abort', abandon);
          resolve();
        },
      };
      if (signal) {
        // Any number may wait by one signal, and each takes its listener away: Node's warning of a leak would be none.
        setMaxListeners(0, signal);
        signal.addEventListener('abort', abandon, { once: true });
      }
      this.#waiting.push(waiter);
    });
  }

  #admitNext(): void {
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined || this.#taken + first.weight > this.#capacity) return;
      this.#waiting.shift();
      this.#taken += first.weight;
      first.admit();
    }
  }
}
