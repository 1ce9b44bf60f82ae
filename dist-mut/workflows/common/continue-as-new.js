import { workflowInfo } from '@temporalio/workflow';
/** The one place that decides when a run has grown enough. Temporal suggests it at 4,096 events or 4 MB. */
export function shouldContinueAsNew() {
    return workflowInfo().continueAsNewSuggested;
}
//# sourceMappingURL=continue-as-new.js.map