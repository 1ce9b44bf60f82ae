/**
 * Finds the header row of an exported sheet and what each of its columns is: by text, not by place, since Feishu
 * documents neither the order, nor the language, nor whether a title stands above.
 */
import type { ExportResource } from '../feishu/contract.ts';
/** A header by its documented names: `入会时间 (join time)`. */
export interface HeaderName {
    zh: string;
    en: string;
}
/**
 * The sheet is not the expected layout: no row carries the headers that the table's keys come from, one of them stands
 * there twice, or less than half of the documented ones are there. Asking again gives the same file: a person has to look.
 */
export declare class HeaderError extends Error {
    readonly name = "HeaderError";
    readonly layout: ExportResource;
    readonly missing: readonly HeaderName[];
    readonly duplicated: readonly HeaderName[];
    /** Texts of the row that looks most like a header, shortened. */
    readonly found: readonly string[];
    constructor(layout: ExportResource, problem: Pick<HeaderError, 'missing' | 'duplicated' | 'found'>, advice: string);
}
export interface Header {
    /** Index of the header among the rows given. */
    row: number;
    /** Column of the table → index of its cell. */
    places: ReadonlyMap<string, number>;
    extra: string[];
    missingOptional: string[];
}
interface HeaderRow {
    cells: readonly (string | null)[];
}
/**
 * `rows`: the first rows that are not blank. The header is the one with most known labels.
 *
 * Required are the headers that keys come from and that the next request is made of (`required` in columns.ts). The
 * other documented ones may be missing and are named in `missingOptional`, but not more than half of all.
 */
export declare function findHeader(layout: ExportResource, rows: readonly HeaderRow[]): Header;
export {};
