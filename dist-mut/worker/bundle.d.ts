import type { WorkflowBundleOption } from '@temporalio/worker';
/** Written by the build beside the compiled code. */
export declare const BUNDLE_PATH: string;
/** @throws Error where the build has not been run */
export declare function workflowBundle(): WorkflowBundleOption;
