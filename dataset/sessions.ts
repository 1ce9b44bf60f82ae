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
  /** Minutes of the clock that it touches; null where it cannot be told. Of several devices, those of the shortest stay. */
  minutes_expected: number | null;
  /** Those of the longest stay. Feishu does not say which of the devices an answer is about. */
  minutes_at_most: number | null;
  /** Null where the source does not say. */
  is_external: boolean | null;
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
    const minutes = own.map(minutesOf);
    const known = minutes.filter((each) => each !== null);
    const end = own[0] ? unixAt(own[0], 'meeting_end_time') : null;
    const external = own.map((row) => row['is_external']);
    return {
      ...session,
      meeting: meetingRef(session.meeting_no, session.meeting_start_time, end),
      minutes_expected: known.length < own.length ? null : Math.min(...known),
      minutes_at_most: known.length === 0 ? null : Math.max(...known),
      is_external: external.includes(true) ? true : external.includes(false) ? false : null,
    };
  });
}

const MINUTE_S = 60;

function minutesOf(row: Row): number | null {
  const join = unixAt(row, 'join_time');
  if (join === null) return null;
  const stayed = row['time_in_meeting_s'];
  const told = typeof stayed === 'number' ? Math.max(1, Math.ceil(stayed / MINUTE_S) + 1) : null;
  const leave = unixAt(row, 'leave_time');
  // Without the moment of leaving, the minutes that the stay fills whole are sure.
  if (leave === null) return typeof stayed === 'number' ? Math.max(1, Math.ceil(stayed / MINUTE_S)) : null;
  if (leave < join) return null;
  const touched = Math.max(1, Math.ceil(leave / MINUTE_S) - Math.floor(join / MINUTE_S));
  // Whoever left and came back on the same row was there for less.
  return told === null ? touched : Math.min(touched, told);
}

/** The minutes in which somebody came and went may be missing: they were there for a part of them only. */
export const EDGE_MINUTES = 2;
/** Feishu does not say that it has every minute: one without any figure may have no element. Up to a tenth may lack. */
const LACKING_SHARE = 0.1;

/** Whether an answer has too few of the minutes: more than may lack, or exactly as many as whole pages hold. */
export function lacksMinutes(found: number, expected: number | null): boolean {
  if (expected === null || found === 0) return false;
  const lacking = expected - found;
  if (lacking > Math.max(EDGE_MINUTES, expected * LACKING_SHARE)) return true;
  return lacking > EDGE_MINUTES && found % PAGE_SIZE === 0;
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
  return !isFresh && lacksMinutes(record!.rows, session.minutes_expected);
}
