import { sourceColumns } from './columns.js';
/**
 * The sheet is not the expected layout: no row carries the headers that the table's keys come from, one of them stands
 * there twice, or less than half of the documented ones are there. Asking again gives the same file: a person has to look.
 */
export class HeaderError extends Error {
    name = 'HeaderError';
    layout;
    missing;
    duplicated;
    /** Texts of the row that looks most like a header, shortened. */
    found;
    constructor(layout, problem, advice) {
        super(message(layout, problem, advice));
        this.layout = layout;
        this.missing = problem.missing;
        this.duplicated = problem.duplicated;
        this.found = problem.found;
    }
}
/** Case, spaces, bracket width and kind of dash do not tell headers apart. */
function normalized(label) {
    return label
        .normalize('NFKC')
        .toLowerCase()
        .replaceAll(/[\s\u200b\ufeff]+/g, '')
        .replaceAll(/[‐‑‒–—−]/g, '-');
}
const labels = new Map();
function labelsOf(layout) {
    let known = labels.get(layout);
    if (known === undefined) {
        known = new Map(sourceColumns(layout).flatMap((column) => [...(column.source.zh ?? []), ...(column.source.en ?? [])].map((label) => [normalized(label), column])));
        labels.set(layout, known);
    }
    return known;
}
function readRow(layout, cells, row) {
    const reading = { row, places: new Map(), duplicated: [], extra: [] };
    for (const [index, cell] of cells.entries()) {
        if (cell === null || cell.trim() === '')
            continue;
        const column = labelsOf(layout).get(normalized(cell));
        if (column === undefined)
            reading.extra.push(cell.trim());
        else if (!reading.places.has(column.name))
            reading.places.set(column.name, index);
        else {
            // The first one stands; where it is required there is no telling which is meant.
            reading.extra.push(cell.trim());
            if (column.source.required)
                reading.duplicated.push(column);
        }
    }
    return reading;
}
/**
 * `rows`: the first rows that are not blank. The header is the one with most known labels.
 *
 * Required are the headers that keys come from and that the next request is made of (`required` in columns.ts). The
 * other documented ones may be missing and are named in `missingOptional`, but not more than half of all.
 */
export function findHeader(layout, rows) {
    let best = { row: 0, places: new Map(), duplicated: [], extra: [] };
    for (const [index, { cells }] of rows.entries()) {
        const reading = readRow(layout, cells, index);
        if (reading.places.size > best.places.size)
            best = reading;
    }
    const documented = sourceColumns(layout).filter(({ source }) => source.zh !== undefined);
    const missing = documented.filter(({ name }) => !best.places.has(name));
    const missingRequired = missing.filter(({ source }) => source.required);
    const unlike = best.places.size * 2 < documented.length;
    if (missingRequired.length > 0 || best.duplicated.length > 0 || unlike) {
        throw new HeaderError(layout, {
            missing: (unlike ? missing : missingRequired).map(nameOf),
            duplicated: best.duplicated.map(nameOf),
            found: shortened(rows[best.row]?.cells ?? []),
        }, unlike ? 'This is another layout' : 'A header may have been renamed');
    }
    return { row: best.row, places: best.places, extra: best.extra, missingOptional: missing.map(firstLabel) };
}
function firstLabel({ name, source }) {
    return source.zh?.[0] ?? name;
}
function nameOf(column) {
    return { zh: firstLabel(column), en: column.source.en?.[0] ?? column.name };
}
/** Enough to recognise a header by; a row of data, where there is no header, does not flood the message. */
const SHOWN_CELLS = 40;
const SHOWN_CHARACTERS = 24;
function shortened(cells) {
    return cells
        .flatMap((cell) => (cell === null || cell.trim() === '' ? [] : [cell.trim()]))
        .slice(0, SHOWN_CELLS)
        .map((cell) => cell.length > SHOWN_CHARACTERS ? `${Array.from(cell).slice(0, SHOWN_CHARACTERS).join('')}…` : cell);
}
function listed(names) {
    return names.map(({ zh, en }) => `${zh} (${en})`).join(', ');
}
function message(layout, { missing, duplicated, found }, advice) {
    return [
        `The sheet does not have the columns of ${layout}.`,
        ...(missing.length > 0 ? [`Missing headers: ${listed(missing)}.`] : []),
        ...(duplicated.length > 0 ? [`Headers that stand there more than once: ${listed(duplicated)}.`] : []),
        found.length > 0 ? `Found: ${found.join(' | ')}.` : 'Found: no text at all.',
        `${advice}: compare the raw file with the documented layout.`,
    ].join(' ');
}
//# sourceMappingURL=header.js.map