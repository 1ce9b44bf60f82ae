/**
 * The one file that turns errors of Feishu, of files and of the store into Temporal failures.
 *
 * Classes: try again now, try again after a stated time, needs a person (credentials, a right), bad request, no data,
 * outcome unknown.
 */
import { ApplicationFailure } from '@temporalio/common';
import { FeishuError } from '../feishu/errors.ts';
export type NoDataKind = 'not_found' | 'meeting_not_found' | 'device_not_found';
/** Feishu's code and text in one line, without the advice: what a unit's `reason` says. */
export declare function shortReason(error: FeishuError): string;
export declare function isNoData(error: unknown): error is FeishuError & {
    kind: NoDataKind;
};
/** Not a failure but a wait: the failure metrics leave it out. */
export declare function waitFailure(type: string, message: string, delayMs: number): ApplicationFailure;
/**
 * What a failed call of Feishu means for its activity.
 * @param tries how many real failures this call has had, this one included
 */
export declare function callFailure(error: unknown, tries: number): Error;
/** What went wrong while files were read or written. */
export declare function fileFailure(error: unknown): Error;
