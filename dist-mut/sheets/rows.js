import { CellReference } from './cell-reference.js';
import { UnreadableFileError } from './errors.js';
import { MAIN_NAMESPACES } from './namespaces.js';
import { PlainCell } from './plain-cell.js';
import { RichText } from './rich-text.js';
import { RowBuilder } from './row-builder.js';
import { TextCache } from './text-cache.js';
import { decodeEscapes } from './text.js';
import { XmlScanner } from './xml.js';
const CELL_TYPES = new Map(['n', 's', 'b', 'e', 'str', 'd', 'inlineStr'].map((type) => [type, type]));
const BOOLEANS = new Map([
    ['0', 'FALSE'],
    ['1', 'TRUE'],
    ['false', 'FALSE'],
    ['true', 'TRUE'],
]);
/** worksheet, sheetData, row, c, is, t: plain cells are read without counting. */
const PLAIN_DEPTH = 6;
/** Reads rows out of a worksheet part that arrives in chunks. Complete only after `finish`. */
export class RowReader {
    #part;
    #strings;
    #limits;
    #scanner;
    #inline;
    #row;
    #plain = new PlainCell();
    #cache = new TextCache();
    #reference = new CellReference();
    #state = 'start';
    /** Elements open inside one that is passed over. */
    #skipped = 0;
    #dataSeen = false;
    #type = 'n';
    #value;
    #inlineText;
    constructor(input) {
        this.#part = input.part;
        this.#strings = input.strings;
        this.#limits = input.limits;
        this.#scanner = new XmlScanner({ part: input.part, own: MAIN_NAMESPACES, maxDepth: input.limits.depth });
        this.#inline = new RichText(this.#scanner, input.limits.cellLength);
        this.#row = new RowBuilder(input.limits, (code, message) => this.#fail(code, message));
    }
    push(chunk) {
        this.#scanner.push(chunk);
    }
    /** @returns the next row that is complete, or undefined until more is pushed. */
    next() {
        const scanner = this.#scanner;
        for (;;) {
            if (this.#state === 'row' && this.#skipped === 0)
                this.#readPlainCells();
            const token = scanner.next();
            if (token === 'more')
                return undefined;
            if (token === 'open')
                this.#open();
            else if (token === 'text')
                this.#text();
            else if (this.#close())
                return this.#row.endRow();
        }
    }
    finish() {
        this.#scanner.finish();
        if (!this.#dataSeen)
            throw this.#scanner.fail('bad-xml', 'The worksheet has no rows element');
    }
    #readPlainCells() {
        if (!this.#scanner.isBetweenElements() || this.#limits.depth < PLAIN_DEPTH)
            return;
        const plain = this.#plain;
        const { input } = this.#scanner;
        while (plain.read(input.bytes, input.position, input.end)) {
            this.#row.startCell(plain.reference);
            if (plain.hasValue)
                this.#row.setValue(this.#plainValue());
            input.position = plain.end;
        }
    }
    #plainValue() {
        const plain = this.#plain;
        const { bytes } = this.#scanner.input;
        const { valueStart: start, valueEnd: end } = plain;
        if (plain.type === 's')
            return this.#sharedString(plain.index(bytes));
        if (end - start > this.#limits.cellLength)
            throw this.#fail('too-large', 'A cell is too long');
        const text = this.#cache.decode(bytes, start, end, plain.hash);
        return plain.type === 'n' ? text : decodeEscapes(text);
    }
    #open() {
        const { name } = this.#scanner;
        if (this.#state === 'inline')
            this.#inline.open(name);
        else if (this.#skipped > 0) {
            this.#refuseStray(name);
            this.#skipped++;
        }
        else if (this.#state === 'row' && name === 'c')
            this.#startCell();
        else if (this.#state === 'cell' && name === 'v') {
            if (this.#value !== undefined)
                throw this.#fail('bad-xml', 'A cell has two values');
            this.#value = '';
            this.#state = 'value';
        }
        else if (this.#state === 'cell' && name === 'is') {
            if (this.#inlineText !== undefined)
                throw this.#fail('bad-xml', 'A cell has two texts');
            this.#inline.start();
            this.#state = 'inline';
        }
        else if (this.#state === 'sheetData' && name === 'row') {
            this.#row.startRow(this.#scanner.attribute('r'));
            this.#state = 'row';
        }
        else
            this.#openOther(name);
    }
    #openOther(name) {
        if (this.#state === 'start') {
            if (name !== 'worksheet')
                throw this.#scanner.fail('bad-xml', 'The part is no worksheet');
            this.#state = 'worksheet';
        }
        else if (this.#state === 'worksheet' && name === 'sheetData') {
            if (this.#dataSeen)
                throw this.#scanner.fail('bad-xml', 'The worksheet has its rows twice');
            this.#dataSeen = true;
            this.#state = 'sheetData';
        }
        else if (this.#state === 'value')
            throw this.#fail('bad-xml', 'There is an element inside a value');
        else {
            this.#refuseStray(name);
            this.#skipped = 1;
        }
    }
    /** Data at a place where nobody looks for it would be left out without a word. */
    #refuseStray(name) {
        if (name === 'row' || name === 'c' || name === 'sheetData') {
            throw this.#scanner.fail('bad-xml', 'A row or cell is out of place');
        }
    }
    /** @returns whether a row is complete. */
    #close() {
        const state = this.#state;
        if (state === 'inline') {
            if (!this.#inline.close())
                return false;
            this.#inlineText = this.#inline.value();
            this.#state = 'cell';
        }
        else if (this.#skipped > 0)
            this.#skipped--;
        else if (state === 'value')
            this.#state = 'cell';
        else if (state === 'cell') {
            this.#row.setValue(this.#cellValue());
            this.#state = 'row';
        }
        else if (state === 'row') {
            this.#state = 'sheetData';
            return true;
        }
        else if (state === 'sheetData')
            this.#state = 'worksheet';
        return false;
    }
    #text() {
        if (this.#state === 'value') {
            const value = (this.#value ?? '') + this.#scanner.text();
            if (value.length > this.#limits.cellLength)
                throw this.#fail('too-large', 'A cell is too long');
            this.#value = value;
        }
        else if (this.#state === 'inline')
            this.#inline.append();
        else if (this.#skipped === 0 && !this.#scanner.isBlank()) {
            throw this.#scanner.fail('bad-xml', 'There is text between the cells');
        }
    }
    #startCell() {
        const written = this.#scanner.attribute('r');
        if (written === undefined)
            this.#row.startCell(undefined);
        else {
            const bytes = Buffer.from(written);
            if (!this.#reference.read(bytes, 0, bytes.length)) {
                throw this.#fail('bad-reference', 'A cell has a reference that is no cell');
            }
            this.#row.startCell(this.#reference);
        }
        const type = CELL_TYPES.get(this.#scanner.attribute('t') ?? 'n');
        if (type === undefined)
            throw this.#fail('bad-value', 'A cell has a type that the format does not know');
        this.#type = type;
        this.#value = undefined;
        this.#inlineText = undefined;
        this.#state = 'cell';
    }
    #cellValue() {
        const value = this.#value;
        switch (this.#type) {
            case 's':
                if (value === undefined)
                    return this.#inlineText;
                return this.#sharedString(/^\d{1,9}$/.test(value) ? Number(value) : -1);
            case 'b':
                if (value === undefined || value === '')
                    return undefined;
                if (!BOOLEANS.has(value))
                    throw this.#fail('bad-value', 'A boolean cell is neither true nor false');
                return BOOLEANS.get(value);
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
    #sharedString(index) {
        const text = this.#strings.get(index);
        if (text === undefined)
            throw this.#fail('string-index', 'A cell refers to a shared string that does not exist');
        return text;
    }
    #fail(code, message) {
        return new UnreadableFileError({ code, where: `${this.#part}, ${this.#row.place}`, message });
    }
}
//# sourceMappingURL=rows.js.map