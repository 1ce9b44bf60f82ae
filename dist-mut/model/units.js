/** Units of work, and how they are counted. */
/**
 * What became of one unit: one meeting's participant list, one participant-session's minutes, one reservation window.
 * `pending`: Feishu may have it later; `skipped`: it cannot be asked for.
 */
export const UNIT_STATUSES = ['done', 'empty', 'pending', 'skipped', 'failed'];
/** What is asked again: everything; what may still change; what failed, is pending or absent. */
export const REFRESH = ['all', 'unsettled', 'missing'];
/** Adds up counts by name: units by status, calls by endpoint. */
export function addCounts(into, more) {
    for (const [name, count] of Object.entries(more))
        into[name] = (into[name] ?? 0) + count;
}
export function sumOf(counts) {
    return Object.values(counts).reduce((sum, count = 0) => sum + count, 0);
}
//# sourceMappingURL=units.js.map