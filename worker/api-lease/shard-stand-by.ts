/** Standing by for the lease of one shard, and holding it. */
import { setTimeout as delay } from 'node:timers/promises';
import { Pacer } from '../../feishu/pacer.ts';
import { parseReference } from '../../activities/index.ts';
import { reasonToGiveBack, type GiveBackReason } from './give-back.ts';
import { HolderWatch } from './holder-watch.ts';
import { LeaseHeartbeats } from './lease-heartbeats.ts';
import type { LeaseRecord } from './lease-record.ts';
import { takeBack } from './lease-service.ts';
import { LeaseTask } from './lease-task.ts';
import { generationOf } from './lease-workflows.ts';
import { shardOf } from './shards.ts';
import type { HeldLease, LeaseProcess } from './lease-process.ts';

/** The old holder stops this long before the server gives the lease to another. */
const LEASE_MARGIN_MS = 1_000;
const BEAT_EVERY_MS = 1_000;
/** Share of the lease between two beats while there is nothing to do. */
const IDLE_BEAT = 0.8;
/** Calls under way get so long to be answered before the lease is handed over without their answers. */
const SETTLE_MS = 1_000;
/** A holder that was of no use before is, when it has not turned out otherwise for so long. */
const PROVEN_MS = 6_000;
/** Who holds other leases lets those who hold fewer go first. */
const BEHIND_MS = { forEachHeld: 700, atMost: 3_000, afterGivingOneAway: 3_000 };

/** How holding the lease ends. `ended`: what makes the calls has ended by itself. */
type Ending = 'lost' | 'stopped' | 'ended' | GiveBackReason;

interface Held extends HeldLease {
  beats: LeaseHeartbeats;
}

export class ShardStandBy {
  readonly #process: LeaseProcess;
  readonly #shard: number;
  readonly #watch: HolderWatch;

  constructor(process: LeaseProcess, shard: number) {
    this.#process = process;
    this.#shard = shard;
    this.#watch = new HolderWatch({
      ...process.o,
      shard,
      onError: process.warnOf('see how the holder of the lease fares'),
    });
  }

  /** Takes the lease whenever it is free. */
  run(): Promise<void> {
    return this.#process.forever('take the lease', async () => {
      const { held, coolDown } = this.#process;
      await coolDown.over();
      await this.#process.pause(Math.min(BEHIND_MS.atMost, held.size * BEHIND_MS.forEachHeld));
      const { client, taskQueue } = this.#process.o;
      let polled: Promise<LeaseTask | undefined> | undefined;
      const task = await this.#process.untilStopped((signal) => {
        polled = LeaseTask.poll({ client, taskQueue, shard: this.#shard, signal });
        return this.#watch.during(polled);
      });
      if (task !== undefined) await this.#own(task);
      else if (this.#process.isStopping) void this.#releaseLate(polled);
    });
  }

  /** A connection that cannot abort the poll may still be given the lease. One that can rejects: nothing to release. */
  async #releaseLate(polled: Promise<LeaseTask | undefined> | undefined): Promise<void> {
    const [late] = await Promise.allSettled([polled]);
    if (late.status === 'fulfilled') await late.value?.release(undefined).catch(this.#process.warnOf('release'));
  }

  async #own(task: LeaseTask): Promise<void> {
    const { held: heldShards, o } = this.#process;
    let held: Held | undefined;
    let apiWorkerStopped: Promise<void> | undefined;
    let ending: Ending = 'stopped';
    try {
      held = await this.#begin(task);
      if (held === undefined) return;
      heldShards.set(this.#shard, held.pacer);
      void this.#sayThatItCalls(task);
      const apiWorker = await o.startApiWorker(held);
      ending = await this.#ending(task, { held, ended: apiWorker.ended });
      held.pacer.close();
      apiWorkerStopped = apiWorker.stop().catch(this.#process.warnOf('stop the API worker'));
      if (!held.beats.isLost) await settled(held.pacer);
    } finally {
      heldShards.delete(this.#shard);
      held?.pacer.close();
      if (ending === 'unusable') this.#coolDown();
      await this.#release(task, held?.beats);
      if (heldShards.size === 0) o.outages.callsLeft();
    }
    await apiWorkerStopped;
    if (ending === 'share') await this.#process.pause(BEHIND_MS.afterGivingOneAway);
    // Thrown so that another process takes the lease before this one tries again.
    if (ending === 'ended') throw new Error('what makes the API calls here has ended by itself');
  }

  async #ending(
    task: LeaseTask,
    { held, ended }: { held: Held; ended: Promise<unknown> | undefined },
  ): Promise<Ending> {
    const { o, stopped, held: heldShards } = this.#process;
    const over = new AbortController();
    const onError = this.#process.warnOf('ask who stands by');
    const options = { ...o, held: heldShards, unusable: () => o.outages.unusable(), onError };
    const endings: Promise<Ending>[] = [
      held.beats.lost.then(() => 'lost'),
      stopped.then(() => 'stopped'),
      reasonToGiveBack(options, { task, shard: this.#shard, signal: over.signal }),
    ];
    if (ended !== undefined) {
      endings.push(ended.catch(this.#process.warnOf('make the API calls here')).then(() => 'ended'));
    }
    return await Promise.race(endings).finally(() => over.abort());
  }

  /** Takes over what the previous holders left and begins to beat; undefined when told to stop before that. */
  async #begin(task: LeaseTask): Promise<Held | undefined> {
    const { o } = this.#process;
    const leaseMs = task.heartbeatTimeoutMs - LEASE_MARGIN_MS;
    const lease = await task.describe();
    const { mostShards } = await generationOf(o, lease);
    const servesApp = (quotaOf: string): boolean => shardOf(quotaOf, o.shards) === this.#shard;
    const inherited = await task.inherit(lease, {
      serves: servesApp,
      knownForMs: (beat) => this.#watch.knownForMs(beat),
    });
    if (this.#process.isStopping) return undefined;
    const pacer: Pacer = new Pacer({
      limitFor: (bucket) => o.limitFor(bucket),
      unansweredMs: o.unansweredMs,
      ...(o.maxWaiting === undefined ? {} : { maxWaiting: o.maxWaiting }),
      permit: (bucket) => beats.permit(bucket),
      onPushBack: () => beats.request(),
    });
    const beats = new LeaseHeartbeats({
      pacer,
      send: (record, { deadlineMs }) => task.beat(this.#withTroubles(record), { deadlineMs }),
      leaseMs,
      beatEveryMs: Math.min(BEAT_EVERY_MS, leaseMs / 4),
      idleBeatEveryMs: IDLE_BEAT * leaseMs,
      onError: this.#process.warnOf('renew the lease'),
    });
    if (inherited !== undefined) pacer.restore(inherited);
    o.outages.callsTaken(lease.troubles);
    beats.start();
    void beats.lost.then(() => pacer.close());
    await this.#takeBackCalls(inherited?.waiting ?? []);
    return { shard: this.#shard, shards: o.shards, mostShards, pacer, servesApp, beats };
  }

  /** Nobody serves the queue of calls yet, so whatever of them is under way waits in a process that has lost the lease. */
  async #takeBackCalls(references: readonly string[]): Promise<void> {
    const { client } = this.#process.o;
    const message = 'the process where it waited has lost the lease on API calls';
    const takingBack = references.map(async (reference) => takeBack(client, parseReference(reference), message));
    const failed = (await Promise.allSettled(takingBack)).find((taken) => taken.status === 'rejected');
    if (failed) this.#process.warnOf('take back all calls that waited elsewhere')(failed.reason);
  }

  #withTroubles(record: LeaseRecord): LeaseRecord {
    const troubles = this.#process.o.outages.troubles();
    return troubles.length === 0 ? record : { ...record, troubles };
  }

  #coolDown(): void {
    const { coolDown, o } = this.#process;
    const reason = o.outages.unusable();
    if (!coolDown.isRecent)
      o.logger.warn({ reason }, 'this process cannot make API calls; another one is to make them');
    coolDown.begin();
  }

  async #release(task: LeaseTask, beats: LeaseHeartbeats | undefined): Promise<void> {
    const { coolDown, o } = this.#process;
    const { logger } = o;
    await beats?.stop();
    if (beats?.isLost === true && !task.askedBack) {
      logger.warn({ shard: this.#shard, attempt: task.attempt }, 'the lease on API calls is lost');
      // Usually another process has it; but if somebody has ended the workflow, nobody can.
      await this.#process.ensure().catch(this.#process.warnOf('look after the lease workflow'));
      return;
    }
    await task.release(beats === undefined ? undefined : this.#withTroubles(beats.lastRecord())).then(() => {
      if (coolDown.isRecent) return;
      logger.info({ shard: this.#shard, attempt: task.attempt }, 'the lease on API calls is handed over');
    }, this.#process.warnOf('hand the lease over; it will end by itself'));
  }

  /** After a cool-down only once it has turned out to be of use: the lease may go round while no process is. */
  async #sayThatItCalls(task: LeaseTask): Promise<void> {
    const { coolDown, held, o } = this.#process;
    if (coolDown.isRecent) {
      await this.#process.pause(PROVEN_MS);
      if (!held.has(this.#shard) || o.outages.unusable() !== null) return;
    }
    o.logger.info({ shard: this.#shard, attempt: task.attempt }, 'this process makes the API calls now');
  }
}

/** Waits until every call under way has ended, for a while. */
async function settled(pacer: Pacer): Promise<void> {
  for (const endMs = performance.now() + SETTLE_MS; pacer.openCalls > 0 && performance.now() < endMs;) await delay(10);
}
