/** A started or running workflow, as its caller holds it. */
import { QueryNotRegisteredError, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Client, WorkflowHandle } from '@temporalio/client';
import {
  pauseSignal,
  progressQuery,
  resumeSignal,
  retryFailedUpdate,
  setConcurrencyUpdate,
  skipDayUpdate,
  troubledQuery,
} from '../workflows/messages.ts';
import type {
  BackfillResult,
  ExportDayResult,
  ExportResourceResult,
  MeetingQualityResult,
  ParticipantQualityResult,
  Progress,
} from '../workflows/messages.ts';
import type { WorkflowType } from '../workflows/input.ts';
import { troubledDays, type TroubledDay } from '../model/troubled-days.ts';
import { grpcCode } from '../temporal/grpc-code.ts';
import { MessageRefusedError, RunNotFoundError } from './errors.ts';
import { exportFailedError } from './failed-run.ts';

/** What each workflow gives back. */
export interface Results {
  exportResource: ExportResourceResult;
  participantQuality: ParticipantQualityResult;
  meetingQuality: MeetingQualityResult;
  exportDay: ExportDayResult;
  backfill: BackfillResult;
}

export interface ExportHandle<T extends WorkflowType = WorkflowType> {
  readonly workflowId: string;
  /** The run that was started or found; a backfill goes on under other run ids, the handle follows it. */
  readonly runId: string;
  /** True when the same work was running already and nothing was started. */
  readonly attached: boolean;
  /**
   * Waits for the end, however long that takes, across all runs that continue this one.
   * @throws ExportFailedError with the type of the failure
   */
  result(): Promise<Results[T]>;
  /**
   * How far the run is. Answered by a worker, also for a run that is closed.
   * @throws MessageRefusedError when no worker answers within ten seconds
   */
  progress(): Promise<Progress>;
  /** No further call after ten seconds or two calls' time, whichever is longer. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Asks the run to stop; it ends with `Cancelled` when all that it had started has stopped. */
  cancel(): Promise<void>;
}

/** What only a backfill takes. */
export interface BackfillMessages {
  /**
   * Days at a time, 1 to 7.
   * @returns the run's answer, in words
   * @throws MessageRefusedError with the reason, in words
   */
  setConcurrency(days: number): Promise<string>;
  /** Days that failed or have gaps: what `retryFailed` would run again. Answered for a closed run too. */
  troubled(): Promise<TroubledDay[]>;
  /** Has the failed days and those with gaps done again, those with one of the reasons where some are given. */
  retryFailed(options?: { reasons?: string[] }): Promise<string>;
  /** Leaves out a day (`YYYY-MM-DD`) that is not fetched yet. */
  skipDay(day: string): Promise<string>;
}

export type HandleOf<T extends WorkflowType> = ExportHandle<T> & (T extends 'backfill' ? BackfillMessages : unknown);

export interface RunRef {
  workflowId: string;
  runId: string;
  /** First run of the chain: a cancel never reaches another chain that took the same id later. */
  firstRunId: string;
  attached: boolean;
}

const ANSWER_TIMEOUT_MS = 10_000;
const NOT_FOUND = 5;
/** What a call comes to when its deadline is over: which of the two depends on who notices first. */
const NO_ANSWER = [4, 1]; // DEADLINE_EXCEEDED, CANCELLED

/** One object serves every type; the signature shows each caller only what its workflow takes. */
export function createHandle<T extends WorkflowType>(client: Client, run: RunRef): HandleOf<T>;
export function createHandle(client: Client, run: RunRef): AnyHandle {
  const chain = client.workflow.getHandle(run.workflowId, undefined, { firstExecutionRunId: run.firstRunId });
  const send = <R>(what: string, message: (handle: WorkflowHandle) => Promise<R>) =>
    withAnswerTimeout(client, run.workflowId, what, () => message(chain));
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
    troubled: async () => troubledDays(await send('troubled', (to) => to.query(troubledQuery))),
    setConcurrency: (days) => send('setConcurrency', (to) => to.executeUpdate(setConcurrencyUpdate, { args: [days] })),
    retryFailed: (options = {}) =>
      send('retryFailed', (to) =>
        to.executeUpdate<string, [{ reasons?: string[] }]>(retryFailedUpdate.name, { args: [options] }),
      ),
    skipDay: (day) => send('skipDay', (to) => to.executeUpdate(skipDayUpdate, { args: [day] })),
  };
}

type AnyHandle = Omit<ExportHandle, 'result'> & BackfillMessages & { result(): Promise<unknown> };

async function resultOf(client: Client, run: RunRef): Promise<unknown> {
  try {
    return await client.workflow.getHandle<() => Promise<unknown>>(run.workflowId, run.runId).result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw exportFailedError(run.workflowId, error);
    throw error;
  }
}

async function withAnswerTimeout<R>(
  client: Client,
  workflowId: string,
  what: string,
  send: () => Promise<R>,
): Promise<R> {
  try {
    return await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, send);
  } catch (error) {
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

function isUpdateTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'WorkflowUpdateRPCTimeoutOrCancelledError';
}
