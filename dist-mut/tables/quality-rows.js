import { sourceColumns } from './columns.js';
import { meetingKey, Ordinals, rowKey, sessionKey } from './keys.js';
import { minuteOf, qualityRecords } from './quality-list.js';
import { inColumns, unixAt } from './rows.js';
import { isoOfUnix } from '../model/calendar.js';
/** Order of time; what has no readable time comes last. */
function byMinute(a, b) {
    return a.unix === b.unix ? 0 : (a.unix ?? Number.POSITIVE_INFINITY) - (b.unix ?? Number.POSITIVE_INFINITY);
}
/**
 * One row for each minute, in the order of time; minutes that a source has twice are numbered by `ordinal`, and the
 * first of the list goes with the first of the export.
 *
 * Where both have a value the list's stands, so that a run of both sources and one of the list alone, the default,
 * agree; the export's is named in `conflicts`: `{"audio_jitter_ms_sent":{"list":4,"export":5}}`.
 */
export function qualityRows({ identity, list, exported }, context) {
    const minutes = new Map();
    if (list !== undefined)
        collect(minutes, 'list', qualityRecords(list, context));
    if (exported !== undefined)
        collect(minutes, 'exported', exported);
    const meeting = meetingKey(identity.meeting_no, identity.meeting_start_time);
    const id = 'user_id' in identity ? { user_id: identity.user_id } : { room_id: identity.room_id };
    const session = sessionKey(meeting, id, identity.join_time);
    const ordinals = new Ordinals();
    return [...minutes.values()].toSorted(byMinute).map((minute) => {
        const time = minute.unix === null ? null : isoOfUnix(minute.unix);
        const ordinal = ordinals.next(time);
        return inColumns('quality_minutes', {
            ...id,
            row_key: rowKey('quality_minutes', [session, time], ordinal),
            meeting_key: meeting,
            session_key: session,
            ordinal,
            meeting_no: identity.meeting_no,
            meeting_start_time: isoOfUnix(identity.meeting_start_time),
            join_time: isoOfUnix(identity.join_time),
            time,
            source: minute.list === undefined ? 'export' : minute.exported === undefined ? 'list' : 'both',
            conflicts: conflictsOf(minute),
        }, merged(minute));
    });
}
function collect(minutes, source, records) {
    const ordinals = new Ordinals();
    for (const record of records) {
        const unix = unixAt(record.values, 'time');
        const start = unix === null ? null : minuteOf(unix);
        const key = JSON.stringify([start, ordinals.next(start)]);
        const minute = minutes.get(key) ?? { unix: start };
        minutes.set(key, minute);
        minute[source] = record;
    }
}
const VALUES = sourceColumns('participant_quality_list').filter(({ name }) => name !== 'time');
function conflictsOf({ list, exported }) {
    if (list === undefined || exported === undefined)
        return null;
    const conflicts = {};
    for (const { name } of VALUES) {
        const fromList = list.values[name] ?? null;
        const fromExport = exported.values[name] ?? null;
        if (fromList !== null && fromExport !== null && fromList !== fromExport) {
            conflicts[name] = { list: fromList, export: fromExport };
        }
    }
    return Object.keys(conflicts).length === 0 ? null : JSON.stringify(conflicts);
}
function merged({ list, exported }) {
    if (list === undefined || exported === undefined)
        return list ?? exported ?? { values: {} };
    const values = {};
    for (const { name } of VALUES)
        values[name] = list.values[name] ?? exported.values[name] ?? null;
    if (list.unparsed === undefined && exported.unparsed === undefined)
        return { values };
    return { values, unparsed: { ...exported.unparsed, ...list.unparsed } };
}
//# sourceMappingURL=quality-rows.js.map