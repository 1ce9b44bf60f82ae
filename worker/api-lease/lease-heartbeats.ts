/**
 * What makes it safe that several processes could make the calls: the one that holds the lease makes a call only while
 * nobody else can hold it, and only when its successor will know of the call or of one more than that.
 *
 * The record is what the lease activity's heartbeats carry. A beat tells which places are held, and a reserve for each
 * bucket: so many calls may follow before the next beat is stored. Whoever reads that record counts the reserve as
 * made. A call beyond the reserve waits for a beat.
 */
import { systemClock } from '../../feishu/pacer.ts';
import type { Clock, Pacer } from '../../feishu/pacer.ts';
import type { LeaseRecord } from './lease-record.ts';

/** `lost`: the lease is no longer ours, or we are asked to give it up. */
export type HeartbeatAnswer = 'kept' | 'lost';

export interface LeaseHeartbeatsOptions {
  pacer: Pacer;
  /**
   * Stores the record. Resolves once it is stored; rejects when that is not known. A later record may be sent only
   * after this promise has settled, so an implementation settles only when it will not try again: after `deadlineMs`.
   */
  send(record: LeaseRecord, o: { deadlineMs: number }): Promise<HeartbeatAnswer>;
  /** Calls may start for so long after the sending of the last stored beat. Shorter than the server's timeout. */
  leaseMs: number;
  /** While calls are made or waited for. */
  beatEveryMs: number;
  /** While there is nothing to do: only the lease is kept. Shorter than `leaseMs`. */
  idleBeatEveryMs: number;
  clock?: Clock;
  /** The wall clock, which goes on while a machine is suspended and the monotonic clock is not. */
  wallMs?(): number;
  onError(error: unknown): void;
}

/** Least time between two beats: calls that wait for one share the next. */
const BEAT_GAP_MS = 100;
/** After a beat with no known outcome. */
const RETRY_GAP_MS = 250;
/** Shares of the lease after which a beat without an answer is given up, early enough for another one. */
const PATIENCE = { atMost: 0.7, atLeast: 0.25 };
/** A bucket keeps a reserve for so long after its last call, and without any call for so long nothing is going on. */
const ACTIVE_MS = 3_000;

/**
 * While calls are made, others take the lease once they have seen no new beat for this share of the shortest window in use,
 * within shares of the lease: at 100 calls in 60 s for two of five seconds. Calls end a moment before.
 */
const TAKE_OVER = { shareOfWindow: 0.2, atLeast: 0.2, atMost: 0.4, margin: 0.02 };
/** A beat that is late by so much of that time is no sign of death: the time grows with it. */
const LATE_SHARE = 0.25;
/** How much of the latest lateness is remembered from beat to beat. */
const LATE_MEMORY = 0.9;

/** How many calls of each bucket are still covered by one record. */
type Reserve = Map<string, number>;

export class LeaseHeartbeats {
  readonly #o: LeaseHeartbeatsOptions & Required<Pick<LeaseHeartbeatsOptions, 'clock' | 'wallMs'>>;
  /** The smallest cover over the records that a successor might read, but for one that is being sent. */
  #stored: Reserve = new Map();
  #sending: Reserve | undefined;
  #granted: Reserve = new Map();
  readonly #lastGrantMs = new Map<string, number>();
  readonly #refused = new Set<string>();
  /** Calls may start for so long after the sending of the last stored beat, whichever of the records a successor reads. */
  #holdsMs: number;
  /** What the record that is stored, or may be, says: for how long there need be no beat. */
  #mayRestMs = 0;
  /** By how much beats have lately been stored after their time, and since when one is due. */
  #lateMs = 0;
  #dueMs: number | undefined;
  #ackSentMs = -Infinity;
  #ackSentWallMs = -Infinity;
  #lastSendMs = -Infinity;
  #lastCallMs = -Infinity;
  #lastFailed = false;
  #requested = false;
  #over = false;
  #isLost = false;
  #inFlight: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #settleLost: () => void = () => undefined;
  /** Resolves when the lease is lost. */
  readonly lost: Promise<void>;

  constructor(o: LeaseHeartbeatsOptions) {
    this.#o = { clock: systemClock, wallMs: () => Date.now(), ...o };
    this.#holdsMs = o.leaseMs;
    this.#mayRestMs = o.beatEveryMs;
    this.lost = new Promise((resolve) => {
      this.#settleLost = resolve;
    });
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Begins to beat. Nothing is permitted before the first beat is stored. */
  start(): void {
    this.#schedule();
  }

  /** May a call of this bucket start right now? Counts it as started when it may. */
  permit(bucket: string): boolean {
    if (this.#over || !this.#holds()) return false;
    this.#noteCall();
    if (this.#o.pacer.load(bucket).limit === null) return true;
    const covered = this.#sending === undefined ? Infinity : (this.#sending.get(bucket) ?? 0);
    const left = Math.min(this.#stored.get(bucket) ?? 0, covered);
    if (left <= 0) {
      this.#refused.add(bucket);
      this.request();
      return false;
    }
    this.#stored.set(bucket, (this.#stored.get(bucket) ?? 0) - 1);
    this.#sending?.set(bucket, (this.#sending.get(bucket) ?? 0) - 1);
    this.#lastGrantMs.set(bucket, this.#o.clock.nowMs());
    // Asked for early, the next beat is stored before this reserve is used up.
    if (2 * (left - 1) <= (this.#granted.get(bucket) ?? 0)) this.request();
    return true;
  }

  /** Asks for a beat soon. */
  request(): void {
    this.#requested = true;
    this.#schedule();
  }

  /** Stops permitting and beating; the lease itself is left alone. */
  async stop(): Promise<void> {
    this.#over = true;
    this.#cancelTimer?.();
    await this.#inFlight;
  }

  /** After `stop` and once no call is under way: the record without any reserve. */
  lastRecord(): LeaseRecord {
    return this.#o.pacer.snapshot();
  }

  /**
   * Both clocks, because each can stand still or be set: the larger elapsed time counts. It runs from before the beat
   * was sent, so it is over before the server, which starts later, gives the lease to another.
   */
  #holds(): boolean {
    const elapsedMs = Math.max(this.#o.clock.nowMs() - this.#ackSentMs, this.#o.wallMs() - this.#ackSentWallMs);
    return elapsedMs < this.#holdsMs;
  }

  #noteCall(): void {
    const nowMs = this.#o.clock.nowMs();
    const wasIdle = nowMs - this.#lastCallMs >= ACTIVE_MS;
    this.#lastCallMs = nowMs;
    if (wasIdle) this.#schedule();
  }

  #isIdle(): boolean {
    if (this.#o.clock.nowMs() - this.#lastCallMs < ACTIVE_MS) return false;
    return this.#o.pacer.buckets().every((bucket) => this.#o.pacer.load(bucket).waiting === 0);
  }

  #gapMs(): number {
    if (this.#lastFailed) return RETRY_GAP_MS;
    if (this.#requested) return BEAT_GAP_MS;
    return this.#isIdle() ? this.#mayRestMs : this.#o.beatEveryMs;
  }

  #schedule(): void {
    if (this.#over || this.#inFlight !== undefined) return;
    this.#cancelTimer?.();
    const nowMs = this.#o.clock.nowMs();
    const dueMs = Math.max(nowMs, this.#lastSendMs + this.#gapMs());
    this.#cancelTimer = this.#o.clock.setTimer(() => {
      this.#dueMs ??= dueMs;
      this.#inFlight = this.#beat().finally(() => {
        this.#inFlight = undefined;
        this.#schedule();
      });
    }, dueMs - nowMs);
  }

  async #beat(): Promise<void> {
    const sentMs = this.#o.clock.nowMs();
    const sentWallMs = this.#o.wallMs();
    this.#lastSendMs = sentMs;
    this.#requested = false;
    const reserve = this.#chooseReserve();
    this.#sending = new Map(reserve);
    const takeOverMs = this.#takeOverMs(reserve);
    const holdsMs = takeOverMs === undefined ? this.#o.leaseMs : takeOverMs - TAKE_OVER.margin * this.#o.leaseMs;
    // Stored or not yet: a successor may go by either record.
    this.#holdsMs = Math.min(this.#holdsMs, holdsMs);
    if (takeOverMs !== undefined) this.#mayRestMs = this.#o.beatEveryMs;
    const record = { ...this.#o.pacer.snapshot({ reserve, reserveMs: holdsMs }), takeOverMs };
    try {
      const answer = await this.#o.send(record, { deadlineMs: this.#deadlineMs(sentMs) });
      if (answer === 'lost') return this.#lose();
      this.#holdsMs = holdsMs;
      if (takeOverMs === undefined) this.#mayRestMs = this.#o.idleBeatEveryMs;
      this.#stored = this.#sending;
      this.#granted = reserve;
      this.#ackSentMs = sentMs;
      this.#ackSentWallMs = sentWallMs;
      this.#lastFailed = false;
    } catch (error) {
      // Stored or not: a successor may read either record, so only what both cover may go on.
      this.#stored = smallest(this.#stored, this.#sending);
      this.#lastFailed = true;
      this.#o.onError(error);
    }
    this.#lateMs = Math.max(LATE_MEMORY * this.#lateMs, this.#o.clock.nowMs() - (this.#dueMs ?? sentMs));
    if (!this.#lastFailed) this.#dueMs = undefined;
    this.#sending = undefined;
    if (!this.#lastFailed) this.#o.pacer.wake();
  }

  /** Part of what is left of the lease; before the first beat is stored, part of a whole one. */
  #deadlineMs(nowMs: number): number {
    const { leaseMs } = this.#o;
    const leftMs = this.#ackSentMs === -Infinity ? leaseMs : this.#ackSentMs + leaseMs - nowMs;
    return Math.max(PATIENCE.atLeast * leaseMs, PATIENCE.atMost * leftMs);
  }

  /** Undefined: the lease is left to the server's timeout, as it is while there is nothing to call. */
  #takeOverMs(reserve: Reserve): number | undefined {
    if (this.#isIdle() || reserve.size === 0) return undefined;
    const { pacer, leaseMs } = this.#o;
    // What a window of a second loses by a dead holder is not worth more beats.
    const windows = [...reserve.keys()]
      .map((bucket) => pacer.load(bucket).limit?.windowMs ?? Infinity)
      .filter((windowMs) => windowMs >= leaseMs);
    const shareMs = TAKE_OVER.shareOfWindow * Math.min(...windows);
    const soonMs = Math.min(TAKE_OVER.atMost * leaseMs, Math.max(TAKE_OVER.atLeast * leaseMs, shareMs));
    const takeOverMs = Math.round(Math.max(soonMs, this.#lateMs / LATE_SHARE));
    return takeOverMs < leaseMs ? takeOverMs : undefined;
  }

  #lose(): void {
    this.#over = true;
    this.#isLost = true;
    this.#settleLost();
  }

  #chooseReserve(): Reserve {
    const reserve: Reserve = new Map();
    const nowMs = this.#o.clock.nowMs();
    for (const bucket of this.#o.pacer.buckets()) {
      const { limit, waiting, free } = this.#o.pacer.load(bucket);
      const active = nowMs - (this.#lastGrantMs.get(bucket) ?? -Infinity) < ACTIVE_MS;
      if (!active) this.#lastGrantMs.delete(bucket);
      if (limit === null || (!active && waiting === 0 && !this.#refused.has(bucket))) continue;
      const steady = Math.ceil((limit.calls / limit.windowMs) * coverMs(limit.windowMs)) + 1;
      reserve.set(bucket, Math.min(limit.calls, Math.max(steady, Math.min(waiting, free))));
    }
    this.#refused.clear();
    return reserve;
  }
}

/**
 * The reserve lasts so long at the full rate. A killed process costs its reserve for a window, so a short window gets
 * a small one; a beat must have time to be stored meanwhile.
 */
function coverMs(windowMs: number): number {
  return Math.min(1_500, Math.max(250, windowMs / 20));
}

function smallest(a: Reserve, b: Reserve): Reserve {
  return new Map([...a].map(([bucket, left]) => [bucket, Math.min(left, b.get(bucket) ?? 0)]));
}
