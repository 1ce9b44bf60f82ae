/**
 * The one file that turns errors of Feishu, of files and of the store into Temporal failures.
 *
 * Classes: try again now, try again after a stated time, needs a person (credentials, a right), bad request, no data,
 * outcome unknown.
 */
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { FeishuError } from '../feishu/errors.js';
import { LeaseLostError, QueueFullError } from '../feishu/pacer.js';
import { UnreadableFileError } from '../sheets/index.js';
import { StoreError } from '../store/errors.js';
import { HeaderError } from '../tables/header.js';
/** Real failures of one call (not throttles, not waits) after which it is given up. */
const TRIES_AT_MOST = 8;
const MONTHLY_PROBE_MS = 3_600_000;
/** Feishu's code and text in one line, without the advice: what a unit's `reason` says. */
export function shortReason(error) {
    const code = error.feishuCode === undefined ? error.code : String(error.feishuCode);
    return error.msg === undefined ? code : `${code} ${error.msg}`;
}
export function isNoData(error) {
    return (error instanceof FeishuError &&
        (error.kind === 'not_found' || error.kind === 'meeting_not_found' || error.kind === 'device_not_found'));
}
/** Not a failure but a wait: the failure metrics leave it out. */
export function waitFailure(type, message, delayMs) {
    const nextRetryDelay = Math.max(1, Math.ceil(delayMs));
    return ApplicationFailure.create({ type, message, nextRetryDelay, category: ApplicationFailureCategory.BENIGN });
}
function final(type, error) {
    return ApplicationFailure.create({ type, message: error.message, nonRetryable: true, cause: error });
}
/**
 * What a failed call of Feishu means for its activity.
 * @param tries how many real failures this call has had, this one included
 */
export function callFailure(error, tries) {
    if (error instanceof QueueFullError)
        return waitFailure('WaitingForTurn', error.message, error.retryAfterMs);
    if (error instanceof LeaseLostError)
        return waitFailure('WaitingForTurn', error.message, 500);
    if (error instanceof StoreError)
        return storeFailure(error);
    if (!(error instanceof FeishuError))
        return error instanceof Error ? error : new Error(String(error));
    switch (error.kind) {
        case 'throttled':
            return waitFailure('Throttled', error.message, error.retryAfterMs ?? 1000);
        case 'monthly_quota':
            return waitFailure('MonthlyQuotaUsedUp', error.message, MONTHLY_PROBE_MS);
        case 'credentials':
            return final('CredentialsRejected', error);
        case 'permission':
            return final('PermissionDenied', error);
        case 'bad_request':
            return final('BadRequest', error);
        case 'not_found':
        case 'meeting_not_found':
        case 'device_not_found':
            return final('NoData', error);
        case 'token':
        case 'server':
        case 'network':
        case 'contract': {
            const type = 'CallFailed';
            if (tries >= TRIES_AT_MOST)
                return final(type, error);
            return ApplicationFailure.create({ type, message: error.message, cause: error });
        }
    }
}
/** A store that is away comes back: tried again. One that refuses does not. */
function storeFailure(error) {
    const nonRetryable = error.code === 'refused' || error.code === 'damaged';
    return ApplicationFailure.create({ type: 'StoreUnavailable', message: error.message, nonRetryable, cause: error });
}
/** What went wrong while files were read or written. */
export function fileFailure(error) {
    if (error instanceof UnreadableFileError || error instanceof HeaderError)
        return final('UnreadableFile', error);
    if (error instanceof StoreError)
        return storeFailure(error);
    return error instanceof Error ? error : new Error(String(error));
}
//# sourceMappingURL=failures.js.map