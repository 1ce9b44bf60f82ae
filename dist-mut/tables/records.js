import { presentText, readCell, readTime, resolveTime } from './cells.js';
import { sourceColumns } from './columns.js';
import { findHeader } from './header.js';
import { isoOfUnix } from '../model/calendar.js';
/** Rows looked at before the header counts as missing: titles and notes may stand above it. */
const HEADER_SEARCH_ROWS = 10;
/** The records of one exported sheet. Blank rows are no data wherever they stand. */
export function sheetRecords(layout, rows, context) {
    const report = { rows: 0, extraColumns: [], missingOptional: [], unparsedCells: 0 };
    return { records: readSheet(layout, rows, context, report), report };
}
async function* readSheet(layout, rows, context, report) {
    const columns = sourceColumns(layout);
    const read = (row, { places }) => {
        const record = readRecord(columns, ({ name }) => row.cells[places.get(name) ?? -1] ?? null, context.zone);
        report.rows += 1;
        report.unparsedCells += Object.keys(record.unparsed ?? {}).length;
        return record;
    };
    const head = [];
    const findIn = () => {
        const header = findHeader(layout, head);
        report.extraColumns.push(...header.extra);
        report.missingOptional.push(...header.missingOptional);
        return header;
    };
    let header = null;
    for await (const row of rows) {
        if (isBlank(row))
            continue;
        if (header !== null) {
            yield read(row, header);
        }
        else if (head.push(row) === HEADER_SEARCH_ROWS) {
            header = findIn();
            for (const early of head.slice(header.row + 1))
                yield read(early, header);
        }
    }
    if (header === null) {
        header = findIn();
        for (const early of head.slice(header.row + 1))
            yield read(early, header);
    }
}
function isBlank(row) {
    return row.cells.every((cell) => cell === null || cell.trim() === '');
}
/** The records of a list answer's elements, any number of pages together. L3 has its own: `qualityRecords`. */
export function listRecords(resource, items, context) {
    const columns = sourceColumns(resource);
    return Array.from(items, (item) => {
        const fields = new Map(Object.entries(item));
        return readRecord(columns, ({ source }) => textOf(fields.get(source.list ?? '')), context.zone);
    });
}
/** JSON says some values as numbers or booleans; the cells are read from text. */
export function textOf(value) {
    if (value === undefined || value === null)
        return null;
    return typeof value === 'string' ? value : JSON.stringify(value);
}
export function readRecord(columns, text, zone) {
    const values = {};
    const unparsed = {};
    const times = new Map();
    for (const column of columns) {
        const { cell } = column.source;
        values[column.name] = null;
        if (cell === 'timestamp') {
            const present = presentText(cell, text(column));
            if (present === null)
                continue;
            const time = readTime(present);
            if (time === null)
                unparsed[column.name] = present;
            else
                times.set(column.name, time);
            continue;
        }
        const parsed = readCell(cell, text(column));
        if ('value' in parsed)
            values[column.name] = parsed.value;
        else
            unparsed[column.name] = parsed.unparsed;
    }
    const siblings = [...times.values()];
    for (const [name, time] of times)
        values[name] = isoOfUnix(resolveTime(time, siblings, zone));
    return Object.keys(unparsed).length === 0 ? { values } : { values, unparsed };
}
//# sourceMappingURL=records.js.map