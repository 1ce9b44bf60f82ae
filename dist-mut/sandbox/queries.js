import { headcount } from './participants.js';
const DAY_S = 86_400;
/** Whether data that came to be at `endS` is still kept. */
export function isKept({ settings }, dataset, endS, nowS) {
    const days = settings.retentionDays[dataset];
    return days === undefined || endS >= nowS - days * DAY_S;
}
function statusOf(meeting, nowS) {
    if (meeting.meeting_start_time > nowS)
        return 3;
    return meeting.meeting_end_time > nowS ? 1 : 2;
}
/** A row's span against a request's window, both ends included. */
function isInWindow(semantics, row, window) {
    const starts = row.from >= window.from && row.from <= window.to;
    const ends = row.to >= window.from && row.to <= window.to;
    const overlaps = row.from <= window.to && row.to >= window.from;
    return { overlaps, 'starts-in': starts, 'ends-in': ends, contained: starts && ends }[semantics];
}
export function selectMeetings(data, query) {
    const { tenant, settings } = data;
    const { window, nowS } = query;
    return tenant.meetingsTouching(window.from, window.to).filter((meeting) => {
        if (statusOf(meeting, nowS) !== query.status)
            return false;
        if (meeting.is_external && !query.includeExternal)
            return false;
        if (meeting.is_webinar && !query.includeWebinar)
            return false;
        if (!isKept(data, 'meetings', meeting.meeting_end_time, nowS))
            return false;
        // An ongoing meeting has lasted until now.
        const to = query.status === 1 ? nowS : meeting.meeting_end_time;
        if (!isInWindow(settings.windowSemantics, { from: meeting.meeting_start_time, to }, window))
            return false;
        return matchesFilter(tenant, meeting, query);
    });
}
function matchesFilter(tenant, meeting, query) {
    const { meetingNo, userId, roomId, meetingType, userIdType } = query;
    if (meetingNo !== undefined && meeting.meeting_no !== meetingNo)
        return false;
    if (meetingType !== undefined && meetingType !== 1 && meeting.meeting_type !== meetingType)
        return false;
    if (userId === undefined && roomId === undefined)
        return true;
    return tenant.participants(meeting).some((row) => isAttendee(row, { userId, roomId, userIdType }));
}
/** True without a filter. */
export function isAttendee(row, { userId, roomId, userIdType }) {
    if (userId !== undefined && row.user_ids?.[userIdType] !== userId)
        return false;
    return roomId === undefined || row.meeting_room_id === roomId;
}
/**
 * The one meeting that number, start and end name. Start and end count to the minute; the end of an ongoing meeting is
 * whatever the caller takes for now.
 */
export function findMeeting(data, { meetingNo, window, status, nowS }) {
    const minute = Math.floor(window.from / 60) * 60;
    return data.tenant
        .meetings(minute, minute + 60)
        .find((meeting) => meeting.meeting_no === meetingNo &&
        statusOf(meeting, nowS) === status &&
        (status === 1 || Math.floor(meeting.meeting_end_time / 60) === Math.floor(window.to / 60)));
}
export function seenParticipants(rows, nowS) {
    return rows
        .filter((row) => row.join_time <= nowS)
        .map((row) => row.leave_time <= nowS
        ? row
        : { ...row, leave_time: null, leave_reason: null, time_in_meeting_s: nowS - row.join_time });
}
export function seenMeeting(tenant, meeting, nowS) {
    if (statusOf(meeting, nowS) === 2)
        return meeting;
    const rows = tenant.participants(meeting).filter((row) => row.join_time <= nowS);
    return {
        ...meeting,
        meeting_end_time: null,
        meeting_duration_s: Math.max(0, nowS - meeting.meeting_start_time),
        ...headcount(meeting, rows),
        number_of_devices: rows.length,
    };
}
export function selectReservations(data, query) {
    const { tenant, settings } = data;
    const { window, levelId, roomIds, isExclude } = query;
    const rooms = new Set(tenant.directory.rooms
        .filter((room) => levelId === undefined || room.path.includes(levelId))
        .filter((room) => roomIds.includes(room.room_id) !== isExclude)
        .map((room) => room.room_id));
    return tenant
        .reservationsTouching(window.from, window.to)
        .filter((row) => rooms.has(row.room_id) &&
        isKept(data, 'reservations', row.event_end_time, query.nowS) &&
        isInWindow(settings.windowSemantics, { from: row.event_start_time, to: row.event_end_time }, window));
}
//# sourceMappingURL=queries.js.map