/**
 * Keeps calls from being made whose answers would have no place. A call counts against the quota whether its answer can
 * be kept or not, and its activity is tried until it can: without this, a disk that is full for a night costs a call a
 * minute for each unit under way.
 *
 * Nothing is looked at while the store takes what it is given. Once it did not, calls wait until it takes as much as the
 * largest answer that it refused. Where there is room for one and not for all, one more call each is made, and they wait
 * again.
 */
import { withoutSessions } from '../../dataset/session-name.ts';
import { StoreError } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { logBegun, logOver, type OutageLogger } from './outage-log.ts';

const SCOPE = 'store';

/** What one answer takes besides its bytes: records, folders, the blocks that are not full. */
const BESIDES_BYTES = 16 * 1024;
/** A larger trial would itself be a burden. */
const LARGEST_TRIAL_BYTES = 256 * 1024 * 1024;
/** One trial answers for all that ask within this time. */
const TRIAL_EVERY_MS = 1000;

export class StoreCircuitBreaker {
  readonly #store: Pick<Store, 'tryWriting'>;
  readonly #nowMs: () => number;
  readonly #logger: OutageLogger | undefined;
  /** Of the largest answer that found no place. */
  #refusedBytes = 0;
  #refusal: { error: StoreError; sinceMs: number; idleSinceMs: number | null } | undefined;
  #nextTrialMs = 0;
  #trial: Promise<void> | undefined;

  /** `nowMs`: unix ms that never go back. */
  constructor(
    store: Pick<Store, 'tryWriting'>,
    { nowMs = monotonicMs, logger }: { nowMs?: () => number; logger?: OutageLogger } = {},
  ) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#logger = logger;
  }

  /** What keeps answers from being stored, as far as is known; null: nothing. `idleSinceMs`: null while it takes others. */
  get trouble(): { reason: string; sinceMs: number; idleSinceMs: number | null } | null {
    if (this.#refusal === undefined) return null;
    const { error, sinceMs, idleSinceMs } = this.#refusal;
    return { reason: withoutSessions(error.message), sinceMs, idleSinceMs };
  }

  /** A trial, where there is a trouble. */
  async isUsable(): Promise<boolean> {
    try {
      await this.pass();
      return true;
    } catch (error) {
      if (error instanceof StoreError) return false;
      throw error;
    }
  }

  /** @throws StoreError while the store would not take the answer of a call */
  async pass(): Promise<void> {
    if (this.#refusal === undefined) return;
    if (this.#trial === undefined && this.#nowMs() < this.#nextTrialMs) throw this.#refusal.error;
    this.#trial ??= this.#try().finally(() => (this.#trial = undefined));
    await this.#trial;
  }

  /** Runs what stores an answer of about so many bytes, and takes note where the store does not take it. */
  async storing<T>(bytes: number, store: () => Promise<T>): Promise<T> {
    try {
      const stored = await store();
      if (this.#refusal !== undefined) this.#refusal.idleSinceMs = null;
      return stored;
    } catch (error) {
      if (error instanceof StoreError && error.code === 'unavailable') {
        this.#refusedBytes = Math.max(this.#refusedBytes, bytes);
        this.#refused(error);
      }
      throw error;
    }
  }

  async #try(): Promise<void> {
    const bytes = Math.min(this.#refusedBytes + BESIDES_BYTES, LARGEST_TRIAL_BYTES);
    try {
      await this.#store.tryWriting(bytes);
    } catch (error) {
      if (error instanceof StoreError) this.#refused(error);
      throw error;
    }
    this.#refusedBytes = 0;
    if (this.#refusal === undefined) return;
    logOver(this.#logger, SCOPE, this.#nowMs() - this.#refusal.sinceMs);
    this.#refusal = undefined;
  }

  #refused(error: StoreError): void {
    const nowMs = this.#nowMs();
    if (this.#refusal === undefined) logBegun(this.#logger, SCOPE, withoutSessions(error.message));
    const { sinceMs = nowMs, idleSinceMs = nowMs } = this.#refusal ?? {};
    this.#refusal = { error, sinceMs, idleSinceMs: idleSinceMs ?? nowMs };
    this.#nextTrialMs = nowMs + TRIAL_EVERY_MS;
  }
}
