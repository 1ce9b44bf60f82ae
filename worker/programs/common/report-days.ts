/** What a report says of the days that it is about, and whether they are whole enough to be compared. */
import type { DayState } from '../../../analysis/report.ts';
import type { Manifest } from '../../../dataset/manifest.ts';
import { absentOf, hasWhole } from '../../../dataset/whole-tables.ts';
import { daysOfRange } from '../../../model/calendar.ts';
import type { TableName } from '../../../tables/columns.ts';
import type { Range } from './arguments.ts';

/** What every report counts from. Reservations are of those days only where any day has them: not every tenant asks for them. */
const COUNTED: readonly TableName[] = ['meetings', 'participants', 'quality_minutes', 'units'];

/** Every day of the range, whether it was exported or not. A table that a day lacks is a gap of the report. */
export function statesOf(range: Range, manifests: readonly Manifest[]): DayState[] {
  const known = new Map(manifests.map((manifest) => [manifest.day, manifest]));
  const hasReservations = manifests.some(({ tables }) => tables.reservations !== undefined);
  const counted: TableName[] = [...COUNTED, ...(hasReservations ? (['reservations'] as const) : [])];
  return daysOfRange(range).map((day) => {
    const manifest = known.get(day);
    if (!manifest) return { day, state: 'missing', rows: {}, gaps: [], rows_hash: '' };
    const tables = Object.entries(manifest.tables);
    const absent = absentOf(manifest, counted).map((table) => ({ table, reason: 'not asked for', count: 1 }));
    return {
      day,
      state: manifest.complete && absent.length === 0 ? 'complete' : 'gaps',
      rows: Object.fromEntries(tables.map(([name, table]) => [name, table.rows])),
      gaps: [...manifest.gaps, ...absent],
      rows_hash: tables.map(([name, table]) => `${name} ${table.rows_hash}`).join(' '),
    };
  });
}

/** Whether every day of the range has all of its minutes. */
export function haveWholeMinutes(range: Range, manifests: readonly Manifest[]): boolean {
  const whole = new Set(manifests.filter((each) => hasWhole(each, ['quality_minutes'])).map(({ day }) => day));
  return daysOfRange(range).every((day) => whole.has(day));
}
