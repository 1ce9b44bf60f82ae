/**
 * Days and wall-clock times of IANA time zones, in unix seconds.
 *
 * Free of Node imports and of the current time: workflows use it too, where `Intl` exists and every result has to be
 * the same on replay.
 */

/** `fromUnix` inclusive, `toUnix` exclusive, unix seconds. */
export interface DayWindow {
  fromUnix: number;
  toUnix: number;
}

/** A day of 24 hours; those on which the clocks change have another length. */
export const DAY_S = 86_400;
/** No zone was ever further from UTC than this. */
const MAX_OFFSET_S = 16 * 3600;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch (cause) {
      throw new RangeError(`${JSON.stringify(zone)} is no IANA time zone, such as Asia/Shanghai`, { cause });
    }
    formats.set(zone, format);
  }
  return format;
}

export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Seconds east of UTC at that instant. */
export function offsetAt(unix: number, zone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(unix * 1000)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - Math.floor(unix);
}

/**
 * The instant of a wall-clock time, given as the unix seconds it would have in UTC. A time that occurs twice is the
 * earlier one; one that the clocks skip is read with the offset that held before them.
 */
export function unixOfWall(wall: number, zone: string): number {
  const before = offsetAt(wall - DAY_S, zone);
  const after = offsetAt(wall + DAY_S, zone);
  const instants = [wall - before, wall - after].filter((unix) => unix + offsetAt(unix, zone) === wall);
  return instants.length > 0 ? Math.min(...instants) : wall - before;
}

/** Unix seconds of 00:00 UTC of a `YYYY-MM-DD`; null where it is no such day. */
function midnightUtc(day: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (match === null) return null;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return new Date(ms).toISOString().slice(0, 10) === day ? ms / 1000 : null;
}

/** Whether the text is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return midnightUtc(text) !== null;
}

function requireDay(day: string): number {
  const utc = midnightUtc(day);
  if (utc === null) throw new RangeError(`${JSON.stringify(day)} is no day; a day is written YYYY-MM-DD`);
  return utc;
}

/** `addDays('2026-02-28', 1)` is `2026-03-01`. */
export function addDays(day: string, days: number): string {
  return isoOfUnix(requireDay(day) + days * DAY_S).slice(0, 10);
}

/** First and last day of a month: `YYYY-MM`, or `previous` for the one before that of `today`. */
export function daysOfMonth(month: string, today: string): { from: string; to: string } {
  const from = month === 'previous' ? firstOf(addDays(firstOf(today), -1)) : `${month}-01`;
  return { from, to: addDays(firstOf(addDays(from, 31)), -1) };
}

function firstOf(day: string): string {
  return `${day.slice(0, 7)}-01`;
}

/** Every day from the one to the other, both of them too. */
export function daysOfRange({ from, to }: { from: string; to: string }): string[] {
  return Array.from({ length: daysBetween(from, to) + 1 }, (_, index) => addDays(from, index));
}

/** From the one day to the other: 0 for the same. */
export function daysBetween(from: string, to: string): number {
  return Math.round((requireDay(to) - requireDay(from)) / DAY_S);
}

/**
 * The first instant whose local date is `day` or later. Taking the first one makes days follow each other without gap
 * or overlap even where the clocks jump over midnight, back over it, or over a whole day (which is then empty).
 */
function dayStart(utcMidnight: number, zone: string): number {
  let low = utcMidnight - MAX_OFFSET_S;
  let high = utcMidnight + MAX_OFFSET_S;
  const before = offsetAt(low, zone);
  const after = offsetAt(high, zone);
  if (before === after) return utcMidnight - before;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, zone) === before) low = middle;
    else high = middle;
  }
  const change = high;
  return utcMidnight - before < change ? utcMidnight - before : Math.max(change, utcMidnight - after);
}

/** When a local day begins and ends. 23 or 25 hours long where the clocks change. */
export function dayWindow(day: string, zone: string): DayWindow {
  const utc = requireDay(day);
  return { fromUnix: dayStart(utc, zone), toUnix: dayStart(utc + DAY_S, zone) };
}

/** The local day, `YYYY-MM-DD`, whose window holds the instant. */
export function dayOf(unix: number, zone: string): string {
  const day = isoOfUnix(unix + offsetAt(unix, zone)).slice(0, 10);
  const next = addDays(day, 1);
  return unix >= dayStart(requireDay(next), zone) ? next : day;
}

/** `YYYY-MM-DDTHH:mm:ssZ`, the form of every `timestamp` in a row. */
export function isoOfUnix(unix: number): string {
  return `${new Date(Math.floor(unix) * 1000).toISOString().slice(0, 19)}Z`;
}

/** Unix seconds of an ISO 8601 instant with an offset or `Z`. */
export function unixOfIso(iso: string): number {
  const ms = /T.*(?:Z|[+-]\d{2}:\d{2})$/.test(iso) ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(ms)) throw new RangeError(`${JSON.stringify(iso)} is no instant`);
  return Math.floor(ms / 1000);
}
