/** Rows of the table `meetings`, from the exported sheet (E1) and, where it was asked, the list (L1). */
import { byContent, inColumns, numbered, textAt, unixAt } from './rows.ts';
import { canonicalText } from './canonical.ts';
import { sourceColumns } from './columns.ts';
import { grouped, meetingKey, rowKey } from './keys.ts';
import { noteGap, type TableNotes } from './notes.ts';
import { joined, joinedRows, liesApart, noteDisputes, startsApart, type JoinedRows, type MadeRow } from './pairing.ts';
import { keepStarting } from './placing.ts';
import type { SourceRecord } from './records.ts';
import type { Steps } from './steps.ts';
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
export function* meetingRows({ exported, listed = [], day, zone, notes }: MeetingRowsInput): Steps<JoinedRows> {
  const { items } = yield* unionOf(exported, lookOf);
  const all = yield* merged(items, yield* instances(listed, notes));
  const columns = { start: 'meeting_start_time', end: 'meeting_end_time', duration: 'meeting_duration_s' };
  const placing = { zone, columns, what: 'meetings', notes, lookOf };
  const ofDay = day === undefined ? all : yield* keepStarting(all, { ...placing, day });
  const kept = yield* once(ofDay, notes);
  noteDisputes(kept, { what: 'meetings differs between E1 and L1', notes, lookOf });
  for (const record of kept) {
    const { values } = record;
    const unread = (reason: string) => noteGap(notes, 'unreadable', { reason, about: lookOf(record) });
    const [start, end] = [unixAt(values, 'meeting_start_time'), unixAt(values, 'meeting_end_time')];
    if (textAt(values, 'meeting_no') === null) {
      unread('meetings without a readable number: their participants cannot be asked for');
    } else if (start !== null && end !== null && end < start) {
      unread('meetings that end before they start: their participants cannot be asked for');
    }
    yield;
  }
  const made: MadeRow[] = [];
  for (const { record, key, ordinal } of yield* numbered('meetings', kept, keyOf)) {
    const keys = { row_key: rowKey('meetings', [key], ordinal), meeting_key: key, ordinal };
    made.push({ record, row: inColumns('meetings', keys, record) });
    yield;
  }
  return joinedRows(made);
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
function* instances(listed: readonly SourceRecord[], notes: TableNotes): Steps<SourceRecord[]> {
  const compare = byContent('meetings');
  let anonymous = 0;
  const groups = yield* grouped(
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

const FILE_COLUMNS = sourceColumns('meeting_list').flatMap(({ name, source }) =>
  source.zh === undefined ? [] : [name],
);
const TWICE = 'meetings that E1 has twice, of one number, start and end, and not alike: one of the rows stands';

/**
 * Feishu is asked about a number, a start and an end: what the file has again of these is no further meeting, unless the
 * list has an instance for it. Of rows that are not alike one stands, the first by its content.
 */
function* once(records: readonly SourceRecord[], notes: TableNotes): Steps<SourceRecord[]> {
  let unnamed = 0;
  const asked = (record: SourceRecord) => askedAbout(record) ?? `none ${(unnamed += 1)}`;
  const groups = yield* grouped(records, asked, byContent('meetings'));
  const kept = [...groups.values()].flatMap((group) => {
    const listed = group.filter(({ values }) => textAt(values, 'meeting_instance_id') !== null);
    if (group.length > 1 && listed.length < group.length && new Set(group.map(saidInFile)).size > 1) {
      noteGap(notes, 'sources-differ', { reason: TWICE, about: lookOf(group[0]!) });
    }
    return listed.length > 0 ? listed : group.slice(0, 1);
  });
  const repeated = records.length - kept.length;
  if (repeated > 0) notes.repeated.set('meetings of a file', repeated);
  return kept;
}

/** Null where it lacks something that Feishu is asked with. */
function askedAbout({ values }: SourceRecord): string | null {
  const asked = ['meeting_no', 'meeting_start_time', 'meeting_end_time'].map((column) => textAt(values, column));
  return asked.includes(null) ? null : JSON.stringify(asked);
}

function saidInFile({ values, unparsed }: SourceRecord): string {
  return canonicalText(FILE_COLUMNS.map((column) => [values[column] ?? null, unparsed?.[column] ?? null]));
}
const TIMES = { start: 'meeting_start_time', end: 'meeting_end_time' };

function merged(exported: readonly SourceRecord[], listed: readonly SourceRecord[]): Steps<SourceRecord[]> {
  return joined('meeting_list', { exported, listed }, numberOf, (a, b) =>
    liesApart(a, b, TIMES) ? null : startsApart(a, b, TIMES.start),
  );
}

function endOf({ values }: SourceRecord): number {
  return unixAt(values, 'meeting_end_time') ?? Number.NEGATIVE_INFINITY;
}

function numberOf({ values }: SourceRecord): string {
  return textAt(values, 'meeting_no') ?? '';
}
