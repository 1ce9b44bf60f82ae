/**
 * Decides when a call may start, so that no window of a published limit is ever exceeded and the quota is still used
 * whole. One instance knows only the calls it let go and what `restore` told it: across processes, exactly one may be
 * in use at a time.
 */
import { RateWindow } from './rate-window.js';
import { FairQueue } from './fair-queue.js';
/** The bucket's queue is full of work that is as urgent or more. Come back after `retryAfterMs`, an estimate. */
export class QueueFullError extends Error {
    name = 'QueueFullError';
    retryAfterMs;
    constructor(o) {
        super(`${o.waiting} calls wait for their turn at ${o.bucket}; try again in ${Math.round(o.retryAfterMs)} ms`);
        this.retryAfterMs = o.retryAfterMs;
    }
}
/** This process no longer makes the calls; another one does or will. Nothing was sent: try again shortly. */
export class LeaseLostError extends Error {
    name = 'LeaseLostError';
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
/** Longer waits are cut up: a timer takes at most 2^31 ms. */
const MAX_TIMER_MS = 3_600_000;
const MIN_RETRY_AFTER_MS = 50;
export const systemClock = {
    nowMs: () => performance.now(),
    setTimer(fn, delayMs) {
        const timer = setTimeout(fn, delayMs);
        timer.unref();
        return () => clearTimeout(timer);
    },
};
export class Pacer {
    #options;
    #clock;
    #buckets = new Map();
    #capped = new Map();
    #closed;
    constructor(options) {
        this.#options = options;
        this.#clock = options.clock ?? systemClock;
    }
    /**
     * Waits for a turn in the bucket. Rejects with the signal's reason; with `QueueFullError` when the queue is full, or later
     * when someone more urgent takes the place in it; with `LeaseLostError` when this pacer is or gets closed.
     */
    acquire(bucket, o) {
        if (this.#closed !== undefined)
            return Promise.reject(this.#closed);
        if (o.signal?.aborted === true)
            return Promise.reject(asError(o.signal.reason));
        return this.#bucket(bucket).acquire(o);
    }
    /** The API said to wait: no call of this bucket starts for `ms` from now. */
    pushBack(bucket, ms) {
        this.#bucket(bucket).pushBack(ms);
        this.#options.onPushBack?.();
    }
    /** Remembers, for successors too, that a calendar quota is used up. The pacer itself stops nothing. */
    cap(scope, untilEpochMs) {
        this.#capped.set(scope, Math.max(untilEpochMs, this.#capped.get(scope) ?? 0));
        this.#options.onPushBack?.();
    }
    /** End of the scope's used-up quota, epoch ms; undefined when it has one left, as far as known. */
    cappedUntil(scope) {
        const until = this.#capped.get(scope);
        if (until !== undefined && until <= Date.now())
            this.#capped.delete(scope);
        return this.#capped.get(scope);
    }
    load(bucket) {
        return this.#bucket(bucket).load();
    }
    /** Buckets that have been used or waited for and are not forgotten yet. */
    buckets() {
        return [...this.#buckets.keys()];
    }
    /** Looks again at every waiter after `permit` has said no. */
    wake() {
        for (const bucket of this.#buckets.values())
            bucket.pump();
    }
    /** Rejects all waiters and all later callers. Turns already given are not affected. */
    close(reason = new LeaseLostError('this process has stopped making calls')) {
        this.#closed ??= reason;
        for (const bucket of this.#buckets.values())
            bucket.rejectAll(this.#closed);
    }
    /** Calls that were let go and have not ended. */
    get openCalls() {
        let open = 0;
        for (const bucket of this.#buckets.values())
            open += bucket.openCalls;
        return open;
    }
    /**
     * State for a successor, relative to now. Buckets that hold nothing are left out, and forgotten. `reserve`: so many
     * calls of a bucket may follow that the successor will not be told of; they are on record as if under way.
     */
    snapshot(o = {}) {
        const buckets = {};
        for (const [name, bucket] of this.#buckets) {
            const state = bucket.state(o.reserve?.get(name) ?? 0);
            if (state !== undefined)
                buckets[name] = state;
            else if (bucket.isIdle())
                this.#buckets.delete(name);
        }
        const capped = Object.fromEntries([...this.#capped].filter(([scope]) => this.cappedUntil(scope) !== undefined));
        return Object.keys(capped).length > 0 ? { buckets, capped } : { buckets };
    }
    /** Takes over what another pacer held, as if no time had passed since its snapshot. Adds to what is held here. */
    restore(state) {
        for (const [name, bucket] of Object.entries(state.buckets))
            this.#bucket(name).restore(bucket);
        for (const [scope, until] of Object.entries(state.capped ?? {}))
            this.cap(scope, until);
    }
    #bucket(name) {
        let bucket = this.#buckets.get(name);
        if (bucket === undefined) {
            bucket = new Bucket({ ...this.#options, clock: this.#clock, name });
            this.#buckets.set(name, bucket);
        }
        return bucket;
    }
}
class Bucket {
    #o;
    #rateWindow;
    #queue = new FairQueue();
    #grants;
    #pushedBackUntilMs = -Infinity;
    /** Waiters are spaced only once the bucket has run out of places: an idle one gives its quota away at once. */
    #saturated = false;
    #spacedAtMs = -Infinity;
    #patientAtMs = -Infinity;
    /** When the call let go last could have started: places, push-back and spacing allowed it from then on. */
    #dueAtMs = -Infinity;
    #cancelTimer;
    constructor(o) {
        this.#o = o;
        this.#rateWindow = new RateWindow(o.limitFor(o.name));
        this.#grants = new GrantCounter(Math.max(0, ...(this.#rateWindow.limits ?? []).map((l) => l.windowMs)) || 60_000);
    }
    acquire(o) {
        return new Promise((resolve, reject) => {
            if (this.#queue.size >= (this.#o.maxWaiting ?? 64)) {
                const last = this.#queue.last();
                if (last === undefined || !this.#queue.wouldPrecede(o, last))
                    return reject(this.#shed());
                this.#queue.remove(last);
                last.reject(this.#shed());
            }
            const { signal } = o;
            const giveUp = () => {
                this.#queue.remove(waiter);
                reject(asError(signal?.reason));
            };
            const waiter = this.#queue.push({
                priority: o.priority,
                fairnessKey: o.fairnessKey,
                patient: o.patient ?? false,
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
    pump() {
        this.#cancelTimer?.();
        this.#cancelTimer = undefined;
        for (let first = this.#queue.first(); first !== undefined; first = this.#queue.first()) {
            const nowMs = this.#o.clock.nowMs();
            const { dueAtMs, atMs } = this.#nextAtMs(nowMs, first);
            if (atMs === Infinity)
                return;
            if (atMs > nowMs) {
                const delayMs = Math.min(MAX_TIMER_MS, Math.ceil(atMs - nowMs));
                this.#cancelTimer = this.#o.clock.setTimer(() => this.pump(), delayMs);
                return;
            }
            if (this.#o.permit?.(this.#o.name) === false)
                return;
            this.#dueAtMs = this.#saturated ? dueAtMs : nowMs;
            this.#queue.shift()?.grant();
        }
        this.#saturated = false;
    }
    pushBack(ms) {
        this.#pushedBackUntilMs = Math.max(this.#pushedBackUntilMs, this.#o.clock.nowMs() + ms);
    }
    rejectAll(reason) {
        this.#cancelTimer?.();
        for (let waiter = this.#queue.shift(); waiter !== undefined; waiter = this.#queue.shift())
            waiter.reject(reason);
    }
    load() {
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
    get openCalls() {
        return this.#rateWindow.openCalls;
    }
    state(reserve) {
        const nowMs = this.#o.clock.nowMs();
        const answeredMsAgo = this.#rateWindow.ages({ nowMs, unansweredMs: this.#o.unansweredMs });
        for (let i = 0; i < reserve; i += 1)
            answeredMsAgo.push(-this.#o.unansweredMs);
        const pushBackMs = Math.ceil(this.#pushedBackUntilMs - nowMs);
        if (pushBackMs > 0)
            return { answeredMsAgo, pushBackMs };
        return answeredMsAgo.length > 0 ? { answeredMsAgo } : undefined;
    }
    isIdle() {
        const nowMs = this.#o.clock.nowMs();
        return this.#queue.size === 0 && this.#grants.count(nowMs) === 0 && this.#rateWindow.prune(nowMs);
    }
    restore(state) {
        const nowMs = this.#o.clock.nowMs();
        for (const ageMs of state.answeredMsAgo)
            this.#rateWindow.hold(nowMs - ageMs);
        if (state.pushBackMs !== undefined)
            this.pushBack(state.pushBackMs);
    }
    /** `dueAtMs`: when a call could start. `atMs`: when this waiter's may: a patient one lets some time pass. */
    #nextAtMs(nowMs, { patient }) {
        const allowedAtMs = Math.max(this.#rateWindow.freeAtMs(), this.#pushedBackUntilMs);
        const patientAtMs = patient ? this.#patientAtMs : -Infinity;
        if (Math.max(allowedAtMs, patientAtMs) > nowMs)
            this.#saturated = true;
        const dueAtMs = this.#saturated ? Math.max(allowedAtMs, this.#spacedAtMs) : allowedAtMs;
        return { dueAtMs, atMs: Math.max(dueAtMs, patientAtMs) };
    }
    /** When the call after one that starts now may start, as far as spacing goes. */
    #spacedAfter(nowMs) {
        const gapMs = SPACING * this.#rateWindow.evenGapMs;
        if (gapMs === 0)
            return nowMs;
        const lateMs = Math.max(CATCH_UP.calls * gapMs, CATCH_UP.ms);
        const callsAfterSilence = Math.min(AFTER_SILENCE.ms / gapMs, AFTER_SILENCE.shareOfCalls * this.#rateWindow.fewestCalls);
        const silentMs = Math.floor(callsAfterSilence) * gapMs;
        const lateSinceMs = Math.max(this.#dueAtMs, nowMs - lateMs);
        const silentSinceMs = Math.max(this.#spacedAtMs, nowMs - silentMs);
        return gapMs + Math.min(lateSinceMs, silentSinceMs);
    }
    #start() {
        const nowMs = this.#o.clock.nowMs();
        this.#spacedAtMs = this.#spacedAfter(nowMs);
        this.#rateWindow.prune(nowMs);
        this.#grants.add(nowMs);
        const call = this.#rateWindow.start(nowMs);
        this.#patientAtMs = nowMs + this.#rateWindow.patientGapMs(nowMs);
        const end = (answeredAtMs) => {
            if (this.#rateWindow.end(call, answeredAtMs))
                this.pump();
        };
        return {
            answered: () => end(this.#o.clock.nowMs()),
            unanswered: () => end(Math.max(this.#o.clock.nowMs(), call.grantedAtMs + this.#o.unansweredMs)),
            unused: () => {
                this.#spacedAtMs = nowMs;
                end(undefined);
            },
        };
    }
    #shed() {
        const nowMs = this.#o.clock.nowMs();
        const behind = this.#queue.size + 1 - this.#rateWindow.free(nowMs);
        const queueMs = Math.max(0, behind) * this.#rateWindow.evenGapMs;
        const retryAfterMs = Math.max(MIN_RETRY_AFTER_MS, queueMs, this.#pushedBackUntilMs - nowMs);
        return new QueueFullError({ bucket: this.#o.name, waiting: this.#queue.size, retryAfterMs });
    }
}
/** Counts events of the last window in sixty slots, so that a fast bucket costs no more memory than a slow one. */
class GrantCounter {
    #slotMs;
    #slots = new Map();
    constructor(windowMs) {
        this.#slotMs = windowMs / 60;
    }
    add(nowMs) {
        const slot = Math.floor(nowMs / this.#slotMs);
        this.#slots.set(slot, (this.#slots.get(slot) ?? 0) + 1);
        for (const old of this.#slots.keys())
            if (old <= slot - 60)
                this.#slots.delete(old);
    }
    count(nowMs) {
        const slot = Math.floor(nowMs / this.#slotMs);
        let count = 0;
        for (const [at, n] of this.#slots)
            if (at > slot - 60)
                count += n;
        return count;
    }
}
function asError(reason) {
    return reason instanceof Error ? reason : new Error('the wait was aborted', { cause: reason });
}
//# sourceMappingURL=pacer.js.map