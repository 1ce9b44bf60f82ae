/**
 * A lease on making API calls. One activity that never ends by itself; the process that runs it makes the calls of some
 * or all apps of its task queue. Retries and heartbeats of an activity write no history, so this workflow has five
 * events for ever.
 *
 * It does not take cancellation: a terminated lease leaves the record of recent calls behind, a cancelled one does not.
 */
import { CancellationScope, proxyActivities } from '@temporalio/workflow';

export interface ApiLeaseInput {
  /** Where the processes stand by. */
  task_queue: string;
}

export async function apiLease(input: ApiLeaseInput): Promise<void> {
  const { holdApiLease } = proxyActivities<{ holdApiLease(): Promise<void> }>({
    taskQueue: input.task_queue,
    startToCloseTimeout: '365 days',
    heartbeatTimeout: '6 seconds',
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 1 },
    summary: 'the process that makes the API calls',
  });
  await CancellationScope.nonCancellable(() => holdApiLease());
}
