/**
 * A process that gave the lease back because it was of no use with it does not stand by for a while: longer each time
 * that this came to nothing, shorter when it finds what it was missing again.
 */
import type { Clock } from '../../feishu/pacer.ts';

export interface CoolDownOptions {
  /** Does a look from here find again what was missing? */
  recovered(): Promise<boolean>;
  clock: Clock;
  /** Waits no longer when it fires. */
  signal: AbortSignal;
  onError(error: unknown): void;
}

const FIRST_MS = 10_000;
const LONGEST_MS = 60_000;
/** What begins so long after the end of the last one is another trouble. */
const FORGOTTEN_AFTER_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
/** A look may be deceived: the first one comes later, too, where the last ones came to nothing. */
const FIRST_LOOK = 0.1;

export class CoolDown {
  readonly #o: CoolDownOptions;
  #lengthMs = 0;
  #beganMs = -Infinity;
  #endedMs = -Infinity;
  #running: Promise<void> | undefined;

  constructor(o: CoolDownOptions) {
    this.#o = o;
  }

  /** Did the last one end lately, so that what is happening is likely to be its cause still? */
  get isRecent(): boolean {
    return this.#running !== undefined || this.#o.clock.nowMs() - this.#endedMs < FORGOTTEN_AFTER_MS;
  }

  /** Without effect while it lasts. */
  begin(): void {
    if (this.#running !== undefined) return;
    this.#lengthMs = this.isRecent ? Math.min(LONGEST_MS, 2 * this.#lengthMs) : FIRST_MS;
    this.#beganMs = this.#o.clock.nowMs();
    this.#running = this.#run().finally(() => {
      this.#endedMs = this.#o.clock.nowMs();
      this.#running = undefined;
    });
  }

  /** Resolves when this process may stand by. */
  async over(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, signal } = this.#o;
    while (!signal.aborted && clock.nowMs() - this.#beganMs < this.#lengthMs) {
      await this.#pause(LOOK_EVERY_MS);
      if (clock.nowMs() - this.#beganMs < FIRST_LOOK * this.#lengthMs) continue;
      if (!signal.aborted && (await this.#hasRecovered())) return;
    }
  }

  async #hasRecovered(): Promise<boolean> {
    try {
      return await this.#o.recovered();
    } catch (error) {
      this.#o.onError(error);
      return false;
    }
  }

  #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#o;
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = clock.setTimer(end, ms);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }
}
