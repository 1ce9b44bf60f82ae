import { CellReference } from './cell-reference.ts';
export type CellType = 'n' | 's' | 'b' | 'e' | 'str' | 'd' | 'inlineStr';
/**
 * Reads one cell in the spelling that nearly every writer uses, `<c r="A1" s="1" t="s"><v>0</v></c>` or with
 * `<is><t>…</t></is>`, straight from the bytes. Token by token the same takes several times as long, and cells are all
 * that a large sheet consists of. Whatever is spelled in another way, is wrong or is cut off is not for here: `read`
 * says no, and the cell is read token by token.
 */
export declare class PlainCell {
    #private;
    readonly reference: CellReference;
    type: CellType;
    hasValue: boolean;
    /** The value's bytes: no markup, no reference, no line end among them. */
    valueStart: number;
    valueEnd: number;
    /** Over the value's bytes. */
    hash: number;
    /** Where the cell ends. */
    end: number;
    read(bytes: Buffer, position: number, limit: number): boolean;
    /** The value as a whole number of up to nine digits, or -1. */
    index(bytes: Buffer): number;
}
