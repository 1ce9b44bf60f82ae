import { decodeSegment, encodeSegment } from '../store/keys.js';
const RECORD = 'record.json';
function partition({ profile, day }) {
    return `profile=${encodeSegment(profile)}/day=${encodeSegment(day)}`;
}
function single({ workflow_id, run_id }) {
    return `${encodeSegment(workflow_id)}/${encodeSegment(run_id)}`;
}
/** Folder of all raw files of one resource, with a slash at its end. */
export function resourceFolder(location, resource) {
    const where = location.kind === 'day' ? `${resource}/${partition(location)}` : `_single/${resource}/${single(location)}`;
    return `raw/${where}/`;
}
export function unitFolder(location) {
    return `${resourceFolder(location, location.resource)}${encodeSegment(location.unit)}/`;
}
export function recordKey(location) {
    return unitFolder(location) + RECORD;
}
export function isRecordKey(key) {
    return key.endsWith(`/${RECORD}`);
}
/** Names carry the run, so that a later run's files never replace those that a committed day was made of. */
export function exportFileKey(location, taskId) {
    return `${unitFolder(location)}${location.generation}-task-${encodeSegment(taskId)}.xlsx`;
}
export function pageKey(location, page) {
    return `${unitFolder(location)}${location.generation}-page-${String(page).padStart(5, '0')}.json.gz`;
}
/** The records that a commit was made of. */
export function stageIndexKey(location) {
    return `raw/_index/${partition(location)}/${location.generation}.json.gz`;
}
export function stageIndexFolder(location) {
    return `raw/_index/${partition(location)}/`;
}
export function tableKey(table, location) {
    return `tables/${table}/${partition(location)}/data.parquet`;
}
export function singleTableKey(type, location) {
    return `tables/_single/${encodeSegment(type)}/${single(location)}.parquet`;
}
export function manifestKey({ profile, day }) {
    return `manifests/profile=${encodeSegment(profile)}/day=${encodeSegment(day)}.json`;
}
/** The days of a profile that have a manifest, the oldest first. */
export async function manifestDays(store, profile) {
    const days = [];
    for await (const key of store.list(`manifests/profile=${encodeSegment(profile)}/`)) {
        const day = decodeSegment(/\/day=([^/]+)\.json$/.exec(key)?.[1] ?? '');
        if (day !== undefined && day !== '')
            days.push(day);
    }
    return days.toSorted();
}
//# sourceMappingURL=storage-keys.js.map