import { startChild, workflowInfo } from '@temporalio/workflow';
import { exportResource } from '../export-resource.js';
import { childWorkflowId } from '../ids.js';
import { unitFailure } from '../common/outcomes.js';
import { fetchPages } from '../common/pages.js';
import { files } from '../common/activities.js';
/** Shorter windows are not cut: what is refused then is refused for another reason. */
const SHORTEST_S = 3600;
/** Row counts at which other systems cut files off. Feishu documents none; a file of just so many rows is asked again in halves. */
const SUSPICIOUS_ROWS = new Set([5000, 10_000, 20_000, 50_000, 65_535, 65_536, 100_000, 1_000_000, 1_048_575]);
export class DayUnits {
    #options;
    constructor(options) {
        this.#options = options;
    }
    get location() {
        return this.#options.location;
    }
    at(resource, unit) {
        return { ...this.#options.location, resource, unit };
    }
    /** @returns how many rows the file has; 0 where it failed */
    async exportFile(ask) {
        const { location, request, required = false } = ask;
        try {
            const rows = await this.#exportWindow(location, request);
            this.#ended(location, rows === 0 ? 'empty' : 'done', 0);
            return rows;
        }
        catch (error) {
            const failed = unitFailure(error);
            if (!failed || required)
                throw error;
            const reason = `${failed.type}: ${failed.reason}`;
            await files.recordFailure.executeWithOptions({ summary: 'note the failure' }, [
                { location, reason, request, via: 'export' },
            ]);
            this.#ended(location, 'failed', 0);
            return 0;
        }
    }
    async #exportWindow(location, request) {
        const halves = halvesOf(request);
        try {
            const rows = await this.#exportTask(location, request);
            if (!halves || !looksCutOff(rows))
                return rows;
        }
        catch (error) {
            if (!halves || unitFailure(error)?.type !== 'BadRequest')
                throw error;
        }
        const parts = [1, 2].map((half) => ({ ...location, unit: `${location.unit}.${half}` }));
        for (const [index, part] of parts.entries())
            await this.#exportWindow(part, halves[index]);
        const joined = await files.joinParts.executeWithOptions({ summary: 'join the halves' }, [
            { location, request, parts },
        ]);
        return joined.rows;
    }
    async #exportTask(location, request) {
        const { profile, run } = this.#options;
        const { resource, unit } = location;
        if (resource === 'rooms')
            throw new TypeError('rooms are listed, not exported');
        const workflowId = this.#childId(`${resource}/${unit}`);
        const staticSummary = `${resource} by an export task`;
        const result = await run.steering.child({
            workflowId,
            start: () => {
                const internal = { api_task_queue: run.calls.taskQueue, location };
                return startChild(exportResource, {
                    args: [{ profile, resource, request }, internal],
                    workflowId,
                    staticSummary,
                });
            },
            result: (handle) => handle.result(),
        });
        this.#ended(location, null, result.calls);
        return result.rows;
    }
    /** @returns how many rows the list has */
    async fetchList(location, query, settlesAfter) {
        const { profile, run } = this.#options;
        const job = { profile, list: location.resource, query, location, settlesAfter };
        const outcome = await fetchPages(job, run.calls);
        this.#ended(location, outcome.status, outcome.calls);
        return outcome.rows;
    }
    /** A part of a unit ends with `status` null. */
    #ended({ resource }, status, calls) {
        const { run, state } = this.#options;
        state.unitEnded(resource, status, calls);
        run.show();
    }
    #childId(part) {
        return childWorkflowId(workflowInfo().workflowId, part);
    }
}
function looksCutOff(rows) {
    return SUSPICIOUS_ROWS.has(rows);
}
/** The two halves of a request's window, or null where it has none or is short enough. Each half has both its ends. */
function halvesOf(request) {
    const from = Number(request['start_time']);
    const to = Number(request['end_time']);
    if (!Number.isFinite(from) || !Number.isFinite(to) || to - from < 2 * SHORTEST_S)
        return null;
    const middle = String(Math.floor((from + to) / 2));
    return [
        { ...request, end_time: middle },
        { ...request, start_time: middle },
    ];
}
//# sourceMappingURL=units.js.map