/**
 * The public face of the workflows: results, failure types, and the messages that a running one takes.
 * The client and the command line stand on this file; nothing in it touches a worker.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
/** The failure types that a workflow can end with; each message says what to do. */
export const FAILURE_TYPES = [
    'InvalidInput',
    'CredentialsRejected',
    'PermissionDenied',
    'ExportTaskFailed',
    'ExportTaskTimedOut',
    'UnreadableFile',
    'StoreUnavailable',
];
/** Those of which a reason contains one of `reasons`; without `reasons` all. */
export function troubledBy(days, reasons) {
    return days.filter((day) => reasons === undefined || day.reasons.some((known) => reasons.some((asked) => known.includes(asked))));
}
export const progressQuery = defineQuery('progress');
/** Days of a backfill that `retryFailed` would run again. */
export const troubledQuery = defineQuery('troubled');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
/** A parent passes on to its children whether they are paused. Not for callers: they send `pause` and `resume`. */
export const pausedByParentSignal = defineSignal('pausedByParent');
/** A day reports to the run of this product that started it. */
export const dayReportSignal = defineSignal('dayReport');
export const setConcurrencyUpdate = defineUpdate('setConcurrency');
export const retryFailedUpdate = defineUpdate('retryFailed');
export const skipDayUpdate = defineUpdate('skipDay');
//# sourceMappingURL=messages.js.map