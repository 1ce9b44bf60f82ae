/** Meets a run that holds the id already: is it the same work? */
import type { Client } from '@temporalio/client';
import { type WorkflowType } from '../workflows/input.ts';
/** A run of an id, with the input that it was started with. */
export interface RunningWork {
    runId: string;
    firstRunId: string;
    type: string;
    input: unknown;
}
/** @returns undefined when no run of the id is open any more */
export declare function findRunning(client: Client, workflowId: string): Promise<RunningWork | undefined>;
/** The newest run of an id, open or closed. */
export declare function describeWork(client: Client, workflowId: string): Promise<RunningWork & {
    open: boolean;
}>;
/**
 * Compares what runs with what is asked, both in their normal form.
 * @returns the fields that differ; empty when it is the same work
 */
export declare function differingFields(running: RunningWork, type: WorkflowType, asked: unknown): string[];
/** Text that is equal for equal inputs, whatever the order of their fields. */
export declare function canonicalJson(value: unknown): string;
