import { sessionsOf, textAt, unixAt } from '../tables/rows.js';
import { meetingKey } from '../tables/keys.js';
import { lastAnswer, readRecord, readRecordAt } from './records.js';
import { StageReader } from './stage.js';
/** So long after a meeting's end, or a day's, Feishu may still add to what it says of it. */
export const SETTLE_HOURS = 6;
const LONGEST_MEETING_S = 86_400;
export function meetingRef(meetingNo, start, end) {
    return {
        meeting_key: meetingKey(meetingNo, start),
        meeting_no: meetingNo,
        meeting_start_time: String(start),
        meeting_end_time: String(end ?? start),
        askable: end !== null && end - start <= LONGEST_MEETING_S,
    };
}
/** The meetings that participants are asked for: each number and start once. */
export function meetingsToAsk(rows) {
    const meetings = new Map();
    for (const row of rows) {
        const meetingNo = textAt(row, 'meeting_no');
        const start = unixAt(row, 'meeting_start_time');
        if (meetingNo === null || start === null)
            continue;
        const ref = meetingRef(meetingNo, start, unixAt(row, 'meeting_end_time'));
        if (!meetings.has(ref.meeting_key))
            meetings.set(ref.meeting_key, ref);
    }
    return [...meetings.values()];
}
/** Whether a unit is asked again. Lists are asked again with `unsettled`, since late rows show only there. */
export function mustAsk(record, { refresh, fetched_since, settle_hours }, isList) {
    if (!record)
        return true;
    const last = lastAnswer(record);
    if (last.status === 'failed' || last.status === 'pending')
        return true;
    if (fetched_since > 0 && last.asked_at * 1000 >= fetched_since)
        return false;
    switch (refresh) {
        case 'all':
            return true;
        case 'missing':
            return false;
        case 'unsettled':
            return isList || (record.settles_after !== null && last.asked_at < record.settles_after + settle_hours * 3600);
    }
}
/** The units that a place's meetings are listed by: E1's file, and L1's pages where they were asked for. */
function meetingUnits(location) {
    return {
        exported: { ...location, resource: 'meeting_list', unit: 'export' },
        listed: { ...location, resource: 'meeting_list', unit: 'list' },
    };
}
/** The meetings that a place's lists have and that start in the day. */
export async function meetingsOfDay(store, location, zone, day) {
    const units = meetingUnits(location);
    const [exported, listed] = await Promise.all([readRecord(store, units.exported), readRecord(store, units.listed)]);
    return await new StageReader(store, zone).meetings(exported ?? undefined, listed ?? undefined, day);
}
/** Why nobody can be asked about a session, or null where one can. */
export function unaskable(session) {
    if (session.user_id === null && session.room_id === null) {
        return 'no user id and no room id: guests and phone callers cannot be asked about';
    }
    return session.join_time === null ? 'no readable join time' : null;
}
/** `key`: of the record of a participant list. */
export async function participantsOfList(store, zone, key) {
    return await participantsOf(store, zone, await readRecordAt(store, key));
}
async function participantsOf(store, zone, record) {
    if (!record || record.files.length === 0)
        return [];
    return await new StageReader(store, zone).participants(record);
}
export async function sessionsOfList(store, zone, key) {
    return sessionsOf(await participantsOfList(store, zone, key));
}
/** Lists that are kept at once. */
const KEPT_LISTS = 8;
/** The sessions of participant lists, for a reader that takes them in slices: a list is read once, not for each slice. */
export class SessionLists {
    #store;
    /** By what was read, so that a list that has changed is read anew. The least recently used is the first. */
    #kept = new Map();
    constructor(store) {
        this.#store = store;
    }
    /** `key`: of the record of a participant list. */
    async of(zone, key) {
        const record = await readRecordAt(this.#store, key);
        if (!record)
            return [];
        const id = [zone, key, ...record.files.map(({ sha256 }) => sha256)].join(' ');
        const sessions = this.#kept.get(id) ?? sessionsOf(await participantsOf(this.#store, zone, record));
        this.#kept.delete(id);
        this.#kept.set(id, sessions);
        for (const oldest of this.#kept.keys())
            if (this.#kept.size > KEPT_LISTS)
                this.#kept.delete(oldest);
        return sessions;
    }
}
/** The units that a session's quality is fetched by: one for each source. */
export function qualityUnits(location, sessionKey, source) {
    const vias = source === 'both' ? ['list', 'export'] : [source];
    return vias.map((via) => ({ ...location, resource: 'participant_quality_list', unit: `${sessionKey}.${via}` }));
}
//# sourceMappingURL=pending-units.js.map