/**
 * The governor: of all processes on a task queue, one at a time makes the API calls, the others stand by. Which one is
 * decided by a lease, the activity of the workflow `apiLease`. What it knows of recent calls is handed on with the lease,
 * so no limit is exceeded whatever happens to the process that holds it.
 *
 * Only these lose the record, and with it the guarantee for one window: deleting or resetting the workflow
 * `feishu-vc/api-lease/…`, and `temporal activity reset --reset-heartbeats`. Terminating it is safe.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowStartOptions } from '@temporalio/client';
import { Pacer } from '../../feishu/pacer.ts';
import type { Limit } from '../../feishu/pacer.ts';
import type { apiLease } from '../../workflows/api-lease.ts';
import { LeaseHeartbeats } from './lease-heartbeats.ts';
import { LeaseTask, PREVIOUS_RUN_MEMO } from './lease-task.ts';

export interface ApiLeaseLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What runs only in the process that holds the lease: the Worker of the queue `<taskQueue>.api`. */
export interface ApiWorker {
  /** Resolves when nothing of it runs any more. Callers that wait for a turn have been rejected before. */
  stop(): Promise<void>;
  /** Settles when the lane has ended without being stopped: the lease goes to another process. */
  ended?: Promise<unknown>;
}

export interface ApiLeaseOptions {
  /** Best on a connection of `@temporalio/client`: a native one cannot abort the poll for the lease. */
  client: Client;
  /** The queue of the workflows; `<taskQueue>.api-lease` is the lease's. */
  taskQueue: string;
  limitFor(bucket: string): Limit[] | null;
  /** HTTP timeout: a call that was let go this long ago has ended. */
  unansweredMs: number;
  /** Most waiters of one bucket. */
  maxWaiting?: number;
  /** Called each time this process gets the lease, with a pacer that lives as long as that. */
  startApiWorker(pacer: Pacer): Promise<ApiWorker>;
  logger: ApiLeaseLogger;
}

export interface ApiLease {
  /** Does this process make the calls at the moment? */
  holdsLease(): boolean;
  /** Gives the lease up, if held, and stops standing by. */
  shutdown(): Promise<void>;
}

/** The old owner stops this long before the server gives the lease to another. */
const LEASE_MARGIN_MS = 1_000;
const BEAT_EVERY_MS = 1_000;
/** Share of the lease after which a beat without an answer is given up: early enough for another one. */
const BEAT_PATIENCE = 0.7;
/** Calls under way get so long to be answered before the lease is handed over without their answers. */
const SETTLE_MS = 1_000;
const ENSURE_EVERY_MS = 30_000;
const ENSURE_DEADLINE_MS = 5_000;
const MAX_BACKOFF_MS = 10_000;

export function apiLeaseWorkflowId(taskQueue: string): string {
  return `feishu-vc/api-lease/${taskQueue}`;
}

/** Returns at once; whatever cannot be reached is tried until it can. */
export function standByForApiLease(o: ApiLeaseOptions): ApiLease {
  const stopping = new AbortController();
  const standBy = new StandBy(o, stopping.signal);
  const running = Promise.all([standBy.ensureWorkflow(), standBy.run()]);
  return {
    holdsLease: () => standBy.holdsLease,
    async shutdown() {
      stopping.abort();
      await running;
    },
  };
}

interface Held {
  pacer: Pacer;
  beats: LeaseHeartbeats;
}

class StandBy {
  holdsLease = false;
  readonly #o: ApiLeaseOptions;
  readonly #signal: AbortSignal;
  readonly #stopped: Promise<void>;

  constructor(o: ApiLeaseOptions, signal: AbortSignal) {
    this.#o = o;
    this.#signal = signal;
    this.#stopped = new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Sees to it that the lease workflow runs, now and after somebody has terminated it. */
  ensureWorkflow(): Promise<void> {
    return this.#forever('start the lease workflow', async () => {
      await this.#ensure();
      await this.#pause(ENSURE_EVERY_MS);
    });
  }

  /** Takes the lease whenever it is free. */
  run(): Promise<void> {
    return this.#forever('take the lease', async () => {
      const { client, taskQueue } = this.#o;
      const polled = this.#untilStopped((signal) =>
        LeaseTask.poll({ client, taskQueue: `${taskQueue}.api-lease`, signal }),
      );
      const task = await Promise.race([polled, this.#stopped]);
      if (task instanceof LeaseTask) await this.#own(task);
      // A connection that cannot abort the poll may still be given the lease.
      else if (this.#signal.aborted)
        void polled.then((late) => late?.release(undefined)).catch(this.#warnOf('release'));
    });
  }

  async #own(task: LeaseTask): Promise<void> {
    let held: Held | undefined;
    let apiWorkerStopped: Promise<void> | undefined;
    let endedByItself = false;
    try {
      held = await this.#begin(task);
      if (held === undefined) return;
      const { pacer, beats } = held;
      this.holdsLease = true;
      this.#o.logger.info({ attempt: task.attempt }, 'this process makes the API calls now');
      const apiWorker = await this.#o.startApiWorker(pacer);
      const told = Promise.race([beats.lost, this.#stopped]).then(() => false);
      const ended = apiWorker.ended?.catch(this.#warnOf('make the API calls here')).then(() => true);
      endedByItself = await Promise.race([told, ended ?? told]);
      pacer.close();
      apiWorkerStopped = apiWorker.stop().catch(this.#warnOf('stop the lane'));
      if (!beats.isLost) await settled(pacer);
    } finally {
      this.holdsLease = false;
      held?.pacer.close();
      await this.#release(task, held?.beats);
    }
    await apiWorkerStopped;
    // Thrown so that another process takes the lease before this one tries again.
    if (endedByItself) throw new Error('what makes the API calls here has ended by itself');
  }

  /** Takes over the previous owner's record and begins to beat; undefined when told to stop before that. */
  async #begin(task: LeaseTask): Promise<Held | undefined> {
    const { unansweredMs, maxWaiting } = this.#o;
    const leaseMs = task.heartbeatTimeoutMs - LEASE_MARGIN_MS;
    const inherited = await task.inherit();
    if (inherited?.stillInUse === true && !(await this.#waitOut(task, leaseMs))) return undefined;
    if (this.#signal.aborted) return undefined;
    const pacer: Pacer = new Pacer({
      limitFor: (bucket) => this.#o.limitFor(bucket),
      unansweredMs,
      ...(maxWaiting === undefined ? {} : { maxWaiting }),
      permit: (bucket) => beats.permit(bucket),
      onPushBack: () => beats.request(),
    });
    const beats = new LeaseHeartbeats({
      pacer,
      send: (record) => task.beat(record, { deadlineMs: BEAT_PATIENCE * leaseMs }),
      leaseMs,
      beatEveryMs: Math.min(BEAT_EVERY_MS, leaseMs / 4),
      onError: this.#warnOf('renew the lease'),
    });
    if (inherited !== undefined) pacer.restore(inherited.record);
    beats.start();
    void beats.lost.then(() => pacer.close());
    return { pacer, beats };
  }

  /** Holds the lease for so long without a record: were this process to end here, the next one has to wait again. */
  async #waitOut(task: LeaseTask, waitMs: number): Promise<boolean> {
    for (const endMs = performance.now() + waitMs; performance.now() < endMs;) {
      await this.#pause(BEAT_EVERY_MS / 2);
      if (this.#signal.aborted) return false;
      if ((await task.beat(undefined, { deadlineMs: BEAT_PATIENCE * waitMs })) === 'lost') return false;
    }
    return true;
  }

  async #release(task: LeaseTask, beats: LeaseHeartbeats | undefined): Promise<void> {
    await beats?.stop();
    if (beats?.isLost === true && !task.askedBack) {
      this.#o.logger.warn({ attempt: task.attempt }, 'the lease on API calls is lost');
      // Usually another process has it; but if somebody has ended the workflow, nobody can.
      return this.#ensure().catch(this.#warnOf('look after the lease workflow'));
    }
    await task
      .release(beats?.lastRecord())
      .then(
        () => this.#o.logger.info({ attempt: task.attempt }, 'the lease on API calls is handed over'),
        this.#warnOf('hand the lease over; it will end by itself'),
      );
  }

  #ensure(): Promise<void> {
    const { client } = this.#o;
    const within = () => client.withDeadline(Date.now() + ENSURE_DEADLINE_MS, () => ensureLeaseWorkflow(this.#o));
    return this.#untilStopped((signal) => client.withAbortSignal(signal, within));
  }

  /** With a signal of its own: the client never takes its listeners off, and each keeps a finished call. */
  async #untilStopped<R>(run: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const own = new AbortController();
    const abort = (): void => own.abort();
    this.#signal.addEventListener('abort', abort);
    if (this.#signal.aborted) abort();
    try {
      return await run(own.signal);
    } finally {
      this.#signal.removeEventListener('abort', abort);
    }
  }

  #warnOf(what: string): (error: unknown) => void {
    return (err) => this.#o.logger.warn({ err }, `could not ${what}`);
  }

  async #forever(what: string, step: () => Promise<void>): Promise<void> {
    let backoffMs = 0;
    while (!this.#signal.aborted) {
      try {
        await step();
        backoffMs = 0;
      } catch (error) {
        if (this.#signal.aborted) return;
        backoffMs = Math.min(MAX_BACKOFF_MS, 2 * backoffMs + 500);
        this.#o.logger.warn({ err: error, retryInMs: backoffMs }, `could not ${what}; trying again`);
        await this.#pause(backoffMs);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal }).catch((error: unknown) => {
      if (!this.#signal.aborted) throw error;
    });
  }
}

async function ensureLeaseWorkflow(o: Pick<ApiLeaseOptions, 'client' | 'taskQueue'>): Promise<void> {
  const { client, taskQueue } = o;
  const workflowId = apiLeaseWorkflowId(taskQueue);
  const options = { workflowId, taskQueue, workflowIdConflictPolicy: 'USE_EXISTING' } as const;
  const start = (with_: WorkflowStartOptions<typeof apiLease>) =>
    client.workflow.start<typeof apiLease>('apiLease', with_);
  try {
    const run = await client.workflow.getHandle(workflowId).describe();
    if (run.status.name === 'RUNNING') return;
    await start({ ...options, args: [], memo: { [PREVIOUS_RUN_MEMO]: run.runId } });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    // Refused when another process was quicker and its run has closed already: the next try finds that run.
    await start({ ...options, args: [], workflowIdReusePolicy: 'REJECT_DUPLICATE' }).catch((refusal: unknown) => {
      if (!(refusal instanceof WorkflowExecutionAlreadyStartedError)) throw refusal;
      return ensureLeaseWorkflow(o);
    });
  }
}

/** Waits until every call under way has ended, for a while. */
async function settled(pacer: Pacer): Promise<void> {
  for (const endMs = performance.now() + SETTLE_MS; pacer.openCalls > 0 && performance.now() < endMs;) await delay(10);
}
