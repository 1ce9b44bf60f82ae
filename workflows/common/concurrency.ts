/** How much of a run happens side by side. */
import { CancellationScope, condition } from '@temporalio/workflow';
import type { QualitySource } from '../../activities/index.ts';

/**
 * Runs tasks side by side, at most `limit()` at once. A task that throws ends the pool: `run` and `drain` throw it
 * on, after the others were cancelled and have ended, so that nothing is left running unseen.
 */
export class TaskPool {
  readonly #limit: () => number;
  readonly #scope = new CancellationScope({ cancellable: true });
  readonly #running = new Set<Promise<void>>();
  #failure: { error: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Resolves when fewer than the limit are running. */
  async place(): Promise<void> {
    while (this.#running.size >= this.#limit()) await this.#oneEnds();
  }

  /** Resolves as soon as the task is started, which is when there is a place for it. */
  async run(task: () => Promise<void>): Promise<void> {
    await this.place();
    this.#throwFailure();
    const running: Promise<void> = this.#scope.run(task).then(
      () => this.#ended(running),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#scope.cancel();
        this.#ended(running);
      },
    );
    this.#running.add(running);
  }

  /** Has whoever waits for a place, or for a change, look again. */
  wake(): void {
    this.#wake();
  }

  /** Resolves when a task has ended or the limit has changed. */
  async change(): Promise<void> {
    if (this.#running.size > 0) await this.#oneEnds();
  }

  async drain(): Promise<void> {
    while (this.#running.size > 0) await this.#oneEnds();
    this.#throwFailure();
  }

  /** Not a race over what runs: that makes promises for each of them whenever one ends. */
  async #oneEnds(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure) await Promise.all(this.#running);
    this.#throwFailure();
  }

  #ended(task: Promise<void>): void {
    this.#running.delete(task);
    this.#wake();
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

/** A number of places that tasks of different size share, in the order in which they came. */
export class Semaphore {
  readonly #total: number;
  readonly #waiting: symbol[] = [];
  #taken = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** Runs the task once a place is free; the last one to start may take more than were left. */
  async hold<T>(places: number, task: () => Promise<T>): Promise<T> {
    await this.#take(places);
    try {
      return await task();
    } finally {
      this.#taken -= places;
    }
  }

  async #take(places: number): Promise<void> {
    const ticket = Symbol('ticket');
    this.#waiting.push(ticket);
    try {
      await condition(() => this.#waiting[0] === ticket && this.#taken < this.#total);
      this.#taken += places;
    } finally {
      this.#waiting.splice(this.#waiting.indexOf(ticket), 1);
    }
  }
}

/** Meetings side by side where only their participants are asked for: a drain at continue-as-new waits for so many. */
export const MEETINGS_AT_ONCE = 30;
/** With quality their lists are had ahead of the sessions, so that the one bucket does not wait for the other. */
export const MEETINGS_WITH_QUALITY_AT_ONCE = 24;

/** Sessions under way last so long at the full rate: while the next ones are started, on a busy machine too. */
const AHEAD_S = 8;
const SESSIONS = { least: 12, most: 64 };

/**
 * So many sessions side by side keep an endpoint in use. By the list more of them would only wait for their calls, and
 * each call that waits costs the server heartbeats; those that wait for export tasks cost nothing.
 */
export function sessionsAtOnce(callsPerSecond: number | null, source: QualitySource): number {
  if (callsPerSecond === null || source !== 'list') return SESSIONS.most;
  return Math.min(SESSIONS.most, Math.max(SESSIONS.least, Math.ceil(callsPerSecond * AHEAD_S)));
}
