import { StoreError } from './errors.js';
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
/** DuckDB's JSON reader takes lines of 16 MiB; a character is at most three bytes. */
const MAX_LINE_CHARACTERS = 5 * 1024 * 1024;
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/;
/** Turns rows into lines of canonical JSON with their sort key; throws StoreError `refused` for what does not fit. */
export class RowEncoder {
    #columns;
    #names;
    #sortBy;
    #rowNumber = 0;
    constructor(columns, sortBy) {
        this.#columns = columns.map(({ name, type }) => ({ name, type, label: `${JSON.stringify(name)}:` }));
        this.#names = new Set(columns.map(({ name }) => name));
        if (columns.length === 0)
            throw new StoreError('refused', 'A table without columns cannot be written.');
        if (this.#names.size !== columns.length)
            throw new StoreError('refused', 'Two columns of a table have the same name.');
        this.#sortBy = sortBy.map((wanted) => {
            const column = columns.find(({ name }) => name === wanted);
            if (column === undefined)
                throw new StoreError('refused', `The table has no column ${wanted} to sort by.`);
            return column;
        });
    }
    encode(row) {
        this.#rowNumber += 1;
        // Joined once: a string grown by `+=` is a tree of its pieces, several times its size, as long as the row is held.
        const parts = [];
        for (const { name, label, type } of this.#columns) {
            const value = row[name];
            if (value === null || value === undefined)
                continue;
            const text = ENCODINGS[type].encode(value);
            if (text === undefined)
                throw this.#refuse(name, `takes ${ENCODINGS[type].takes}`);
            parts.push(parts.length === 0 ? `{${label}` : `,${label}`, text);
        }
        for (const name in row)
            if (!this.#names.has(name))
                throw this.#refuse(name, 'is not one of the table');
        parts.push(parts.length === 0 ? '{}' : '}');
        const line = parts.join('');
        if (line.length > MAX_LINE_CHARACTERS) {
            throw new StoreError('refused', `Row ${this.#rowNumber} cannot be written: it is longer than ${MAX_LINE_CHARACTERS} characters.`);
        }
        return { line, sortKey: this.#sortBy.map(({ name, type }) => sortValue(row[name] ?? null, type)) };
    }
    // Names the place, never the value: messages go to logs, and cells hold names and numbers of people.
    #refuse(column, problem) {
        return new StoreError('refused', `Row ${this.#rowNumber} cannot be written: column ${column} ${problem}.`);
    }
}
const ENCODINGS = {
    text: { takes: 'a string', encode: (value) => (typeof value === 'string' ? quote(value) : undefined) },
    integer: {
        takes: 'a whole number of 32 bits',
        encode: (value) => (isInt32(value) ? JSON.stringify(value) : undefined),
    },
    double: { takes: 'a finite number', encode: (value) => (Number.isFinite(value) ? JSON.stringify(value) : undefined) },
    boolean: { takes: 'true or false', encode: (value) => (typeof value === 'boolean' ? String(value) : undefined) },
    timestamp: {
        takes: 'an instant as YYYY-MM-DDTHH:mm:ssZ',
        encode: (value) => (typeof value === 'string' ? quoteTimestamp(value) : undefined),
    },
    json: {
        takes: 'a string of JSON text',
        encode: (value) => (typeof value === 'string' && isJson(value) ? quote(value) : undefined),
    },
};
function isInt32(value) {
    return typeof value === 'number' && Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX;
}
function quote(text) {
    return JSON.stringify(/\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, '\u{FFFD}') : text);
}
/** One text for one instant: no trailing zeros in the decimals. */
function quoteTimestamp(text) {
    const [, seconds, decimals = ''] = TIMESTAMP.exec(text) ?? [];
    if (seconds === undefined)
        return undefined;
    const instant = new Date(`${seconds}Z`);
    // Date takes 30 February for 1 March, and 24:00 for midnight: what comes back then differs.
    if (Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(seconds))
        return undefined;
    const trimmed = decimals.replace(/0+$/, '');
    return trimmed === '' ? `"${seconds}Z"` : `"${seconds}.${trimmed}Z"`;
}
function isJson(text) {
    try {
        JSON.parse(text);
        return true;
    }
    catch (error) {
        if (error instanceof SyntaxError)
            return false;
        throw error;
    }
}
function sortValue(value, type) {
    if (type !== 'timestamp' || typeof value !== 'string')
        return value;
    const [, seconds = '', decimals = ''] = TIMESTAMP.exec(value) ?? [];
    return seconds + decimals.padEnd(6, '0');
}
/** NULL last; rows with equal keys by their whole text, so that the order never depends on how they came. */
export function compareRows(a, b) {
    for (let index = 0; index < a.sortKey.length; index += 1) {
        const left = a.sortKey[index] ?? null;
        const right = b.sortKey[index] ?? null;
        if (left === right)
            continue;
        if (left === null)
            return 1;
        if (right === null)
            return -1;
        return left < right ? -1 : 1;
    }
    if (a.line === b.line)
        return 0;
    return a.line < b.line ? -1 : 1;
}
//# sourceMappingURL=parquet-rows.js.map