/**
 * Keeps calls from being made whose answers would have no place. A call counts against the quota whether its answer can
 * be kept or not, and its activity is tried until it can: without this, a disk that is full for a night costs a call a
 * minute for each unit under way.
 *
 * Nothing is looked at while the store takes what it is given. Once it did not, calls wait until it takes as much as the
 * largest answer that it refused. Where there is room for one and not for all, one more call each is made, and they wait
 * again.
 */
import { StoreError } from '../../store/errors.js';
/** What one answer takes besides its bytes: records, folders, the blocks that are not full. */
const BESIDES_BYTES = 16 * 1024;
/** A larger trial would itself be a burden. */
const LARGEST_TRIAL_BYTES = 256 * 1024 * 1024;
/** One trial answers for all that ask within this time. */
const TRIAL_EVERY_MS = 1000;
export class StoreCircuitBreaker {
    #store;
    #nowMs;
    /** Of the largest answer that found no place. */
    #refusedBytes = 0;
    #refusal;
    #nextTrialMs = 0;
    #trial;
    constructor(store, nowMs = () => performance.now()) {
        this.#store = store;
        this.#nowMs = nowMs;
    }
    /** What keeps answers from being stored, as far as is known; null: nothing. */
    get trouble() {
        return this.#refusal?.message ?? null;
    }
    /** @throws StoreError while the store would not take the answer of a call */
    async pass() {
        if (this.#refusal === undefined)
            return;
        if (this.#trial === undefined && this.#nowMs() < this.#nextTrialMs)
            throw this.#refusal;
        this.#trial ??= this.#try().finally(() => (this.#trial = undefined));
        await this.#trial;
    }
    /** Runs what stores an answer of about so many bytes, and takes note where the store does not take it. */
    async storing(bytes, store) {
        try {
            return await store();
        }
        catch (error) {
            if (error instanceof StoreError && error.code === 'unavailable') {
                this.#refusedBytes = Math.max(this.#refusedBytes, bytes);
                this.#refused(error);
            }
            throw error;
        }
    }
    async #try() {
        const bytes = Math.min(this.#refusedBytes + BESIDES_BYTES, LARGEST_TRIAL_BYTES);
        try {
            await this.#store.tryWriting(bytes);
        }
        catch (error) {
            if (error instanceof StoreError)
                this.#refused(error);
            throw error;
        }
        this.#refusedBytes = 0;
        this.#refusal = undefined;
    }
    #refused(error) {
        this.#refusal = error;
        this.#nextTrialMs = this.#nowMs() + TRIAL_EVERY_MS;
    }
}
//# sourceMappingURL=store-circuit-breaker.js.map