import { CellReference, columnName, readRowNumber } from './cell-reference.ts';
import { UnreadableFileError, type UnreadableCode } from './errors.ts';
import type { Limits } from './limits.ts';
import { MAIN_NAMESPACES } from './namespaces.ts';
import { RichText } from './rich-text.ts';
import type { StringTable } from './strings.ts';
import { decodeEscapes } from './text.ts';
import { XmlScanner } from './xml.ts';

/** One row as the sheet has it. */
export interface SheetRow {
  /** From 1. Rows that the sheet leaves out are not handed out; numbers only grow. */
  number: number;
  /**
   * By column from 0, up to the last one that has a value. Numbers and dates stay the text that is written (a date in a
   * number's clothes is its serial number), booleans are `TRUE` and `FALSE`, errors their text; null is an absent cell,
   * one without a value, or an empty text.
   */
  cells: (string | null)[];
}

type State = 'start' | 'worksheet' | 'sheetData' | 'row' | 'cell' | 'value' | 'inline';
type CellType = 'n' | 's' | 'b' | 'e' | 'str' | 'd' | 'inlineStr';
const CELL_TYPES: Readonly<Record<string, CellType>> = {
  n: 'n',
  s: 's',
  b: 'b',
  e: 'e',
  str: 'str',
  d: 'd',
  inlineStr: 'inlineStr',
};
const BOOLEANS: Readonly<Record<string, string>> = { 0: 'FALSE', 1: 'TRUE', false: 'FALSE', true: 'TRUE' };
const LETTER_R = 0x72;
const LETTER_T = 0x74;

/** Reads rows out of a worksheet part that arrives in chunks. Complete only after `finish`. */
export class RowReader {
  readonly #part: string;
  readonly #strings: StringTable;
  readonly #limits: Limits;
  readonly #scanner: XmlScanner;
  readonly #inline: RichText;
  readonly #reference = new CellReference();
  readonly #range = { bytes: Buffer.alloc(0), start: -1, end: -1 };
  /** The row in which each column was last taken. */
  readonly #taken: Uint32Array;
  #state: State = 'start';
  /** Elements open inside one that is passed over. */
  #skipped = 0;
  #dataSeen = false;
  #rowNumber = 0;
  #rowIsNumbered = false;
  #cells: (string | null)[] = [];
  #column = -1;
  #type: CellType = 'n';
  #value: string | undefined;
  #index = 0;
  #hasIndex = false;
  #inlineText: string | undefined;

  constructor(input: { part: string; strings: StringTable; limits: Limits }) {
    this.#part = input.part;
    this.#strings = input.strings;
    this.#limits = input.limits;
    this.#scanner = new XmlScanner({ part: input.part, own: MAIN_NAMESPACES, maxDepth: input.limits.depth });
    this.#inline = new RichText(this.#scanner, input.limits.cellLength);
    this.#taken = new Uint32Array(input.limits.columns);
  }

  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  /** @returns the next row that is complete, or undefined until more is pushed. */
  next(): SheetRow | undefined {
    const scanner = this.#scanner;
    for (;;) {
      const token = scanner.next();
      if (token === 'more') return undefined;
      if (token === 'open') this.#open();
      else if (token === 'text') this.#text();
      else if (this.#close()) {
        const cells = this.#cells;
        this.#cells = [];
        return { number: this.#rowNumber, cells };
      }
    }
  }

  finish(): void {
    this.#scanner.finish();
    if (!this.#dataSeen) throw this.#scanner.fail('bad-xml', 'The worksheet has no rows element');
  }

  #open(): void {
    if (this.#state === 'inline') return this.#inline.open(this.#scanner.name);
    const { name } = this.#scanner;
    if (this.#skipped > 0) {
      this.#refuseStray(name);
      this.#skipped++;
    } else if (this.#state === 'row' && name === 'c') this.#startCell();
    else if (this.#state === 'cell' && name === 'v') this.#startValue();
    else if (this.#state === 'cell' && name === 'is') {
      if (this.#inlineText !== undefined) throw this.#fail('bad-xml', 'A cell has two texts');
      this.#state = 'inline';
      this.#inline.start();
    } else if (this.#state === 'sheetData' && name === 'row') this.#startRow();
    else this.#openOther(name);
  }

  #openOther(name: string): void {
    if (this.#state === 'start') {
      if (name !== 'worksheet') throw this.#scanner.fail('bad-xml', 'The part is no worksheet');
      this.#state = 'worksheet';
    } else if (this.#state === 'worksheet' && name === 'sheetData') {
      if (this.#dataSeen) throw this.#scanner.fail('bad-xml', 'The worksheet has its rows twice');
      this.#dataSeen = true;
      this.#state = 'sheetData';
    } else if (this.#state === 'value') throw this.#fail('bad-xml', 'There is an element inside a value');
    else {
      this.#refuseStray(name);
      this.#skipped = 1;
    }
  }

  /** Data at a place where nobody looks for it would be left out without a word. */
  #refuseStray(name: string): void {
    if (name === 'row' || name === 'c' || name === 'sheetData')
      throw this.#fail('bad-xml', 'A row or cell is out of place');
  }

  /** @returns whether a row is complete. */
  #close(): boolean {
    if (this.#state === 'inline') {
      if (this.#inline.close()) {
        this.#inlineText = this.#inline.value();
        this.#state = 'cell';
      }
      return false;
    }
    if (this.#skipped > 0) {
      this.#skipped--;
      return false;
    }
    switch (this.#state) {
      case 'value':
        this.#state = 'cell';
        return false;
      case 'cell':
        this.#endCell();
        this.#state = 'row';
        return false;
      case 'row':
        this.#state = 'sheetData';
        return true;
      case 'sheetData':
        this.#state = 'worksheet';
        return false;
      case 'worksheet':
      case 'start':
    }
    return false;
  }

  #text(): void {
    if (this.#state === 'value') this.#appendValue();
    else if (this.#state === 'inline') this.#inline.append();
    else if (this.#skipped === 0 && !this.#scanner.isBlank())
      throw this.#fail('bad-xml', 'There is text between the cells');
  }

  #startRow(): void {
    const range = this.#range;
    this.#scanner.letterRange(LETTER_R, range);
    const expected = this.#rowNumber + 1;
    this.#rowIsNumbered = range.start >= 0;
    this.#column = -1;
    if (this.#rowIsNumbered) {
      const number = readRowNumber(range.bytes, range.start, range.end);
      if (number === 0) throw this.#scanner.fail('bad-reference', 'A row has a number that is none');
      if (number < expected)
        throw this.#scanner.fail('bad-reference', `Row ${number} comes after row ${this.#rowNumber}`);
      this.#rowNumber = number;
    } else this.#rowNumber = expected;
    this.#checkRow();
    this.#state = 'row';
  }

  #checkRow(): void {
    if (this.#rowNumber > this.#limits.rows) {
      throw this.#scanner.fail('too-large', `There are rows beyond row ${this.#limits.rows}`);
    }
  }

  #startCell(): void {
    const range = this.#range;
    const scanner = this.#scanner;
    scanner.letterRange(LETTER_R, range);
    if (range.start < 0) this.#column++;
    else this.#placeCell();
    if (this.#column >= this.#limits.columns) {
      throw this.#scanner.fail('too-large', `There are columns beyond column ${this.#limits.columns}`);
    }
    if (this.#taken[this.#column] === this.#rowNumber) throw this.#fail('bad-reference', 'A cell is there twice');
    this.#taken[this.#column] = this.#rowNumber;
    scanner.letterRange(LETTER_T, range);
    const type =
      range.start < 0
        ? 'n'
        : range.end - range.start === 1 && range.bytes[range.start] === 0x73
          ? 's'
          : CELL_TYPES[scanner.letterAttribute(LETTER_T) ?? ''];
    if (type === undefined) throw this.#fail('bad-value', 'A cell has a type that the format does not know');
    this.#type = type;
    this.#value = undefined;
    this.#hasIndex = false;
    this.#inlineText = undefined;
    this.#state = 'cell';
  }

  #placeCell(): void {
    const reference = this.#reference;
    if (!reference.read(this.#range.bytes, this.#range.start, this.#range.end)) {
      throw this.#scanner.fail('bad-reference', `A cell of row ${this.#rowNumber} has a reference that is no cell`);
    }
    if (reference.row !== this.#rowNumber) {
      // Where the row has no number of its own, its first cell gives it.
      if (this.#rowIsNumbered || this.#column >= 0 || reference.row < this.#rowNumber) {
        throw this.#scanner.fail('bad-reference', `A cell of row ${this.#rowNumber} refers to row ${reference.row}`);
      }
      this.#rowNumber = reference.row;
      this.#checkRow();
    }
    this.#column = reference.column;
  }

  #startValue(): void {
    if (this.#value !== undefined || this.#hasIndex) throw this.#fail('bad-xml', 'A cell has two values');
    if (this.#type === 's') {
      this.#hasIndex = true;
      this.#index = -1;
    } else this.#value = '';
    this.#state = 'value';
  }

  #appendValue(): void {
    if (this.#type === 's') {
      this.#index = this.#scanner.digits(Math.max(this.#index, 0));
      if (this.#index < 0) throw this.#fail('string-index', 'A cell has a string index that is no number');
      return;
    }
    this.#value += this.#scanner.text();
    if (this.#value!.length > this.#limits.cellLength) throw this.#fail('too-large', 'A cell is too long');
  }

  #endCell(): void {
    const value = this.#cellValue();
    if (value === undefined || value === '') return;
    const cells = this.#cells;
    const column = this.#column;
    if (column < cells.length) cells[column] = value;
    else {
      while (cells.length < column) cells.push(null);
      cells.push(value);
    }
  }

  #cellValue(): string | undefined {
    const value = this.#value;
    switch (this.#type) {
      case 's':
        return this.#sharedString();
      case 'b':
        if (value === undefined || value === '') return undefined;
        return BOOLEANS[value] ?? this.#refuse('A boolean cell is neither true nor false');
      case 'inlineStr':
        return this.#inlineText ?? (value === undefined ? undefined : decodeEscapes(value));
      case 'str':
        return value === undefined ? this.#inlineText : decodeEscapes(value);
      case 'n':
      case 'e':
      case 'd':
    }
    return value ?? this.#inlineText;
  }

  #sharedString(): string | undefined {
    if (!this.#hasIndex) return this.#inlineText;
    const text = this.#strings.get(this.#index);
    if (text === undefined) throw this.#fail('string-index', 'A cell refers to a shared string that does not exist');
    return text;
  }

  #refuse(message: string): never {
    throw this.#fail('bad-value', message);
  }

  #fail(code: UnreadableCode, message: string): UnreadableFileError {
    if (this.#column < 0) return this.#scanner.fail(code, message);
    const where = `${this.#part}, cell ${columnName(this.#column)}${this.#rowNumber}`;
    return new UnreadableFileError({ code, where, message });
  }
}
