import { presentText, readTime, resolveTime } from './cells.js';
import { sourceColumns } from './columns.js';
import { readRecord, textOf } from './records.js';
import { isoOfUnix } from '../model/calendar.js';
const GROUPS = ['network', 'audio', 'video', 'screen_sharing', 'cpu_usage'];
const COLUMNS = new Map(GROUPS.map((group) => [
    group,
    sourceColumns('participant_quality_list').filter(({ source }) => source.list?.startsWith(`${group}.`)),
]));
const VALUE_COLUMNS = sourceColumns('participant_quality_list').filter(({ name }) => name !== 'time');
/** The start of the minute, unix seconds. */
export function minuteOf(unix) {
    return unix - (unix % 60);
}
/**
 * One record for each minute of the elements of one session, all pages together; records of one minute in the order of
 * the answer. A minute that the answer has twice gives two records. A group without a readable time is of the minute of its element.
 */
export function qualityRecords(elements, context) {
    const answer = Array.from(elements, groupsOf);
    const slots = new Map();
    for (const [index, groups] of answer.entries()) {
        const siblings = siblingsOf(answer, index);
        const minutes = groups.map(({ time }) => time === null ? null : minuteOf(resolveTime(time, siblings, context.zone)));
        const known = minutes.filter((minute) => minute !== null);
        const own = known.length === 0 ? null : Math.min(...known);
        for (const [at, group] of groups.entries())
            place(slots, minutes[at] ?? own, group);
    }
    return [...slots.values()].flat().map((slot) => recordOf(slot, context));
}
function groupsOf(element) {
    return GROUPS.flatMap((name) => {
        const fields = new Map(Object.entries(element[name] ?? {}));
        if (fields.size === 0)
            return [];
        const timeText = presentText('timestamp', textOf(fields.get('time')));
        return [{ name, fields, timeText, time: timeText === null ? null : readTime(timeText) }];
    });
}
/** The times of the element; where none of them has an offset, those of the nearest element that has one. */
function siblingsOf(answer, index) {
    for (let distance = 0; distance < answer.length; distance += 1) {
        const near = [answer[index - distance], answer[index + distance]];
        const times = near.flatMap((groups) => groups?.flatMap(({ time }) => time ?? []) ?? []);
        if (times.some(({ offset }) => offset !== null))
            return times;
    }
    return [];
}
/** The first record of the minute that lacks this group takes it: a group that comes twice begins another. */
function place(slots, minute, group) {
    const same = slots.get(minute) ?? [];
    slots.set(minute, same);
    const free = same.find(({ groups }) => !groups.has(group.name));
    if (free === undefined)
        same.push({ minute, groups: new Map([[group.name, group]]) });
    else
        free.groups.set(group.name, group);
}
function recordOf({ minute, groups }, context) {
    const texts = new Map();
    const unreadTimes = [];
    for (const group of groups.values()) {
        for (const { name, source } of COLUMNS.get(group.name) ?? []) {
            texts.set(name, textOf(group.fields.get(source.list?.slice(group.name.length + 1) ?? '')));
        }
        if (group.time === null && group.timeText !== null)
            unreadTimes.push(group.timeText);
    }
    const record = readRecord(VALUE_COLUMNS, ({ name }) => texts.get(name) ?? null, context.zone);
    const values = { time: minute === null ? null : isoOfUnix(minute), ...record.values };
    const unparsed = { ...(unreadTimes[0] === undefined ? {} : { time: unreadTimes[0] }), ...record.unparsed };
    return Object.keys(unparsed).length === 0 ? { values } : { values, unparsed };
}
//# sourceMappingURL=quality-list.js.map