/**
 * Of all processes on a task queue, one at a time makes the API calls of an app, the others stand by. Which one is
 * decided by a lease, the activity of the workflow `apiLease`. What it knows of recent calls is handed on with the lease,
 * so no limit is exceeded whatever happens to the process that holds it. With several shards there are as many leases,
 * each for some of the apps.
 *
 * Only these lose the record, and with it the guarantee for one window: deleting or resetting the workflow
 * `feishu-vc/api-lease/…`, and `temporal activity reset --reset-heartbeats`. Terminating it is safe.
 */
import type { Pacer } from '../../feishu/pacer.ts';
import { LeaseProcess, type ApiLeaseOptions } from './lease-process.ts';
import { ShardStandBy } from './shard-stand-by.ts';

export interface ApiLease {
  /** The shards whose calls this process makes at the moment, and what paces each. */
  readonly held: ReadonlyMap<number, Pacer>;
  /** Gives up what is held, and stops standing by. */
  shutdown(): Promise<void>;
}

/**
 * Returns at once; whatever cannot be reached is tried until it can. The client is best on a connection of
 * `@temporalio/client`: a native one cannot abort the poll for a lease.
 */
export function standByForApiLease(o: ApiLeaseOptions): ApiLease {
  const leaseProcess = new LeaseProcess(o);
  const shards = Array.from(
    { length: o.makesCalls ? o.shards : 0 },
    (_, shard) => new ShardStandBy(leaseProcess, shard),
  );
  const running = Promise.all([leaseProcess.ensureWorkflows(), ...shards.map((shard) => shard.run())]);
  return {
    held: leaseProcess.held,
    async shutdown() {
      leaseProcess.stop();
      await running;
    },
  };
}
