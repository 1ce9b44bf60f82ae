import { type FailureType } from '../workflows/messages.ts';
import type { InputProblem } from '../model/problems.ts';
/** Thrown by `start` before anything is sent: the input has unknown, missing or wrong fields. */
export declare class InvalidInputError extends Error {
    readonly name = "InvalidInputError";
    /** Every field that is wrong, and what it takes. */
    readonly problems: InputProblem[];
    constructor(message: string, problems: InputProblem[]);
}
/** Thrown by `start` when the id is running already, with another input: nothing was started or changed. */
export declare class AlreadyRunningDifferentlyError extends Error {
    readonly name = "AlreadyRunningDifferentlyError";
    readonly code = "AlreadyRunningDifferently";
    readonly workflowId: string;
    readonly runId: string;
    /** The fields of the input that differ, `request.start_time` for nested ones. Values stay out: they may be personal. */
    readonly fields: string[];
    constructor(run: {
        workflowId: string;
        runId: string;
        fields: string[];
    });
}
/** Thrown on connecting: nothing that speaks Temporal answers at the address, or it refuses this caller. */
export declare class ServerUnreachableError extends Error {
    readonly name = "ServerUnreachableError";
    readonly address: string;
    /** `refused`: a server answered and does not accept the key or the certificate. */
    readonly reason: 'no answer' | 'refused';
    constructor(address: string, reason: 'no answer' | 'refused', cause: unknown);
}
/** Thrown on connecting: Temporal's own settings (`TEMPORAL_…`, its config file) are not usable. */
export declare class ConnectionSettingsError extends Error {
    readonly name = "ConnectionSettingsError";
    constructor(cause: unknown);
}
/** Thrown where a workflow id names no run that the server knows. */
export declare class RunNotFoundError extends Error {
    readonly name = "RunNotFoundError";
    readonly workflowId: string;
    constructor(workflowId: string, cause: unknown);
}
/** Thrown where a schedule's name is taken by a schedule with other settings: nothing was created or changed. */
export declare class ScheduleExistsError extends Error {
    readonly name = "ScheduleExistsError";
    constructor(scheduleName: string, cause: unknown);
}
/** Thrown where a name is that of no schedule of the task queue. */
export declare class ScheduleNotKnownError extends Error {
    readonly name = "ScheduleNotKnownError";
    constructor(scheduleName: string, cause: unknown);
}
/** Thrown by the messages of a handle when no worker answers in time, or the run does not take the message now. */
export declare class MessageRefusedError extends Error {
    readonly name = "MessageRefusedError";
    readonly workflowId: string;
    /** `no answer`: no worker replied in time; `refused`: the run replied, in words, that it does not do this. */
    readonly reason: 'no answer' | 'refused';
    constructor(workflowId: string, reason: 'no answer' | 'refused', message: string, cause: unknown);
}
/** How a run ended other than by a result: one of the workflows' own types, or what Temporal did to it. */
export type ExportFailure = FailureType | 'Cancelled' | 'Terminated' | 'TimedOut' | 'Other';
/** Thrown by `result()` of a run that failed. `cause` is Temporal's error, with the whole chain below it. */
export declare class ExportFailedError extends Error {
    readonly name = "ExportFailedError";
    readonly type: ExportFailure;
    readonly workflowId: string;
    constructor(failure: {
        type: ExportFailure;
        message: string;
        workflowId: string;
        cause: unknown;
    });
}
/** Turns the error of a failed run into one with a type and words, wherever in its chain of causes they stand. */
export declare function exportFailedError(workflowId: string, error: Error): ExportFailedError;
