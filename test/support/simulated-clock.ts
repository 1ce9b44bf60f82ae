import type { Clock } from '../../feishu/pacer.ts';

interface Event {
  atMs: number;
  seq: number;
  run: () => void;
}

/** Time that passes only in `run`: events happen in order, and promises settle after each of them. */
class Timeline {
  nowMs = 0;
  #seq = 0;
  readonly #events: Event[] = [];

  add(atMs: number, run: () => void): Event {
    const event = { atMs, seq: this.#seq++, run };
    let at = this.#events.length;
    while (at > 0 && isAfter(this.#events[at - 1], event)) at -= 1;
    this.#events.splice(at, 0, event);
    return event;
  }

  async run(o: { untilMs: number }): Promise<void> {
    await settle();
    for (let next = this.#events[0]; next !== undefined && next.atMs <= o.untilMs; next = this.#events[0]) {
      this.#events.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await settle();
    }
    this.nowMs = Math.max(this.nowMs, o.untilMs);
  }
}

/**
 * The clock of a simulated process. A stall holds back its timers and everything else that happens in it, as a busy
 * event loop or a stopped process does, while `world` events go on. Killed, nothing happens in it any more.
 */
export class SimulatedClock implements Clock {
  readonly #time: Timeline;
  #stalledUntilMs = -Infinity;

  constructor(time = new Timeline()) {
    this.#time = time;
  }

  /** Another process in the same world. */
  fork(): SimulatedClock {
    return new SimulatedClock(this.#time);
  }

  nowMs(): number {
    return this.#time.nowMs;
  }

  setTimer(fn: () => void, delayMs: number): () => void {
    return this.process(delayMs, fn);
  }

  /** Happens in the process: not before a stall is over. */
  process(delayMs: number, fn: () => void): () => void {
    let cancelled = false;
    const run = (): void => {
      if (cancelled || this.#stalledUntilMs === Infinity) return;
      if (this.#time.nowMs < this.#stalledUntilMs) this.#time.add(this.#stalledUntilMs, run);
      else fn();
    };
    this.#time.add(this.#time.nowMs + delayMs, run);
    return () => {
      cancelled = true;
    };
  }

  /** Happens outside of the process: at its time, whatever stalls. */
  world(delayMs: number, fn: () => void): void {
    this.#time.add(this.#time.nowMs + delayMs, fn);
  }

  stall(ms: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.#time.nowMs + ms);
  }

  kill(): void {
    this.#stalledUntilMs = Infinity;
  }

  /** Lets time pass for all processes. */
  run(o: { untilMs: number }): Promise<void> {
    return this.#time.run(o);
  }
}

function isAfter(a: Event | undefined, b: Event): boolean {
  return a !== undefined && (a.atMs > b.atMs || (a.atMs === b.atMs && a.seq > b.seq));
}

async function settle(): Promise<void> {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
}
