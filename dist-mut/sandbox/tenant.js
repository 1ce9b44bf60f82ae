/** The tenant's data for any day, generated when somebody looks, and the changes that a test makes to it. */
import { buildDirectory } from './directory.js';
import { LONGEST_MEETING_S, meetingsOfDay } from './meetings.js';
import { participantsOf } from './participants.js';
import { qualityOf, sessionId } from './quality.js';
import { LONGEST_RESERVATION_S, reservationsOfDay } from './reservations.js';
import { addDays, zoneOf } from './zone.js';
const CACHED_MEETINGS = 200_000;
const CACHED_PARTICIPANTS = 30_000;
export function createTenant({ people, rooms, timeZone, ...shape }) {
    const zone = zoneOf(timeZone);
    const directory = buildDirectory({ seed: shape.seed, people, rooms });
    const base = { shape, zone, directory };
    const revisions = new Map();
    const forgotten = new Set();
    const isForgotten = (dataset, day) => forgotten.has(`${dataset} ${day}`);
    const meetingDays = new BoundedCache(CACHED_MEETINGS);
    const rosters = new BoundedCache(CACHED_PARTICIPANTS);
    const reservationDays = new BoundedCache(CACHED_MEETINGS);
    const meetingsOn = (day) => {
        if (isForgotten('meetings', day))
            return [];
        const revision = revisions.get(day) ?? 0;
        return meetingDays.get(`${day} ${revision}`, () => meetingsOfDay(base, day, revision));
    };
    const reservationsOn = (day) => {
        if (isForgotten('reservations', day))
            return [];
        const revision = revisions.get(day) ?? 0;
        return reservationDays.get(`${day} ${revision}`, () => reservationsOfDay(base, day, revision));
    };
    const rosterOf = (meeting) => rosters.get(`${meeting.meeting_instance_id} ${meeting.revision}`, () => participantsOf(base, meeting));
    const days = (from, to) => daysBetween(zone, from, to);
    return {
        zone,
        directory,
        meetings: (from, to) => days(from, to)
            .flatMap(meetingsOn)
            .filter((row) => row.meeting_start_time >= from && row.meeting_start_time < to),
        meetingsTouching: (from, to) => days(from - LONGEST_MEETING_S, to)
            .flatMap(meetingsOn)
            .filter((row) => row.meeting_start_time <= to && row.meeting_end_time >= from),
        participants: (meeting) => isForgotten('participants', zone.dayOf(meeting.meeting_start_time)) ? [] : rosterOf(meeting),
        quality: (meeting, participant) => {
            if (isForgotten('quality', zone.dayOf(meeting.meeting_start_time)))
                return [];
            const id = sessionId(participant);
            const first = rosterOf(meeting).find((row) => sessionId(row) === id && row.join_time === participant.join_time);
            return qualityOf(shape, meeting, first ?? participant);
        },
        reservations: (from, to) => days(from, to)
            .flatMap(reservationsOn)
            .filter((row) => row.event_start_time >= from && row.event_start_time < to),
        reservationsTouching: (from, to) => days(from - LONGEST_RESERVATION_S, to)
            .flatMap(reservationsOn)
            .filter((row) => row.event_start_time <= to && row.event_end_time >= from),
        dayRange: (day) => ({ from: zone.dayStart(day), to: zone.dayStart(addDays(day, 1)) }),
        change: (day, times = 1) => void revisions.set(day, (revisions.get(day) ?? 0) + times),
        forget: (dataset, day) => void forgotten.add(`${dataset} ${day}`),
        remember: (dataset, day) => void forgotten.delete(`${dataset} ${day}`),
    };
}
function daysBetween(zone, from, to) {
    const days = [];
    const last = zone.dayOf(to);
    for (let day = zone.dayOf(from); day <= last; day = addDays(day, 1))
        days.push(day);
    return days;
}
/** Keeps the newest entries up to a total number of rows. */
class BoundedCache {
    #entries = new Map();
    #rows = 0;
    #maxRows;
    constructor(maxRows) {
        this.#maxRows = maxRows;
    }
    get(key, make) {
        const known = this.#entries.get(key);
        if (known)
            return known;
        const made = make();
        this.#entries.set(key, made);
        this.#rows += made.length;
        for (const [oldest, rows] of this.#entries) {
            if (this.#rows <= this.#maxRows || oldest === key)
                break;
            this.#entries.delete(oldest);
            this.#rows -= rows.length;
        }
        return made;
    }
}
//# sourceMappingURL=tenant.js.map