import { type CellReference } from './cell-reference.ts';
import type { UnreadableCode } from './errors.ts';
import type { Limits } from './limits.ts';
/** One row as the sheet has it. */
export interface SheetRow {
    /** From 1. Rows that the sheet leaves out are not handed out; numbers only grow. */
    number: number;
    /**
     * By column from 0, up to the last one that has a value. Numbers stay the text that is written, and so do dates (most
     * are serial numbers, see `serialToIso`); booleans are `TRUE` and `FALSE`, errors their text; null is an absent cell,
     * one without a value, or an empty text.
     */
    cells: (string | null)[];
}
type Fail = (code: UnreadableCode, message: string) => Error;
/** Puts cells at their places, and sees to it that no two cells or rows want the same one. */
export declare class RowBuilder {
    #private;
    constructor(limits: Limits, fail: Fail);
    /** The cell being read, as `AB12`, or the row before its first cell. */
    get place(): string;
    /** @param written the number the row gives itself; without one it is the next. */
    startRow(written: string | undefined): void;
    /** @param reference where the cell says it is; without one it is the next of its row. */
    startCell(reference: CellReference | undefined): void;
    /** The value of the cell that was started last. */
    setValue(value: string | undefined): void;
    endRow(): SheetRow;
}
export {};
