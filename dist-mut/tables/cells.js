import { unixOfWall } from '../model/calendar.js';
const NULL_MARKERS = new Set(['', '-', '--']);
const ASCII = /^[\u0020-\u007e]*$/;
/** Full-width digits, colons and brackets become plain ones, every kind of space one kind. */
function plain(text) {
    return (ASCII.test(text) ? text : text.normalize('NFKC')).trim();
}
/** The text, or null where the cell says that there is no value. A `name` has none only where no character stands. */
export function presentText(kind, text) {
    if (text === null || text === '')
        return null;
    const missing = kind !== 'name' && text.trim().length <= 2 && NULL_MARKERS.has(plain(text));
    return missing ? null : text;
}
const TIME = /^(?<year>\d{4})(?<mark>[./-])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})(?:\s+|T)(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.0+)?)?\s*(?<zone>\S.*)?$/i;
const OFFSET = /^(?:(?<zero>Z|GMT|UTC)|(?:GMT|UTC)?\s*(?<sign>[+\-−])(?<hours>\d{1,2})(?::?(?<minutes>\d{2}))?)$/i;
const LARGEST_OFFSET_H = 14;
/** Seconds east of UTC of `GMT+08:00`, `(GMT+8)`, `UTC-3:30`, `Z`; null where it is no offset. */
function readOffset(text) {
    const inner = /^\((.*)\)$/.exec(text)?.[1]?.trim() ?? text;
    const groups = OFFSET.exec(inner)?.groups;
    if (groups === undefined)
        return null;
    if (groups['zero'] !== undefined)
        return 0;
    const hours = Number(groups['hours']);
    const minutes = Number(groups['minutes'] ?? 0);
    if (hours > LARGEST_OFFSET_H || minutes > 59)
        return null;
    const seconds = hours * 3600 + minutes * 60;
    return groups['sign'] === '+' ? seconds : -seconds;
}
/**
 * `2022.07.21 11:01:40 (GMT+08:00)`, also with `/` or `-`, without seconds, without an offset. The year stands first:
 * day and month in another order are never guessed. Null where the text is no such time or no day of the calendar.
 */
export function readTime(text) {
    const groups = TIME.exec(plain(text))?.groups;
    if (groups === undefined)
        return null;
    const part = (name) => Number(groups[name] ?? 0);
    const [year, month, day] = [part('year'), part('month'), part('day')];
    const [hour, minute, second] = [part('hour'), part('minute'), part('second')];
    if (year < 1900 || hour > 23 || minute > 59 || second > 59)
        return null;
    const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
    if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
        return null;
    const offset = groups['zone'] === undefined ? null : readOffset(groups['zone']);
    if (offset === null && groups['zone'] !== undefined)
        return null;
    return { wall: date.getTime() / 1000, offset };
}
/**
 * Unix seconds. A time without an offset takes that of the sibling nearest to it, so that a row that spans a change of
 * the clocks keeps its order; without any sibling it is a wall-clock time of `zone`.
 */
export function resolveTime(time, siblings, zone) {
    if (time.offset !== null)
        return time.wall - time.offset;
    let nearest = null;
    for (const { wall, offset } of siblings) {
        if (offset === null)
            continue;
        const distance = Math.abs(wall - time.wall);
        if (nearest === null || distance < nearest.distance)
            nearest = { offset, distance };
    }
    return nearest === null ? unixOfWall(time.wall, zone) : time.wall - nearest.offset;
}
/** Seconds of `HH:mm:ss`; the hour may be unpadded and beyond 24. Two parts only would be a guess. */
function readDuration(text) {
    const match = /^(\d{1,5}):([0-5]\d):([0-5]\d)$/.exec(text);
    return match === null ? null : Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}
const LARGEST_INTEGER = 2_147_483_647;
const GROUPED = /^\d{1,3}(?:,\d{3})+(?=\D|$)/;
/** Counts: never negative, within the column's 32 bits. Thousands may be grouped by commas. */
function readInteger(text) {
    const digits = GROUPED.test(text) ? text.replaceAll(',', '') : text;
    const match = /^(\d{1,10})(?:\.0+)?$/.exec(digits);
    const value = Number(match?.[1] ?? Number.NaN);
    return value <= LARGEST_INTEGER ? value : null;
}
const YES = new Set(['是', 'yes', 'true']);
const NO = new Set(['否', 'no', 'false']);
function readBoolean(text) {
    const word = text.toLowerCase();
    if (YES.has(word))
        return true;
    return NO.has(word) ? false : null;
}
const UNIT = { kbps: 'kbps', ms: 'ms', pct: '%', db: 'db', fps: 'fps' };
/** `50kbps`, `5 ms`, `0.8%`, `-6dB`, `50`. Another unit is not converted: Feishu documents one for each column. */
function readMeasure(text, kind) {
    const match = /^([+\-−]?)(\d[\d,]*(?:\.\d+)?)\s*(\D*)$/.exec(text);
    if (match === null)
        return null;
    const [, sign, number = '', unit = ''] = match;
    if (unit !== '' && unit.toLowerCase() !== UNIT[kind])
        return null;
    const grouped = number.includes(',');
    if (grouped && !/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(number))
        return null;
    const value = Number(grouped ? number.replaceAll(',', '') : number);
    // Plus zero: minus zero equals zero everywhere but in a hash of the rows.
    return (sign === '' || sign === '+' ? value : -value) + 0;
}
/** Every kind but `timestamp`, which needs its siblings: `readTime` and `resolveTime`. */
export function readCell(kind, text) {
    const present = presentText(kind, text);
    if (present === null)
        return { value: null };
    const value = readPresent(kind, present);
    return value === null ? { unparsed: present } : { value };
}
function readPresent(kind, text) {
    switch (kind) {
        case 'name':
        case 'text':
            return text;
        case 'id':
            return text.trim();
        case 'integer':
            return readInteger(plain(text));
        case 'duration':
            return readDuration(plain(text));
        case 'boolean':
            return readBoolean(plain(text));
        default:
            return readMeasure(plain(text), kind);
    }
}
//# sourceMappingURL=cells.js.map