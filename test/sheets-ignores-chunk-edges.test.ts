import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { UnreadableFileError } from '../sheets/errors.ts';
import { DEFAULT_LIMITS } from '../sheets/limits.ts';
import { RowReader } from '../sheets/rows.ts';
import type { SheetRow } from '../sheets/row-builder.ts';
import { StringTable } from '../sheets/strings.ts';
import { sheetXml } from './support/workbook.ts';

const STRINGS = new StringTable();
STRINGS.add('共享');
STRINGS.add('b');

/** Pushes the bytes in pieces of these sizes, over and over. */
function readPieces(bytes: Uint8Array, sizes: readonly number[]): SheetRow[] | string {
  const reader = new RowReader({ part: 'sheet', strings: STRINGS, limits: DEFAULT_LIMITS });
  const rows: SheetRow[] = [];
  try {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      reader.push(bytes.subarray(at, at + size));
      for (let row = reader.next(); row !== undefined; row = reader.next()) rows.push(row);
      at += size;
    }
    reader.finish();
    return rows;
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return error.code;
  }
}

const text = fc.stringMatching(/^[a-z0-9甲乙😀 .<>&"'\]_x\r\n\t-]{0,12}$/u);
const markup = fc.constantFrom(
  '<![CDATA[<x>&]] >\r\n]]>',
  '<!-- <c r="Z9"> -->',
  '<?p ?>',
  '&amp;',
  '&#x4e2d;',
  '&#13;',
  '\r\n',
  ']]',
  '&bad;',
  ']]>',
);
const escaped = text.map((value) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
const content = fc
  .array(fc.oneof({ weight: 6, arbitrary: escaped }, { weight: 1, arbitrary: markup }), { maxLength: 3 })
  .map((pieces) => pieces.join(''));
const cell = fc.oneof(
  fc.nat(2).map((index) => `<c t="s"><v>${index}</v></c>`),
  content.map((value) => `<c t="inlineStr"><is><t>${value}</t></is></c>`),
  content.map(
    (value) => `<c t="inlineStr" s="3"><is><r><t xml:space="preserve">${value}</t></r><r><t>乙</t></r></is></c>`,
  ),
  content.map((value) => `<c t="str"><f>A1</f><v>${value}</v></c>`),
  content.map((value) => `<c t="str"><v>${value}</v></c>`),
  fc.double({ noNaN: true }).map((value) => `<c><v>${value}</v></c>`),
  fc.boolean().map((value) => `<c t="b" ><v>${Number(value)}</v></c >`),
  fc.constantFrom('<c/>', '<c s="1"/>', '<c s="1"></c>', '<c><v/></c>', '\r\n '),
);

/** Half of the cells say where they are: only those can be read the short way. */
const sheet = fc.array(fc.array(fc.tuple(cell, fc.boolean()), { maxLength: 8 }), { maxLength: 8 }).map((rows) =>
  sheetXml(
    rows
      .map((cells, row) => {
        const placed = cells.map(([xml, says], column) =>
          says ? xml.replace('<c', `<c r="${String.fromCharCode(65 + column * 2)}${row + 1}"`) : xml,
        );
        return `<row r="${row + 1}">${placed.join('')}</row>`;
      })
      .join('\n'),
  ),
);

it('reads the same rows, or fails the same way, wherever the chunks are cut', () => {
  let refused = 0;
  let read = 0;
  fc.assert(
    fc.property(sheet, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }), (xml, sizes) => {
      const bytes = Buffer.from(xml);
      const whole = readPieces(bytes, [bytes.length]);
      // A byte at a time no cell is ever complete at once, so that each is read token by token.
      expect(readPieces(bytes, [1])).toEqual(whole);
      expect(readPieces(bytes, sizes)).toEqual(whole);
      if (typeof whole === 'string') refused++;
      else read++;
    }),
    { numRuns: 250 },
  );
  expect(Math.min(refused, read)).toBeGreaterThan(15);
});

it('does not look beyond what has arrived, though old bytes stand there', () => {
  const old = sheetXml('<row r="1"><c r="A1"><v>111111</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c></row>');
  const bytes = Buffer.from(old);
  for (let cut = 1; cut < bytes.length; cut++) {
    expect(readPieces(bytes, [cut, bytes.length])).toEqual([{ number: 1, cells: ['111111', '2', '3'] }]);
    expect(readPieces(bytes.subarray(0, cut), [cut])).toBe('bad-xml');
  }
});
