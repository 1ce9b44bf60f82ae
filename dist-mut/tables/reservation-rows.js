import { Ordinals, rowKey } from './keys.js';
import { inColumns, keepStarting, textAt } from './rows.js';
import { unionOf } from './union.js';
export function reservationRows({ windows, rooms, day }) {
    const roomIds = unambiguousRooms(rooms ?? []);
    const ordinals = new Ordinals();
    const records = unionOf(windows, lookOf);
    return (day === undefined ? records : keepStarting(records, 'event_start_time', day)).map((record) => {
        const { values } = record;
        const key = keyOf(values);
        const ordinal = ordinals.next(...key);
        return inColumns('reservations', {
            row_key: rowKey('reservations', key, ordinal),
            ordinal,
            room_id: textAt(values, 'room_id') ?? roomIds.get(textAt(values, 'room_name') ?? '') ?? null,
        }, record);
    });
}
function keyOf(values) {
    return [textAt(values, 'room_name'), textAt(values, 'event_start_time'), textAt(values, 'reserver')];
}
/**
 * The end belongs to the look: else a long and a short reservation of two rooms of one name, each in a window of its
 * own, would be taken for one. Times that do not parse are told apart by their text.
 */
function lookOf({ values, unparsed }) {
    return JSON.stringify([
        ...keyOf(values),
        textAt(values, 'event_end_time'),
        unparsed?.['event_start_time'],
        unparsed?.['event_end_time'],
    ]);
}
function unambiguousRooms(rooms) {
    const ids = new Map();
    for (const { room_id: id, name } of rooms) {
        if (id === undefined || name === undefined)
            continue;
        ids.set(name, (ids.get(name) ?? new Set()).add(id));
    }
    const unambiguous = new Map();
    for (const [name, [id, ...others]] of ids)
        if (id !== undefined && others.length === 0)
            unambiguous.set(name, id);
    return unambiguous;
}
//# sourceMappingURL=reservation-rows.js.map