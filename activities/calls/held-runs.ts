/**
 * Runs whose calls are held back, by a pause from outside. The pause reaches each child of the run too, but on a busy machine
 * only after many calls; here it takes hold at once, until it has reached all.
 */

/** What a call belongs to. */
export interface CallOwner {
  workflowId: string;
  fairnessKey: string;
}

/** Its run is paused: not to be called now. Nothing was sent. */
export class RunHeldError extends Error {
  override readonly name = 'RunHeldError';
}

/** By then a pause has reached every child, so that none of them asks any more. */
const LAPSES_AFTER_MS = 60_000;

export class HeldRuns {
  readonly #nowMs: () => number;
  readonly #held = new Map<string, { fairnessKey: string | null; untilMs: number }>();
  readonly #waiting = new Set<{ owner: CallOwner; reject: (reason: RunHeldError) => void }>();

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** `fairnessKey`: of calls that belong to it though they run under ids of their own, such as a backfill's days. */
  hold(run: string, fairnessKey: string | null): void {
    this.#held.set(run, { fairnessKey, untilMs: this.#nowMs() + LAPSES_AFTER_MS });
    for (const { owner, reject } of this.#waiting) if (this.#isHeld(owner)) reject(held());
  }

  release(run: string): void {
    this.#held.delete(run);
  }

  /** @throws RunHeldError where the call's run is held */
  check(owner: CallOwner): void {
    if (this.#isHeld(owner)) throw held();
  }

  /** Waits with a signal that is aborted where the run is held meanwhile. @throws RunHeldError */
  async waiting<T>(owner: CallOwner, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.check(owner);
    const controller = new AbortController();
    const waiter = { owner, reject: (reason: RunHeldError) => controller.abort(reason) };
    this.#waiting.add(waiter);
    try {
      return await wait(controller.signal);
    } finally {
      this.#waiting.delete(waiter);
    }
  }

  #isHeld({ workflowId, fairnessKey }: CallOwner): boolean {
    for (const [run, { fairnessKey: key, untilMs }] of this.#held) {
      if (untilMs <= this.#nowMs()) this.#held.delete(run);
      else if (workflowId === run || workflowId.startsWith(`${run}/`) || (key !== null && key === fairnessKey))
        return true;
    }
    return false;
  }
}

function held(): RunHeldError {
  return new RunHeldError('the run is paused');
}
