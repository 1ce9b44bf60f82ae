/**
 * The one id under which a day of a profile is fetched. Temporal runs an id once at a time: it is the day's lock.
 * @param scope what the store of the day is bound to: the queue that was the first to use it for this profile. Runs of
 * other queues on the same store take the same id, runs on other stores do not.
 */
export function dayWorkflowId(scope, profile, day) {
    return `${scope}/day/${profile}/${day}`;
}
/** A plan has an id of its own, so that a range can be planned while it is fetched. */
export function backfillWorkflowId(taskQueue, input) {
    return `${taskQueue}/${input.dry_run ? 'plan' : 'backfill'}/${input.profile}/${rangeName(input)}`;
}
function rangeName(input) {
    if (input.month !== undefined)
        return input.month;
    if (input.days_back)
        return `days-back-${input.days_back.from}-${input.days_back.to}`;
    return `${input.from}..${input.to}`;
}
/** `hash`: of the normalized input. */
export function singleWorkflowId(taskQueue, kind, { profile, hash }) {
    return `${taskQueue}/${kind}/${profile}/${hash}`;
}
/** Of all calls below a run: runs take turns, however many children each has. Temporal takes at most 64 bytes. */
export function fairnessKey(workflowId) {
    return workflowId.slice(-64);
}
export function childWorkflowId(parentId, part) {
    return `${parentId}/${part}`;
}
//# sourceMappingURL=ids.js.map