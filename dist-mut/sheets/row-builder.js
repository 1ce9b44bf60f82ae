import { columnName } from './cell-reference.js';
/** Puts cells at their places, and sees to it that no two cells or rows want the same one. */
export class RowBuilder {
    #limits;
    #fail;
    /** The row in which each column was last taken. */
    #taken;
    #number = 0;
    #isNumbered = false;
    #column = -1;
    #cells = [];
    constructor(limits, fail) {
        this.#limits = limits;
        this.#fail = fail;
        this.#taken = new Uint32Array(limits.columns);
    }
    /** The cell being read, as `AB12`, or the row before its first cell. */
    get place() {
        return this.#column < 0 ? `row ${this.#number}` : `cell ${columnName(this.#column)}${this.#number}`;
    }
    /** @param written the number the row gives itself; without one it is the next. */
    startRow(written) {
        const expected = this.#number + 1;
        this.#column = -1;
        this.#isNumbered = written !== undefined;
        if (written !== undefined && !/^[1-9]\d{0,9}$/.test(written))
            throw this.#fail('bad-reference', 'A row has a number that is none');
        const number = written === undefined ? expected : Number(written);
        if (number < expected)
            throw this.#fail('bad-reference', `Row ${number} comes after it`);
        this.#setNumber(number);
    }
    /** @param reference where the cell says it is; without one it is the next of its row. */
    startCell(reference) {
        if (reference !== undefined && reference.row !== this.#number)
            this.#moveTo(reference.row);
        this.#column = reference === undefined ? this.#column + 1 : reference.column;
        const column = this.#column;
        if (column >= this.#limits.columns) {
            throw this.#fail('too-large', `There are columns beyond column ${this.#limits.columns}`);
        }
        if (this.#taken[column] === this.#number)
            throw this.#fail('bad-reference', 'A cell is there twice');
        this.#taken[column] = this.#number;
    }
    /** The value of the cell that was started last. */
    setValue(value) {
        if (value === undefined || value === '')
            return;
        const cells = this.#cells;
        const column = this.#column;
        if (column < cells.length)
            cells[column] = value;
        else {
            while (cells.length < column)
                cells.push(null);
            cells.push(value);
        }
    }
    endRow() {
        const cells = this.#cells;
        this.#cells = [];
        return { number: this.#number, cells };
    }
    /** Where the row has no number of its own, its first cell gives it. */
    #moveTo(number) {
        if (this.#isNumbered || this.#column >= 0 || number < this.#number) {
            throw this.#fail('bad-reference', `A cell of row ${this.#number} refers to row ${number}`);
        }
        this.#setNumber(number);
    }
    #setNumber(number) {
        this.#number = number;
        if (number > this.#limits.rows)
            throw this.#fail('too-large', `There are rows beyond row ${this.#limits.rows}`);
    }
}
//# sourceMappingURL=row-builder.js.map