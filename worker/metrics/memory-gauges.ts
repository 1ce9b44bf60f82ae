/** What a worker knows of itself without asking anybody: the lease, the turns of calls, what is away. */
import { bucketOf } from '../../activities/calls/call.ts';
import type { Outages } from '../../activities/calls/outages.ts';
import type { Profile } from '../../activities/index.ts';
import { ENDPOINTS, type EndpointName } from '../../feishu/contract.ts';
import type { Pacer } from '../../feishu/pacer.ts';
import type { Away } from './catalogue.ts';
import type { Metrics } from './meter.ts';

export interface Seen {
  profiles: readonly Profile[];
  /** False: it stands by for no lease. */
  makesCalls: boolean;
  shards: number;
  /** By the shards that this process holds. */
  pacers: ReadonlyMap<number, Pick<Pacer, 'buckets' | 'load'>>;
  outages: Pick<Outages, 'away'>;
  /** Quotas whose month is used up. */
  usedUp: ReadonlySet<string>;
  temporal: { readonly isAway: boolean };
  metrics: Pick<Metrics, 'leaseHeld' | 'waiting' | 'quotaUsed' | 'away'>;
}

interface BucketLabels {
  profile: string;
  endpoint: string;
}

export class MemoryGauges {
  readonly #o: Seen;
  /** Profiles of one app share its quota, which stands under the first of them: the app's id is no label. */
  readonly #labels = new Map<string, BucketLabels>();
  /** Buckets that were told of. */
  readonly #told = new Set<string>();
  /** The last look at the store came to nothing. */
  isStoreUnread = false;

  constructor(seen: Seen) {
    this.#o = seen;
    for (const profile of seen.profiles) {
      for (const [name, { id }] of Object.entries(ENDPOINTS)) {
        const bucket = bucketOf(profile, name as EndpointName);
        if (!this.#labels.has(bucket)) this.#labels.set(bucket, { profile: profile.name, endpoint: id });
      }
    }
  }

  look(): void {
    const { metrics, makesCalls, shards, pacers } = this.#o;
    for (let shard = 0; shard < (makesCalls ? shards : 0); shard++) {
      metrics.leaseHeld.set(pacers.has(shard) ? 1 : 0, { shard: String(shard) });
    }
    this.#setTurns();
    const { outages, usedUp, temporal } = this.#o;
    const away = outages.away();
    const set = (what: Away, is: boolean): void => metrics.away.set(is ? 1 : 0, { what });
    set('feishu', away.has('feishu'));
    set('credentials', away.has('credentials'));
    set('monthly_quota', usedUp.size > 0);
    set('store', away.has('store') || this.isStoreUnread);
    set('temporal', temporal.isAway);
  }

  #setTurns(): void {
    const { metrics, pacers } = this.#o;
    const silent = new Set(this.#told);
    for (const pacer of pacers.values()) {
      for (const bucket of pacer.buckets()) {
        const labels = this.#labels.get(bucket);
        if (labels === undefined) continue;
        const { waiting, inUse, limit } = pacer.load(bucket);
        metrics.waiting.set(waiting, { ...labels });
        if (limit !== null) metrics.quotaUsed.set(inUse / limit.calls, { ...labels });
        silent.delete(bucket);
        this.#told.add(bucket);
      }
    }
    // Forgotten by the pacer since nothing of it is in use, or held by another process now.
    for (const bucket of silent) {
      const labels = this.#labels.get(bucket);
      if (labels === undefined) continue;
      metrics.waiting.set(0, { ...labels });
      metrics.quotaUsed.set(0, { ...labels });
      this.#told.delete(bucket);
    }
  }
}
