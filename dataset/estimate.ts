/**
 * What a plan is estimated from. The list of meetings (L1) counts devices and knows how long a meeting was; who of them
 * can be asked about, and how long each stayed, only the lists of participants say, so those of a few meetings are read.
 */
import { PAGE_SIZE } from '../feishu/contract.ts';
import type { SourceRecord } from '../tables/records.ts';
import { participantRows, sessionsOf, textAt, unixAt } from '../tables/rows.ts';
import { dayOf } from '../model/calendar.ts';
import { inTurns } from './in-turns.ts';
import { meetingRef, unaskable, type MeetingRef } from './meetings.ts';

/** What the list of meetings says of one day. */
export interface DayCount {
  meetings: number;
  /** Meetings that can be asked about: not over 24 h. The other counts are of those. */
  askable: number;
  devices: number;
  /** Pages of participants and of minutes, were every device a session that can be asked about: a first guess. */
  participant_pages: number;
  quality_pages: number;
}

/** A meeting that may be one of the sample. */
export interface Candidate {
  meeting: MeetingRef;
  devices: number;
  participant_pages: number;
  quality_pages: number;
  /** `quality_pages` over a number that is the meeting's own, 0 to 1: the highest are the sample (priority sampling). */
  priority: number;
}

/** What a list of participants says, or its first page. */
export interface SessionCount {
  /** Each once; among them those that can be asked about. */
  sessions: number;
  askable: number;
  /** Of those that can be asked about. */
  quality_pages: number;
}

const MINUTE_S = 60;
/**
 * Shares of a meeting that its participants are there, for a first guess that does not jump where a meeting is a minute
 * over a page; the sample says by how much it is wrong.
 */
const STAYS = [0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1];

/** The meetings among `records` that start in the window: as the days' counts, and as candidates. */
export function countMeetings(
  records: readonly SourceRecord[],
  { zone, from, to }: { zone: string; from: number; to: number },
): { days: Record<string, DayCount>; candidates: Candidate[] } {
  const days: Record<string, DayCount> = {};
  const candidates: Candidate[] = [];
  for (const { values } of records) {
    const start = unixAt(values, 'meeting_start_time');
    const meetingNo = textAt(values, 'meeting_no');
    if (start === null || meetingNo === null || start < from || start >= to) continue;
    const meeting = meetingRef(meetingNo, start, unixAt(values, 'meeting_end_time'));
    const count = (days[dayOf(start, zone)] ??= noMeetings());
    count.meetings++;
    if (!meeting.askable) continue;
    const candidate = candidateOf(
      meeting,
      Number(values['number_of_devices'] ?? values['number_of_participants'] ?? 0),
    );
    count.askable++;
    count.devices += candidate.devices;
    count.participant_pages += candidate.participant_pages;
    count.quality_pages += candidate.quality_pages;
    candidates.push(candidate);
  }
  return { days, candidates };
}

function noMeetings(): DayCount {
  return { meetings: 0, askable: 0, devices: 0, participant_pages: 0, quality_pages: 0 };
}

/** A meeting counts as one device at least, so that one without a count can stand for its like. */
function candidateOf(meeting: MeetingRef, counted: number): Candidate {
  const devices = Math.max(1, counted);
  const start = Number(meeting.meeting_start_time);
  const seconds = Number(meeting.meeting_end_time) - start;
  const pages = STAYS.map((share) => minutePages(start, start + share * seconds));
  const quality_pages = (devices * pages.reduce((sum, each) => sum + each, 0)) / pages.length;
  return {
    meeting,
    devices,
    participant_pages: Math.ceil(devices / PAGE_SIZE),
    quality_pages,
    priority: quality_pages / fractionOf(meeting.meeting_key),
  };
}

/** Over 0, up to 1: drawn by the key's hash, so that a plan made again asks about the same meetings. */
function fractionOf(meetingKey: string): number {
  return (Number.parseInt(meetingKey.slice(0, 12), 16) + 1) / 2 ** 48;
}

/** Pages of the minutes that an interval touches. */
function minutePages(from: number, to: number): number {
  const minutes = Math.ceil(to / MINUTE_S) - Math.floor(from / MINUTE_S);
  return Math.max(1, Math.ceil(minutes / PAGE_SIZE));
}

/** `rooms`: whether ids of rooms are known, which files of participants do not have. */
export async function countSessions(
  meeting: MeetingRef,
  records: readonly SourceRecord[],
  { rooms }: { rooms: boolean },
): Promise<SessionCount> {
  const { meeting_no } = meeting;
  const meeting_end_time = Number(meeting.meeting_end_time);
  const identity = { meeting_no, meeting_start_time: Number(meeting.meeting_start_time), meeting_end_time };
  const rows = await inTurns(participantRows({ ...identity, records }));
  const leaveTimes = new Map(rows.toReversed().map((row) => [textAt(row, 'session_key'), unixAt(row, 'leave_time')]));
  const sessions = sessionsOf(rows);
  const askable = sessions.filter((session) => unaskable(session) === null && (rooms || session.user_id !== null));
  let quality_pages = 0;
  for (const { session_key, join_time } of askable) {
    quality_pages += minutePages(join_time!, leaveTimes.get(session_key) ?? meeting_end_time);
  }
  return { sessions: sessions.length, askable: askable.length, quality_pages };
}
