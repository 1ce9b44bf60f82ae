/**
 * The lease workflows of a queue, one for each shard: started by whichever process finds one missing.
 *
 * The number of shards is agreed on by the memo of shard 0's run. It changes only while no lease of the old number is
 * held, and by ending all of the old leases, shard 0's first: a process that makes calls under one of them finds it
 * gone at its next heartbeat, and the new leases take over what the old ones have on record. A process that takes a
 * lease looks at shard 0 before its first call, so that one of the old number, started late, makes none.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { apiLease } from '../../workflows/api-lease.ts';
import { isUnanswered } from '../log-noise.ts';
import {
  describeLease,
  LEASE_TYPE,
  terminateLease,
  within,
  writeMemo,
  type Generation,
  type LeaseDescription,
  type LeaseMemo,
  type LeaseRun,
} from './lease-service.ts';
import { apiLeaseTaskQueue, apiLeaseWorkflowId } from './shards.ts';

export interface LeasesOfQueue {
  client: Client;
  /** The queue of the workflows. */
  taskQueue: string;
  shards: number;
}

/** Other workers of the queue spread the apps over another number of leases. */
export class ShardsDifferError extends Error {
  override readonly name = 'ShardsDifferError';

  constructor(o: { taskQueue: string; own: number; inUse: number; holder?: string }) {
    const by = o.holder === undefined || o.holder === '' ? 'are' : `(${o.holder} among them) are`;
    super(
      `FEISHU_API_SHARDS is ${o.own} here, but the workers of the queue ${o.taskQueue} that make the calls ${by} ` +
        `started with ${o.inUse}. All take the same number: set it to ${o.inUse}, or stop those workers first.`,
    );
  }
}

/** A lease that is held by a dead process is free after the heartbeat timeout. */
const HELD_BY_THE_DEAD_MS = 8_000;
const LOOK_AGAIN_MS = 500;
const RACES_AT_MOST = 5;

interface Agreeing extends LeasesOfQueue {
  makesCalls: boolean;
  /** The server does not answer; it is asked again. */
  onUnanswered?(error: unknown): void;
}

/**
 * Makes this process's number of shards the one in use, where nobody uses another one. A process that makes no calls
 * leaves that to those that do. Waits for a server that does not answer.
 * @throws ShardsDifferError where a lease of another number is held
 */
export async function agreeOnShards(o: Agreeing): Promise<void> {
  for (;;) {
    try {
      await agree(o);
      return;
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      o.onUnanswered?.(error);
      await delay(LOOK_AGAIN_MS);
    }
  }
}

async function agree(o: Agreeing): Promise<void> {
  for (const giveUpMs = performance.now() + HELD_BY_THE_DEAD_MS; ;) {
    const first = await describeShard(o, 0);
    // One of somebody else's is told of by whoever sees to it that the leases run.
    if (first === undefined || first.foreign !== null || first.generation.shards === o.shards) return;
    const held = await heldLease(o, first.generation);
    if (held === undefined) {
      if (!o.makesCalls) return;
      await changeNumber(o, first);
    } else if (performance.now() > giveUpMs) {
      throw differ(o, first.generation, held.holder);
    } else {
      await delay(LOOK_AGAIN_MS);
    }
  }
}

/**
 * Sees to it that the workflow of each shard's lease runs.
 * @throws ShardsDifferError where the number in use has become another one
 */
export async function ensureLeases(o: LeasesOfQueue): Promise<Generation> {
  const generation = await ensureFirst(o);
  for (let shard = 1; shard < o.shards; shard++) await ensureShard(o, shard, generation);
  return generation;
}

/**
 * The generation that a lease may be used in.
 * @throws ShardsDifferError where the number in use is another one; Error where the lease is left over from before
 */
export async function generationOf(o: LeasesOfQueue, lease: LeaseDescription): Promise<Generation> {
  const isFirst = lease.run.workflowId === apiLeaseWorkflowId(o.taskQueue, 0);
  const first = isFirst ? lease : await describeShard(o, 0);
  assertOurs(first);
  if (first !== undefined && first.generation.shards !== o.shards) throw differ(o, first.generation, first.holder);
  if (first?.running === true && lease.running && first.generation.id === lease.generation.id) return first.generation;
  throw new Error('the lease is of a number of shards that is no longer in use, or about to be replaced');
}

async function ensureFirst(o: LeasesOfQueue): Promise<Generation> {
  for (let races = 0; ; races++) {
    const first = await describeShard(o, 0);
    assertOurs(first);
    if (first !== undefined && first.generation.shards !== o.shards) throw differ(o, first.generation, first.holder);
    if (first?.running === true) return first.generation;
    const fresh = { id: randomUUID(), shards: o.shards, mostShards: o.shards, formerRuns: [] };
    const generation = first?.generation ?? fresh;
    const previousRuns = first === undefined ? [] : [first.run];
    if (await startLease(o, { shard: 0, memo: { generation, previousRuns }, isNew: first === undefined })) {
      return generation;
    }
    if (races === RACES_AT_MOST) throw new Error('other processes start and end the lease workflow all the time');
  }
}

async function ensureShard(o: LeasesOfQueue, shard: number, generation: Generation): Promise<void> {
  const lease = await describeShard(o, shard);
  assertOurs(lease);
  const ofNow = lease?.generation.id === generation.id;
  if (lease?.running === true) {
    if (ofNow) return;
    await terminateLease(o.client, lease.run, 'the number of shards has changed');
  }
  const previousRuns = lease !== undefined && ofNow ? [lease.run] : generation.formerRuns;
  // When another process was quicker, the workflow runs: what was wanted.
  await startLease(o, { shard, memo: { generation, previousRuns }, isNew: lease === undefined });
}

/** It is whoever started it who may end it, and this goes on as soon as it has ended. @throws Error with the command that frees the id */
function assertOurs(lease: LeaseDescription | undefined): void {
  if (lease?.foreign != null) throw new Error(lease.foreign);
}

/** The old leases end, that of shard 0 first; the new one of shard 0 says what the number is. */
async function changeNumber(o: LeasesOfQueue, first: LeaseDescription): Promise<void> {
  const reason = `the number of shards becomes ${o.shards}`;
  const formerRuns: LeaseRun[] = [];
  for (let shard = 0; shard < first.generation.shards; shard++) {
    const lease = shard === 0 ? first : await describeShard(o, shard);
    if (lease === undefined || lease.foreign !== null) continue;
    if (lease.running) await terminateLease(o.client, lease.run, reason);
    formerRuns.push(lease.run);
  }
  const mostShards = Math.max(o.shards, first.generation.mostShards);
  const generation = { id: randomUUID(), shards: o.shards, mostShards, formerRuns };
  // Refused when a process of the old number has started it again meanwhile: then all of this is looked at anew.
  await startLease(o, { shard: 0, memo: { generation, previousRuns: formerRuns }, isNew: false });
}

/** @returns false when the workflow runs already */
async function startLease(
  o: LeasesOfQueue,
  { shard, memo, isNew }: { shard: number; memo: LeaseMemo; isNew: boolean },
): Promise<boolean> {
  const options = {
    workflowId: apiLeaseWorkflowId(o.taskQueue, shard),
    taskQueue: o.taskQueue,
    args: [{ task_queue: apiLeaseTaskQueue(o.taskQueue, shard) }] satisfies Parameters<typeof apiLease>,
    memo: writeMemo(memo),
    workflowIdConflictPolicy: 'FAIL',
    // Another process may have been quicker and its run have ended already: its record is not to be passed over.
    workflowIdReusePolicy: isNew ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
  } as const;
  try {
    await within(o.client, () => o.client.workflow.start<typeof apiLease>(LEASE_TYPE, options));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

async function heldLease(o: LeasesOfQueue, generation: Generation): Promise<LeaseDescription | undefined> {
  for (let shard = 0; shard < generation.shards; shard++) {
    const lease = await describeShard(o, shard);
    if (lease?.held === true) return lease;
  }
  return undefined;
}

export function describeShard(
  o: Pick<LeasesOfQueue, 'client' | 'taskQueue'>,
  shard: number,
): Promise<LeaseDescription | undefined> {
  return describeLease(o.client, { workflowId: apiLeaseWorkflowId(o.taskQueue, shard), runId: '' });
}

function differ(o: LeasesOfQueue, { shards }: Generation, holder: string): ShardsDifferError {
  return new ShardsDifferError({ taskQueue: o.taskQueue, own: o.shards, inUse: shards, holder });
}
