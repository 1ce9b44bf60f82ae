import type { Limit } from './rate-window.ts';
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
export declare class QueueFullError extends Error {
    readonly name = "QueueFullError";
    readonly retryAfterMs: number;
    constructor(o: {
        bucket: string;
        waiting: number;
        retryAfterMs: number;
    });
}
/** This process no longer makes the calls; another one does or will. Nothing was sent: try again shortly. */
export declare class LeaseLostError extends Error {
    readonly name = "LeaseLostError";
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
    /** The HTTP timeout: a call that was let go this long ago has ended. */
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
}
export declare const systemClock: Clock;
export declare class Pacer {
    #private;
    constructor(options: PacerOptions);
    /**
     * Waits for a turn in the bucket. Rejects with the signal's reason; with `QueueFullError` when the queue is full, or later
     * when someone more urgent takes the place in it; with `LeaseLostError` when this pacer is or gets closed.
     */
    acquire(bucket: string, o: AcquireOptions): Promise<Permit>;
    /** The API said to wait: no call of this bucket starts for `ms` from now. */
    pushBack(bucket: string, ms: number): void;
    /** Remembers, for successors too, that a calendar quota is used up. The pacer itself stops nothing. */
    cap(scope: string, untilEpochMs: number): void;
    /** End of the scope's used-up quota, epoch ms; undefined when it has one left, as far as known. */
    cappedUntil(scope: string): number | undefined;
    load(bucket: string): BucketLoad;
    /** Buckets that have been used or waited for and are not forgotten yet. */
    buckets(): string[];
    /** Looks again at every waiter after `permit` has said no. */
    wake(): void;
    /** Rejects all waiters and all later callers. Turns already given are not affected. */
    close(reason?: LeaseLostError): void;
    /** Calls that were let go and have not ended. */
    get openCalls(): number;
    /**
     * State for a successor, relative to now. Buckets that hold nothing are left out, and forgotten. `reserve`: so many
     * calls of a bucket may follow that the successor will not be told of; they are on record as if under way.
     */
    snapshot(o?: {
        reserve?: ReadonlyMap<string, number>;
    }): PacerState;
    /** Takes over what another pacer held, as if no time had passed since its snapshot. Adds to what is held here. */
    restore(state: PacerState): void;
}
