import { CODES } from '../feishu/contract.js';
import { fieldViolation, notExist, paramError } from './api.js';
import { meetingNo, meetingStatus, refusal, required, roomId, timeWindow, userId, userIdType } from './params.js';
import { findMeeting, isAttendee, isKept, seenMeeting, seenParticipants, selectMeetings, selectReservations, } from './queries.js';
const FILTERS = ['meeting_no', 'user_id', 'room_id', 'meeting_type'];
export function meetingRows(data, call, params) {
    const kind = userIdType(call);
    const status = meetingStatus(params);
    // The list names upcoming meetings but does not let them be asked for; the export does.
    if (status === 3 && params.dialect === 'list')
        throw paramError('meeting_status 3 cannot be requested');
    const window = timeWindow(params, {
        from: 'start_time',
        to: 'end_time',
        longest: status === 3 ? 'month' : 'year',
        nowS: call.nowS,
        upcoming: status === 3,
    });
    const type = params.whole('meeting_type');
    if (type !== undefined && ![1, 2, 3].includes(type))
        throw paramError('meeting_type must be 1, 2 or 3');
    const filters = FILTERS.filter((name) => (name === 'meeting_type' ? type : params.text(name)) !== undefined);
    if (filters.length > 1) {
        throw refusal(params, CODES.tooManyFilters, `filter condition should be set only one, not ${filters.join(', ')}`);
    }
    const room = roomId(params);
    if (room !== undefined && status !== 2)
        throw refusal(params, CODES.roomIdNotSupported, 'not support room_id');
    const isList = params.dialect === 'list';
    const rows = selectMeetings(data, {
        window,
        status,
        nowS: call.nowS,
        includeExternal: isList && params.flag('include_external_meetings') === true,
        includeWebinar: isList && params.flag('include_webinar') === true,
        userIdType: kind,
        meetingNo: meetingNo(params, false),
        userId: userId(params, kind),
        roomId: room,
        meetingType: type,
    });
    return { rows: rows.map((row) => seenMeeting(data.tenant, row, call.nowS)), userIdType: kind };
}
/** L2 and E2: the device-sessions of one meeting. */
export function participantRows(data, call, params) {
    const kind = userIdType(call);
    const meeting = referredMeeting(data, { call, params, dataset: 'participants', endedOnly: false });
    const filter = { userId: userId(params, kind), roomId: roomId(params), userIdType: kind };
    if (filter.userId !== undefined && filter.roomId !== undefined) {
        throw refusal(params, CODES.userAndRoom, 'userID and roomID cannot be set concurrently');
    }
    const role = params.dialect === 'list' ? params.text('webinar_user_role') : undefined;
    const rows = data.tenant
        .participants(meeting)
        .filter((row) => isAttendee(row, filter) && (role === undefined || row.webinar_user_role === role));
    return { rows: seenParticipants(rows, call.nowS), userIdType: kind };
}
/** L3 and E3: one session of one ended meeting. */
export function qualitySession(data, call, params) {
    const kind = userIdType(call);
    const joinTime = required(params, 'join_time');
    const filter = { userId: userId(params, kind), roomId: roomId(params), userIdType: kind };
    if (filter.userId !== undefined && filter.roomId !== undefined) {
        throw refusal(params, CODES.userAndRoom, 'userID and roomID cannot be set concurrently');
    }
    if (filter.userId === undefined && filter.roomId === undefined) {
        throw paramError('one of user_id and room_id is required');
    }
    if (!/^\d{1,12}$/.test(joinTime))
        throw paramError('join_time must be unix seconds');
    const meeting = referredMeeting(data, { call, params, dataset: 'quality', endedOnly: true });
    const lagS = data.settings.dataLagMs / 1000;
    if (call.nowS < meeting.meeting_end_time + lagS)
        throw missing(params, CODES.meetingNotFound, MEETING_NOT_FOUND);
    const participant = data.tenant
        .participants(meeting)
        .find((row) => row.join_time === Number(joinTime) && isAttendee(row, filter));
    if (!participant) {
        throw missing(params, CODES.deviceNotFound, 'cannot find device according to the params you provide');
    }
    return { meeting, participant };
}
const MEETING_NOT_FOUND = 'cannot find meeting according to the params you provide';
/** 126009 and 126010 in the lists; the exports have 404 / 121004 for both. */
const missing = (params, code, msg) => params.dialect === 'list' ? refusal(params, code, msg) : notExist(msg);
function referredMeeting(data, { call, params, dataset, endedOnly }) {
    const { nowS } = call;
    const number = meetingNo(params, true) ?? '';
    const window = timeWindow(params, { from: 'meeting_start_time', to: 'meeting_end_time', longest: 'day', nowS });
    const status = endedOnly ? 2 : meetingStatus(params);
    const meeting = findMeeting(data, { meetingNo: number, window, status, nowS });
    if (!meeting || !isKept(data, dataset, meeting.meeting_end_time, nowS)) {
        throw missing(params, CODES.meetingNotFound, MEETING_NOT_FOUND);
    }
    return meeting;
}
export function reservationRows(data, call, params) {
    const level = required(params, 'room_level_id');
    const window = timeWindow(params, { from: 'start_time', to: 'end_time', longest: 'day', nowS: call.nowS });
    const roomIds = params.texts('room_ids');
    if (roomIds === undefined && params.dialect === 'list')
        throw fieldViolation('room_ids', 'room_ids is required');
    // An id without the prefix silently means the whole tenant.
    const levelId = level.startsWith('omb_') ? level : undefined;
    const { levels } = data.tenant.directory;
    if (levelId !== undefined && !levels.some((each) => each.room_level_id === levelId)) {
        throw notExist('no such room level');
    }
    const rows = selectReservations(data, {
        window,
        nowS: call.nowS,
        levelId,
        // The export without room_ids is about every room of the level.
        roomIds: roomIds ?? [],
        isExclude: roomIds === undefined || (params.flag('is_exclude') ?? false),
    });
    return { rows, needTopic: params.flag('need_topic') ?? false };
}
//# sourceMappingURL=requests.js.map