/** A process that makes calls, or may: what its leases have in common. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiTrouble } from '../../activities/index.ts';
import { systemClock, type Limit, type Pacer } from '../../feishu/pacer.ts';
import { CoolDown } from './cool-down.ts';
import { agreeOnShards, ensureLeases, ShardsDifferError, type LeasesOfQueue } from './lease-workflows.ts';

export interface ApiLeaseLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What runs only in the process that holds a lease: the Worker of its queue of calls. */
export interface ApiWorker {
  /** Resolves when nothing of it runs any more. Callers that wait for a turn have been rejected before. */
  stop(): Promise<void>;
  /** Settles when it has ended without being stopped: the lease goes to another process. */
  ended?: Promise<unknown>;
}

/** What a holder makes calls with. */
export interface HeldLease {
  shard: number;
  /** Shards in use now, and at most so far: shard 0's holder answers what waits in the queues of those that are no more. */
  shards: number;
  mostShards: number;
  /** Lives as long as the lease is held. */
  pacer: Pacer;
  /** Are the calls of this API host and app made under this lease? */
  servesApp(quotaOf: string): boolean;
}

/** How the calls and the store fare in this process. */
export interface OutageReport {
  troubles(): ApiTrouble[];
  /** Why this process is of no use as the one that makes calls; null: it is, as far as known. */
  unusable(): string | null;
  /** Looks, cheaply and without a call, whether what made it unusable is there again. */
  recovered(): Promise<boolean>;
  /** This process makes calls from now on. `troubles`: what its predecessor said last. */
  callsTaken(troubles: readonly ApiTrouble[]): void;
  /** It makes none any more. */
  callsLeft(): void;
}

export interface ApiLeaseOptions extends LeasesOfQueue {
  /** False for a process that only does the other work: it sees to the lease workflows and stands by for none. */
  makesCalls: boolean;
  limitFor(bucket: string): Limit[] | null;
  /** A call that was let go this long ago counts as made, whether or not it was answered. */
  unansweredMs: number;
  /** Most waiters of one bucket. */
  maxWaiting?: number;
  outages: OutageReport;
  /** Called each time this process gets a lease. */
  startApiWorker(lease: HeldLease): Promise<ApiWorker>;
  /** The other workers of the queue use another number of shards: this process is to end. Called once. */
  onShardsDiffer(error: ShardsDifferError): void;
  logger: ApiLeaseLogger;
}

const ENSURE_EVERY_MS = 30_000;
const MAX_BACKOFF_MS = 10_000;

export class LeaseProcess {
  readonly o: ApiLeaseOptions;
  /** By shard, for as long as its calls are made here. */
  readonly held = new Map<number, Pacer>();
  readonly coolDown: CoolDown;
  readonly stopped: Promise<void>;
  readonly #stopping = new AbortController();
  #differ = false;

  constructor(o: ApiLeaseOptions) {
    this.o = o;
    const { signal } = this.#stopping;
    this.stopped = new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    this.coolDown = new CoolDown({
      recovered: () => o.outages.recovered(),
      clock: systemClock,
      signal,
      onError: this.warnOf('look whether calls can be made here again'),
    });
  }

  stop(): void {
    this.#stopping.abort();
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Sees to it that the lease workflows run, now and after somebody has terminated one. */
  ensure(): Promise<unknown> {
    const { client, makesCalls } = this.o;
    const ensure = (): Promise<unknown> =>
      makesCalls ? ensureLeases(this.o) : agreeOnShards({ ...this.o, makesCalls: false });
    return this.untilStopped((signal) => client.withAbortSignal(signal, ensure));
  }

  /**
   * Undefined when told to stop meanwhile. Each run has a signal and a promise of its own: the client never takes its
   * listeners off, and neither does a promise that lives as long as the process.
   */
  async untilStopped<R>(run: (signal: AbortSignal) => Promise<R>): Promise<R | undefined> {
    const own = new AbortController();
    const stopped = new Promise<undefined>((resolve) => {
      own.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const end = (): void => own.abort();
    this.#stopping.signal.addEventListener('abort', end);
    if (this.isStopping) end();
    try {
      return await Promise.race([run(own.signal), stopped]);
    } finally {
      this.#stopping.signal.removeEventListener('abort', end);
    }
  }

  warnOf(what: string): (error: unknown) => void {
    return (err) => this.o.logger.warn({ err }, `could not ${what}`);
  }

  async forever(what: string, step: () => Promise<void>): Promise<void> {
    let backoffMs = 0;
    while (!this.isStopping) {
      try {
        await step();
        backoffMs = 0;
      } catch (error) {
        if (this.isStopping) return;
        if (error instanceof ShardsDifferError) return this.#tellOfOtherShards(error);
        backoffMs = Math.min(MAX_BACKOFF_MS, 2 * backoffMs + 500);
        this.o.logger.warn({ err: error, retryInMs: backoffMs }, `could not ${what}; trying again`);
        await this.pause(backoffMs);
      }
    }
  }

  async pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    await delay(ms, undefined, { signal }).catch((error: unknown) => {
      if (!this.isStopping) throw error;
    });
  }

  /** Until told to stop. */
  ensureWorkflows(): Promise<void> {
    return this.forever('start the lease workflow', async () => {
      await this.ensure();
      await this.pause(ENSURE_EVERY_MS);
    });
  }

  #tellOfOtherShards(error: ShardsDifferError): void {
    if (!this.#differ) this.o.onShardsDiffer(error);
    this.#differ = true;
    this.stop();
  }
}
