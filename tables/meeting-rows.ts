/** Rows of the table `meetings`, from the exported sheet (E1) and, where it was asked, the list (L1). */
import { byContent, inColumns, numbered, textAt, unixAt } from './rows.ts';
import type { Row } from './columns.ts';
import { grouped, meetingKey, rowKey } from './keys.ts';
import { noteGap, type TableNotes } from './notes.ts';
import { liesApart, noteDisputes, pairUp, startsApart, withListOnly } from './pairing.ts';
import { keepStarting } from './placing.ts';
import type { SourceRecord } from './records.ts';
import { unionOf } from './union.ts';
import type { DayWindow } from '../model/calendar.ts';

export interface MeetingRowsInput {
  /** From the exported sheets: one list of records for each window that was asked. Windows may overlap. */
  exported: readonly (readonly SourceRecord[])[];
  /** From the list, where it was asked. */
  listed?: readonly SourceRecord[];
  /** Keep only what belongs to it. */
  day?: DayWindow;
  /** Of the profile: what a day is. */
  zone: string;
  notes: TableNotes;
}

/**
 * Those of the export, with the columns that only the list has filled from the list's meeting of the same number whose
 * start is nearest, at most a minute apart; then the meetings that only the list has.
 */
export function meetingRows({ exported, listed = [], day, zone, notes }: MeetingRowsInput): Row[] {
  const records = merged(unionOf(exported, lookOf).items, instances(listed, notes));
  const columns = { start: 'meeting_start_time', end: 'meeting_end_time', duration: 'meeting_duration_s' };
  const kept =
    day === undefined ? records : keepStarting(records, { day, zone, columns, what: 'meetings', notes, lookOf });
  noteDisputes(kept, { what: 'meetings differs between E1 and L1', notes, lookOf });
  for (const record of kept) {
    if (textAt(record.values, 'meeting_no') !== null) continue;
    const reason = 'meetings without a readable number: their participants cannot be asked for';
    noteGap(notes, 'unreadable', { reason, about: lookOf(record) });
  }
  return numbered('meetings', kept, keyOf).map(({ record, key, ordinal }) =>
    inColumns('meetings', { row_key: rowKey('meetings', [key], ordinal), meeting_key: key, ordinal }, record),
  );
}

function keyOf({ values }: SourceRecord): string {
  return meetingKey(textAt(values, 'meeting_no'), unixAt(values, 'meeting_start_time'));
}

function lookOf({ values, unparsed }: SourceRecord): string {
  return JSON.stringify([
    textAt(values, 'meeting_no'),
    textAt(values, 'meeting_start_time'),
    textAt(values, 'meeting_end_time'),
    unparsed?.['meeting_start_time'],
    unparsed?.['meeting_end_time'],
  ]);
}

/** A meeting instance that is listed again under its number counts once, as the answer that ends last says. */
function instances(listed: readonly SourceRecord[], notes: TableNotes): SourceRecord[] {
  const compare = byContent('meetings');
  let anonymous = 0;
  const groups = grouped(
    listed,
    (record) => {
      const id = textAt(record.values, 'meeting_instance_id');
      return id === null ? `none ${(anonymous += 1)}` : `${id} of ${numberOf(record)}`;
    },
    (a, b) => endOf(a) - endOf(b) || compare(a, b),
  );
  const repeated = listed.length - groups.size;
  if (repeated > 0) notes.repeated.set('instances of meetings', repeated);
  return [...groups.values()].flatMap((group) => group.at(-1) ?? []);
}

const TIMES = { start: 'meeting_start_time', end: 'meeting_end_time' };

function merged(exported: readonly SourceRecord[], listed: readonly SourceRecord[]): SourceRecord[] {
  const compare = byContent('meetings');
  const byNumber = { exported: grouped(exported, numberOf, compare), listed: grouped(listed, numberOf, compare) };
  const numbers = new Set([...byNumber.exported.keys(), ...byNumber.listed.keys()]);
  return [...numbers].flatMap((number) => {
    const own = byNumber.exported.get(number) ?? [];
    const { partners, alone } = pairUp(own, byNumber.listed.get(number) ?? [], (a, b) =>
      liesApart(a, b, TIMES) ? null : startsApart(a, b, TIMES.start),
    );
    return [...own.map((record, index) => withListOnly('meeting_list', record, partners[index])), ...alone];
  });
}

function endOf({ values }: SourceRecord): number {
  return unixAt(values, 'meeting_end_time') ?? Number.NEGATIVE_INFINITY;
}

function numberOf({ values }: SourceRecord): string {
  return textAt(values, 'meeting_no') ?? '';
}
