/**
 * The lease as Temporal keeps it: an activity task, taken and held by plain service calls. A Worker of the SDK cannot
 * do this: it sends heartbeats when it likes, without an answer, and a late one would put an older record in place of
 * a newer one; and it cancels an activity that only heartbeats by service calls.
 */
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { PacerState } from '../../feishu/pacer.ts';
import type { HeartbeatAnswer } from './lease-heartbeats.ts';
import { aged, merged, readRecord, writeRecord, type Beat, type LeaseRecord } from './lease-record.ts';
import {
  describeLease,
  durationMs,
  epochMs,
  isLate,
  POLL_MS,
  readDetails,
  storeHeartbeat,
  within,
  writeDetails,
  type LeaseDescription,
  type LeaseRun,
} from './lease-service.ts';
import { apiLeaseTaskQueue } from './shards.ts';

/** Runs that closed before they had a record of their own; more than one in a row is already strange. */
const MAX_PREVIOUS_RUNS = 20;

/** One attempt of the lease activity, given to this process. */
export class LeaseTask {
  readonly attempt: number;
  /** The lease goes to another process when no heartbeat was stored for so long. */
  readonly heartbeatTimeoutMs: number;
  readonly #client: Client;
  readonly #task: temporal.api.workflowservice.v1.PollActivityTaskQueueResponse.$Properties;
  readonly #takenMs = performance.now();
  /** The server asked for the lease back (paused, reset): it is still ours to return. */
  #askedBack = false;
  #beats = 0;

  constructor(client: Client, task: temporal.api.workflowservice.v1.PollActivityTaskQueueResponse.$Properties) {
    this.#client = client;
    this.#task = task;
    this.attempt = task.attempt ?? 1;
    this.heartbeatTimeoutMs = durationMs(task.heartbeatTimeout);
  }

  /** Waits for the lease of a shard, for some seconds; undefined: not now. */
  static async poll(o: {
    client: Client;
    taskQueue: string;
    shard: number;
    signal: AbortSignal;
  }): Promise<LeaseTask | undefined> {
    const { client, signal } = o;
    const { namespace, identity } = client.options;
    const taskQueue = { name: apiLeaseTaskQueue(o.taskQueue, o.shard) };
    const poll = () => client.workflowService.pollActivityTaskQueue({ namespace, identity, taskQueue });
    const inTime = () => client.withDeadline(Date.now() + POLL_MS, poll);
    // A busy server answers too late: as good as an answer without a task.
    const task = await client.withAbortSignal(signal, inTime).catch((error: unknown) => {
      if (!isLate(error)) throw error;
    });
    if (task === undefined) return undefined;
    return task.taskToken.length > 0 ? new LeaseTask(client, task) : undefined;
  }

  get askedBack(): boolean {
    return this.#askedBack;
  }

  /** The time on the server's clock, to some milliseconds. */
  serverNowMs(): number {
    return epochMs(this.#task.startedTime) + performance.now() - this.#takenMs;
  }

  /** The run that this is an attempt of. @throws Error where it is gone already */
  async describe(): Promise<LeaseDescription> {
    const { workflowId, runId } = this.#task.workflowExecution ?? {};
    const lease = await describeLease(this.#client, { workflowId: workflowId ?? '', runId: runId ?? '' });
    if (lease === undefined) throw new Error('the lease workflow is gone');
    return lease;
  }

  /**
   * What the previous holders left of the apps that are served here; undefined when there were none. They may not know yet
   * that they lost the lease: whatever they still call is in it. `knownForMs`: since when this process knows of a record.
   */
  async inherit(
    lease: LeaseDescription,
    { serves, knownForMs }: { serves: (quotaOf: string) => boolean; knownForMs: (beat: Beat) => number },
  ): Promise<PacerState | undefined> {
    const toMs = epochMs(this.#task.startedTime);
    const own = readRecord(await readDetails(this.#client, this.#task.heartbeatDetails));
    if (own !== undefined) {
      const known = own.beat === undefined ? 0 : knownForMs(own.beat);
      return merged([aged(own, { fromMs: lease.lastBeatMs, toMs, knownForMs: known })], serves);
    }
    // Nothing is on record in this run, so no call was made in it; but in those before it there may have been some.
    const previous = await this.#lastRecords(lease.previousRuns, MAX_PREVIOUS_RUNS);
    if (previous.length === 0) return undefined;
    const records = previous.map(({ record, lastBeatMs }) => aged(record, { fromMs: lastBeatMs, toMs, knownForMs: 0 }));
    return merged(records, serves);
  }

  async #lastRecords(runs: readonly LeaseRun[], depth: number): Promise<PreviousRecord[]> {
    const found: PreviousRecord[] = [];
    for (const run of depth > 0 ? runs : []) {
      const previous = await describeLease(this.#client, run);
      const record = previous?.record();
      if (previous === undefined) continue;
      if (record !== undefined) found.push({ record, lastBeatMs: previous.lastBeatMs });
      else found.push(...(await this.#lastRecords(previous.previousRuns, depth - 1)));
    }
    return found;
  }

  /** Stores the record with the lease, or that there is none. Rejects when it is unknown whether it was stored. */
  async beat(record: LeaseRecord | undefined, o: { deadlineMs: number }): Promise<HeartbeatAnswer> {
    const beat = { token: Buffer.from(this.#token()).toString('base64'), number: ++this.#beats };
    const details = writeRecord(record && { ...record, beat });
    const stored = await storeHeartbeat(this.#client, { taskToken: this.#token(), details, deadlineMs: o.deadlineMs });
    if (stored === 'gone') return 'lost';
    this.#askedBack = stored.cancelRequested || stored.askedBack;
    return this.#askedBack ? 'lost' : 'kept';
  }

  /** Gives the lease back, for another process to take. Without a record the one of the last beat stays. */
  async release(record: LeaseRecord | undefined): Promise<void> {
    const { namespace, identity } = this.#client.options;
    const lastHeartbeatDetails = await writeDetails(this.#client, writeRecord(record));
    await within(this.#client, () =>
      this.#client.workflowService.respondActivityTaskFailed({
        namespace,
        identity,
        taskToken: this.#token(),
        failure: { message: 'lease handed over', source: 'feishu-vc', applicationFailureInfo: { type: 'HandedOver' } },
        lastHeartbeatDetails,
      }),
    );
  }

  #token(): Uint8Array {
    return this.#task.taskToken ?? new Uint8Array();
  }
}

interface PreviousRecord {
  record: LeaseRecord;
  lastBeatMs: number;
}
