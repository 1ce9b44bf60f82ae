/** Participant-sessions as the lists have them, and how many minutes Feishu ought to have of each. */
import { PAGE_SIZE } from '../feishu/contract.ts';
import type { Row } from '../tables/columns.ts';
import { isUnparsed, sessionsOf, textAt, unixAt, type Session } from '../tables/rows.ts';
import type { Came } from '../tables/quality-list.ts';
import type { SessionMinutes } from '../tables/quality-rows.ts';
import { mustAsk, type Freshness } from './answers.ts';
import { meetingRef, type MeetingRef } from './meetings.ts';
import type { Question } from './questions.ts';
import type { UnitRecord } from './unit-record.ts';

export interface ListedSession extends Session {
  meeting: MeetingRef;
  /**
   * Minutes of the clock that it touches; null where it cannot be told. Of several devices, those of the shortest stay:
   * Feishu is asked for a user and a second, and does not say which of the devices an answer is about.
   */
  minutes_expected: number | null;
  /** Those of the longest stay, which lasts until the meeting's end where nothing else is known. */
  minutes_at_most: number | null;
  /** Unix seconds: the last moment of any of its devices, the meeting's end where none is said; null where neither is known. */
  stays_until: number | null;
  /** When somebody left and how long they stayed stands there, and cannot be read: nothing tells what is expected. */
  stay_is_unread: boolean;
  /** Somebody of the tenant: known not to be external, or with a job number, which only its own people have. */
  is_of_tenant: boolean;
}

/** The sessions of rows of `participants`, each once. */
export function listedSessions(rows: readonly Row[]): ListedSession[] {
  const rowsOf = new Map<string, Row[]>();
  for (const row of rows) {
    const key = textAt(row, 'session_key') ?? '';
    const known = rowsOf.get(key);
    if (known) known.push(row);
    else rowsOf.set(key, [row]);
  }
  const isInternal = internalIn(rows);
  return sessionsOf(rows).map((session) => {
    const own = rowsOf.get(session.session_key) ?? [];
    const told = own.map(minutesOf);
    const known = told.filter((each) => each !== null);
    const most = own.map(minutesAtMost).filter((each) => each !== null);
    const end = own[0] ? unixAt(own[0], 'meeting_end_time') : null;
    return {
      ...session,
      meeting: meetingRef(session.meeting_no, session.meeting_start_time, end),
      minutes_expected: known.length < own.length ? null : Math.min(...known),
      minutes_at_most: most.length < own.length ? null : Math.max(...most),
      stays_until: lastOf(own.map(endOfStay)),
      stay_is_unread: own.some(isStayUnread),
      is_of_tenant: own.some((row) => isInternal(row) || textAt(row, 'employee_id') !== null),
    };
  });
}

const listOf = (row: Row) => `${textAt(row, 'meeting_key')} ${textAt(row, 'meeting_end_time')}`;

/**
 * Whom the lists say not to be external: to the letter, or by leaving the field out in a list that has it of strangers and
 * of nobody else. Where a list says of somebody that they are not, it says nothing of those without the field.
 */
function internalIn(rows: readonly Row[]): (row: Row) => boolean {
  const listsThatSay = (external: boolean) =>
    new Set(rows.filter((row) => row['is_external'] === external).map(listOf));
  const [ofStrangers, ofOthers] = [listsThatSay(true), listsThatSay(false)];
  return (row) => {
    const said = row['is_external'] ?? null;
    return said === null ? ofStrangers.has(listOf(row)) && !ofOthers.has(listOf(row)) : said === false;
  };
}

/** Something is said of the stay, and none of it can be read, or can be true. */
function isStayUnread(row: Row): boolean {
  const isSaid = isUnparsed(row, 'leave_time') || isUnparsed(row, 'time_in_meeting_s');
  return minutesOf(row) === null && (isSaid || (unixAt(row, 'leave_time') !== null && leaveOf(row) === null));
}

const MINUTE_S = 60;

function minutesOf(row: Row): number | null {
  const join = unixAt(row, 'join_time');
  if (join === null) return null;
  const leave = leaveOf(row);
  const stayed = row['time_in_meeting_s'];
  // A stay of no second is said only of somebody who left in the second of joining.
  const isSaid = typeof stayed === 'number' && (stayed > 0 || leave === join);
  const filled = isSaid ? Math.ceil(stayed / MINUTE_S) : null;
  // Without a moment of leaving that can be true, only the minutes that the stay fills are sure.
  if (leave === null) return filled === null ? null : Math.max(1, filled);
  const touched = minutesBetween(join, leave);
  // Whoever left and came back on the same row was there for less.
  return filled === null ? touched : Math.min(touched, Math.max(1, filled + 1));
}

/** Null where none is said that can be true. */
function leaveOf(row: Row): number | null {
  const [join, leave] = [unixAt(row, 'join_time'), unixAt(row, 'leave_time')];
  return leave === null || (join !== null && leave < join) ? null : leave;
}

function endOfStay(row: Row): number | null {
  const [join, end] = [unixAt(row, 'join_time'), unixAt(row, 'meeting_end_time')];
  return leaveOf(row) ?? (join !== null && end !== null && end < join ? null : end);
}

function lastOf(ends: (number | null)[]): number | null {
  return ends.reduce((last, end) => (last === null || end === null ? null : Math.max(last, end)), 0);
}

function minutesAtMost(row: Row): number | null {
  const told = minutesOf(row);
  const [join, end] = [unixAt(row, 'join_time'), unixAt(row, 'meeting_end_time')];
  return told ?? (join === null || end === null ? null : minutesBetween(join, end));
}

/** Minutes of the clock that are touched between two instants. */
function minutesBetween(from: number, to: number): number {
  return Math.max(1, Math.ceil(to / MINUTE_S) - Math.floor(from / MINUTE_S));
}

/** The minutes in which somebody came and went may be missing: they were there for a part of them only. */
export const EDGE_MINUTES = 2;
/** Feishu does not say that it has every minute: one without any figure may have no element. Up to a tenth may lack. */
const LACKING_SHARE = 0.1;

type Minutes = Pick<ListedSession, 'minutes_expected' | 'minutes_at_most'>;

/** What one source has of a session's minutes. */
export interface MinuteCount {
  /** Elements of the list, rows of the file. */
  came: number;
  /** Those of which any figure can be read: the others are no minutes. */
  measured: number;
  /** Minutes of the stay that are among those, each once. */
  found: number;
  /** Those at another time than the stay, and those whose time cannot be read: they are no minutes of it. */
  outside: number;
  unread: number;
}

/** Of both sources. `rows`: those of the table; `either`: minutes of the stay that one of them has or both have. */
export type FoundMinutes = Record<Question['via'], MinuteCount> & { rows: number; either: number };

type Stay = Pick<ListedSession, 'join_time' | 'stays_until'>;

export function foundMinutes({ rows, came }: SessionMinutes, stay: Stay): FoundMinutes {
  const { found: either } = countMinutes([...came.list, ...came.export], stay);
  const [list, file] = [countMinutes(came.list, stay), countMinutes(came.export, stay)];
  return { rows: rows.length, list, export: file, either };
}

/** The minutes around the first and the last one are of the stay: clocks differ, and a minute may be named by its end. */
function countMinutes(came: Came[], { join_time: join, stays_until: until }: Stay): MinuteCount {
  const edge = EDGE_MINUTES * MINUTE_S;
  const from = join === null ? -Infinity : join - (join % MINUTE_S) - edge;
  const to = (until ?? Infinity) + edge;
  const timed = came.flatMap(({ minute, isMeasured }) => (minute === null ? [] : [{ minute, isMeasured }]));
  const own = timed.filter(({ minute }) => minute >= from && minute <= to);
  return {
    came: came.length,
    measured: came.filter(({ isMeasured }) => isMeasured).length,
    found: new Set(own.flatMap(({ minute, isMeasured }) => (isMeasured ? [minute] : []))).size,
    outside: timed.length - own.length,
    unread: came.length - timed.length,
  };
}

/** Whether an answer has too few of the minutes: more than may lack, or just whole pages of what may be more. */
export function lacksMinutes(
  { came, measured, found }: Pick<MinuteCount, 'came' | 'measured' | 'found'>,
  { minutes_expected: expected, minutes_at_most: most }: Minutes,
): boolean {
  // Without a figure nothing came that could be counted: another answer would have none either.
  if (measured === 0) return false;
  if (most !== null && most - found > EDGE_MINUTES && came % PAGE_SIZE === 0) return true;
  return expected !== null && isFewerThan(found, expected);
}

/** Whether it has those of one device, and not all that another one may have had. */
export function hasOneDevice(found: number, { minutes_expected: expected, minutes_at_most: most }: Minutes): boolean {
  return expected !== null && most !== null && found > 0 && isFewerThan(found, most);
}

function isFewerThan(found: number, expected: number): boolean {
  return expected - found > Math.max(EDGE_MINUTES, expected * LACKING_SHARE);
}

/** Somebody of whose devices none was there for more than a moment may have left no minute. */
export function wasThere({ minutes_at_most }: ListedSession): boolean {
  return minutes_at_most === null || minutes_at_most > EDGE_MINUTES;
}

/**
 * As `mustAsk`, and again where minutes are lacking that may have come since, or where the files cannot be read any more.
 * @param read the minutes of a record's files. Called only where everything else says that they need not be asked for.
 */
export async function mustAskSession(
  record: UnitRecord | null,
  question: Question,
  {
    session,
    freshness,
    read,
  }: { session: ListedSession; freshness: Freshness; read: (record: UnitRecord) => Promise<SessionMinutes | null> },
): Promise<boolean> {
  if (record === null || mustAsk(record, question, freshness)) return true;
  const isFresh = freshness.fetched_since > 0 && record.asked_at * 1000 >= freshness.fetched_since;
  if (isFresh || record.rows === 0) return false;
  const minutes = await read(record);
  return minutes === null || lacksMinutes(foundMinutes(minutes, session)[question.via], session);
}
