/**
 * A process that stands by sees when the holder of the lease falls silent in the middle of its calls, sooner than the
 * server does: the server's timeout has to leave room for an idle holder, which beats each four seconds.
 *
 * It may be wrong, and the holder only slow: that costs a change of the lease and no window, since whatever the old
 * holder still calls is on record.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiLeaseLogger } from './lease-process.ts';
import type { Beat } from './lease-record.ts';
import { takeFrom } from './lease-service.ts';
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
  /** The beat that was seen last, and since when it is known. */
  #seen: (Beat & { sinceMs: number }) | undefined;
  /** Since when every look has found that one. */
  #silentSinceMs: number | undefined;

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

  /** For how long at least there has been this record; 0 where it was not seen. */
  knownForMs(beat: Beat): number {
    return this.#seen !== undefined && isSame(this.#seen, beat) ? performance.now() - this.#seen.sinceMs : 0;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let inMs = 0; !signal.aborted;) {
      await delay(inMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      inMs = await this.#look(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#o.onError(error);
        // Who could not look knows nothing: the holder could not beat either, maybe.
        this.#silentSinceMs = undefined;
        return IDLE_LOOK_MS;
      });
    }
  }

  /** @returns when to look again, ms from now */
  async #look(signal: AbortSignal): Promise<number> {
    const askedMs = performance.now();
    const lease = await describeShard(this.#o, this.#o.shard);
    if (signal.aborted || lease?.beat === undefined) return IDLE_LOOK_MS;
    const { beat, held, takeOverMs } = lease;
    const sinceMs = performance.now();
    if (this.#seen === undefined || !isSame(this.#seen, beat)) {
      this.#seen = { ...beat, sinceMs };
      this.#silentSinceMs = undefined;
    }
    if (!held || takeOverMs === undefined) return IDLE_LOOK_MS;
    if (this.#silentSinceMs === undefined) {
      this.#silentSinceMs = sinceMs;
      return LOOK_SHARE * takeOverMs;
    }
    const leftMs = this.#silentSinceMs + takeOverMs - askedMs;
    if (leftMs > 0) return leftMs;
    this.#silentSinceMs = undefined;
    const { shard, client, logger } = this.#o;
    if (await takeFrom(client, beat, 'the holder of the lease is silent'))
      logger.warn(
        { shard, holder: lease.holder },
        'the process that made the API calls is silent; another one takes over',
      );
    return takeOverMs;
  }
}

function isSame(a: Beat, b: Beat): boolean {
  return a.token === b.token && a.number === b.number;
}
