import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { runs } from '../common/activities.js';
import { WaitEnded } from '../common/waits.js';
import { dayWorkflowId } from '../ids.js';
/** Starts the day, waiting for whoever holds it; `put back` where the wait was ended early. */
export async function runDayUnderItsId(day) {
    const { input, profile, run, priority, waits, onWaiting } = day;
    const workflowId = dayWorkflowId(profile.day_scope, input.profile, input.day);
    let { fetched_since } = day;
    try {
        const result = await run.steering.child({
            workflowId,
            ...(waits === undefined ? {} : { waits }),
            start: () => startChild('exportDay', {
                args: [input, { api_task_queue: run.calls.taskQueue, profile, fetched_since, reports: true }],
                workflowId,
                parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
                staticSummary: `${input.day}: ${input.include.join(', ')}`,
                priority,
            }),
            result: async (handle) => {
                onWaiting(null);
                return await handle.result();
            },
            onTaken: async () => {
                if (fetched_since === 0)
                    fetched_since = Date.now();
                onWaiting(await runs.whoRuns({ workflow_id: workflowId }));
            },
        });
        return { status: 'ended', result };
    }
    catch (error) {
        if (error instanceof WaitEnded)
            return { status: 'put back', fetched_since };
        throw error;
    }
}
//# sourceMappingURL=lock.js.map