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
import type { ApiTrouble } from './known-waits.ts';
import { LoggedOutage, type OutageLogger } from './outage-log.ts';
import type { StoreOfCalls } from './outages.ts';

const SCOPE = 'store';

/** What one answer takes besides its bytes: records, folders, the blocks that are not full. */
const BESIDES_BYTES = 16 * 1024;
/** A larger trial would itself be a burden. */
const LARGEST_TRIAL_BYTES = 256 * 1024 * 1024;
/** One trial answers for all that ask within this time. */
const TRIAL_EVERY_MS = 1000;

export class StoreCircuitBreaker implements StoreOfCalls {
  readonly #store: Pick<Store, 'tryWriting'>;
  readonly #nowMs: () => number;
  readonly #logger: OutageLogger | undefined;
  /** Of the largest answer that found no place; null: a trial has found one for it. */
  #refusedBytes: number | null = null;
  #refusal: { error: StoreError; logged: LoggedOutage; idleSinceMs: number | null } | undefined;
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
    const { error, logged, idleSinceMs } = this.#refusal;
    return { reason: withoutSessions(error.message), sinceMs: logged.sinceMs, idleSinceMs };
  }

  callsLeft(): void {
    this.#refusal?.logged.leave(this.#nowMs());
  }

  /** Where a refusal has had its end, a trial comes before the next call all the same: it costs none. */
  callsTaken(troubles: readonly ApiTrouble[]): void {
    if (troubles.some(({ scope }) => scope === SCOPE)) this.#refusal?.logged.resume();
    if (this.#refusal?.logged.isLeft === true) this.#refusal = undefined;
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
    if (this.#refusedBytes === null) return;
    if (this.#refusal && this.#trial === undefined && this.#nowMs() < this.#nextTrialMs) throw this.#refusal.error;
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
        this.#refusedBytes = Math.max(this.#refusedBytes ?? 0, bytes);
        this.#refused(error);
      }
      throw error;
    }
  }

  async #try(): Promise<void> {
    const bytes = Math.min((this.#refusedBytes ?? 0) + BESIDES_BYTES, LARGEST_TRIAL_BYTES);
    try {
      await this.#store.tryWriting(bytes);
    } catch (error) {
      if (error instanceof StoreError) this.#refused(error);
      throw error;
    }
    this.#refusedBytes = null;
    this.#refusal?.logged.end(this.#nowMs());
    this.#refusal = undefined;
  }

  #refused(error: StoreError): void {
    const nowMs = this.#nowMs();
    const { idleSinceMs = nowMs } = this.#refusal ?? {};
    const logged =
      this.#refusal?.logged ??
      new LoggedOutage(this.#logger, { scope: SCOPE, reason: withoutSessions(error.message), sinceMs: nowMs });
    this.#refusal = { error, logged, idleSinceMs: idleSinceMs ?? nowMs };
    this.#nextTrialMs = nowMs + TRIAL_EVERY_MS;
  }
}
