/**
 * Decides when a call may start, so that no window of a published limit is ever exceeded and the quota is still used
 * whole. One instance knows only the calls it let go and what `restore` told it: across processes, exactly one may be
 * in use at a time.
 */
import { RateWindow } from './rate-window.ts';
import type { Limit } from './rate-window.ts';
import { FairQueue, type Waiter } from './fair-queue.ts';

export type { Limit } from './rate-window.ts';

/** The right to make one call now. Exactly one of the three is called; later ones have no effect. */
export interface Permit {
  /** The response headers are here: the server has counted the call. */
  answered(): void;
  /** The call ended and no answer was seen: the server may count it until the call's timeout has passed. */
  unanswered(): void;
  /** Nothing was sent (no connection, aborted before): the place is free again at once. */
  unused(): void;
}

/** The bucket's queue is full of work that is as urgent or more. Come back after `retryAfterMs`, an estimate. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
  readonly retryAfterMs: number;

  constructor(o: { bucket: string; waiting: number; retryAfterMs: number }) {
    super(`${o.waiting} calls wait for their turn at ${o.bucket}; try again in ${Math.round(o.retryAfterMs)} ms`);
    this.retryAfterMs = o.retryAfterMs;
  }
}

/** This process no longer makes the calls; another one does or will. Nothing was sent: try again shortly. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

export interface Clock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Calls `fn` once after `delayMs`; the returned function cancels it. Must not keep the process alive. */
  setTimer(fn: () => void, delayMs: number): () => void;
}

export interface PacerOptions {
  /** The limits of a bucket, all of which hold at once; null: none. Asked once for each bucket. */
  limitFor(bucket: string): Limit[] | null;
  /** A call that was let go this long ago counts as made, whether or not it was answered. */
  unansweredMs: number;
  /** Most waiters of one bucket. Default 64. */
  maxWaiting?: number;
  /**
   * Asked right before each call is let go, when its place is free; `false` leaves it waiting until `wake`. The owner
   * of a lease says no here when the lease is in doubt or the call would not be on record.
   */
  permit?(bucket: string): boolean;
  /** Told of a push-back or a used-up quota, which a successor should know soon. */
  onPushBack?(): void;
  clock?: Clock;
}

export interface AcquireOptions {
  /** Lower goes first. */
  priority: number;
  /** Callers of equal priority take turns by this key. */
  fairnessKey: string;
  /** True for work that nobody waits for: it does not use up the last free places at once. Default false. */
  patient?: boolean;
  /** What a successor is told of it while it waits, so that it can have the call made there. */
  reference?: string;
  signal?: AbortSignal;
}

export interface BucketLoad {
  waiting: number;
  /** Places taken, of the limit that leaves the fewest free. */
  inUse: number;
  /** That limit; null: none. */
  limit: Limit | null;
  /** How many calls could start right now; Infinity without a limit. */
  free: number;
  /** Until the next call may start; Infinity while only an answer can free a place. */
  nextFreeMs: number;
  /** Calls let go in the last longest window (60 s without a limit), to a sixtieth of it. */
  grantedLastWindow: number;
}

/** What a successor must know of one bucket. Plain JSON. */
export interface BucketState {
  /** For each held place, how long ago its call was answered; negative: it may be answered only so far ahead. */
  answeredMsAgo: number[];
  pushBackMs?: number | undefined;
}
export interface PacerState {
  buckets: Record<string, BucketState>;
  /** Scope (an app) to the end of its used-up calendar quota, epoch ms: the one thing here that is a wall-clock time. */
  capped?: Record<string, number> | undefined;
  /** References of calls that wait for their turn: as many of each bucket as are let go in some seconds. */
  waiting?: string[] | undefined;
}

/**
 * Waiters are let go slightly faster than the limit allows: spacing keeps bursts away from the API and the next turn near
 * for an urgent call. Safety does not rest on it.
 */
const SPACING = 0.9;
/** After a delay, up to so many waiters that are late, or as many as are due in so long, go at once. */
const CATCH_UP = { calls: 10, ms: 100 };
/**
 * So many waiters go at once after a time in which no place came free. Places come free as their calls were made: a short
 * silence and the calls after it come again in each window, and spacing those would leave free places unused each time.
 */
const AFTER_SILENCE = { ms: 300, shareOfCalls: 0.05 };
/** So far ahead waiting calls are told to a successor: until it could have them by itself. */
const WAITING_MS = 9_000;
/** So many of them at most, of all buckets together. */
const WAITING_AT_MOST = 300;
/** Longer waits are cut up: a timer takes at most 2^31 ms. */
const MAX_TIMER_MS = 3_600_000;
const MIN_RETRY_AFTER_MS = 50;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  setTimer(fn, delayMs) {
    const timer = setTimeout(fn, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export class Pacer {
  readonly #options: PacerOptions;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  readonly #capped = new Map<string, number>();
  #closed: LeaseLostError | undefined;

  constructor(options: PacerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Waits for a turn in the bucket. Rejects with the signal's reason; with `QueueFullError` when the queue is full, or later
   * when someone more urgent takes the place in it; with `LeaseLostError` when this pacer is or gets closed.
   */
  acquire(bucket: string, o: AcquireOptions): Promise<Permit> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (o.signal?.aborted === true) return Promise.reject(asError(o.signal.reason));
    return this.#bucket(bucket).acquire(o);
  }

  /** The API said to wait: no call of this bucket starts for `ms` from now. */
  pushBack(bucket: string, ms: number): void {
    this.#bucket(bucket).pushBack(ms);
    this.#options.onPushBack?.();
  }

  /** Remembers, for successors too, that a calendar quota is used up. The pacer itself stops nothing. */
  cap(scope: string, untilEpochMs: number): void {
    this.#capped.set(scope, Math.max(untilEpochMs, this.#capped.get(scope) ?? 0));
    this.#options.onPushBack?.();
  }

  /** End of the scope's used-up quota, epoch ms; undefined when it has one left, as far as known. */
  cappedUntil(scope: string): number | undefined {
    const until = this.#capped.get(scope);
    if (until !== undefined && until <= Date.now()) this.#capped.delete(scope);
    return this.#capped.get(scope);
  }

  load(bucket: string): BucketLoad {
    return this.#bucket(bucket).load();
  }

  /** Buckets that have been used or waited for and are not forgotten yet. */
  buckets(): string[] {
    return [...this.#buckets.keys()];
  }

  /** Looks again at every waiter after `permit` has said no. */
  wake(): void {
    for (const bucket of this.#buckets.values()) bucket.pump();
  }

  /** Rejects all waiters and all later callers. Turns already given are not affected. */
  close(reason = new LeaseLostError('this process has stopped making calls')): void {
    this.#closed ??= reason;
    for (const bucket of this.#buckets.values()) bucket.rejectAll(this.#closed);
  }

  /** Calls that were let go and have not ended. */
  get openCalls(): number {
    let open = 0;
    for (const bucket of this.#buckets.values()) open += bucket.openCalls;
    return open;
  }

  /**
   * State for a successor, relative to now. Buckets that hold nothing are left out, and forgotten. `reserve`: so many
   * calls of a bucket may follow within `reserveMs` that the successor will not be told of; they are on record as if
   * they were let go at its end.
   */
  snapshot(o: { reserve?: ReadonlyMap<string, number>; reserveMs?: number } = {}): PacerState {
    const buckets: Record<string, BucketState> = {};
    for (const [name, bucket] of this.#buckets) {
      const state = bucket.state({ reserve: o.reserve?.get(name) ?? 0, reserveMs: o.reserveMs ?? 0 });
      if (state !== undefined) buckets[name] = state;
      else if (bucket.isIdle()) this.#buckets.delete(name);
    }
    const capped = Object.fromEntries([...this.#capped].filter(([scope]) => this.cappedUntil(scope) !== undefined));
    const waiting = [...this.#buckets.values()]
      .flatMap((bucket) => bucket.waitingReferences())
      .slice(0, WAITING_AT_MOST);
    return {
      buckets,
      ...(Object.keys(capped).length > 0 && { capped }),
      ...(waiting.length > 0 && { waiting }),
    };
  }

  /** Takes over what another pacer held, as if no time had passed since its snapshot. Adds to what is held here. */
  restore(state: PacerState): void {
    for (const [name, bucket] of Object.entries(state.buckets)) this.#bucket(name).restore(bucket);
    for (const [scope, until] of Object.entries(state.capped ?? {})) this.cap(scope, until);
  }

  #bucket(name: string): Bucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new Bucket({ ...this.#options, clock: this.#clock, name });
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}

class Bucket {
  readonly #o: PacerOptions & { clock: Clock; name: string };
  readonly #rateWindow: RateWindow;
  readonly #queue = new FairQueue();
  readonly #grants: GrantCounter;
  #pushedBackUntilMs = -Infinity;
  /** Waiters are spaced only once the bucket has run out of places: an idle one gives its quota away at once. */
  #saturated = false;
  #spacedAtMs = -Infinity;
  #patientAtMs = -Infinity;
  /** When the call let go last could have started: places, push-back and spacing allowed it from then on. */
  #dueAtMs = -Infinity;
  #cancelTimer: (() => void) | undefined;

  constructor(o: PacerOptions & { clock: Clock; name: string }) {
    this.#o = o;
    this.#rateWindow = new RateWindow(o.limitFor(o.name));
    this.#grants = new GrantCounter(Math.max(0, ...(this.#rateWindow.limits ?? []).map((l) => l.windowMs)) || 60_000);
  }

  acquire(o: AcquireOptions): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (this.#queue.size >= (this.#o.maxWaiting ?? 64)) {
        const last = this.#queue.last();
        if (last === undefined || !this.#queue.wouldPrecede(o, last)) return reject(this.#shed());
        this.#queue.remove(last);
        last.reject(this.#shed());
      }
      const { signal } = o;
      const giveUp = (): void => {
        this.#queue.remove(waiter);
        reject(asError(signal?.reason));
      };
      const waiter = this.#queue.push({
        priority: o.priority,
        fairnessKey: o.fairnessKey,
        patient: o.patient ?? false,
        reference: o.reference,
        grant: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve(this.#start());
        },
        reject: (reason) => {
          signal?.removeEventListener('abort', giveUp);
          reject(asError(reason));
        },
      });
      signal?.addEventListener('abort', giveUp, { once: true });
      this.pump();
    });
  }

  /** Lets go whoever may start now, and sets the timer for the next. */
  pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let first = this.#queue.first(); first !== undefined; first = this.#queue.first()) {
      const nowMs = this.#o.clock.nowMs();
      const { dueAtMs, atMs } = this.#nextAtMs(nowMs, first);
      if (atMs === Infinity) return;
      if (atMs > nowMs) {
        const delayMs = Math.min(MAX_TIMER_MS, Math.ceil(atMs - nowMs));
        this.#cancelTimer = this.#o.clock.setTimer(() => this.pump(), delayMs);
        return;
      }
      if (this.#o.permit?.(this.#o.name) === false) return;
      this.#dueAtMs = this.#saturated ? dueAtMs : nowMs;
      this.#queue.shift()?.grant();
    }
    this.#saturated = false;
  }

  pushBack(ms: number): void {
    this.#pushedBackUntilMs = Math.max(this.#pushedBackUntilMs, this.#o.clock.nowMs() + ms);
  }

  rejectAll(reason: LeaseLostError): void {
    this.#cancelTimer?.();
    for (let waiter = this.#queue.shift(); waiter !== undefined; waiter = this.#queue.shift()) waiter.reject(reason);
  }

  load(): BucketLoad {
    const nowMs = this.#o.clock.nowMs();
    const tightest = (this.#rateWindow.limits ?? [])
      .map((limit) => ({ limit, inUse: this.#rateWindow.inUse(limit, nowMs) }))
      .toSorted((a, b) => a.limit.calls - a.inUse - (b.limit.calls - b.inUse))[0];
    return {
      waiting: this.#queue.size,
      inUse: tightest?.inUse ?? this.#rateWindow.openCalls,
      limit: tightest?.limit ?? null,
      free: this.#rateWindow.free(nowMs),
      nextFreeMs: Math.max(0, this.#rateWindow.freeAtMs() - nowMs, this.#pushedBackUntilMs - nowMs),
      grantedLastWindow: this.#grants.count(nowMs),
    };
  }

  get openCalls(): number {
    return this.#rateWindow.openCalls;
  }

  waitingReferences(): string[] {
    const atMost = Math.ceil(WAITING_MS / Math.max(1, this.#rateWindow.evenGapMs));
    return this.#queue.references(atMost);
  }

  state({ reserve, reserveMs }: { reserve: number; reserveMs: number }): BucketState | undefined {
    const nowMs = this.#o.clock.nowMs();
    const answeredMsAgo = this.#rateWindow.ages({ nowMs, unansweredMs: this.#o.unansweredMs });
    for (let i = 0; i < reserve; i += 1) answeredMsAgo.push(-reserveMs - this.#o.unansweredMs);
    const pushBackMs = Math.ceil(this.#pushedBackUntilMs - nowMs);
    if (pushBackMs > 0) return { answeredMsAgo, pushBackMs };
    return answeredMsAgo.length > 0 ? { answeredMsAgo } : undefined;
  }

  isIdle(): boolean {
    const nowMs = this.#o.clock.nowMs();
    return this.#queue.size === 0 && this.#grants.count(nowMs) === 0 && this.#rateWindow.prune(nowMs);
  }

  restore(state: BucketState): void {
    const nowMs = this.#o.clock.nowMs();
    for (const ageMs of state.answeredMsAgo) this.#rateWindow.hold(nowMs - ageMs);
    if (state.pushBackMs !== undefined) this.pushBack(state.pushBackMs);
  }

  /** `dueAtMs`: when a call could start. `atMs`: when this waiter's may: a patient one lets some time pass. */
  #nextAtMs(nowMs: number, { patient }: Waiter): { dueAtMs: number; atMs: number } {
    const allowedAtMs = Math.max(this.#rateWindow.freeAtMs(), this.#pushedBackUntilMs);
    const patientAtMs = patient ? this.#patientAtMs : -Infinity;
    if (Math.max(allowedAtMs, patientAtMs) > nowMs) this.#saturated = true;
    const dueAtMs = this.#saturated ? Math.max(allowedAtMs, this.#spacedAtMs) : allowedAtMs;
    return { dueAtMs, atMs: Math.max(dueAtMs, patientAtMs) };
  }

  /** When the call after one that starts now may start, as far as spacing goes. */
  #spacedAfter(nowMs: number): number {
    const gapMs = SPACING * this.#rateWindow.evenGapMs;
    if (gapMs === 0) return nowMs;
    const lateMs = Math.max(CATCH_UP.calls * gapMs, CATCH_UP.ms);
    const callsAfterSilence = Math.min(
      AFTER_SILENCE.ms / gapMs,
      AFTER_SILENCE.shareOfCalls * this.#rateWindow.fewestCalls,
    );
    const silentMs = Math.floor(callsAfterSilence) * gapMs;
    const lateSinceMs = Math.max(this.#dueAtMs, nowMs - lateMs);
    const silentSinceMs = Math.max(this.#spacedAtMs, nowMs - silentMs);
    return gapMs + Math.min(lateSinceMs, silentSinceMs);
  }

  #start(): Permit {
    const nowMs = this.#o.clock.nowMs();
    this.#spacedAtMs = this.#spacedAfter(nowMs);
    this.#rateWindow.prune(nowMs);
    this.#grants.add(nowMs);
    const call = this.#rateWindow.start(nowMs);
    this.#patientAtMs = nowMs + this.#rateWindow.patientGapMs(nowMs);
    const end = (answeredAtMs: number | undefined, spacedAtMs = this.#spacedAtMs): void => {
      if (!this.#rateWindow.end(call, answeredAtMs)) return;
      this.#spacedAtMs = spacedAtMs;
      this.pump();
    };
    return {
      answered: () => end(this.#o.clock.nowMs()),
      unanswered: () => end(Math.max(this.#o.clock.nowMs(), call.grantedAtMs + this.#o.unansweredMs)),
      unused: () => end(undefined, nowMs),
    };
  }

  #shed(): QueueFullError {
    const nowMs = this.#o.clock.nowMs();
    const behind = this.#queue.size + 1 - this.#rateWindow.free(nowMs);
    const queueMs = Math.max(0, behind) * this.#rateWindow.evenGapMs;
    const retryAfterMs = Math.max(MIN_RETRY_AFTER_MS, queueMs, this.#pushedBackUntilMs - nowMs);
    return new QueueFullError({ bucket: this.#o.name, waiting: this.#queue.size, retryAfterMs });
  }
}

/** Counts events of the last window in sixty slots, so that a fast bucket costs no more memory than a slow one. */
class GrantCounter {
  readonly #slotMs: number;
  readonly #slots = new Map<number, number>();

  constructor(windowMs: number) {
    this.#slotMs = windowMs / 60;
  }

  add(nowMs: number): void {
    const slot = Math.floor(nowMs / this.#slotMs);
    this.#slots.set(slot, (this.#slots.get(slot) ?? 0) + 1);
    for (const old of this.#slots.keys()) if (old <= slot - 60) this.#slots.delete(old);
  }

  count(nowMs: number): number {
    const slot = Math.floor(nowMs / this.#slotMs);
    let count = 0;
    for (const [at, n] of this.#slots) if (at > slot - 60) count += n;
    return count;
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the wait was aborted', { cause: reason });
}
