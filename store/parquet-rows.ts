import { wellFormed } from '../model/text.ts';
import { StoreError } from './errors.ts';

/**
 * How a column stands in Parquet and in a Row:
 *
 * - `text`: VARCHAR, string. Half surrogate pairs become U+FFFD.
 * - `integer`: INTEGER, a whole number from -2^31 to 2^31-1.
 * - `double`: DOUBLE, a finite number.
 * - `boolean`: BOOLEAN.
 * - `timestamp`: TIMESTAMP WITH TIME ZONE (microseconds, UTC), a string `YYYY-MM-DDTHH:mm:ssZ` with up to six decimals.
 * - `json`: VARCHAR, a string that is JSON text. Half surrogate pairs in its values become U+FFFD.
 */
export type ColumnType = 'text' | 'integer' | 'double' | 'boolean' | 'timestamp' | 'json';
export interface Column {
  name: string;
  type: ColumnType;
}
/** A column that a row lacks is NULL. */
export type Row = Record<string, string | number | boolean | null>;

export type SortKey = Cell[];
type Cell = Row[string];
export interface EncodedRow {
  sortKey: SortKey;
  /** JSON object of the values that are not NULL, in the order of the columns. */
  line: string;
}

/** Of `YYYY-MM-DDTHH:mm:ss`. */
const SECONDS_LENGTH = 19;
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
/** DuckDB's JSON reader takes lines of 16 MiB; a character is at most three bytes. */
const MAX_LINE_CHARACTERS = 5 * 1024 * 1024;
const TIMESTAMP = /^((\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,6}))?Z$/;

/** Turns rows into lines of canonical JSON with their sort key; throws StoreError `refused` for what does not fit. */
export class RowEncoder {
  readonly #columns: ColumnEncoder[];
  readonly #sortBy: ColumnEncoder[];
  #rowNumber = 0;
  #valueCharacters = 0;
  #longestLine = 0;

  constructor(columns: readonly Column[], sortBy: readonly string[]) {
    this.#columns = columns.map((column) => new ColumnEncoder(column));
    if (columns.length === 0) throw new StoreError('refused', 'A table without columns cannot be written.');
    if (new Set(columns.map(({ name }) => name)).size !== columns.length)
      throw new StoreError('refused', 'Two columns of a table have the same name.');
    this.#sortBy = sortBy.map((wanted) => {
      const column = this.#columns.find(({ name }) => name === wanted);
      if (column === undefined) throw new StoreError('refused', `The table has no column ${wanted} to sort by.`);
      return column;
    });
  }

  /** Of all values so far as JSON, the names of their columns not counted. */
  get valueCharacters(): number {
    return this.#valueCharacters;
  }

  /** Characters of the longest line so far. */
  get longestLine(): number {
    return this.#longestLine;
  }

  encode(row: Row): EncodedRow {
    this.#rowNumber += 1;
    // Joined once: a string grown by `+=` is a tree of its pieces, several times its size, as long as the row is held.
    const fields: string[] = [];
    let known = 0;
    let labels = 0;
    for (const column of this.#columns) {
      const value = row[column.name];
      if (value === undefined) continue;
      known += 1;
      if (value === null) continue;
      const field = typeof value === 'number' ? column.figure(value) : column.word(value);
      if (field === undefined) throw this.#refuse(column.name, `takes ${column.takes}`);
      fields.push(field);
      labels += column.label.length;
    }
    if (known !== Object.keys(row).length) this.#refuseUnknown(row);
    const line = `{${fields.join(',')}}`;
    if (line.length > MAX_LINE_CHARACTERS) {
      throw new StoreError(
        'refused',
        `Row ${this.#rowNumber} cannot be written: it is longer than ${MAX_LINE_CHARACTERS} characters.`,
      );
    }
    this.#valueCharacters += line.length - labels;
    this.#longestLine = Math.max(this.#longestLine, line.length);
    return { line, sortKey: this.#sortBy.map((column) => column.sortValue(row[column.name] ?? null)) };
  }

  #refuseUnknown(row: Row): void {
    const names = new Set(this.#columns.map(({ name }) => name));
    for (const name of Object.keys(row)) if (!names.has(name)) throw this.#refuse(name, 'is not one of the table');
  }

  // Names the place, never the value: messages go to logs, and cells hold names and numbers of people.
  #refuse(column: string, problem: string): StoreError {
    return new StoreError('refused', `Row ${this.#rowNumber} cannot be written: column ${column} ${problem}.`);
  }
}

/** The fields of one column, `"name":value`. What rows after each other share, as keys, names and starts, is encoded once. */
class ColumnEncoder {
  readonly name: string;
  readonly label: string;
  readonly #type: ColumnType;
  #lastWord: Cell = null;
  #lastField: string | undefined;
  #lastInstant: Cell = null;
  #lastSortValue: Cell = null;

  constructor({ name, type }: Column) {
    this.name = name;
    this.label = `${JSON.stringify(name)}:`;
    this.#type = type;
  }

  /** Completes "column x takes …". */
  get takes(): string {
    return ENCODINGS[this.#type].takes;
  }

  /** Undefined where the value does not fit. */
  figure(value: number): string | undefined {
    const fits = this.#type === 'double' ? Number.isFinite(value) : this.#type === 'integer' && isInt32(value);
    // As JSON writes it.
    return fits ? `${this.label}${value}` : undefined;
  }

  /** Undefined where the value does not fit. */
  word(value: string | boolean): string | undefined {
    if (value !== this.#lastWord) {
      const text = ENCODINGS[this.#type].word(value);
      this.#lastWord = value;
      this.#lastField = text === undefined ? undefined : this.label + text;
    }
    return this.#lastField;
  }

  /** Of a value that fits. */
  sortValue(value: Cell): Cell {
    if (this.#type !== 'timestamp' || typeof value !== 'string') return value;
    if (value !== this.#lastInstant) {
      const [seconds, decimals] = [value.slice(0, SECONDS_LENGTH), value.slice(SECONDS_LENGTH + 1, -1)];
      this.#lastInstant = value;
      this.#lastSortValue = seconds + decimals.padEnd(6, '0');
    }
    return this.#lastSortValue;
  }
}

interface Encoding {
  /** Completes "column x takes …". */
  takes: string;
  /** What is no figure as JSON, or undefined where it does not fit. */
  word(value: string | boolean): string | undefined;
}

const ENCODINGS: Record<ColumnType, Encoding> = {
  text: { takes: 'a string', word: (value) => (typeof value === 'string' ? quote(value) : undefined) },
  integer: { takes: 'a whole number of 32 bits', word: () => undefined },
  double: { takes: 'a finite number', word: () => undefined },
  boolean: { takes: 'true or false', word: (value) => (typeof value === 'boolean' ? String(value) : undefined) },
  timestamp: {
    takes: 'an instant as YYYY-MM-DDTHH:mm:ssZ',
    word: (value) => (typeof value === 'string' ? quoteTimestamp(value) : undefined),
  },
  json: {
    takes: 'a string of JSON text',
    word: (value) => (typeof value === 'string' && isJson(value) ? quote(wholeCharacters(value)) : undefined),
  },
};

function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX;
}

function quote(text: string): string {
  return JSON.stringify(wellFormed(text));
}

/** In JSON half a surrogate pair may stand as an escape. */
function wholeCharacters(json: string): string {
  if (!/\\u[dD][89a-fA-F]/.test(json)) return json;
  return JSON.stringify(JSON.parse(json), (_key, value: unknown) =>
    typeof value === 'string' ? wellFormed(value) : value,
  );
}

/** One text for one instant: no trailing zeros in the decimals. */
function quoteTimestamp(text: string): string | undefined {
  const [, seconds, day, decimals = ''] = TIMESTAMP.exec(text) ?? [];
  if (seconds === undefined || day === undefined || !isDay(day)) return undefined;
  const trimmed = decimals.replace(/0+$/, '');
  return trimmed === '' ? `"${seconds}Z"` : `"${seconds}.${trimmed}Z"`;
}

const knownDays = new Set<string>();
const KNOWN_DAYS_AT_MOST = 1000;

/** A table has a day or two: to look one up costs a fraction of asking `Date`. */
function isDay(day: string): boolean {
  if (knownDays.has(day)) return true;
  const instant = new Date(`${day}T00:00:00Z`);
  // Date takes 30 February for 1 March: what comes back then differs.
  if (Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(day)) return false;
  if (knownDays.size < KNOWN_DAYS_AT_MOST) knownDays.add(day);
  return true;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** NULL last; rows with equal keys by their whole text, so that the order never depends on how they came. */
export function compareRows(a: EncodedRow, b: EncodedRow): number {
  for (let index = 0; index < a.sortKey.length; index += 1) {
    const left = a.sortKey[index] ?? null;
    const right = b.sortKey[index] ?? null;
    if (left === right) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -1 : 1;
  }
  if (a.line === b.line) return 0;
  return a.line < b.line ? -1 : 1;
}
