import { EventLoopYielder } from './event-loop-yielder.js';
import { Semaphore } from './semaphore.js';
import { DEFAULT_LIMITS, withDefaultLimits } from './limits.js';
import { InflateAllowance, readPart } from './part.js';
import { RowReader } from './rows.js';
import { openSource } from './source.js';
import { StringTable, StringsReader } from './strings.js';
import { readWorkbook, visibleSheet } from './workbook.js';
import { readDirectory } from './zip.js';
/** Files read at a time in this process: each holds two inflaters' windows and a few chunks. */
const files = new Semaphore(2);
/** Bytes of shared strings held at a time, over all files. */
const sharedStrings = new Semaphore(DEFAULT_LIMITS.sharedStringBytes);
/**
 * The rows of one worksheet of an XLSX file, streamed: memory stays within the shared strings and a few chunks, no
 * temporary file is written, and the event loop is let go every few milliseconds.
 *
 * Only an iteration that ends normally has given the sheet: any damage, up to the end of the part, throws, also after
 * rows were handed out. So keep what is read provisional until the loop is over.
 *
 * However many are started, two files are read at a time, and one if their shared strings are large; the others wait at
 * their first row. Therefore do not step through three at once, each waiting for the other.
 *
 * @param source path, or the whole file in memory; the bytes must not change meanwhile.
 * @throws UnreadableFileError for whatever is wrong with the file, the file system's error where it cannot be opened.
 */
export async function* readSheet(source, options = {}) {
    const opened = await openWorkbook(source, options);
    try {
        const { workbook } = opened;
        yield* readRows({ ...opened, sheet: visibleSheet(workbook, options.sheet ?? 0), signal: options.signal });
    }
    finally {
        await opened.close();
    }
}
/**
 * Names of the worksheets and the date system, without reading a cell.
 * @throws as `readSheet` does.
 */
export async function describeWorkbook(source, options = {}) {
    const { workbook, close } = await openWorkbook(source, options);
    await close();
    const { date1904, sheets } = workbook;
    return { date1904, sheets: sheets.map(({ name, hidden }) => ({ name, hidden })) };
}
/** Waits for its turn, then reads the directory and the workbook's part. */
async function openWorkbook(source, { limits: given, signal }) {
    const limits = withDefaultLimits(given);
    const leave = await files.enter(1, signal);
    try {
        const bytes = await openSource(source);
        try {
            const directory = await readDirectory(bytes, limits);
            const allowance = new InflateAllowance(limits);
            const read = (entry) => readPart({ source: bytes, entry, allowance, signal });
            const workbook = await readWorkbook({ directory, readPart: read, limits });
            const close = async () => {
                await bytes.close().finally(leave);
            };
            return { workbook, read, limits, close };
        }
        catch (error) {
            await bytes.close();
            throw error;
        }
    }
    catch (error) {
        leave();
        throw error;
    }
}
async function* readRows(input) {
    const { sharedStrings: part } = input.workbook;
    // Text in memory is not longer than its XML, and a string has at least five bytes of markup for its offset's eight.
    const weight = part === undefined ? 0 : Math.min(part.size * 1.6, input.limits.sharedStringBytes);
    const leave = await sharedStrings.enter(weight, input.signal);
    try {
        const yielder = new EventLoopYielder();
        const strings = part === undefined ? new StringTable() : await readStrings(input, part, yielder);
        const reader = new RowReader({ part: input.sheet.name, strings, limits: input.limits });
        for await (const chunk of input.read(input.sheet)) {
            reader.push(chunk);
            for (let row = reader.next(); row !== undefined; row = reader.next()) {
                yield row;
                if (yielder.due())
                    await yielder.rest();
            }
            if (yielder.due())
                await yielder.rest();
        }
        reader.finish();
    }
    finally {
        leave();
    }
}
async function readStrings(input, part, yielder) {
    const reader = new StringsReader(part.name, input.limits);
    for await (const chunk of input.read(part)) {
        reader.push(chunk);
        if (yielder.due())
            await yielder.rest();
    }
    return reader.finish();
}
//# sourceMappingURL=read-sheet.js.map