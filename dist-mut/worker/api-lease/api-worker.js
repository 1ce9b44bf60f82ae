/** The Worker of the queue of calls. It runs only in the process that holds the lease, for as long as it does. */
import { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { createCallActivities } from '../../activities/index.js';
/** Waiting is cheap: so many slots that the waiters of one endpoint never keep another's calls out. */
const SLOTS = 1500;
export async function startApiWorker(o) {
    const { deps, polls, usedUp, breaker, pacer, connection, namespace, client } = o;
    const worker = await Worker.create({
        connection,
        namespace,
        taskQueue: `${o.taskQueue}.api`,
        activities: createCallActivities({
            ...deps,
            polls,
            usedUp,
            breaker,
            pacer,
            acknowledgedHeartbeat: (details) => acknowledgedHeartbeat(client, namespace, details),
        }),
        maxConcurrentActivityTaskExecutions: SLOTS,
        maxHeartbeatThrottleInterval: '2 seconds',
        // A call that was sent is answered within this time, or its own timeout has ended it.
        shutdownGraceTime: '15 seconds',
    });
    const ended = worker.run();
    return {
        ended,
        stop: async () => {
            if (worker.getState() === 'RUNNING')
                worker.shutdown();
            await ended;
        },
    };
}
const HEARTBEAT_DEADLINE_MS = 5000;
/** The SDK's own heartbeat returns before anything is stored; a create may be sent only once its record is. */
async function acknowledgedHeartbeat(client, namespace, details) {
    const context = Context.current();
    context.heartbeat(details);
    const request = {
        namespace,
        identity: client.options.identity,
        taskToken: context.info.taskToken,
        details: { payloads: [defaultPayloadConverter.toPayload(details)] },
    };
    const answer = await client.withDeadline(Date.now() + HEARTBEAT_DEADLINE_MS, () => client.workflowService.recordActivityTaskHeartbeat(request));
    if (answer.cancelRequested)
        context.cancellationSignal.throwIfAborted();
}
//# sourceMappingURL=api-worker.js.map