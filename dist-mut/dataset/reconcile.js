import { textAt, unixAt } from '../tables/rows.js';
const VIEWER = '3';
export function kindOf({ is_external, webinar_user_role }) {
    return { external: is_external ?? null, viewer: String(webinar_user_role) === VIEWER };
}
export function reconcile({ meetings, lists, viewersCounted }) {
    const people = new Map(Array.from(lists, ([key, attendees]) => [key, peopleOf(attendees)]));
    const sum = (of) => [...people.values()].reduce((total, one) => total + of(one), 0);
    const every = (is) => [...people.values()].every(is);
    const knowsKinds = every((one) => one.knowsKinds);
    const knowsExternals = every((one) => one.knowsExternals);
    const verdicts = meetings.map((row) => verdictOn(row, people.get(textAt(row, 'meeting_key') ?? '')));
    const meetingsThat = (...are) => verdicts.filter((verdict) => are.includes(verdict)).length;
    return {
        participants_counted_by_meetings: meetings.reduce((total, row) => total + (countOf(row) ?? 0), 0),
        distinct_participants_listed: sum((one) => one.distinct),
        participant_sessions_listed: sum((one) => one.sessions),
        sessions_of_other_devices: sum((one) => one.otherDevices),
        sessions_of_rejoins: sum((one) => one.rejoins),
        sessions_of_rooms: knowsKinds ? sum((one) => one.sessionsOfRooms) : null,
        sessions_without_id: sum((one) => one.withoutId),
        distinct_rooms_listed: knowsKinds ? sum((one) => one.rooms) : null,
        distinct_external_guests_listed: knowsExternals ? sum((one) => one.externals) : null,
        distinct_webinar_viewers_listed: knowsKinds ? sum((one) => one.viewers) : null,
        webinar_viewers_counted_by_meetings: viewersCounted,
        meetings_without_a_list: meetingsThat('no list'),
        meetings_with_another_count: meetingsThat('explained', 'unexplained'),
        meetings_with_unexplained_count: knowsExternals ? meetingsThat('unexplained') : null,
    };
}
function verdictOn(meeting, people) {
    if (!people)
        return 'no list';
    const counted = countOf(meeting);
    if (counted === null)
        return 'no count';
    if (counted === people.distinct)
        return 'same';
    return counted >= people.least && counted <= people.most ? 'explained' : 'unexplained';
}
function countOf(meeting) {
    const count = meeting['number_of_participants'];
    return typeof count === 'number' ? count : null;
}
function peopleOf(attendees) {
    const identified = groupedBy(attendees, idOf);
    const nameless = groupedBy(attendees, (attendee) => (idOf(attendee) === null ? nameOf(attendee) : null));
    const further = identified.map(furtherSessions);
    const withoutId = attendees.filter((attendee) => idOf(attendee) === null).length;
    const those = (is) => [...identified, ...nameless].filter((sessions) => sessions.some(is)).length;
    const isTouched = (one) => isRoom(one) || isExternal(one) || isViewer(one);
    return {
        sessions: attendees.length,
        distinct: identified.length + nameless.length,
        otherDevices: further.reduce((total, { otherDevices }) => total + otherDevices, 0),
        rejoins: further.reduce((total, { rejoins }) => total + rejoins, 0),
        withoutId,
        sessionsOfRooms: attendees.filter(isRoom).length,
        rooms: those(isRoom),
        externals: those(isExternal),
        viewers: those(isViewer),
        least: identified.filter((sessions) => !sessions.some(isTouched)).length,
        most: identified.length + withoutId,
        knowsKinds: attendees.every(({ kind }) => kind !== null),
        // Where some answers have the field, one without it says that it is not so.
        knowsExternals: attendees.length === 0 || attendees.some(({ kind }) => kind !== null && kind.external !== null),
    };
}
const isRoom = ({ row }) => textAt(row, 'user_id') === null && textAt(row, 'meeting_room_id') !== null;
const isExternal = ({ kind }) => kind?.external === true;
const isViewer = ({ kind }) => kind?.viewer === true;
const idOf = ({ row }) => textAt(row, 'user_id') ?? textAt(row, 'meeting_room_id');
const nameOf = ({ row }) => textAt(row, 'participant_name') ?? '';
/** Those with a key, each key's together. */
function groupedBy(attendees, keyOf) {
    const groups = new Map();
    for (const attendee of attendees) {
        const key = keyOf(attendee);
        if (key === null)
            continue;
        const group = groups.get(key);
        if (group)
            group.push(attendee);
        else
            groups.set(key, [attendee]);
    }
    return [...groups.values()];
}
/** One person's sessions after the first: beside an earlier one, or after all of them. Without a time nothing tells which. */
function furtherSessions(sessions) {
    const times = sessions
        .flatMap(({ row }) => {
        const join = unixAt(row, 'join_time');
        return join === null ? [] : [{ join, leave: unixAt(row, 'leave_time') ?? Infinity }];
    })
        .toSorted((a, b) => a.join - b.join);
    let otherDevices = 0;
    let stays = -Infinity;
    for (const { join, leave } of times) {
        if (join < stays)
            otherDevices++;
        stays = Math.max(stays, leave);
    }
    return { otherDevices, rejoins: Math.max(0, times.length - 1) - otherDevices };
}
//# sourceMappingURL=reconcile.js.map