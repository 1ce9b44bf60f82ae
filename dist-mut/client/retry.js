/** A backfill that has ended, once more: for what failed, is pending or absent. */
import { WorkflowNotFoundError } from '@temporalio/common';
import { checkInput } from '../workflows/input.js';
import { startOrAttach } from './start.js';
import { AlreadyRunningDifferentlyError, InvalidInputError, RunNotFoundError } from './errors.js';
import { createHandle } from './handle.js';
import { describeWork } from './running.js';
export async function retryClosed({ temporal, taskQueue }, workflowId, { days = [] }) {
    const work = await describeWork(temporal, workflowId).catch((error) => {
        throw error instanceof WorkflowNotFoundError ? new RunNotFoundError(workflowId, error) : error;
    });
    if (work.open)
        throw new AlreadyRunningDifferentlyError({ workflowId, runId: work.runId, fields: ['refresh'] });
    const checked = checkInput('backfill', work.input);
    if (!checked.ok)
        throw new InvalidInputError(checked.message, checked.problems);
    const { from, to, month: _month, days_back: _daysBack, ...fields } = checked.input;
    const sorted = days.toSorted();
    const range = from === undefined || to === undefined
        ? await rangeOf(temporal, { workflowId, work, input: checked.input })
        : { from, to };
    const input = {
        ...fields,
        from: sorted[0] ?? range.from,
        to: sorted.at(-1) ?? range.to,
        refresh: 'missing',
    };
    return await startOrAttach({ temporal, taskQueue }, 'backfill', input, { workflowId });
}
/** "Previous" means another month by now: the run itself says which days it was about. */
async function rangeOf(temporal, { workflowId, work, input }) {
    const run = { workflowId, runId: work.runId, firstRunId: work.firstRunId, attached: true };
    const { range } = await createHandle(temporal, run).progress();
    if (range)
        return range;
    const field = input.month === undefined ? 'days_back' : 'month';
    const message = 'was never resolved to days; start a range of days instead';
    throw new InvalidInputError(`${field}: ${message}`, [{ field, message }]);
}
//# sourceMappingURL=retry.js.map