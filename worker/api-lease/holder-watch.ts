/**
 * A process that stands by sees when the holder of the lease falls silent in the middle of its calls, sooner than the
 * server does: the server's timeout has to leave room for an idle holder, which beats each four seconds.
 *
 * It may be wrong, and the holder only slow: that costs a change of the lease and no window, since whatever the old
 * holder still calls is on record.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiLeaseLogger } from './lease-process.ts';
import { takeBack, type LeaseDescription } from './lease-service.ts';
import { describeShard, type LeasesOfQueue } from './lease-workflows.ts';

export interface HolderWatchOptions extends Pick<LeasesOfQueue, 'client' | 'taskQueue'> {
  shard: number;
  logger: ApiLeaseLogger;
  onError(error: unknown): void;
}

/** Between two looks at a lease that only the server ends: nobody holds it, or there is nothing to call. */
const IDLE_LOOK_MS = 3_000;
/** Between two looks at one in use, as a share of the time after which it is taken. */
const LOOK_SHARE = 0.5;

export class HolderWatch {
  readonly #o: HolderWatchOptions;
  /** The beat that was seen last, and from when on it is known not to be new. */
  #attempt = 0;
  #beatMs = 0;
  #seenMs = Infinity;

  constructor(o: HolderWatchOptions) {
    this.#o = o;
  }

  /** Watches until that has settled. */
  async during<R>(wait: Promise<R>): Promise<R> {
    const over = new AbortController();
    void this.#run(over.signal);
    try {
      return await wait;
    } finally {
      over.abort();
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let inMs = 0; !signal.aborted;) {
      await delay(inMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      inMs = await this.#look(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#o.onError(error);
        // Who could not look knows nothing: the holder could not beat either, maybe.
        this.#attempt = 0;
        return IDLE_LOOK_MS;
      });
    }
  }

  /** @returns when to look again, ms from now */
  async #look(signal: AbortSignal): Promise<number> {
    const askedMs = performance.now();
    const lease = await describeShard(this.#o, this.#o.shard);
    if (signal.aborted || lease?.held !== true || lease.takeOverMs === undefined) return IDLE_LOOK_MS;
    const { takeOverMs } = lease;
    if (lease.attempt !== this.#attempt || lease.lastBeatMs !== this.#beatMs) {
      this.#note(lease);
      return LOOK_SHARE * takeOverMs;
    }
    const leftMs = this.#seenMs + takeOverMs - askedMs;
    if (leftMs > 0) return leftMs;
    this.#note(lease);
    const { shard, client, logger } = this.#o;
    logger.warn(
      { shard, holder: lease.holder },
      'the process that made the API calls is silent; another one takes over',
    );
    await takeBack(client, { ...lease.run, activityId: lease.activityId }, 'the holder of the lease is silent');
    return takeOverMs;
  }

  /** A new holder has twice as long for its first beat. */
  #note({ attempt, lastBeatMs, takeOverMs = 0 }: LeaseDescription): void {
    const isNew = attempt !== this.#attempt;
    this.#attempt = attempt;
    this.#beatMs = lastBeatMs;
    this.#seenMs = performance.now() + (isNew ? takeOverMs : 0);
  }
}
