/**
 * Looks on at a worker for whoever scrapes it: at what is in memory every few seconds, at the store and the log-ins every few
 * minutes. Nothing waits for it, and what it cannot read keeps its last value until it can.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Manifest } from '../../dataset/manifest.ts';
import { readGrant, type Vault } from '../../logins/index.ts';
import type { Store } from '../../store/store.ts';
import { endsOf } from '../login/grant-view.ts';
import { DayGauges } from './day-gauges.ts';
import { MemoryGauges, type Seen } from './memory-gauges.ts';
import type { Metrics } from './meter.ts';

const MEMORY_EVERY_MS = 5_000;
const STORE_EVERY_MS = 5 * 60_000;
/** While the store or the log-ins cannot be read. */
const RETRY_MS = 15_000;

export interface WatchOptions extends Seen {
  metrics: Metrics;
  store: Store;
  logIns: { profiles: readonly string[]; vault: Vault };
  logger: { warn(fields: object, message: string): void };
}

export interface Watch {
  /** A day was committed here. */
  committed(manifest: Manifest): void;
  close(): Promise<void>;
}

export function startWatch(o: WatchOptions): Watch {
  const { metrics, store, profiles, logger } = o;
  const days = new DayGauges({ store, profiles, metrics });
  const memory = new MemoryGauges(o);
  const stopping = new AbortController();
  const { signal } = stopping;

  async function lookAtStore(): Promise<number> {
    try {
      await days.look();
      memory.isStoreUnread = false;
      return STORE_EVERY_MS;
    } catch (error) {
      if (!memory.isStoreUnread) logger.warn({ err: error }, 'the days cannot be measured; it goes on');
      memory.isStoreUnread = true;
      return RETRY_MS;
    }
  }

  async function lookAtGrants(): Promise<number> {
    try {
      await setGrants(o);
      return STORE_EVERY_MS;
    } catch {
      // Whoever needs the log-in says what is wrong with it.
      return RETRY_MS;
    }
  }

  const running = [
    again(signal, () => Promise.resolve(memory.look()).then(() => MEMORY_EVERY_MS)),
    again(signal, lookAtStore),
    again(signal, lookAtGrants),
  ];
  return {
    committed(manifest) {
      metrics.commits.add(1, { profile: manifest.profile, complete: String(manifest.complete) });
      days.committed(manifest);
    },
    async close() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** `look` says after how many milliseconds the next one comes. */
async function again(signal: AbortSignal, look: () => Promise<number>): Promise<void> {
  while (!signal.aborted) {
    const afterMs = await look();
    await delay(afterMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function setGrants({ metrics, logIns }: WatchOptions): Promise<void> {
  for (const profile of logIns.profiles) {
    const stored = await readGrant(logIns.vault, profile);
    const ends = stored === null ? { grantMs: 0, consentMs: NaN } : endsOf(stored.grant);
    metrics.grantEnd.set(ends.grantMs / 1000, { profile });
    metrics.consentEnd.set(ends.consentMs / 1000, { profile });
  }
}
