/**
 * What makes it safe that several processes could make the calls: the one that holds the lease makes a call only while
 * nobody else can hold it, and only when its successor will know of the call or of one more than that.
 *
 * The record is what the lease activity's heartbeats carry. A beat tells which places are held, and a reserve for each
 * bucket: so many calls may follow before the next beat is stored. Whoever reads that record counts the reserve as
 * made. A call beyond the reserve waits for a beat.
 */
import { systemClock } from '../../feishu/pacer.js';
/** Least time between two beats: calls that wait for one share the next. */
const BEAT_GAP_MS = 100;
/** After a beat with no known outcome. */
const RETRY_GAP_MS = 250;
/** A bucket keeps a reserve for so long after its last call. */
const ACTIVE_MS = 3_000;
export class LeaseHeartbeats {
    #o;
    /** The smallest cover over the records that a successor might read, but for one that is being sent. */
    #stored = new Map();
    #sending;
    #granted = new Map();
    #lastGrantMs = new Map();
    #refused = new Set();
    #ackSentMs = -Infinity;
    #ackSentWallMs = -Infinity;
    #lastSendMs = -Infinity;
    #lastFailed = false;
    #requested = false;
    #over = false;
    #isLost = false;
    #inFlight;
    #cancelTimer;
    #settleLost = () => undefined;
    /** Resolves when the lease is lost. */
    lost;
    constructor(o) {
        this.#o = { clock: systemClock, wallMs: () => Date.now(), ...o };
        this.lost = new Promise((resolve) => {
            this.#settleLost = resolve;
        });
    }
    get isLost() {
        return this.#isLost;
    }
    /** Begins to beat. Nothing is permitted before the first beat is stored. */
    start() {
        this.#schedule();
    }
    /** May a call of this bucket start right now? Counts it as started when it may. */
    permit(bucket) {
        if (this.#over || !this.#holds())
            return false;
        if (this.#o.pacer.load(bucket).limit === null)
            return true;
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
        if (2 * (left - 1) <= (this.#granted.get(bucket) ?? 0))
            this.request();
        return true;
    }
    /** Asks for a beat soon. */
    request() {
        this.#requested = true;
        this.#schedule();
    }
    /** Stops permitting and beating; the lease itself is left alone. */
    async stop() {
        this.#over = true;
        this.#cancelTimer?.();
        await this.#inFlight;
    }
    /** After `stop` and once no call is under way: the record without any reserve. */
    lastRecord() {
        return this.#o.pacer.snapshot();
    }
    /**
     * Both clocks, because each can stand still or be set: the larger elapsed time counts. It runs from before the beat
     * was sent, so it is over before the server, which starts later, gives the lease to another.
     */
    #holds() {
        const elapsedMs = Math.max(this.#o.clock.nowMs() - this.#ackSentMs, this.#o.wallMs() - this.#ackSentWallMs);
        return elapsedMs < this.#o.leaseMs;
    }
    #schedule() {
        if (this.#over || this.#inFlight !== undefined)
            return;
        this.#cancelTimer?.();
        const gapMs = this.#lastFailed ? RETRY_GAP_MS : this.#requested ? BEAT_GAP_MS : this.#o.beatEveryMs;
        const delayMs = Math.max(0, this.#lastSendMs + gapMs - this.#o.clock.nowMs());
        this.#cancelTimer = this.#o.clock.setTimer(() => {
            this.#inFlight = this.#beat().finally(() => {
                this.#inFlight = undefined;
                this.#schedule();
            });
        }, delayMs);
    }
    async #beat() {
        const sentMs = this.#o.clock.nowMs();
        const sentWallMs = this.#o.wallMs();
        this.#lastSendMs = sentMs;
        this.#requested = false;
        const reserve = this.#chooseReserve();
        this.#sending = new Map(reserve);
        try {
            const answer = await this.#o.send(this.#o.pacer.snapshot({ reserve }));
            if (answer === 'lost')
                return this.#lose();
            this.#stored = this.#sending;
            this.#granted = reserve;
            this.#ackSentMs = sentMs;
            this.#ackSentWallMs = sentWallMs;
            this.#lastFailed = false;
        }
        catch (error) {
            // Stored or not: a successor may read either record, so only what both cover may go on.
            this.#stored = smallest(this.#stored, this.#sending);
            this.#lastFailed = true;
            this.#o.onError(error);
        }
        this.#sending = undefined;
        if (!this.#lastFailed)
            this.#o.pacer.wake();
    }
    #lose() {
        this.#over = true;
        this.#isLost = true;
        this.#settleLost();
    }
    #chooseReserve() {
        const reserve = new Map();
        const nowMs = this.#o.clock.nowMs();
        for (const bucket of this.#o.pacer.buckets()) {
            const { limit, waiting, free } = this.#o.pacer.load(bucket);
            const active = nowMs - (this.#lastGrantMs.get(bucket) ?? -Infinity) < ACTIVE_MS;
            if (!active)
                this.#lastGrantMs.delete(bucket);
            if (limit === null || (!active && waiting === 0 && !this.#refused.has(bucket)))
                continue;
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
function coverMs(windowMs) {
    return Math.min(1_500, Math.max(250, windowMs / 20));
}
function smallest(a, b) {
    return new Map([...a].map(([bucket, left]) => [bucket, Math.min(left, b.get(bucket) ?? 0)]));
}
//# sourceMappingURL=lease-heartbeats.js.map