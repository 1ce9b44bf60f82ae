/** What can go wrong between a caller and a run. Every message says what happened, why, and what to do next. */
import type { FailureType } from '../model/failure-types.ts';
import type { InputProblem } from '../model/problems.ts';

/** Thrown by `start` before anything is sent: the input has unknown, missing or wrong fields. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  /** Every field that is wrong, and what it takes. */
  readonly problems: InputProblem[];

  constructor(message: string, problems: InputProblem[]) {
    super(message);
    this.problems = problems;
  }
}

/** Thrown by `start` when the id is running already, with another input: nothing was started or changed. */
export class AlreadyRunningDifferentlyError extends Error {
  override readonly name = 'AlreadyRunningDifferentlyError';
  readonly code = 'AlreadyRunningDifferently';
  readonly workflowId: string;
  readonly runId: string;
  /** The fields of the input that differ, `request.start_time` for nested ones. Values stay out: they may be personal. */
  readonly fields: string[];

  constructor(run: { workflowId: string; runId: string; fields: string[] }) {
    super(
      `AlreadyRunningDifferently: ${run.workflowId} is running with another ${run.fields.join(', ')}. ` +
        'Wait for it, cancel it, or ask with the same input to attach to it.',
    );
    this.workflowId = run.workflowId;
    this.runId = run.runId;
    this.fields = run.fields;
  }
}

/** Thrown on connecting: nothing that speaks Temporal answers at the address, or it refuses this caller. */
export class ServerUnreachableError extends Error {
  override readonly name = 'ServerUnreachableError';
  readonly address: string;
  /** `refused`: a server answered and does not accept the key or the certificate. */
  readonly reason: 'no answer' | 'refused';

  constructor(address: string, reason: 'no answer' | 'refused', cause: unknown) {
    super(
      reason === 'refused'
        ? `The Temporal server at ${address} refuses this caller. Check TEMPORAL_API_KEY and TEMPORAL_TLS_*.`
        : `No Temporal server answers at ${address}. Start one, or set TEMPORAL_ADDRESS.`,
      { cause },
    );
    this.address = address;
    this.reason = reason;
  }
}

/** Thrown on connecting: Temporal's own settings (`TEMPORAL_…`, its config file) are not usable. */
export class ConnectionSettingsError extends Error {
  override readonly name = 'ConnectionSettingsError';

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The settings of the Temporal connection are not usable: ${why}`, { cause });
  }
}

/** Thrown where a workflow id names no run that the server knows. */
export class RunNotFoundError extends Error {
  override readonly name = 'RunNotFoundError';
  readonly workflowId: string;

  constructor(workflowId: string, cause: unknown) {
    super(`The server knows no run of ${workflowId}. It was never started, or its retention is over.`, { cause });
    this.workflowId = workflowId;
  }
}

/** Thrown where a schedule's name is taken by a schedule with other settings: nothing was created or changed. */
export class ScheduleExistsError extends Error {
  override readonly name = 'ScheduleExistsError';

  constructor(scheduleName: string, cause: unknown) {
    super(`There is a schedule "${scheduleName}" already, with other settings. Delete it first, or name another.`, {
      cause,
    });
  }
}

/** Thrown where a name is that of no schedule of the task queue. */
export class ScheduleNotKnownError extends Error {
  override readonly name = 'ScheduleNotKnownError';

  constructor(scheduleName: string, cause: unknown) {
    super(`There is no schedule "${scheduleName}" on this task queue.`, { cause });
  }
}

/** Thrown by the messages of a handle when no worker answers in time, or the run does not take the message now. */
export class MessageRefusedError extends Error {
  override readonly name = 'MessageRefusedError';
  readonly workflowId: string;
  /** `no answer`: no worker replied in time; `refused`: the run replied, in words, that it does not do this. */
  readonly reason: 'no answer' | 'refused';

  constructor(workflowId: string, reason: 'no answer' | 'refused', message: string, cause: unknown) {
    super(message, { cause });
    this.workflowId = workflowId;
    this.reason = reason;
  }
}

/** How a run ended other than by a result: one of the workflows' own types, or what Temporal did to it. */
export type ExportFailure = FailureType | 'Cancelled' | 'Terminated' | 'TimedOut' | 'Other';

/** Thrown by `result()` of a run that failed. `cause` is Temporal's error, with the whole chain below it. */
export class ExportFailedError extends Error {
  override readonly name = 'ExportFailedError';
  readonly type: ExportFailure;
  readonly workflowId: string;

  constructor(failure: { type: ExportFailure; message: string; workflowId: string; cause: unknown }) {
    super(failure.message, { cause: failure.cause });
    this.type = failure.type;
    this.workflowId = failure.workflowId;
  }
}
