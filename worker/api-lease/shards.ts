/**
 * Where the calls of an app are made. Apps are spread over shards; each shard has a lease, and a queue of calls that
 * only the holder of that lease serves. Shard 0 has the plain names.
 */
import { createHash } from 'node:crypto';

/** The same app comes to the same shard in every process, as long as the number of shards stays. */
export function shardOf(quotaOf: string, shards: number): number {
  return createHash('sha256').update(quotaOf).digest().readUInt32BE(0) % shards;
}

/** API host and app of a bucket: it is named `<host>|<app>|<method> <path>`. */
export function quotaOfBucket(bucket: string): string {
  return bucket.slice(0, bucket.lastIndexOf('|'));
}

export function apiLeaseWorkflowId(taskQueue: string, shard = 0): string {
  return `feishu-vc/api-lease/${taskQueue}${shard === 0 ? '' : `/${shard}`}`;
}

/** The queue of the lease itself, on which every process stands by. */
export function apiLeaseTaskQueue(taskQueue: string, shard = 0): string {
  return `${taskQueue}.api-lease${shard === 0 ? '' : `.${shard}`}`;
}

/** The queue of the calls. */
export function apiTaskQueue(taskQueue: string, shard = 0): string {
  return `${taskQueue}.api${shard === 0 ? '' : `.${shard}`}`;
}
