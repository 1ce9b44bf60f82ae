/** Reads references of one cell, as `AB12`. */
export class CellReference {
    /** From 0. */
    column = 0;
    /** From 1. */
    row = 0;
    /** @returns false where the bytes are no such reference; `$A$1`, `A1:B2` and `a1` are none. */
    read(bytes, start, end) {
        let at = start;
        let column = 0;
        for (; at < end; at++) {
            const letter = bytes[at] - 0x40;
            if (letter < 1 || letter > 26)
                break;
            column = column * 26 + letter;
        }
        const digits = end - at;
        // Four letters and ten digits are beyond every limit, and far from where numbers lose precision.
        if (at === start || at - start > 4 || digits === 0 || digits > 10 || bytes[at] === 0x30)
            return false;
        let row = 0;
        for (; at < end; at++) {
            const digit = bytes[at] - 0x30;
            if (digit < 0 || digit > 9)
                return false;
            row = row * 10 + digit;
        }
        this.column = column - 1;
        this.row = row;
        return true;
    }
}
/** `A` for 0, `AB` for 27. */
export function columnName(column) {
    const letter = String.fromCharCode(0x41 + (column % 26));
    return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter;
}
//# sourceMappingURL=cell-reference.js.map