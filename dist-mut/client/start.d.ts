import type { Client } from '@temporalio/client';
import { type Inputs, type WorkflowType } from '../workflows/input.ts';
import { type HandleOf } from './handle.ts';
export interface StartOptions {
    /** Instead of the id that is derived from the input. Keep names and user ids out of it: ids are shown everywhere. */
    workflowId?: string;
}
/**
 * The input in its one normal form.
 * @throws InvalidInputError
 */
export declare function validInput<T extends WorkflowType>(type: T, raw: unknown): Inputs[T];
/** As `start`, for an input in its normal form. */
export declare function startOrAttach<T extends WorkflowType>({ temporal, taskQueue }: {
    temporal: Client;
    taskQueue: string;
}, type: T, input: Inputs[T], options?: StartOptions): Promise<HandleOf<T>>;
