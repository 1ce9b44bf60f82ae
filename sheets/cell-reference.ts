/** Reads `AB12` from bytes. */
export class CellReference {
  /** Column from 0, row from 1. Meaningless unless `read` said so. */
  column = 0;
  row = 0;

  /** @returns false where the bytes are no plain reference of one cell. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    let column = 0;
    for (; at < end; at++) {
      const letter = bytes[at]! - 0x40;
      if (letter < 1 || letter > 26) break;
      column = column * 26 + letter;
    }
    // Four letters and ten digits are beyond every limit, and far from where numbers lose precision.
    if (at === start || at - start > 4) return false;
    const row = readRowNumber(bytes, at, end);
    this.column = column - 1;
    this.row = row;
    return row > 0;
  }
}

/** @returns 0 where the bytes are no whole number of up to ten digits, or begin with a zero. */
export function readRowNumber(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 10 || bytes[start] === 0x30) return 0;
  let row = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return 0;
    row = row * 10 + digit;
  }
  return row;
}

/** `A` for 0, `AB` for 27. */
export function columnName(column: number): string {
  const letter = String.fromCharCode(0x41 + (column % 26));
  return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter;
}
