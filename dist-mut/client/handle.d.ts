import type { Client } from '@temporalio/client';
import type { BackfillResult, ExportDayResult, ExportResourceResult, MeetingQualityResult, ParticipantQualityResult, Progress, TroubledDay } from '../workflows/messages.ts';
import type { WorkflowType } from '../workflows/input.ts';
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
    retryFailed(options?: {
        reasons?: string[];
    }): Promise<string>;
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
/** One object serves every type; the signature shows each caller only what its workflow takes. */
export declare function createHandle<T extends WorkflowType>(client: Client, run: RunRef): HandleOf<T>;
/** The gRPC status code of an error or of its cause. */
export declare function grpcCode(error: unknown): number | undefined;
