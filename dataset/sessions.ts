/** Participant-sessions as the lists have them, and how many minutes Feishu ought to have of each. */
import { PAGE_SIZE } from '../feishu/contract.ts';
import type { Row } from '../tables/columns.ts';
import { sessionsOf, textAt, unixAt, type Session } from '../tables/rows.ts';
import { mustAsk, type Freshness } from './answers.ts';
import { meetingRef, type MeetingRef } from './meetings.ts';
import type { Question } from './questions.ts';
import type { UnitRecord } from './records.ts';

export interface ListedSession extends Session {
  meeting: MeetingRef;
  /**
   * Minutes of the clock that it touches; null where it cannot be told. Of several devices, those of the shortest stay:
   * Feishu is asked for a user and a second, and does not say which of the devices an answer is about.
   */
  minutes_expected: number | null;
  /** Those of the longest stay, which lasts until the meeting's end where nothing else is known. */
  minutes_at_most: number | null;
  /** Somebody of the tenant: said not to be external, or with a job number, which only its own people have. */
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
      is_of_tenant: own.some((row) => row['is_external'] === false || textAt(row, 'employee_id') !== null),
    };
  });
}

const MINUTE_S = 60;

function minutesOf(row: Row): number | null {
  const join = unixAt(row, 'join_time');
  if (join === null) return null;
  const stayed = row['time_in_meeting_s'];
  const filled = typeof stayed === 'number' ? Math.ceil(stayed / MINUTE_S) : null;
  const leave = unixAt(row, 'leave_time');
  // Without a moment of leaving that can be true, only the minutes that the stay fills are sure.
  if (leave === null || leave < join) return filled === null ? null : Math.max(1, filled);
  const touched = minutesBetween(join, leave);
  // Whoever left and came back on the same row was there for less.
  return filled === null ? touched : Math.min(touched, Math.max(1, filled + 1));
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

/** Whether an answer has too few of the minutes: more than may lack, or just whole pages of what may be more. */
export function lacksMinutes(found: number, { minutes_expected: expected, minutes_at_most: most }: Minutes): boolean {
  if (found === 0) return false;
  if (most !== null && most - found > EDGE_MINUTES && found % PAGE_SIZE === 0) return true;
  return expected !== null && isFewerThan(found, expected);
}

/** Whether it has those of one device, and not all that another one may have had. */
export function hasOneDevice(found: number, { minutes_expected: expected, minutes_at_most: most }: Minutes): boolean {
  return expected !== null && most !== null && found > 0 && isFewerThan(found, most);
}

function isFewerThan(found: number, expected: number): boolean {
  return expected - found > Math.max(EDGE_MINUTES, expected * LACKING_SHARE);
}

/** Somebody who was there for a moment only may have left no minute. */
export function wasThere({ minutes_expected }: ListedSession): boolean {
  return minutes_expected === null || minutes_expected > EDGE_MINUTES;
}

/** As `mustAsk`, and again where minutes are lacking that may have come since. */
export function mustAskSession(
  record: UnitRecord | null,
  question: Question,
  { session, freshness }: { session: ListedSession; freshness: Freshness },
): boolean {
  if (mustAsk(record, question, freshness)) return true;
  const isFresh = freshness.fetched_since > 0 && record!.asked_at * 1000 >= freshness.fetched_since;
  return !isFresh && lacksMinutes(record!.rows, session);
}
