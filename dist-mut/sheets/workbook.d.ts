import type { Limits } from './limits.ts';
import { type ZipDirectory, type ZipEntry } from './zip.ts';
/** Reads the bytes of one part. */
export type PartReader = (entry: ZipEntry) => AsyncIterable<Uint8Array>;
/** What a workbook says about itself, without its cells. */
export interface Workbook {
    /** Day 0 of serial dates is 1904-01-01 and not 1899-12-30. */
    date1904: boolean;
    /** Worksheets in the order of their tabs; chart sheets and the like are left out. */
    sheets: {
        name: string;
        hidden: boolean;
        part: ZipEntry;
    }[];
    sharedStrings: ZipEntry | undefined;
}
interface Context {
    directory: ZipDirectory;
    readPart: PartReader;
    limits: Limits;
}
/** Follows the package's relationships to the workbook and its sheets: part names carry no meaning. */
export declare function readWorkbook(context: Context): Promise<Workbook>;
/** The worksheet at this place among the visible ones. */
export declare function visibleSheet(workbook: Workbook, index: number): ZipEntry;
export {};
