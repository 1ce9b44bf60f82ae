/**
 * Keys of rows: the first 32 hex digits of a SHA-256 over a JSON array, which no two different lists of parts share.
 * Instants enter as unix seconds or in UTC, so a key
 * does not depend on how a time was written.
 */
import { createHash } from 'node:crypto';
function hash(...parts) {
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
/** Meeting numbers are reused, number and start are not. `startUnix` is null where the start could not be read. */
export function meetingKey(meetingNo, startUnix) {
    return hash('meeting', meetingNo, startUnix);
}
/** Rows that share it are one unit of work and are asked about once. The kind of id is part of the hash. */
export function sessionKey(meeting, id, joinUnix) {
    if ('user_id' in id)
        return hash('session', meeting, 'user_id', id.user_id, joinUnix);
    if ('room_id' in id)
        return hash('session', meeting, 'room_id', id.room_id, joinUnix);
    return hash('session', meeting, 'participant_name', id.participant_name, joinUnix);
}
/** `key`: the values of the table's key columns in their order, instants as in the row. */
export function rowKey(table, key, ordinal) {
    return hash('row', table, ...key, ordinal);
}
/** Numbers rows whose keys are equal: 1, 2, … in the order in which they are asked. One instance for one table. */
export class Ordinals {
    #last = new Map();
    next(...key) {
        const text = JSON.stringify(key);
        const ordinal = (this.#last.get(text) ?? 0) + 1;
        this.#last.set(text, ordinal);
        return ordinal;
    }
}
//# sourceMappingURL=keys.js.map