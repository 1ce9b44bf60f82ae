/** Which day a meeting or reservation belongs to. Windows of neighbouring days overlap, so every record must have one. */
import { DAY_S, dayOf, type DayWindow } from '../model/calendar.ts';
import { dayNamedIn } from './cells.ts';
import { noteGap, type TableNotes } from './notes.ts';
import type { SourceRecord } from './records.ts';
import { unixAt } from './rows.ts';
import type { Steps } from './steps.ts';

/** The columns that tell when something was. */
export interface TimeColumns {
  start: string;
  end: string;
  duration: string;
}

interface PlacingInput {
  day: DayWindow;
  zone: string;
  columns: TimeColumns;
  /** For the words of a gap, in the plural. */
  what: string;
  notes: TableNotes;
  /** Tells one record from another. */
  lookOf: (record: SourceRecord) => string;
}

/**
 * The records that start in the day. One whose start cannot be read is kept in one day only: the one that its text names,
 * else the one that its end and duration lead to, else the one in which it ends. Whatever is kept so, or cannot be placed
 * at all and is kept nowhere, is noted.
 */
export function* keepStarting(records: Iterable<SourceRecord>, input: PlacingInput): Steps<SourceRecord[]> {
  const kept: SourceRecord[] = [];
  for (const record of records) {
    if (isKept(record, input)) kept.push(record);
    yield;
  }
  return kept;
}

function isKept(record: SourceRecord, { day, zone, columns, what, notes, lookOf }: PlacingInput): boolean {
  const start = unixAt(record.values, columns.start);
  if (start !== null) return isIn(day, start);
  const named = dayNamedIn(record.unparsed?.[columns.start] ?? '');
  const end = unixAt(record.values, columns.end);
  const seconds = record.values[columns.duration];
  const note = (reason: string) => noteGap(notes, 'unreadable', { reason, about: lookOf(record) });
  if (named !== null) {
    if (named !== dayOf(day.fromUnix, zone)) return false;
    note(`${what} whose start cannot be read, kept in the day that it names`);
    return true;
  }
  if (end === null) {
    note(`${what} without a readable start or end: in no day's table, only in the raw file`);
    return false;
  }
  if (typeof seconds === 'number') {
    if (!isIn(day, end - seconds)) return false;
    note(`${what} whose start cannot be read, kept in the day that their end and duration lead to`);
    return true;
  }
  // It may have begun a day before it ended, in a day that then lacks it.
  if (isIn({ fromUnix: day.fromUnix, toUnix: day.toUnix + DAY_S }, end)) {
    note(`${what} whose start cannot be read, kept in the day in which they end`);
  }
  return isIn(day, end);
}

function isIn({ fromUnix, toUnix }: DayWindow, unix: number): boolean {
  return unix >= fromUnix && unix < toUnix;
}
