/** Rows of the tables `participants` and `units`, made of records and of what their requests named. */
import { canonicalText, compareCells, compareText } from './canonical.ts';
import { emptyRow, TABLES } from './columns.ts';
import type { Row, TableName } from './columns.ts';
import { grouped, meetingKey, rowKey, sessionKey } from './keys.ts';
import type { SessionId } from './keys.ts';
import type { SourceRecord } from './records.ts';
import type { Steps } from './steps.ts';
import type { UnitStatus } from '../model/units.ts';
import { isoOfUnix, unixOfIso } from '../model/calendar.ts';

/** A meeting as requests name it; instants in unix seconds. */
export interface MeetingIdentity {
  meeting_no: string;
  meeting_start_time: number;
  meeting_end_time: number;
}

/** The text of a row's column, NULL where it is not text. */
export function textAt(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? value : null;
}

/** The unix seconds of a row's timestamp column. */
export function unixAt(row: Row, column: string): number | null {
  const iso = textAt(row, column);
  return iso === null ? null : unixOfIso(iso);
}

/** Whether the source has something in the column that does not parse. */
export function isUnparsed(row: Row, column: string): boolean {
  const unparsed = textAt(row, 'unparsed');
  if (unparsed === null) return false;
  const texts: unknown = JSON.parse(unparsed);
  return typeof texts === 'object' && texts !== null && column in texts;
}

const EMPTY = Object.fromEntries(
  Object.entries(TABLES).map(([table, { columns }]) => [table, emptyRow(columns)]),
) as Record<TableName, Row>;

/**
 * The table's columns in their order: what is `given` (keys, the request's values) goes before what the record says; a
 * column that neither fills is NULL.
 */
export function inColumns(table: TableName, given: Row, record: SourceRecord): Row {
  const row: Row = { ...EMPTY[table] };
  // What is given last. Only what is there is looked up: asking an object for what it lacks costs several times as much.
  for (const cells of [record.values, given]) {
    for (const [name, value] of Object.entries(cells)) {
      if (value !== null && value !== undefined && Object.hasOwn(row, name)) row[name] = value;
    }
  }
  if (record.unparsed !== undefined) {
    const texts: Record<string, string> = {};
    for (const { name } of TABLES[table].columns) {
      const text = record.unparsed[name];
      if (text !== undefined) texts[name] = text;
    }
    row['unparsed'] = JSON.stringify(texts);
  }
  return row;
}

/** The order of a table's records by what they say. */
export function byContent(table: TableName): (a: SourceRecord, b: SourceRecord) => number {
  const columns = TABLES[table].columns.map(({ name }) => name);
  return (a, b) => {
    const order = compareCells(columns, a.values, b.values);
    if (order !== 0) return order;
    return compareText(canonicalText(a.unparsed ?? {}), canonicalText(b.unparsed ?? {}));
  };
}

/** Records by key, those of one key beside each other and numbered from 1 in the order of their content. */
export function* numbered<K>(
  table: TableName,
  records: Iterable<SourceRecord>,
  keyOf: (record: SourceRecord) => K,
): Steps<{ record: SourceRecord; key: K; ordinal: number }[]> {
  const groups = yield* grouped(records, (record) => JSON.stringify(keyOf(record)), byContent(table));
  const all: { record: SourceRecord; key: K; ordinal: number }[] = [];
  for (const group of groups.values()) {
    for (const [index, record] of group.entries()) {
      all.push({ record, key: keyOf(record), ordinal: index + 1 });
      yield;
    }
  }
  return all;
}

export interface ParticipantRowsInput extends MeetingIdentity {
  /** Of this one meeting, all pages. */
  records: Iterable<SourceRecord>;
}

/** Rows of `participants` of one meeting; those of one session beside each other, in the order of their ordinals. */
export function* participantRows(input: ParticipantRowsInput): Steps<Row[]> {
  const meeting = meetingKey(input.meeting_no, input.meeting_start_time);
  const sessionOf = ({ values }: SourceRecord) => sessionKey(meeting, sessionIdOf(values), unixAt(values, 'join_time'));
  const identity = {
    meeting_key: meeting,
    meeting_no: input.meeting_no,
    meeting_start_time: isoOfUnix(input.meeting_start_time),
    meeting_end_time: isoOfUnix(input.meeting_end_time),
  };
  const rows: Row[] = [];
  for (const { record, key: session, ordinal } of yield* numbered('participants', input.records, sessionOf)) {
    const row_key = rowKey('participants', [session], ordinal);
    rows.push(inColumns('participants', { ...identity, row_key, session_key: session, ordinal }, record));
    yield;
  }
  return rows;
}

/**
 * Rows of `participants` of several meetings. Where two meetings share number and start, the lists of both may have one
 * session: its rows are numbered as one, and what both lists say alike counts once.
 */
export function joinedLists(rows: Iterable<Row>): Row[] {
  const sessions = new Map<string, Row[]>();
  for (const row of rows) {
    const key = textAt(row, 'session_key') ?? '';
    const known = sessions.get(key) ?? [];
    if (known.some((each) => isOfAnotherList(each, row) && lookOf(each) === lookOf(row))) continue;
    const ordinal = known.length + 1;
    const isNumbered = row['ordinal'] === ordinal;
    known.push(isNumbered ? row : { ...row, ordinal, row_key: rowKey('participants', [key], ordinal) });
    sessions.set(key, known);
  }
  return [...sessions.values()].flat();
}

function isOfAnotherList(a: Row, b: Row): boolean {
  return a['meeting_end_time'] !== b['meeting_end_time'];
}

/** What an element of a list says, whichever meeting it is listed in. */
function lookOf({ row_key: _key, ordinal: _ordinal, meeting_end_time: _end, ...said }: Row): string {
  return JSON.stringify(said);
}

/** The id by which it is asked about, else the name: those who are asked about apart are sessions apart. */
function sessionIdOf(values: Row): SessionId {
  const asked = askedAs({ user_id: textAt(values, 'user_id'), room_id: textAt(values, 'meeting_room_id') });
  return asked ?? { participant_name: textAt(values, 'participant_name') };
}

/** One participant-session of a meeting: what quality is asked for. Instants in unix seconds. */
export interface Session {
  session_key: string;
  meeting_no: string;
  meeting_start_time: number;
  /** Whichever the source has; with both it is asked as a room. */
  user_id: string | null;
  room_id: string | null;
  participant_name: string | null;
  device: string | null;
  /** Null where the source has no readable time; quality cannot be asked then. */
  join_time: number | null;
}

/** The sessions of rows of `participants`, each once: of rows that share a session, the name and device of ordinal 1. */
export function sessionsOf(rows: Iterable<Row>): Session[] {
  const sessions = new Map<string, Session>();
  for (const row of rows) {
    const key = textAt(row, 'session_key');
    const meetingNo = textAt(row, 'meeting_no');
    const start = unixAt(row, 'meeting_start_time');
    if (key === null || meetingNo === null || start === null) throw new TypeError('not a row of participants');
    if (sessions.has(key)) continue;
    sessions.set(key, {
      session_key: key,
      meeting_no: meetingNo,
      meeting_start_time: start,
      user_id: textAt(row, 'user_id'),
      room_id: textAt(row, 'meeting_room_id'),
      participant_name: textAt(row, 'participant_name'),
      device: textAt(row, 'device'),
      join_time: unixAt(row, 'join_time'),
    });
  }
  return [...sessions.values()];
}

/**
 * Whom a session's quality is asked of: exactly one id may be named, and Feishu wants a room named as one. Null for guests
 * and callers.
 */
export function askedAs({
  user_id,
  room_id,
}: Pick<Session, 'user_id' | 'room_id'>): { user_id: string } | { room_id: string } | null {
  if (room_id !== null) return { room_id };
  return user_id === null ? null : { user_id };
}

/** What became of one session's quality. `session_key` is computed, so a `Session` without it serves as well. */
export interface Unit extends Omit<Session, 'session_key'> {
  status: UnitStatus;
  /** Feishu code and text, or why it was skipped. */
  reason: string | null;
  rows: number;
  pages: number;
  /** Unix seconds of the ask whose answer stands; null where it was never asked. */
  asked_at: number | null;
  /** Whether nothing of it can change any more by the rules of `settle_hours`; null where it was never asked. */
  settled: boolean | null;
  /** Feishu's code, where one came instead of data. */
  code: number | null;
  /** Minutes of the clock that it ought to have; null where it cannot be told. */
  minutes_expected: number | null;
}

/** Rows of `units`: one for each session, so each is the first of its key. */
export function* unitRows(units: Iterable<Unit>): Generator<Row, void, undefined> {
  for (const { asked_at, join_time, meeting_start_time, ...unit } of units) {
    const meeting = meetingKey(unit.meeting_no, meeting_start_time);
    const session = sessionKey(meeting, sessionIdOf({ ...unit, meeting_room_id: unit.room_id }), join_time);
    yield inColumns(
      'units',
      {
        ...unit,
        row_key: rowKey('units', [session], 1),
        meeting_key: meeting,
        session_key: session,
        ordinal: 1,
        meeting_start_time: isoOfUnix(meeting_start_time),
        join_time: isoOrNull(join_time),
        asked_at: isoOrNull(asked_at),
      },
      { values: {} },
    );
  }
}

function isoOrNull(unix: number | null): string | null {
  return unix === null ? null : isoOfUnix(unix);
}
