/** What can go wrong between a caller and a run. Every message says what happened, why, and what to do next. */
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { FAILURE_TYPES } from '../workflows/messages.js';
/** Thrown by `start` before anything is sent: the input has unknown, missing or wrong fields. */
export class InvalidInputError extends Error {
    name = 'InvalidInputError';
    /** Every field that is wrong, and what it takes. */
    problems;
    constructor(message, problems) {
        super(message);
        this.problems = problems;
    }
}
/** Thrown by `start` when the id is running already, with another input: nothing was started or changed. */
export class AlreadyRunningDifferentlyError extends Error {
    name = 'AlreadyRunningDifferentlyError';
    code = 'AlreadyRunningDifferently';
    workflowId;
    runId;
    /** The fields of the input that differ, `request.start_time` for nested ones. Values stay out: they may be personal. */
    fields;
    constructor(run) {
        super(`AlreadyRunningDifferently: ${run.workflowId} is running with another ${run.fields.join(', ')}. ` +
            'Wait for it, cancel it, or ask with the same input to attach to it.');
        this.workflowId = run.workflowId;
        this.runId = run.runId;
        this.fields = run.fields;
    }
}
/** Thrown on connecting: nothing that speaks Temporal answers at the address, or it refuses this caller. */
export class ServerUnreachableError extends Error {
    name = 'ServerUnreachableError';
    address;
    /** `refused`: a server answered and does not accept the key or the certificate. */
    reason;
    constructor(address, reason, cause) {
        super(reason === 'refused'
            ? `The Temporal server at ${address} refuses this caller. Check TEMPORAL_API_KEY and TEMPORAL_TLS_*.`
            : `No Temporal server answers at ${address}. Start one, or set TEMPORAL_ADDRESS.`, { cause });
        this.address = address;
        this.reason = reason;
    }
}
/** Thrown on connecting: Temporal's own settings (`TEMPORAL_…`, its config file) are not usable. */
export class ConnectionSettingsError extends Error {
    name = 'ConnectionSettingsError';
    constructor(cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        super(`The settings of the Temporal connection are not usable: ${why}`, { cause });
    }
}
/** Thrown where a workflow id names no run that the server knows. */
export class RunNotFoundError extends Error {
    name = 'RunNotFoundError';
    workflowId;
    constructor(workflowId, cause) {
        super(`The server knows no run of ${workflowId}. It was never started, or its retention is over.`, { cause });
        this.workflowId = workflowId;
    }
}
/** Thrown where a schedule's name is taken by a schedule with other settings: nothing was created or changed. */
export class ScheduleExistsError extends Error {
    name = 'ScheduleExistsError';
    constructor(scheduleName, cause) {
        super(`There is a schedule "${scheduleName}" already, with other settings. Delete it first, or name another.`, {
            cause,
        });
    }
}
/** Thrown where a name is that of no schedule of the task queue. */
export class ScheduleNotKnownError extends Error {
    name = 'ScheduleNotKnownError';
    constructor(scheduleName, cause) {
        super(`There is no schedule "${scheduleName}" on this task queue.`, { cause });
    }
}
/** Thrown by the messages of a handle when no worker answers in time, or the run does not take the message now. */
export class MessageRefusedError extends Error {
    name = 'MessageRefusedError';
    workflowId;
    /** `no answer`: no worker replied in time; `refused`: the run replied, in words, that it does not do this. */
    reason;
    constructor(workflowId, reason, message, cause) {
        super(message, { cause });
        this.workflowId = workflowId;
        this.reason = reason;
    }
}
/** Thrown by `result()` of a run that failed. `cause` is Temporal's error, with the whole chain below it. */
export class ExportFailedError extends Error {
    name = 'ExportFailedError';
    type;
    workflowId;
    constructor(failure) {
        super(failure.message, { cause: failure.cause });
        this.type = failure.type;
        this.workflowId = failure.workflowId;
    }
}
/** Turns the error of a failed run into one with a type and words, wherever in its chain of causes they stand. */
export function exportFailedError(workflowId, error) {
    const chain = causesOf(error);
    const cause = error.cause ?? error;
    const applications = chain.filter((link) => link instanceof ApplicationFailure);
    const known = applications.find((link) => isFailureType(link.type));
    if (known && isFailureType(known.type)) {
        return new ExportFailedError({ type: known.type, message: known.message, workflowId, cause });
    }
    if (chain.some((link) => link instanceof CancelledFailure)) {
        const message = 'The run was cancelled. What it had committed stays; start the same work again to finish it.';
        return new ExportFailedError({ type: 'Cancelled', message, workflowId, cause });
    }
    if (chain.some((link) => link instanceof TerminatedFailure)) {
        const message = 'The run was terminated from outside. Start the same work again to finish it.';
        return new ExportFailedError({ type: 'Terminated', message, workflowId, cause });
    }
    const type = applications.length === 0 && chain.some((link) => link instanceof TimeoutFailure) ? 'TimedOut' : 'Other';
    const words = applications.at(-1)?.message ?? chain.at(-1)?.message ?? error.message;
    return new ExportFailedError({ type, message: `${words}. The run's history shows each step.`, workflowId, cause });
}
function causesOf(error) {
    const chain = [];
    for (let link = error; link instanceof Error && !chain.includes(link); link = link.cause)
        chain.push(link);
    return chain;
}
function isFailureType(type) {
    return FAILURE_TYPES.some((known) => known === type);
}
//# sourceMappingURL=errors.js.map