/** Runs whose calls are held for a moment, until a pause has reached each of their children. */
import { Context } from '@temporalio/activity';
import { waitFailure } from '../failures.js';
const LAPSES_AFTER_MS = 60_000;
const BACK_AFTER_MS = 3000;
const heldRuns = new WeakMap();
export function holdActivities({ pacer }) {
    return {
        setRunHeld(input) {
            const held = heldRuns.get(pacer) ?? new Map();
            heldRuns.set(pacer, held);
            const untilMs = Date.now() + LAPSES_AFTER_MS;
            if (input.held)
                held.set(input.run, { fairnessKey: input.fairness_key, untilMs });
            else
                held.delete(input.run);
            return Promise.resolve();
        },
    };
}
/** @throws ApplicationFailure while the run of the current activity is held */
export function refuseWhileHeld({ pacer }) {
    const { workflowExecution, priority } = Context.current().info;
    const id = workflowExecution?.workflowId ?? '';
    for (const [run, { fairnessKey, untilMs }] of heldRuns.get(pacer) ?? []) {
        if (untilMs < Date.now())
            continue;
        if (id === run || id.startsWith(`${run}/`) || priority?.fairnessKey === fairnessKey)
            throw waitFailure('RunHeld', 'the run is paused', BACK_AFTER_MS);
    }
}
//# sourceMappingURL=held-runs.js.map