import { counts, number } from '../../report/progress.js';
import { planLines } from './plan-lines.js';
export function exportResourceLines(result) {
    const { raw } = result;
    return [
        `${number(result.rows)} rows of ${result.resource}, task ${result.task_id}, ${number(result.calls)} calls`,
        `  raw    ${raw.uri} (${number(raw.bytes)} bytes, sha256 ${raw.sha256})`,
        `  table  ${result.table.uri}`,
    ];
}
export function meetingQualityLines(result) {
    return [
        `${number(result.rows)} minutes`,
        `  sessions  ${counts(result.units) || 'none'}`,
        `  table     ${result.uri}`,
    ];
}
export function exportDayLines(result) {
    return [
        result.complete ? 'The day is complete.' : 'The day is committed, with gaps.',
        ...tableLines(result),
        `  manifest  ${result.manifest.uri}`,
    ];
}
export function backfillLines(result) {
    if (result.plan)
        return planLines(result.plan);
    return [
        result.complete ? 'Every day is complete.' : 'All days are done, with gaps.',
        ...(Object.keys(result.days).length > 0 ? [`  days   ${counts(result.days)}`] : []),
        ...tableLines(result),
    ];
}
function tableLines(result) {
    return [
        ...(Object.keys(result.tables).length > 0 ? [`  rows   ${counts(result.tables)}`] : []),
        ...(Object.keys(result.units).length > 0 ? [`  units  ${counts(result.units)}`] : []),
        `  calls  ${number(result.calls)}`,
        ...result.restatements.map(({ table, added, removed, changed }) => `  changed since  ${table}: ${counts({ added, removed, changed })}`),
        ...result.gaps.map((gap) => `  gap    ${gap.reason}: ${number(gap.count)}`),
    ];
}
//# sourceMappingURL=results.js.map