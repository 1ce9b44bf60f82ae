/** Writes a workbook of one sheet, row by row, in memory that does not depend on their number. */
import { open } from 'node:fs/promises';
import { columnName } from './cell-reference.ts';
import { isoToSerial } from './dates.ts';
import { encodeText } from './text.ts';
import { ZipWriter } from './zip-writer.ts';

export interface SheetColumn {
  header: string;
  /** In characters. */
  width: number;
  /** Its texts are wall clocks, `2026-10-17T09:30:00`, with whatever behind: a sheet's times have no zone. */
  isTime: boolean;
}

export type SheetCell = string | number | boolean | null;

export interface SheetInput {
  columns: readonly SheetColumn[];
  /** One cell for each column. */
  rows: AsyncIterable<readonly SheetCell[]>;
}

/** Rows that a sheet can have, its head among them, and characters (UTF-16 units) that a cell can have. */
const MOST_ROWS = 1_048_576;
const MOST_CHARACTERS = 32_767;
const CHUNK_CHARACTERS = 65_536;

/** More rows than a sheet can have. */
export class TooManyRowsError extends Error {
  constructor() {
    super('A sheet holds 1,048,575 rows.');
  }
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
/** Places in `cellXfs` below. */
const BOLD = 1;
const TIME = 2;

const PARTS: readonly [name: string, xml: string][] = [
  [
    '[Content_Types].xml',
    `<Types xmlns="${PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/>
<Override PartName="/xl/styles.xml" ContentType="${TYPES}.styles+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${TYPES}.worksheet+xml"/>
</Types>`,
  ],
  [
    '_rels/.rels',
    `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ],
  [
    'xl/workbook.xml',
    `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  ],
  [
    'xl/_rels/workbook.xml.rels',
    `<Relationships xmlns="${PACKAGE}/relationships">
<Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="${OFFICE}/styles" Target="styles.xml"/>
</Relationships>`,
  ],
  [
    'xl/styles.xml',
    `<styleSheet xmlns="${MAIN}">
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>`,
  ],
];

/**
 * The head is bold, stays in sight and has filters; texts are texts, whatever they begin with.
 * @throws TooManyRowsError
 * @throws TooLargeError from 4 GiB on
 */
export async function writeSheet(path: string, input: SheetInput): Promise<void> {
  const file = await open(path, 'w');
  try {
    const zip = new ZipWriter(file);
    for (const [name, xml] of PARTS) await zip.add(name, [DECLARATION + xml]);
    await zip.add('xl/worksheets/sheet1.xml', sheetXml(input));
    await zip.end();
  } finally {
    await file.close();
  }
}

export interface TextSheet {
  hidden: boolean;
  rows: readonly (readonly (string | null)[])[];
}

/**
 * Sheets of text without a head of their own, in their order, for what is written again without something that it held.
 * @throws TooManyRowsError
 * @throws TooLargeError from 4 GiB on
 */
export async function writeTextSheets(path: string, sheets: readonly TextSheet[]): Promise<void> {
  const numbers = sheets.map((_, index) => index + 1);
  const each = (write: (number: number) => string): string => numbers.map(write).join('');
  const parts: [name: string, xml: string][] = [
    [
      '[Content_Types].xml',
      `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
        `<Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/>` +
        `${each((number) => `<Override PartName="/xl/worksheets/sheet${number}.xml" ContentType="${TYPES}.worksheet+xml"/>`)}</Types>`,
    ],
    [
      '_rels/.rels',
      `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
    [
      'xl/workbook.xml',
      `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${each((number) => `<sheet name="data${number}" sheetId="${number}"${sheets[number - 1]?.hidden === true ? ' state="hidden"' : ''} r:id="rId${number}"/>`)}</sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `<Relationships xmlns="${PACKAGE}/relationships">${each((number) => `<Relationship Id="rId${number}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${number}.xml"/>`)}</Relationships>`,
    ],
    ...sheets.map(({ rows }, index): [string, string] => [`xl/worksheets/sheet${index + 1}.xml`, textSheetXml(rows)]),
  ];
  const file = await open(path, 'w');
  try {
    const zip = new ZipWriter(file);
    for (const [name, xml] of parts) await zip.add(name, [DECLARATION + xml]);
    await zip.end();
  } finally {
    await file.close();
  }
}

function textSheetXml(rows: readonly (readonly (string | null)[])[]): string {
  if (rows.length > MOST_ROWS) throw new TooManyRowsError();
  const lines = rows.map((cells, index) => {
    const own = cells.map((cell, column) =>
      cell === null ? '' : textCell(`${columnName(column)}${index + 1}`, cell, ''),
    );
    return `<row r="${index + 1}">${own.join('')}</row>`;
  });
  return `<worksheet xmlns="${MAIN}"><sheetData>${lines.join('')}</sheetData></worksheet>`;
}

async function* sheetXml({ columns, rows }: SheetInput): AsyncGenerator<string> {
  const letters = columns.map((_, index) => columnName(index));
  const widths = columns.map(({ width }, index) => {
    const number = index + 1;
    return `<col min="${number}" max="${number}" width="${width}" customWidth="1"/>`;
  });
  yield (
    `${DECLARATION}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0">` +
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>' +
    `<cols>${widths.join('')}</cols><sheetData>`
  );
  const head = columns.map(({ header }, index) => textCell(`${letters[index]}1`, header, ` s="${BOLD}"`));
  let text = `<row r="1">${head.join('')}</row>`;
  let count = 1;
  for await (const row of rows) {
    count += 1;
    if (count > MOST_ROWS) throw new TooManyRowsError();
    text += `<row r="${count}">`;
    for (const [index, value] of row.entries()) {
      text += cellXml(`${letters[index]}${count}`, value, columns[index]?.isTime === true);
    }
    text += '</row>';
    if (text.length < CHUNK_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield `${text}</sheetData><autoFilter ref="A1:${letters.at(-1)}${count}"/></worksheet>`;
}

function cellXml(reference: string, value: SheetCell, isTime: boolean): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return `<c r="${reference}" t="b"><v>${value ? 1 : 0}</v></c>`;
  if (typeof value === 'number' && Number.isFinite(value)) return `<c r="${reference}"><v>${value}</v></c>`;
  const serial = isTime ? isoToSerial(String(value)) : null;
  if (serial !== null) return `<c r="${reference}" s="${TIME}"><v>${serial}</v></c>`;
  return textCell(reference, String(value));
}

function textCell(reference: string, text: string, style = ''): string {
  return `<c r="${reference}"${style} t="inlineStr"><is><t xml:space="preserve">${encodeText(cut(text))}</t></is></c>`;
}

/** Never between the halves of a character. */
function cut(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  return text.slice(0, MOST_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '');
}
