/** From failures to outcomes: which failure ends a run, which one is noted on the unit that it struck. */
import { ApplicationFailure } from '@temporalio/workflow';
import { type Inputs, type WorkflowType } from '../input.ts';
import type { FailureType, Gap } from '../messages.ts';
/** @throws ApplicationFailure `InvalidInput`, not retried, that names every wrong field and what it takes */
export declare function parseInput<T extends WorkflowType>(type: T, value: unknown): Inputs[T];
export declare function failure(type: FailureType, message: string, ...details: unknown[]): ApplicationFailure;
/** The application failure at the bottom of an activity's or a child's failure, or null for anything else. */
export declare function applicationFailure(error: unknown): ApplicationFailure | null;
/**
 * What concerns one unit only, or null where the failure concerns the whole run: rejected credentials, a missing
 * right, a store that is away, a wrong input.
 */
export declare function unitFailure(error: unknown): {
    type: string;
    reason: string;
} | null;
/** A child that somebody terminated or cancelled by itself; the runs beside it go on. */
export declare function endedFromOutside(error: unknown): {
    type: string;
    reason: string;
} | null;
/** Ends the run with the failure itself instead of a wrapper, so that the UI shows its type and message first. */
export declare function unwrapFailure(error: unknown): unknown;
/**
 * As `unwrapFailure`, for a run that stands alone: a client knows the documented types only. What Feishu refuses or does not
 * know is what the input asked for; a call that kept failing kept the export from being made.
 */
export declare function toDocumentedFailure(error: unknown): unknown;
/** The largest gaps first; what does not fit is summed up in the last one. */
export declare function topGaps(gaps: Gap[]): Gap[];
