/** A started or running workflow, as its caller holds it. */
import { isGrpcServiceError, QueryNotRegisteredError, WorkflowFailedError, WorkflowUpdateFailedError, } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { pauseSignal, progressQuery, resumeSignal, retryFailedUpdate, setConcurrencyUpdate, skipDayUpdate, troubledQuery, } from '../workflows/messages.js';
import { exportFailedError, MessageRefusedError, RunNotFoundError } from './errors.js';
const ANSWER_TIMEOUT_MS = 10_000;
const NOT_FOUND = 5;
/** What a call comes to when its deadline is over: which of the two depends on who notices first. */
const NO_ANSWER = [4, 1]; // DEADLINE_EXCEEDED, CANCELLED
export function createHandle(client, run) {
    const chain = client.workflow.getHandle(run.workflowId, undefined, { firstExecutionRunId: run.firstRunId });
    const send = (what, message) => withAnswerTimeout(client, run.workflowId, what, () => message(chain));
    return {
        workflowId: run.workflowId,
        runId: run.runId,
        attached: run.attached,
        result: () => resultOf(client, run),
        progress: () => send('progress', (to) => to.query(progressQuery)),
        pause: () => send('pause', (to) => to.signal(pauseSignal)),
        resume: () => send('resume', (to) => to.signal(resumeSignal)),
        cancel: async () => {
            await send('cancel', (to) => to.cancel());
        },
        troubled: () => send('troubled', (to) => to.query(troubledQuery)),
        setConcurrency: (days) => send('setConcurrency', (to) => to.executeUpdate(setConcurrencyUpdate, { args: [days] })),
        retryFailed: (options = {}) => send('retryFailed', (to) => to.executeUpdate(retryFailedUpdate.name, { args: [options] })),
        skipDay: (day) => send('skipDay', (to) => to.executeUpdate(skipDayUpdate, { args: [day] })),
    };
}
async function resultOf(client, run) {
    try {
        return await client.workflow.getHandle(run.workflowId, run.runId).result();
    }
    catch (error) {
        if (error instanceof WorkflowFailedError)
            throw exportFailedError(run.workflowId, error);
        throw error;
    }
}
async function withAnswerTimeout(client, workflowId, what, send) {
    try {
        return await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, send);
    }
    catch (error) {
        if (error instanceof WorkflowUpdateFailedError) {
            throw new MessageRefusedError(workflowId, 'refused', error.cause?.message ?? error.message, error);
        }
        if (error instanceof QueryNotRegisteredError) {
            throw new MessageRefusedError(workflowId, 'refused', `${workflowId} does not take "${what}".`, error);
        }
        if (error instanceof WorkflowNotFoundError || grpcCode(error) === NOT_FOUND) {
            throw new RunNotFoundError(workflowId, error);
        }
        if (NO_ANSWER.includes(grpcCode(error) ?? 0) || isUpdateTimeout(error)) {
            const message = `No worker answered "${what}" for ${workflowId} within ${ANSWER_TIMEOUT_MS / 1000} s. Is one running?`;
            throw new MessageRefusedError(workflowId, 'no answer', message, error);
        }
        throw error;
    }
}
function isUpdateTimeout(error) {
    return error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';
}
/** The gRPC status code of an error or of its cause. */
export function grpcCode(error) {
    if (isGrpcServiceError(error))
        return error.code;
    if (error instanceof Error && isGrpcServiceError(error.cause))
        return error.cause.code;
    return undefined;
}
//# sourceMappingURL=handle.js.map