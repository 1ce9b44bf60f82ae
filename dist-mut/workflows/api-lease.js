/**
 * The lease on making API calls. One activity that never ends by itself; the process that runs it makes the calls of
 * its task queue. Retries and heartbeats of an activity write no history, so this workflow has five events for ever.
 *
 * It does not take cancellation: a terminated lease leaves the record of recent calls behind, a cancelled one does not.
 */
import { CancellationScope, proxyActivities, workflowInfo } from '@temporalio/workflow';
export async function apiLease() {
    const { holdApiLease } = proxyActivities({
        taskQueue: `${workflowInfo().taskQueue}.api-lease`,
        startToCloseTimeout: '365 days',
        heartbeatTimeout: '5 seconds',
        retry: { initialInterval: '200 milliseconds', backoffCoefficient: 1 },
        summary: 'the process that makes the API calls',
    });
    await CancellationScope.nonCancellable(() => holdApiLease());
}
//# sourceMappingURL=api-lease.js.map