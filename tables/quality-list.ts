/**
 * Records of L3 by the minute. Each group of an element carries its own time, and these need not agree: in the
 * documented example the CPU time is a minute later than the others and has no offset.
 */
import type { Quality } from '../feishu/contract.ts';
import { canonicalText, compareText } from './canonical.ts';
import { presentText, readCell, readTime, resolveTime } from './cells.ts';
import type { WrittenTime } from './cells.ts';
import { sourceColumns } from './columns.ts';
import type { SourceColumn } from './columns.ts';
import { RecordShape, textOf } from './records.ts';
import type { ReadContext, SourceRecord } from './records.ts';
import { isoOfUnix } from '../model/calendar.ts';

const GROUPS = ['network', 'audio', 'video', 'screen_sharing', 'cpu_usage'] as const;
type GroupName = (typeof GROUPS)[number];

interface Group {
  name: GroupName;
  fields: ReadonlyMap<string, unknown>;
  /** Null where the group has none. */
  timeText: string | null;
  time: WrittenTime | null;
}

/** An element of the list or a row of the file, as far as it is counted. */
export interface Came {
  /** Its start, unix seconds; null where it cannot be read. */
  minute: number | null;
  /** Any figure of it can be read: one without is no minute, but for its time. */
  isMeasured: boolean;
}

/** A minute in the making: at most one group of each name. */
interface Slot {
  minute: number | null;
  groups: Map<GroupName, Group>;
}

const COLUMNS = new Map<GroupName, SourceColumn[]>(
  GROUPS.map((group) => [
    group,
    sourceColumns('participant_quality_list').filter(({ source }) => source.list?.startsWith(`${group}.`)),
  ]),
);
const VALUE_COLUMNS = sourceColumns('participant_quality_list').filter(({ name }) => name !== 'time');
const SHAPE = new RecordShape(VALUE_COLUMNS);

/** The start of the minute, unix seconds. */
export function minuteOf(unix: number): number {
  return unix - (unix % 60);
}

/**
 * One record for each minute of the elements of one session, all pages together. A minute that the answer has twice
 * gives two records. A group without a readable time is of the minute of its element. Elements are taken in the order of
 * their times and content, whatever order the answer has.
 *
 * `came`: of each element that has a group its minute, which is that of its earliest group. A minute of the stay has an
 * element of its own: a group that is a minute later than its siblings makes a record, and no minute.
 */
export function qualityRecords(
  elements: Iterable<Quality>,
  context: ReadContext,
): { records: SourceRecord[]; came: Came[] } {
  const answer = inOrder(elements);
  const slots = new Map<number | null, Slot[]>();
  const came: Came[] = [];
  for (const [index, groups] of answer.entries()) {
    const siblings = siblingsOf(answer, index);
    const minutes = groups.map(({ time }) =>
      time === null ? null : minuteOf(resolveTime(time, siblings, context.zone)),
    );
    const known = minutes.filter((minute) => minute !== null);
    const own = known.length === 0 ? null : Math.min(...known);
    for (const [at, group] of groups.entries()) place(slots, minutes[at] ?? own, group);
    if (groups.length > 0) came.push({ minute: own, isMeasured: groups.some(hasFigure) });
  }
  return { records: [...slots.values()].flat().map((slot) => recordOf(slot, context)), came };
}

/** The groups of each element, by their earliest time; those of one time by what they say. */
function inOrder(elements: Iterable<Quality>): Group[][] {
  return Array.from(elements, (element) => {
    const groups = groupsOf(element);
    return { element, groups, wall: Math.min(...groups.map(({ time }) => time?.wall ?? Number.POSITIVE_INFINITY)) };
  })
    .toSorted((a, b) =>
      a.wall === b.wall ? compareText(canonicalText(a.element), canonicalText(b.element)) : a.wall - b.wall,
    )
    .map(({ groups }) => groups);
}

function groupsOf(element: Quality): Group[] {
  return GROUPS.flatMap((name) => {
    const fields = new Map<string, unknown>(Object.entries(element[name] ?? {}));
    if (fields.size === 0) return [];
    const timeText = presentText('timestamp', textOf(fields.get('time')));
    return [{ name, fields, timeText, time: timeText === null ? null : readTime(timeText) }];
  });
}

function hasFigure({ name: group, fields }: Group): boolean {
  return (COLUMNS.get(group) ?? []).some(({ source }) => {
    if (source.cell === 'timestamp') return false;
    const read = readCell(source.cell, textOf(fields.get(fieldOf(source, group))));
    return 'value' in read && read.value !== null;
  });
}

/** Its name within the group. */
function fieldOf({ list }: SourceColumn['source'], group: GroupName): string {
  return list?.slice(group.length + 1) ?? '';
}

/** The times of the element; where none of them has an offset, those of the nearest element that has one. */
function siblingsOf(answer: readonly Group[][], index: number): WrittenTime[] {
  for (let distance = 0; distance < answer.length; distance += 1) {
    const near = [answer[index - distance], answer[index + distance]];
    const times = near.flatMap((groups) => groups?.flatMap(({ time }) => time ?? []) ?? []);
    if (times.some(({ offset }) => offset !== null)) return times;
  }
  return [];
}

/** The first record of the minute that lacks this group takes it: a group that comes twice begins another. */
function place(slots: Map<number | null, Slot[]>, minute: number | null, group: Group): void {
  const same = slots.get(minute) ?? [];
  slots.set(minute, same);
  const free = same.find(({ groups }) => !groups.has(group.name));
  if (free === undefined) same.push({ minute, groups: new Map([[group.name, group]]) });
  else free.groups.set(group.name, group);
}

function recordOf({ minute, groups }: Slot, context: ReadContext): SourceRecord {
  const texts = new Map<string, string | null>();
  const unreadTimes: string[] = [];
  for (const group of groups.values()) {
    for (const { name, source } of COLUMNS.get(group.name) ?? []) {
      texts.set(name, textOf(group.fields.get(fieldOf(source, group.name))));
    }
    if (group.time === null && group.timeText !== null) unreadTimes.push(group.timeText);
  }
  const record = SHAPE.read(
    VALUE_COLUMNS.map(({ name }) => texts.get(name) ?? null),
    context.zone,
  );
  const values = { time: minute === null ? null : isoOfUnix(minute), ...record.values };
  const unparsed = { ...(unreadTimes[0] === undefined ? {} : { time: unreadTimes[0] }), ...record.unparsed };
  return Object.keys(unparsed).length === 0 ? { values } : { values, unparsed };
}
