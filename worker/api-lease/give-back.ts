/** When a process gives a lease back of its own accord: another one can make better use of it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LeaseTask } from './lease-task.ts';
import { othersStandingBy } from './lease-service.ts';
import { describeShard, type LeasesOfQueue } from './lease-workflows.ts';

/** `unusable`: this process cannot make calls. `share`: it holds more leases than its share. */
export type GiveBackReason = 'unusable' | 'share';

export interface GiveBackOptions extends LeasesOfQueue {
  /** Why this process is of no use as the one that makes calls; null: it is. */
  unusable(): string | null;
  /** Shards whose lease this process holds. */
  held: ReadonlyMap<number, unknown>;
  onError(error: unknown): void;
}

const LOOK_EVERY_MS = 500;
/** A new holder may try so long: a process that was of no use before may be now. */
const TRIAL_MS = 5_000;
/** Between two questions to the server: is there somebody to give it to? */
const ASK_EVERY_MS: Record<GiveBackReason, number> = { unusable: 2_000, share: 10_000 };

/** Resolves with the reason, once there is one; never after the signal has fired. */
export async function reasonToGiveBack(
  o: GiveBackOptions,
  { task, shard, signal }: { task: LeaseTask; shard: number; signal: AbortSignal },
): Promise<GiveBackReason> {
  const takenMs = performance.now();
  const askedMs: Record<GiveBackReason, number> = { unusable: -Infinity, share: takenMs };
  for (;;) {
    await untilNextLook(signal);
    const nowMs = performance.now();
    const reason = reasonNow(o, { shard, heldMs: nowMs - takenMs });
    if (reason === null || nowMs - askedMs[reason] < ASK_EVERY_MS[reason]) continue;
    askedMs[reason] = nowMs;
    const others = await standingBy(o, { task, shard, otherwise: reason === 'unusable' ? ['unknown'] : [] });
    if (others.length === 0) continue;
    if (reason === 'unusable' || (await hasMoreThanItsShare(o, others))) return reason;
  }
}

/** What would be a reason, were there another process to take the lease. */
function reasonNow(o: GiveBackOptions, { shard, heldMs }: { shard: number; heldMs: number }): GiveBackReason | null {
  if (heldMs >= TRIAL_MS && o.unusable() !== null) return 'unusable';
  return o.held.size > 1 && shard === Math.max(...o.held.keys()) ? 'share' : null;
}

/** Where nobody else stands by, the lease stays: nothing would be gained. */
async function standingBy(
  o: GiveBackOptions,
  { task, shard, otherwise }: { task: LeaseTask; shard: number; otherwise: string[] },
): Promise<string[]> {
  try {
    return await othersStandingBy(o.client, { taskQueue: o.taskQueue, shard, nowMs: task.serverNowMs() });
  } catch (error) {
    o.onError(error);
    return otherwise;
  }
}

/** Does one of the others hold two leases less, so that giving one away makes it more even? */
async function hasMoreThanItsShare(o: GiveBackOptions, others: readonly string[]): Promise<boolean> {
  try {
    const leases = await Promise.all(Array.from({ length: o.shards }, (_, shard) => describeShard(o, shard)));
    const holders = leases.flatMap((lease) => (lease?.held === true ? [lease.holder] : []));
    const heldBy = (identity: string): number => holders.filter((holder) => holder === identity).length;
    return others.some((other) => heldBy(other) <= o.held.size - 2);
  } catch (error) {
    o.onError(error);
    return false;
  }
}

/** Never resolves once the signal has fired: whoever waits for a reason has another one already. */
function untilNextLook(signal: AbortSignal): Promise<void> {
  return delay(LOOK_EVERY_MS, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return new Promise<never>(() => undefined);
  });
}
