import { columnName, type CellReference } from './cell-reference.ts';
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
export class RowBuilder {
  readonly #limits: Limits;
  readonly #fail: Fail;
  /** The row in which each column was last taken. */
  readonly #taken: Uint32Array;
  #number = 0;
  #isNumbered = false;
  #column = -1;
  #cells: (string | null)[] = [];

  constructor(limits: Limits, fail: Fail) {
    this.#limits = limits;
    this.#fail = fail;
    this.#taken = new Uint32Array(limits.columns);
  }

  /** The cell being read, as `AB12`, or the row before its first cell. */
  get place(): string {
    return this.#column < 0 ? `row ${this.#number}` : `cell ${columnName(this.#column)}${this.#number}`;
  }

  /** @param written the number the row gives itself; without one it is the next. */
  startRow(written: string | undefined): void {
    const expected = this.#number + 1;
    this.#column = -1;
    this.#isNumbered = written !== undefined;
    if (written !== undefined && !/^[1-9]\d{0,9}$/.test(written))
      throw this.#fail('bad-reference', 'A row has a number that is none');
    const number = written === undefined ? expected : Number(written);
    if (number < expected) throw this.#fail('bad-reference', `Row ${number} comes after it`);
    this.#setNumber(number);
  }

  /** @param reference where the cell says it is; without one it is the next of its row. */
  startCell(reference: CellReference | undefined): void {
    if (reference !== undefined && reference.row !== this.#number) this.#moveTo(reference.row);
    this.#column = reference === undefined ? this.#column + 1 : reference.column;
    const column = this.#column;
    if (column >= this.#limits.columns) {
      throw this.#fail('too-large', `There are columns beyond column ${this.#limits.columns}`);
    }
    if (this.#taken[column] === this.#number) throw this.#fail('bad-reference', 'A cell is there twice');
    this.#taken[column] = this.#number;
  }

  /** The value of the cell that was started last. */
  setValue(value: string | undefined): void {
    if (value === undefined || value === '') return;
    const cells = this.#cells;
    const column = this.#column;
    if (column < cells.length) cells[column] = value;
    else {
      while (cells.length < column) cells.push(null);
      cells.push(value);
    }
  }

  endRow(): SheetRow {
    const cells = this.#cells;
    this.#cells = [];
    return { number: this.#number, cells };
  }

  /** Where the row has no number of its own, its first cell gives it. */
  #moveTo(number: number): void {
    if (this.#isNumbered || this.#column >= 0 || number < this.#number) {
      throw this.#fail('bad-reference', `A cell of row ${this.#number} refers to row ${number}`);
    }
    this.#setNumber(number);
  }

  #setNumber(number: number): void {
    this.#number = number;
    if (number > this.#limits.rows) throw this.#fail('too-large', `There are rows beyond row ${this.#limits.rows}`);
  }
}
