import type { Clock } from '../../feishu/pace.ts';

interface Event {
  atMs: number;
  seq: number;
  run: () => void;
}

/**
 * A clock whose time passes only in `run`. Timers and `at` events happen in order of time; a stall holds back every
 * timer and every event of the process, as a busy event loop does, while `world` events go on.
 */
export class SimulatedClock implements Clock {
  #nowMs = 0;
  #seq = 0;
  #events: Event[] = [];
  #stalledUntilMs = -Infinity;

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(fn: () => void, delayMs: number): () => void {
    return this.process(delayMs, fn);
  }

  /** Happens in the process: not before a stall is over. */
  process(delayMs: number, fn: () => void): () => void {
    const event = this.#add(this.#nowMs + delayMs, () => {
      if (this.#nowMs >= this.#stalledUntilMs) return fn();
      event.atMs = this.#stalledUntilMs;
      event.seq = this.#seq++;
      this.#insert(event);
    });
    return () => {
      event.run = () => undefined;
    };
  }

  /** Happens outside of the process: at its time, whatever stalls. */
  world(delayMs: number, fn: () => void): void {
    this.#add(this.#nowMs + delayMs, fn);
  }

  stall(ms: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.#nowMs + ms);
  }

  /** Lets time pass, letting promises settle after each event. */
  async run(o: { untilMs: number }): Promise<void> {
    await settle();
    for (let next = this.#events[0]; next !== undefined && next.atMs <= o.untilMs; next = this.#events[0]) {
      this.#events.shift();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, o.untilMs);
  }

  #add(atMs: number, run: () => void): Event {
    const event = { atMs, seq: this.#seq++, run };
    this.#insert(event);
    return event;
  }

  #insert(event: Event): void {
    let at = this.#events.length;
    while (at > 0 && isAfter(this.#events[at - 1], event)) at -= 1;
    this.#events.splice(at, 0, event);
  }
}

function isAfter(a: Event | undefined, b: Event): boolean {
  return a !== undefined && (a.atMs > b.atMs || (a.atMs === b.atMs && a.seq > b.seq));
}

async function settle(): Promise<void> {
  for (let i = 0; i < 6; i += 1) await Promise.resolve();
}
