/** Whether a day has the tables that somebody reads, and has them whole: a day of other tables may be complete without them. */
import type { TableName } from '../tables/columns.ts';
import type { Manifest } from './manifest.ts';
import { madeOf } from './merge-manifest.ts';

type Judged = Pick<Manifest, 'tables' | 'gaps'>;

/** The tables whose gaps keep a table from being whole: those of the sessions are gaps of their minutes. */
function isWholeBy(table: TableName): string[] {
  return [table, ...madeOf(table), ...(table === 'units' ? ['quality_minutes'] : [])];
}

/** Whether nothing keeps the table, or what it is made of, from being complete. */
export function isWhole({ gaps }: Judged, table: TableName): boolean {
  return !gaps.some((gap) => isWholeBy(table).includes(gap.table));
}

/** Those that the day lacks altogether, be it complete. */
export function absentOf({ tables }: Judged, wanted: readonly TableName[]): TableName[] {
  return wanted.filter((name) => tables[name] === undefined);
}

/** Whether the day has all of these tables, and each of them is whole. */
export function hasWhole(manifest: Judged, wanted: readonly TableName[]): boolean {
  return absentOf(manifest, wanted).length === 0 && wanted.every((name) => isWhole(manifest, name));
}
