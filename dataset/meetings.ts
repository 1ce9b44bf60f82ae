/** Meetings and sessions as requests name them, and why one cannot be asked about. */
import type { Row } from '../tables/columns.ts';
import { furtherMeetingKey, meetingKey } from '../tables/keys.ts';
import { textAt, unixAt, type Session } from '../tables/rows.ts';

const LONGEST_MEETING_S = 86_400;

/** A meeting as requests name it: times are unix seconds as text, as Feishu takes them. */
export interface MeetingRef {
  /**
   * As in the tables, and what its list and its run are named by. Where others share its number and start, that holds of
   * the one that ends first; each other one has a key of its own here.
   */
  meeting_key: string;
  meeting_no: string;
  meeting_start_time: string;
  meeting_end_time: string;
  /** False for a meeting of over 24 h, which Feishu refuses to answer about (126006), and where the end is unknown or before the start. */
  askable: boolean;
}

export function meetingRef(meetingNo: string, start: number, end: number | null): MeetingRef {
  return {
    meeting_key: meetingKey(meetingNo, start),
    meeting_no: meetingNo,
    meeting_start_time: String(start),
    meeting_end_time: String(end ?? start),
    askable: end !== null && end >= start && end - start <= LONGEST_MEETING_S,
  };
}

/** The meeting of a row of `meetings`; null where its number or its start cannot be read, so that nothing can be asked. */
function meetingOfRow(row: Row): MeetingRef | null {
  const meetingNo = textAt(row, 'meeting_no');
  const start = unixAt(row, 'meeting_start_time');
  return meetingNo === null || start === null ? null : meetingRef(meetingNo, start, unixAt(row, 'meeting_end_time'));
}

export interface MeetingToAsk {
  ref: MeetingRef;
  /** Of `meetings`: those that are this one. */
  rows: Row[];
}

/** The meetings that participants are asked for: each number, start and end once, since Feishu is asked for all three. */
export function meetingsToAsk(rows: Iterable<Row>): MeetingToAsk[] {
  const byKey = new Map<string, MeetingToAsk[]>();
  for (const row of rows) {
    const ref = meetingOfRow(row);
    if (!ref) continue;
    const alike = byKey.get(ref.meeting_key) ?? [];
    byKey.set(ref.meeting_key, alike);
    const known = alike.find((each) => compareEnds(each.ref, ref) === 0);
    if (known) known.rows.push(row);
    else alike.push({ ref, rows: [row] });
  }
  return [...byKey.values()].flatMap((alike) => alike.toSorted((a, b) => compareEnds(a.ref, b.ref)).map(named));
}

/** Those that cannot be asked about come last, so that the key stays with one that has a list. */
function compareEnds(a: MeetingRef, b: MeetingRef): number {
  return Number(b.askable) - Number(a.askable) || Number(a.meeting_end_time) - Number(b.meeting_end_time);
}

function named(meeting: MeetingToAsk, index: number): MeetingToAsk {
  const { ref, rows } = meeting;
  if (index === 0) return meeting;
  return { ref: { ...ref, meeting_key: furtherMeetingKey(ref.meeting_key, ref.meeting_end_time) }, rows };
}

const WEBINAR = 8;

/** Rows of `meetings`; only L1 says either. */
export const isWebinar = (meeting: Row): boolean => meeting['meeting_subtype'] === WEBINAR;
export const isOfAnotherTenant = (meeting: Row): boolean => meeting['is_external'] === true;

/** Why nobody can be asked about a session, or null where one can. */
export function unaskable(session: Session): string | null {
  if (session.user_id === null && session.room_id === null) {
    return 'no user id and no room id: guests and phone callers cannot be asked about';
  }
  return session.join_time === null ? NO_JOIN_TIME : null;
}

export const NO_JOIN_TIME = 'no readable join time';
