/** Days and timestamps of the tenant's time zone. All instants are unix seconds. */
const FIXED_OFFSET = /^([+-])(\d{2}):(\d{2})$/;
/** Offsets change on quarter hours at the finest. */
const OFFSET_SLOT_S = 900;
/** @param name an IANA zone (`Asia/Shanghai`) or a fixed offset (`+08:00`). Throws RangeError for anything else. */
export function zoneOf(name) {
    const offsetS = offsetOf(name);
    const local = (unix) => new Date((unix + offsetS(unix)) * 1000);
    const stampWithoutOffset = (unix) => local(unix).toISOString().slice(0, 19).replaceAll('-', '.').replace('T', ' ');
    return {
        offsetS,
        dayOf: (unix) => local(unix).toISOString().slice(0, 10),
        dayStart: (day) => {
            const utcMidnight = unixOfDay(day);
            // The offset at UTC midnight may differ from the one at local midnight: one more round settles it.
            const guess = utcMidnight - offsetS(utcMidnight);
            return utcMidnight - offsetS(guess);
        },
        stampWithoutOffset,
        stamp: (unix) => `${stampWithoutOffset(unix)} (GMT${offsetText(offsetS(unix))})`,
    };
}
function offsetOf(name) {
    const fixed = FIXED_OFFSET.exec(name);
    if (fixed) {
        const seconds = (Number(fixed[2]) * 60 + Number(fixed[3])) * 60 * (fixed[1] === '-' ? -1 : 1);
        return () => seconds;
    }
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    const known = new Map();
    return (unix) => {
        const slot = Math.floor(unix / OFFSET_SLOT_S);
        let seconds = known.get(slot);
        if (seconds === undefined) {
            seconds = readOffset(format, slot * OFFSET_SLOT_S);
            known.set(slot, seconds);
        }
        return seconds;
    };
}
function readOffset(format, unix) {
    const text = format.formatToParts(unix * 1000).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
    const match = FIXED_OFFSET.exec(text.slice('GMT'.length));
    if (!match)
        return 0;
    return (Number(match[2]) * 60 + Number(match[3])) * 60 * (match[1] === '-' ? -1 : 1);
}
function offsetText(seconds) {
    const minutes = Math.abs(seconds) / 60;
    return `${seconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
const two = (value) => String(value).padStart(2, '0');
const DAY_S = 86_400;
function unixOfDay(day) {
    const unix = Date.parse(`${day}T00:00:00Z`) / 1000;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(unix))
        throw new RangeError(`not a day (YYYY-MM-DD): ${day}`);
    return unix;
}
/** Days since 1970-01-01. */
export const dayNumber = (day) => unixOfDay(day) / DAY_S;
export const addDays = (day, days) => new Date((unixOfDay(day) + days * DAY_S) * 1000).toISOString().slice(0, 10);
/** `01:02:03`; hours grow beyond two digits. */
export const clockText = (seconds) => `${two(Math.floor(seconds / 3600))}:${minutesText(seconds)}`;
/** `1:02:03`: the hour of `event_duration` is not padded. */
export const looseClockText = (seconds) => `${Math.floor(seconds / 3600)}:${minutesText(seconds)}`;
const minutesText = (seconds) => `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
//# sourceMappingURL=zone.js.map