import type { ChildWorkflowHandle, Workflow } from '@temporalio/workflow';
export declare class Children {
    #private;
    /** Those that have started and not ended. */
    [Symbol.iterator](): Iterator<ChildWorkflowHandle<Workflow>>;
    run<T extends Workflow, R>(start: () => Promise<ChildWorkflowHandle<T>>, result: (handle: ChildWorkflowHandle<T>) => Promise<R>): Promise<R>;
    /**
     * Does the work. Where it ends by a failure or a cancel while children are open (of several side by side the first
     * that ends takes the others' caller with it), they are cancelled too and have ended before it throws.
     */
    outlive<T>(work: () => Promise<T>): Promise<T>;
}
