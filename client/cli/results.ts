/** Results as lines for people. */
import type { Results } from '../handle.ts';
import { counts, number } from '../../report/progress.ts';
import { planLines } from './plan-lines.ts';

export function exportResourceLines(result: Results['exportResource']): string[] {
  const { raw } = result;
  return [
    `${number(result.rows)} rows of ${result.resource}, task ${result.task_id}, ${number(result.calls)} calls`,
    `  raw    ${raw.uri} (${number(raw.bytes)} bytes, sha256 ${raw.sha256})`,
    `  table  ${result.table.uri}`,
  ];
}

export function meetingQualityLines(result: Results['meetingQuality']): string[] {
  return [
    `${number(result.rows)} minutes`,
    `  sessions  ${counts(result.units) || 'none'}`,
    `  table     ${result.uri}`,
    ...result.gaps.map((gap) => `  gap       ${gap.reason}: ${number(gap.count)}`),
  ];
}

export function exportDayLines(result: Results['exportDay']): string[] {
  return [
    result.complete ? 'The day is complete.' : 'The day is committed, with gaps.',
    ...tableLines(result),
    `  manifest  ${result.manifest.uri}`,
  ];
}

export function backfillLines(result: Results['backfill']): string[] {
  if (result.plan) return planLines(result.plan);
  return [
    result.complete ? 'Every day is complete.' : 'All days are done, with gaps.',
    ...(Object.keys(result.days).length > 0 ? [`  days   ${counts(result.days)}`] : []),
    ...tableLines(result),
  ];
}

function tableLines(result: Results['exportDay'] | Results['backfill']): string[] {
  return [
    ...(Object.keys(result.tables).length > 0 ? [`  rows   ${counts(result.tables)}`] : []),
    ...(Object.keys(result.units).length > 0 ? [`  units  ${counts(result.units)}`] : []),
    `  calls  ${number(result.calls)}`,
    ...result.restatements.map(
      ({ table, added, removed, changed }) => `  changed since  ${table}: ${counts({ added, removed, changed })}`,
    ),
    ...result.gaps.map((gap) => `  gap    ${gap.reason}: ${number(gap.count)}`),
  ];
}
