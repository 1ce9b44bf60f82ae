/** Meetings and sessions as requests name them, and why one cannot be asked about. */
import type { Row } from '../tables/columns.ts';
import { meetingKey } from '../tables/keys.ts';
import { textAt, unixAt, type Session } from '../tables/rows.ts';

const LONGEST_MEETING_S = 86_400;

/** A meeting as requests name it: times are unix seconds as text, as Feishu takes them. */
export interface MeetingRef {
  meeting_key: string;
  meeting_no: string;
  meeting_start_time: string;
  meeting_end_time: string;
  /** False for a meeting of over 24 h, which Feishu refuses to answer about (126006), and where the end is unknown. */
  askable: boolean;
}

export function meetingRef(meetingNo: string, start: number, end: number | null): MeetingRef {
  return {
    meeting_key: meetingKey(meetingNo, start),
    meeting_no: meetingNo,
    meeting_start_time: String(start),
    meeting_end_time: String(end ?? start),
    askable: end !== null && end - start <= LONGEST_MEETING_S,
  };
}

/** The meeting of a row of `meetings`; null where its number or its start cannot be read, so that nothing can be asked. */
function meetingOfRow(row: Row): MeetingRef | null {
  const meetingNo = textAt(row, 'meeting_no');
  const start = unixAt(row, 'meeting_start_time');
  return meetingNo === null || start === null ? null : meetingRef(meetingNo, start, unixAt(row, 'meeting_end_time'));
}

/** The meetings that participants are asked for: each number and start once. */
export function meetingsToAsk(rows: Iterable<Row>): MeetingRef[] {
  const meetings = new Map<string, MeetingRef>();
  for (const row of rows) {
    const ref = meetingOfRow(row);
    if (ref && !meetings.has(ref.meeting_key)) meetings.set(ref.meeting_key, ref);
  }
  return [...meetings.values()];
}

/** Meetings that are not asked about, since one of the same number and start, but another end, is. */
export function twinsOf(rows: Iterable<Row>): number {
  const ends = new Map<string, Set<string>>();
  for (const row of rows) {
    const ref = meetingOfRow(row);
    if (ref) ends.set(ref.meeting_key, (ends.get(ref.meeting_key) ?? new Set()).add(ref.meeting_end_time));
  }
  return [...ends.values()].reduce((sum, each) => sum + each.size - 1, 0);
}

/** Why nobody can be asked about a session, or null where one can. */
export function unaskable(session: Session): string | null {
  if (session.user_id === null && session.room_id === null) {
    return 'no user id and no room id: guests and phone callers cannot be asked about';
  }
  return session.join_time === null ? NO_JOIN_TIME : null;
}

export const NO_JOIN_TIME = 'no readable join time';
