/**
 * One text cell to one typed value. Formats are those of Feishu's export overview; whatever else stands in a cell is
 * not guessed at: it comes back as unparsed, with its text.
 */
import type { CellKind } from './columns.ts';
import { canonicalText } from './canonical.ts';
import { unixOfWall } from '../model/calendar.ts';

/** A wall-clock time, as the unix seconds it would have in UTC, and the offset written next to it. */
export interface WrittenTime {
  wall: number;
  /** Seconds east of UTC; null where none is written. */
  offset: number | null;
}

export type Parsed = Readonly<{ value: string | number | boolean | null } | { unparsed: string }>;

/** Cells repeat: a column has a few words or figures over and over, and looking one up costs a fraction of reading it. */
class KnownTexts<T> {
  static readonly #MOST = 4096;
  static readonly #LONGEST = 32;
  readonly #read: (text: string) => T;
  readonly #known = new Map<string, T>();

  constructor(read: (text: string) => T) {
    this.#read = read;
  }

  of(text: string): T {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const parsed = this.#read(text);
    if (text.length > KnownTexts.#LONGEST) return parsed;
    // All at once: to know which was asked for last costs more than a few readings again.
    if (this.#known.size === KnownTexts.#MOST) this.#known.clear();
    this.#known.set(text, parsed);
    return parsed;
  }
}

const NULL_MARKERS = new Set(['', '-', '--']);
/** In an id's place these are words for "there is none"; asked about as an id, each costs a call and gives "not found". */
const NO_ID = new Set(['—', '——', '–', '―', '/', 'n/a', 'null', 'none', 'undefined', '无', '空', '暂无']);

const LONGEST_MARKER = Math.max(...Array.from(NO_ID, (marker) => marker.length));

const ASCII = /^[\u0020-\u007e]*$/;

/** Full-width digits, colons and brackets become plain ones, every kind of space one kind. */
function plain(text: string): string {
  return (ASCII.test(text) ? text : text.normalize('NFKC')).trim();
}

/** The text, or null where the cell says that there is no value. A `name` has none only where no character stands. */
export function presentText(kind: CellKind, text: string | null): string | null {
  if (text === null || text === '') return null;
  if (kind === 'name' || text.trim().length > LONGEST_MARKER) return text;
  const word = plain(text).toLowerCase();
  const isId = kind === 'id' || kind === 'meeting_no';
  return NULL_MARKERS.has(word) || (isId && NO_ID.has(word)) ? null : text;
}

const DATE = String.raw`(?<year>\d{4})(?:(?<mark>[./-])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})|年(?<zhMonth>\d{1,2})月(?<zhDay>\d{1,2})日)`;
/** Between a date and an hour stands something; after 日 it may be nothing. */
const GAP = String.raw`(?:\s+|T|(?<=日)\s*)`;
const CLOCK = String.raw`(?<hour>\d{1,2})(?::(?<minute>\d{2})(?::(?<second>\d{2})(?<fraction>\.\d+)?)?|时(?<zhMinute>\d{1,2})分(?:(?<zhSecond>\d{1,2})秒)?)`;
const TIME = new RegExp(String.raw`^${DATE}${GAP}${CLOCK}\s*(?<zone>\S.*)?$`, 'i');
const OFFSET = /^(?:(?<zero>Z|GMT|UTC)|(?:GMT|UTC)?\s*(?<sign>[+\-−])(?<hours>\d{1,2})(?::?(?<minutes>\d{2}))?)$/i;
/** China and America both have one: it names no offset, so that the siblings or the profile's zone decide. */
const NO_OFFSET = /^\(?\s*CST\s*\)?$/i;
const NO_FRACTION = /^\.0+$/;
const LARGEST_OFFSET_H = 14;
const OFFSETS = new KnownTexts(readOffset);

/** Seconds east of UTC of `GMT+08:00`, `(GMT+8)`, `UTC-3:30`, `Z`; null where it is no offset. */
function readOffset(text: string): number | null {
  const inner = /^\((.*)\)$/.exec(text)?.[1]?.trim() ?? text;
  const groups = OFFSET.exec(inner)?.groups;
  if (groups === undefined) return null;
  if (groups['zero'] !== undefined) return 0;
  const hours = Number(groups['hours']);
  const minutes = Number(groups['minutes'] ?? 0);
  if (hours > LARGEST_OFFSET_H || minutes > 59) return null;
  const seconds = hours * 3600 + minutes * 60;
  return groups['sign'] === '+' ? seconds : -seconds;
}

/**
 * `2022.07.21 11:01:40 (GMT+08:00)`, also with `/` or `-`, without seconds, without an offset; `2022年7月21日 11:01:40`,
 * `2022年7月21日 11时1分40秒`. Fractions of a second are dropped where an offset stands behind them, as machines write
 * them. The year stands first: day and month in another order are never guessed. Null where the text is no such time or
 * no day of the calendar.
 */
export function readTime(text: string): WrittenTime | null {
  const groups = TIME.exec(plain(text))?.groups;
  if (groups === undefined) return null;
  const { zone, fraction } = groups;
  const year = Number(groups['year']);
  const month = Number(groups['month'] ?? groups['zhMonth']);
  const day = Number(groups['day'] ?? groups['zhDay']);
  const hour = Number(groups['hour']);
  const minute = Number(groups['minute'] ?? groups['zhMinute'] ?? 0);
  const second = Number(groups['second'] ?? groups['zhSecond'] ?? 0);
  if (year < 1900 || hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const offset = zone === undefined || NO_OFFSET.test(zone) ? null : OFFSETS.of(zone);
  if (offset === null && zone !== undefined && !NO_OFFSET.test(zone)) return null;
  if (offset === null && fraction !== undefined && !NO_FRACTION.test(fraction)) return null;
  return { wall: date.getTime() / 1000, offset };
}

/** The day that a text names which is no readable time: `2022年7月21日 上午`, `2022-07-21 noon`; `YYYY-MM-DD`, else null. */
export function dayNamedIn(text: string): string | null {
  const groups = new RegExp(String.raw`(?<!\d)${DATE}(?!\d)`).exec(plain(text))?.groups;
  if (groups === undefined) return null;
  const two = (...names: string[]): string => (names.map((name) => groups[name]).find(Boolean) ?? '').padStart(2, '0');
  return `${groups['year']}-${two('month', 'zhMonth')}-${two('day', 'zhDay')}`;
}

/**
 * Unix seconds. A time without an offset takes that of the sibling nearest to it, so that a row that spans a change of
 * the clocks keeps its order; without any sibling it is a wall-clock time of `zone`.
 */
export function resolveTime(time: WrittenTime, siblings: readonly WrittenTime[], zone: string): number {
  if (time.offset !== null) return time.wall - time.offset;
  let nearest: { offset: number; distance: number } | null = null;
  for (const { wall, offset } of siblings) {
    if (offset === null) continue;
    const distance = Math.abs(wall - time.wall);
    if (nearest === null || distance < nearest.distance) nearest = { offset, distance };
  }
  return nearest === null ? unixOfWall(time.wall, zone) : time.wall - nearest.offset;
}

/** Seconds of `HH:mm:ss`; the hour may be unpadded and beyond 24. Two parts only would be a guess. */
function readDuration(text: string): number | null {
  const match = /^(\d{1,5}):([0-5]\d):([0-5]\d)$/.exec(text);
  return match === null ? null : Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

const LARGEST_INTEGER = 2_147_483_647;
const GROUPED = /^\d{1,3}(?:,\d{3})+(?=\D|$)/;

/** Counts: never negative, within the column's 32 bits. Thousands may be grouped by commas. */
function readInteger(text: string): number | null {
  const digits = GROUPED.test(text) ? text.replaceAll(',', '') : text;
  const match = /^(\d{1,10})(?:\.0+)?$/.exec(digits);
  const value = Number(match?.[1] ?? Number.NaN);
  return value <= LARGEST_INTEGER ? value : null;
}

const YES = new Set(['是', 'yes', 'true']);
const NO = new Set(['否', 'no', 'false']);

function readBoolean(text: string): boolean | null {
  const word = text.toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : null;
}

/** Arrays of records, whose order says nothing: sorted, so that a hash of the rows does not depend on it. */
function readJson(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? `[${value.map(canonicalText).toSorted().join(',')}]` : canonicalText(value);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

type Measure = 'kbps' | 'ms' | 'pct' | 'db' | 'fps';
const UNIT: Record<Measure, string> = { kbps: 'kbps', ms: 'ms', pct: '%', db: 'db', fps: 'fps' };

/** `50kbps`, `5 ms`, `0.8%`, `-6dB`, `50`. Another unit is not converted: Feishu documents one for each column. */
function readMeasure(text: string, kind: Measure): number | null {
  const match = /^([+\-−]?)(\d[\d,]*(?:\.\d+)?)\s*(\D*)$/.exec(text);
  if (match === null) return null;
  const [, sign, number = '', unit = ''] = match;
  if (unit !== '' && unit.toLowerCase() !== UNIT[kind]) return null;
  const grouped = number.includes(',');
  if (grouped && !/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(number)) return null;
  const value = Number(grouped ? number.replaceAll(',', '') : number);
  // Plus zero: minus zero equals zero everywhere but in a hash of the rows.
  const signed = (sign === '' || sign === '+' ? value : -value) + 0;
  // Volumes are below zero; a rate, delay, share or frame rate below zero is a mark for "unknown" that would drag averages.
  return signed < 0 && kind !== 'db' ? null : signed;
}

/** People see `123 456 789`, Feishu is asked about `123456789`. Whatever is no number stays as it is. */
function readMeetingNo(text: string): string {
  const digits = plain(text).replaceAll(/\s/g, '');
  return /^\d+$/.test(digits) ? digits : text.trim();
}

const NOTHING: Parsed = { value: null };

type Kind = Exclude<CellKind, 'timestamp'>;

function readPresent(kind: Kind, text: string): string | number | boolean | null {
  switch (kind) {
    case 'name':
    case 'text':
      return text;
    case 'id':
      return text.trim();
    case 'meeting_no':
      return readMeetingNo(text);
    case 'integer':
      return readInteger(plain(text));
    case 'duration':
      return readDuration(plain(text));
    case 'boolean':
      return readBoolean(plain(text));
    case 'json':
      return readJson(text);
    default:
      return readMeasure(plain(text), kind);
  }
}

function readWritten(kind: Kind, text: string): Parsed {
  const present = presentText(kind, text);
  if (present === null) return NOTHING;
  const value = readPresent(kind, present);
  return value === null ? { unparsed: present } : { value };
}

/** Of kinds whose cells repeat and are costly to read. Words and ids are neither, and are people's: none is kept. */
const KNOWN: Partial<Record<Kind, KnownTexts<Parsed>>> = {};
for (const kind of ['integer', 'duration', 'boolean', 'kbps', 'ms', 'pct', 'db', 'fps'] as const) {
  KNOWN[kind] = new KnownTexts((text) => readWritten(kind, text));
}

/** Every kind but `timestamp`, which needs its siblings: `readTime` and `resolveTime`. */
export function readCell(kind: Kind, text: string | null): Parsed {
  if (text === null) return NOTHING;
  const known = KNOWN[kind];
  return known === undefined ? readWritten(kind, text) : known.of(text);
}
