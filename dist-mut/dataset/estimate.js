import { participantRows, sessionsOf, textAt, unixAt } from '../tables/rows.js';
import { dayOf } from '../model/calendar.js';
import { meetingRef, unaskable } from './pending-units.js';
export const PAGE_SIZE = 100;
const MINUTE_S = 60;
/**
 * Shares of a meeting that its participants are there, for a first guess that does not jump where a meeting is a minute
 * over a page; the sample says by how much it is wrong.
 */
const STAYS = [0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1];
/** The meetings among `records` that start in the window: as the days' counts, and as candidates. */
export function countMeetings(records, { zone, from, to }) {
    const days = {};
    const candidates = [];
    for (const { values } of records) {
        const start = unixAt(values, 'meeting_start_time');
        const meetingNo = textAt(values, 'meeting_no');
        if (start === null || meetingNo === null || start < from || start >= to)
            continue;
        const meeting = meetingRef(meetingNo, start, unixAt(values, 'meeting_end_time'));
        const count = (days[dayOf(start, zone)] ??= noMeetings());
        count.meetings++;
        if (!meeting.askable)
            continue;
        const candidate = candidateOf(meeting, Number(values['number_of_devices'] ?? values['number_of_participants'] ?? 0));
        count.askable++;
        count.devices += candidate.devices;
        count.participant_pages += candidate.participant_pages;
        count.quality_pages += candidate.quality_pages;
        candidates.push(candidate);
    }
    return { days, candidates };
}
function noMeetings() {
    return { meetings: 0, askable: 0, devices: 0, participant_pages: 0, quality_pages: 0 };
}
/** A meeting counts as one device at least, so that one without a count can stand for its like. */
function candidateOf(meeting, counted) {
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
function fractionOf(meetingKey) {
    return (Number.parseInt(meetingKey.slice(0, 12), 16) + 1) / 2 ** 48;
}
/** Pages of the minutes that an interval touches. */
function minutePages(from, to) {
    const minutes = Math.ceil(to / MINUTE_S) - Math.floor(from / MINUTE_S);
    return Math.max(1, Math.ceil(minutes / PAGE_SIZE));
}
/** `rooms`: whether ids of rooms are known, which files of participants do not have. */
export async function countSessions(meeting, records, { rooms }) {
    const { meeting_no } = meeting;
    const meeting_end_time = Number(meeting.meeting_end_time);
    const identity = { meeting_no, meeting_start_time: Number(meeting.meeting_start_time), meeting_end_time };
    const rows = [];
    for await (const row of participantRows({ ...identity, records }))
        rows.push(row);
    const leaveTimes = new Map(rows.toReversed().map((row) => [textAt(row, 'session_key'), unixAt(row, 'leave_time')]));
    const sessions = sessionsOf(rows);
    const askable = sessions.filter((session) => unaskable(session) === null && (rooms || session.user_id !== null));
    let quality_pages = 0;
    for (const { session_key, join_time } of askable) {
        quality_pages += minutePages(join_time, leaveTimes.get(session_key) ?? meeting_end_time);
    }
    return { sessions: sessions.length, askable: askable.length, quality_pages };
}
//# sourceMappingURL=estimate.js.map