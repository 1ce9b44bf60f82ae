/** The calls of Temporal's service that the lease is made of, each with a deadline. */
import type { Client } from '@temporalio/client';
import {
  decodeArrayFromPayloads,
  decodeMapFromPayloads,
  encodeToPayloads,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { grpcCode } from '../../temporal/grpc-code.ts';
import type { google, temporal } from '@temporalio/proto';
import { z } from 'zod';
import type { ApiTrouble } from '../../activities/index.ts';
import { foreignRun } from '../../model/runs.ts';
import { readRecord, readTakeOver, readTroubles, type Beat, type LeaseRecord } from './lease-record.ts';
import { apiLeaseTaskQueue } from './shards.ts';

type Payloads = temporal.api.common.v1.Payloads.$Properties;
type Memo = temporal.api.common.v1.Memo.$Properties;

const CALL_DEADLINE_MS = 5_000;
/** gRPC statuses. */
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const STARTED: temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED = 2;
const RUNNING: temporal.api.enums.v1.WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING = 1;
export const LEASE_TYPE = 'apiLease';
const ACTIVITY_TASKS: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY = 2;

/** A delay of zero would be none. */
const SOON = { nanos: 1_000_000 };
const BENIGN: temporal.api.enums.v1.ApplicationErrorCategory.APPLICATION_ERROR_CATEGORY_BENIGN = 1;

export interface LeaseRun {
  workflowId: string;
  /** Empty: the latest. */
  runId: string;
}

/**
 * For how long one number of shards is in use, from its first worker on. All lease workflows that are started in it
 * carry it in their memo; that of shard 0, while it runs, says which one it is now.
 */
export interface Generation {
  id: string;
  shards: number;
  /** The largest number in use so far: calls may still wait in the queues of shards that are no more. */
  mostShards: number;
  /** The last runs of the leases of the generation before: what they hold is inherited by each lease of this one. */
  formerRuns: LeaseRun[];
}

/** A lease workflow that carries no memo is the only shard of its queue. */
const UNNAMED: Generation = { id: '', shards: 1, mostShards: 1, formerRuns: [] };

export interface LeaseMemo {
  generation: Generation;
  /** Whose records the first holder in this run takes over. */
  previousRuns: LeaseRun[];
}

/** A lease workflow that carries none. */
const NO_MEMO: LeaseMemo = { generation: UNNAMED, previousRuns: [] };

const runSchema = z.object({ workflowId: z.string(), runId: z.string() });
const memoSchema = z.object({
  generation: z.object({
    id: z.string(),
    shards: z.number().int().positive(),
    mostShards: z.number().int().positive(),
    formerRuns: z.array(runSchema),
  }),
  previousRuns: z.array(runSchema),
});
const MEMO = 'apiLease';

export function writeMemo(memo: LeaseMemo): Record<string, unknown> {
  return { [MEMO]: memo };
}

async function readMemo(client: Client, memo: Memo | null | undefined): Promise<LeaseMemo> {
  const fields = await decodeMapFromPayloads(client.options.loadedDataConverter, memo?.fields);
  if (fields?.[MEMO] === undefined) return NO_MEMO;
  return memoSchema.parse(fields[MEMO]);
}

/** Undefined where there are none. @throws PayloadKeyError */
export async function readDetails(client: Client, details: Payloads | null | undefined): Promise<unknown> {
  const [value] = await decodeArrayFromPayloads(client.options.loadedDataConverter, details?.payloads);
  return value;
}

/** `details` undefined: none. */
export async function writeDetails(client: Client, details: unknown): Promise<Payloads | null> {
  if (details === undefined) return null;
  return { payloads: (await encodeToPayloads(client.options.loadedDataConverter, details)) ?? [] };
}

export interface LeaseDescription extends LeaseMemo {
  run: LeaseRun;
  running: boolean;
  /** In words, where what runs is no lease of this product's; else null. */
  foreign: string | null;
  /** A process has the lease: the server takes an attempt back when no heartbeat was stored for the timeout. */
  held: boolean;
  /** Identity of the process that has or had it last; empty: none. */
  holder: string;
  lastBeatMs: number;
  /** Which record it is; undefined where there is none. */
  beat?: Beat | undefined;
  takeOverMs?: number | undefined;
  troubles: ApiTrouble[];
  /** As stored: reading it may fail where a newer version wrote it. */
  record(): LeaseRecord | undefined;
}

/** Undefined where there is no such workflow. @throws PayloadKeyError where another process has sealed what it says */
export async function describeLease(client: Client, run: LeaseRun): Promise<LeaseDescription | undefined> {
  const { namespace } = client.options;
  const request = { namespace, execution: run.runId === '' ? { workflowId: run.workflowId } : run };
  try {
    const described = await within(client, () => client.workflowService.describeWorkflowExecution(request));
    const { workflowExecutionInfo: info, pendingActivities } = described;
    const running = info?.status === RUNNING;
    const [activity] = pendingActivities;
    // What somebody else's workflow says of itself is not read.
    const isLease = info?.type?.name === LEASE_TYPE;
    const details = isLease ? await readDetails(client, activity?.heartbeatDetails) : undefined;
    return {
      ...(isLease ? await readMemo(client, info.memo) : NO_MEMO),
      run: { workflowId: run.workflowId, runId: info?.execution?.runId ?? run.runId },
      running,
      foreign: running ? foreignRun({ workflowId: run.workflowId, type: info.type?.name ?? '' }, [LEASE_TYPE]) : null,
      held: running && isLease && activity?.state === STARTED,
      holder: activity?.lastWorkerIdentity ?? '',
      lastBeatMs: epochMs(activity?.lastHeartbeatTime),
      ...readTakeOver(details),
      troubles: readTroubles(details),
      record: () => readRecord(details),
    };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Ends a run, if it has not ended yet. The record of its lease stays readable. */
export async function terminateLease(client: Client, { workflowId, runId }: LeaseRun, reason: string): Promise<void> {
  const { namespace, identity } = client.options;
  const request = { namespace, identity, reason, workflowExecution: { workflowId, runId } };
  await within(client, () => client.workflowService.terminateWorkflowExecution(request)).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

export interface StoredHeartbeat {
  /** The server wants the activity to end. */
  cancelRequested: boolean;
  /** Paused or reset by an operator. */
  askedBack: boolean;
}

/**
 * A heartbeat that resolves when it is stored; the SDK's own returns before. Rejects when that is not known.
 * @returns `gone` when the attempt is no longer this process's
 */
export async function storeHeartbeat(
  client: Client,
  o: { taskToken: Uint8Array; details: unknown; deadlineMs: number },
): Promise<StoredHeartbeat | 'gone'> {
  const { namespace, identity } = client.options;
  const details = await writeDetails(client, o.details);
  const request = { namespace, identity, taskToken: o.taskToken, details };
  try {
    const answer = await client.withDeadline(Date.now() + o.deadlineMs, () =>
      client.workflowService.recordActivityTaskHeartbeat(request),
    );
    return { cancelRequested: answer.cancelRequested, askedBack: answer.activityPaused || answer.activityReset };
  } catch (error) {
    if (isNotFound(error)) return 'gone';
    throw error;
  }
}

export interface ActivityReference extends LeaseRun {
  activityId: string;
}

/**
 * Has the server start the activity's next attempt now: the process that has the last one is gone, or is to be treated so.
 * What that one has told in heartbeats stays. Without effect where no attempt is under way.
 */
export async function takeBack(client: Client, activity: ActivityReference, message: string): Promise<void> {
  const { namespace, identity } = client.options;
  const request = { namespace, identity, ...activity, failure: startedAgain(message) };
  await within(client, () => client.workflowService.respondActivityTaskFailedById(request)).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

/**
 * The same for the lease itself: of that holder's attempt only, so that whoever is late takes nothing from the one after it.
 * @returns false when that holder has it no more
 */
export async function takeFrom(client: Client, { token }: Beat, message: string): Promise<boolean> {
  const { namespace, identity } = client.options;
  const request = { namespace, identity, taskToken: Buffer.from(token, 'base64'), failure: startedAgain(message) };
  try {
    await within(client, () => client.workflowService.respondActivityTaskFailed(request));
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function startedAgain(message: string): temporal.api.failure.v1.Failure.$Properties {
  const applicationFailureInfo = { type: 'WaitingForTurn', nextRetryDelay: SOON, category: BENIGN };
  return { message, source: 'feishu-vc', applicationFailureInfo };
}

/**
 * How long a process waits for the lease in one go; the server answers a second before. It is also how fresh the
 * server's list of those who stand by is.
 */
export const POLL_MS = 15_000;
const STANDING_BY_MS = POLL_MS + 5_000;

/** Identities of the other processes that stand by for the lease of a shard. `nowMs`: by the server's clock. */
export async function othersStandingBy(
  client: Client,
  o: { taskQueue: string; shard: number; nowMs: number },
): Promise<string[]> {
  const { namespace, identity: own } = client.options;
  const taskQueue = { name: apiLeaseTaskQueue(o.taskQueue, o.shard) };
  const request = { namespace, taskQueue, taskQueueType: ACTIVITY_TASKS };
  const { pollers } = await within(client, () => client.workflowService.describeTaskQueue(request));
  return pollers.flatMap(({ identity, lastAccessTime }) => {
    const fresh = o.nowMs - epochMs(lastAccessTime) < STANDING_BY_MS;
    return fresh && identity && identity !== own ? [identity] : [];
  });
}

export function within<R>(client: Client, call: () => Promise<R>): Promise<R> {
  return client.withDeadline(Date.now() + CALL_DEADLINE_MS, call);
}

export function isNotFound(error: unknown): boolean {
  return grpcCode(error) === NOT_FOUND;
}

export function isLate(error: unknown): boolean {
  return grpcCode(error) === DEADLINE_EXCEEDED;
}

/** 0 where there is none. */
export function epochMs(time: google.protobuf.Timestamp.$Properties | null | undefined): number {
  return durationMs(time);
}

export function durationMs(duration: google.protobuf.Duration.$Properties | null | undefined): number {
  return Number(duration?.seconds ?? 0) * 1_000 + Math.floor((duration?.nanos ?? 0) / 1e6);
}
