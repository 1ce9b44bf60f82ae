/** Rows of the tables `meetings`, `participants` and `units`, made of records and of what their requests named. */
import { sourceColumns, TABLES } from './columns.js';
import { meetingKey, Ordinals, rowKey, sessionKey } from './keys.js';
import { unionOf } from './union.js';
import { isoOfUnix, unixOfIso } from '../model/calendar.js';
/** The text of a row's column, NULL where it is not text. */
export function textAt(row, column) {
    const value = row[column];
    return typeof value === 'string' ? value : null;
}
/** The unix seconds of a row's timestamp column. */
export function unixAt(row, column) {
    const iso = textAt(row, column);
    return iso === null ? null : unixOfIso(iso);
}
/**
 * The table's columns in their order: what is `given` (keys, the request's values) goes before what the record says; a
 * column that neither fills is NULL.
 */
export function inColumns(table, given, record) {
    const row = {};
    const texts = {};
    for (const { name } of TABLES[table].columns) {
        row[name] = given[name] ?? record.values[name] ?? null;
        const text = record.unparsed?.[name];
        if (text !== undefined)
            texts[name] = text;
    }
    if (record.unparsed !== undefined)
        row['unparsed'] = JSON.stringify(texts);
    return row;
}
/**
 * The meetings that start in the window. One whose start is missing or does not parse is kept: where it belongs is
 * unknown, and in the table its `unparsed` is seen, while a dropped row is not.
 */
export function keepMeetingsOfDay(records, window) {
    return keepStarting(records, 'meeting_start_time', window);
}
export function keepStarting(records, column, window) {
    return Array.from(records).filter(({ values }) => {
        const start = unixAt(values, column);
        return start === null || (start >= window.fromUnix && start < window.toUnix);
    });
}
/** The meetings of an export that was asked in several windows, none doubled. */
export function meetingsOfWindows(windows) {
    return unionOf(windows, ({ values, unparsed }) => JSON.stringify([
        textAt(values, 'meeting_no'),
        textAt(values, 'meeting_start_time'),
        textAt(values, 'meeting_end_time'),
        unparsed?.['meeting_start_time'],
        unparsed?.['meeting_end_time'],
    ]));
}
const LIST_ONLY = sourceColumns('meeting_list')
    .filter(({ source }) => source.zh === undefined)
    .map(({ name }) => name);
/**
 * Rows of `meetings`: those of the export, with the columns that only the list has filled from its meeting of the same
 * number and start; then the meetings that only the list has. Of several with one number and start, the first goes
 * with the first, the second with the second.
 */
export async function* meetingRows(input) {
    const listed = new Map();
    for (const record of input.listed ?? []) {
        const key = meetingKeyOf(record);
        const same = listed.get(key);
        if (same === undefined)
            listed.set(key, [record]);
        else
            same.push(record);
    }
    const ordinals = new Ordinals();
    for await (const record of input.exported) {
        const twin = listed.get(meetingKeyOf(record))?.shift();
        yield meetingRow(twin === undefined ? record : withListOnly(record, twin), ordinals);
    }
    for (const same of listed.values())
        for (const record of same)
            yield meetingRow(record, ordinals);
}
function meetingKeyOf({ values }) {
    return meetingKey(textAt(values, 'meeting_no'), unixAt(values, 'meeting_start_time'));
}
function withListOnly(exported, listed) {
    const values = { ...exported.values };
    const unparsed = { ...exported.unparsed };
    for (const name of LIST_ONLY) {
        values[name] = listed.values[name] ?? null;
        const text = listed.unparsed?.[name];
        if (text !== undefined)
            unparsed[name] = text;
    }
    return Object.keys(unparsed).length === 0 ? { values } : { values, unparsed };
}
function meetingRow(record, ordinals) {
    const key = meetingKeyOf(record);
    const ordinal = ordinals.next(key);
    return inColumns('meetings', { row_key: rowKey('meetings', [key], ordinal), meeting_key: key, ordinal }, record);
}
/** Rows of `participants` of one meeting. */
export async function* participantRows(input) {
    const meeting = meetingKey(input.meeting_no, input.meeting_start_time);
    const ordinals = new Ordinals();
    for await (const record of input.records) {
        const session = sessionKey(meeting, sessionIdOf(record.values), unixAt(record.values, 'join_time'));
        const ordinal = ordinals.next(session);
        yield inColumns('participants', {
            row_key: rowKey('participants', [session], ordinal),
            meeting_key: meeting,
            session_key: session,
            ordinal,
            meeting_no: input.meeting_no,
            meeting_start_time: isoOfUnix(input.meeting_start_time),
            meeting_end_time: isoOfUnix(input.meeting_end_time),
        }, record);
    }
}
/** The user id, else the room id, else the name. */
function sessionIdOf(values) {
    const userId = textAt(values, 'user_id');
    if (userId !== null)
        return { user_id: userId };
    const roomId = textAt(values, 'meeting_room_id');
    return roomId === null ? { participant_name: textAt(values, 'participant_name') } : { room_id: roomId };
}
/** The sessions of rows of `participants`, each once: of rows that share a session, the first one's name and device. */
export function sessionsOf(rows) {
    const sessions = new Map();
    for (const row of rows) {
        const key = textAt(row, 'session_key');
        const meetingNo = textAt(row, 'meeting_no');
        const start = unixAt(row, 'meeting_start_time');
        if (key === null || meetingNo === null || start === null)
            throw new TypeError('not a row of participants');
        if (sessions.has(key))
            continue;
        const userId = textAt(row, 'user_id');
        sessions.set(key, {
            session_key: key,
            meeting_no: meetingNo,
            meeting_start_time: start,
            user_id: userId,
            // Exactly one of both may be asked for, and the key is made of the user id where there is one.
            room_id: userId === null ? textAt(row, 'meeting_room_id') : null,
            participant_name: textAt(row, 'participant_name'),
            device: textAt(row, 'device'),
            join_time: unixAt(row, 'join_time'),
        });
    }
    return [...sessions.values()];
}
/** Rows of `units`. */
export function unitRows(units) {
    const ordinals = new Ordinals();
    return Array.from(units, (unit) => {
        const meeting = meetingKey(unit.meeting_no, unit.meeting_start_time);
        const id = sessionIdOf({ ...unit, meeting_room_id: unit.room_id });
        const session = sessionKey(meeting, id, unit.join_time);
        const ordinal = ordinals.next(session);
        return inColumns('units', {
            ...unit,
            row_key: rowKey('units', [session], ordinal),
            meeting_key: meeting,
            session_key: session,
            ordinal,
            meeting_start_time: isoOfUnix(unit.meeting_start_time),
            join_time: unit.join_time === null ? null : isoOfUnix(unit.join_time),
        }, { values: {} });
    });
}
//# sourceMappingURL=rows.js.map