import { type Limits } from './limits.ts';
import type { SheetRow } from './row-builder.ts';
interface ReadSheetOptions {
    /** Which of the visible worksheets, in the order of their tabs, from 0. Default 0. */
    sheet?: number;
    limits?: Partial<Limits>;
    /** Ends the reading with the signal's reason, also while it waits for its turn. */
    signal?: AbortSignal;
}
/** What `describeWorkbook` finds. */
interface WorkbookDescription {
    /** For `serialToIso`. */
    date1904: boolean;
    /** Worksheets in the order of their tabs. */
    sheets: {
        name: string;
        hidden: boolean;
    }[];
}
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
export declare function readSheet(source: string | Uint8Array, options?: ReadSheetOptions): AsyncGenerator<SheetRow, void, undefined>;
/**
 * Names of the worksheets and the date system, without reading a cell.
 * @throws as `readSheet` does.
 */
export declare function describeWorkbook(source: string | Uint8Array, options?: Omit<ReadSheetOptions, 'sheet'>): Promise<WorkbookDescription>;
export {};
