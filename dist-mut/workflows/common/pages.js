import { ApplicationFailure } from '@temporalio/workflow';
import { unitFailure } from './outcomes.js';
import { files } from './activities.js';
/** @throws what concerns the whole run (credentials, rights, the store); anything else becomes the unit's status */
export async function fetchPages(job, calls) {
    const soFar = { rows: 0, pages: 0, calls: 0 };
    try {
        return await readToEnd(job, calls, soFar);
    }
    catch (error) {
        const failed = unitFailure(error);
        if (!failed)
            throw error;
        const reason = `${failed.type}: ${failed.reason}`;
        const { location, query: request } = job;
        await files.recordFailure.executeWithOptions({ summary: 'note the failure' }, [
            { location, reason, request, via: 'list' },
        ]);
        return { status: 'failed', reason, ...soFar };
    }
}
async function readToEnd(job, calls, soFar) {
    const seenTokens = new Set();
    let pageToken = null;
    let previousSha256 = null;
    for (;;) {
        const at = {
            page: soFar.pages + 1,
            page_token: pageToken,
            previous_sha256: previousSha256,
        };
        const ask = { ...job, ...at, rows_before: soFar.rows, calls_before: soFar.calls };
        const summary = `${job.list} ${job.location.unit}, page ${at.page}`;
        const answer = await calls.make('fetchListPage', ask, summary);
        soFar.pages++;
        soFar.rows += answer.rows;
        soFar.calls += answer.calls;
        if (answer.status !== 'more')
            return { status: answer.status, reason: answer.reason, ...soFar };
        if (seenTokens.has(answer.page_token)) {
            throw ApplicationFailure.nonRetryable(`page ${soFar.pages} names a page token that came before`, 'BrokenPaging');
        }
        seenTokens.add(answer.page_token);
        pageToken = answer.page_token;
        previousSha256 = answer.sha256;
    }
}
//# sourceMappingURL=pages.js.map