import type { Inputs, WorkflowType } from '../input.ts';
/** Common to what all of them hand on. */
export interface Internal {
    /** Where the run's calls are made. */
    api_task_queue: string;
}
/** @throws ApplicationFailure `InvalidInput` for a wrong input, and for a second argument that is none of ours */
export declare function receiveInput<T extends WorkflowType>(type: T, input: unknown, internal: unknown): Inputs[T];
