import { describe, expect, it } from 'vitest';
import { describeWorkbook } from '../sheets/index.ts';
import {
  SHEET_PART,
  readAll,
  readCells,
  relationship,
  relationshipsXml,
  sheetXml,
  workbookOf,
  workbookXml,
} from './support/workbook.ts';

const ONE_ROW = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>2</v></c></row>';
const STRINGS = '<si><t>甲</t></si>';
const EXPECTED = [{ number: 1, cells: ['甲', '2'] }];

/** The same in the namespaces of the strict format. */
function strict(text: string): string {
  return text
    .replaceAll('http://schemas.openxmlformats.org/officeDocument/2006/', 'http://purl.oclc.org/ooxml/officeDocument/')
    .replaceAll('http://schemas.openxmlformats.org/spreadsheetml/2006/', 'http://purl.oclc.org/ooxml/spreadsheetml/');
}

describe('the zip', () => {
  it.each([
    ['stored parts', { each: { method: 'stored' } }],
    ['data descriptors', { each: { descriptor: 'signed' } }],
    ['data descriptors without a signature', { each: { descriptor: 'bare' } }],
    ['zip64 lengths', { each: { zip64: true } }],
    ['a zip64 end record', { zip: { zip64End: true } }],
    ['a zip64 end record after zip64 lengths', { each: { zip64: true }, zip: { zip64End: true } }],
    ['a comment that holds an end record of its own', { zip: { comment: Buffer.from('PK\x05\x06'.padEnd(40, '\0')) } }],
    ['shared strings before the sheet', { order: 'reversed' }],
    ['a directory in another order than the data', { zip: { directoryOrder: 'reversed' } }],
    ['bytes before the first part', { zip: { prefix: Buffer.from('#!stub') } }],
    ['a folder entry', { parts: [{ name: 'xl/', data: '', method: 'stored' }] }],
    ['a part that nobody needs', { parts: [{ name: 'xl/media/图.png', data: 'x' }] }],
  ] as const)('is read with %s', async (_, input) => {
    expect(await readAll(workbookOf({ rows: ONE_ROW, strings: STRINGS, ...input }))).toEqual(EXPECTED);
  });
});

describe('the worksheet', () => {
  const two = workbookXml(
    '<sheets><sheet name="后" sheetId="9" r:id="b"/><sheet name="前" sheetId="1" r:id="a"/></sheets>',
  );
  const parts = [
    { name: 'xl/worksheets/sheet1.xml', data: sheetXml('<row><c><v>one</v></c></row>') },
    { name: 'xl/worksheets/sheet2.xml', data: sheetXml('<row><c><v>two</v></c></row>') },
  ];
  const relationships =
    relationship('a', 'worksheet', 'worksheets/sheet1.xml') + relationship('b', 'worksheet', 'worksheets/sheet2.xml');

  it('is the first tab, whatever the parts are called and wherever they stand', async () => {
    const file = workbookOf({ workbook: two, relationships, parts });
    expect(await readAll(file)).toEqual([{ number: 1, cells: ['two'] }]);
    expect(await readAll(file, { sheet: 1 })).toEqual([{ number: 1, cells: ['one'] }]);
  });

  it('is never a hidden one or a chart', async () => {
    const workbook = workbookXml(
      '<sheets><sheet name="chart" sheetId="3" r:id="c"/><sheet name="h" sheetId="9" state="veryHidden" r:id="b"/><sheet name="v" sheetId="1" r:id="a"/></sheets>',
    );
    const chart = relationship('c', 'chartsheet', 'chartsheets/sheet1.xml');
    const file = workbookOf({ workbook, relationships: relationships + chart, parts });
    expect(await readAll(file)).toEqual([{ number: 1, cells: ['one'] }]);
    expect((await describeWorkbook(file)).sheets).toEqual([
      { name: 'h', hidden: true },
      { name: 'v', hidden: false },
    ]);
  });

  it.each([
    '/xl/worksheets/sheet1.xml',
    '../xl/./worksheets/sheet1.xml',
    'WORKSHEETS/Sheet1.xml',
    'worksheets\\sheet1.xml',
  ])('is found at the target %s', async (target) => {
    const file = workbookOf({
      rows: '<row><c><v>1</v></c></row>',
      relationships: relationship('rId1', 'worksheet', target),
    });
    expect(await readAll(file)).toEqual([{ number: 1, cells: ['1'] }]);
  });

  it('is found in a workbook at the root, with the namespaces of the strict format', async () => {
    const file = workbookOf({
      parts: [
        { name: '_rels/.rels', data: strict(relationshipsXml(relationship('r', 'officeDocument', 'book.xml'))) },
        { name: 'book.xml', data: strict(workbookXml('<sheets><sheet name="S" sheetId="1" r:id="q"/></sheets>')) },
        { name: '_rels/book.xml.rels', data: strict(relationshipsXml(relationship('q', 'worksheet', 's.xml'))) },
        { name: 's.xml', data: strict(sheetXml('<row><c><v>1</v></c></row>')) },
      ],
    });
    expect(await readAll(file)).toEqual([{ number: 1, cells: ['1'] }]);
  });

  it('tells which date system its workbook has', async () => {
    const sheets = '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>';
    const dates = (flag: string): Promise<{ date1904: boolean }> =>
      describeWorkbook(workbookOf({ workbook: workbookXml(`<workbookPr ${flag}/>${sheets}`) }));
    expect(await dates('date1904="1"')).toMatchObject({ date1904: true });
    expect(await dates('date1904="true"')).toMatchObject({ date1904: true });
    expect(await dates('date1904="0"')).toMatchObject({ date1904: false });
    expect(await dates('')).toMatchObject({ date1904: false });
  });
});

describe('rows and cells', () => {
  it.each([
    ['a gap', '<row r="1"><c r="C1"><v>3</v></c></row>', [{ number: 1, cells: [null, null, '3'] }]],
    [
      'columns beyond Z',
      '<row r="1"><c r="AB1"><v>3</v></c></row>',
      [{ number: 1, cells: [...Array<null>(27).fill(null), '3'] }],
    ],
    [
      'rows left out',
      '<row r="2"><c r="A2"><v>1</v></c></row><row r="7"/>',
      [
        { number: 2, cells: ['1'] },
        { number: 7, cells: [] },
      ],
    ],
    [
      'no numbers at all',
      '<row><c><v>1</v></c><c/><c><v>2</v></c></row><row><c><v>3</v></c></row>',
      [
        { number: 1, cells: ['1', null, '2'] },
        { number: 2, cells: ['3'] },
      ],
    ],
    [
      'numbers here and there',
      '<row r="4"><c r="B4"><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>',
      [
        { number: 4, cells: [null, '1', '2'] },
        { number: 5, cells: ['3'] },
      ],
    ],
    [
      'the row number in the cells only',
      '<row><c r="A3"><v>1</v></c><c r="B3"><v>2</v></c></row>',
      [{ number: 3, cells: ['1', '2'] }],
    ],
    [
      'cells out of order',
      '<row r="1"><c r="B1"><v>2</v></c><c r="A1"><v>1</v></c></row>',
      [{ number: 1, cells: ['1', '2'] }],
    ],
    [
      'styles on empty cells',
      '<row r="1"><c r="A1"><v>1</v></c><c r="B1" s="4"/><c r="C1" s="4"></c></row>',
      [{ number: 1, cells: ['1'] }],
    ],
  ] as const)('are placed with %s', async (_, rows, expected) => {
    expect(await readAll(workbookOf({ rows }))).toEqual(expected);
  });

  it.each([
    ['a number as written', '<c><v>1.10E+2</v></c>', '1.10E+2'],
    ['a number of declared type', '<c t="n"><v>0012</v></c>', '0012'],
    ['a true boolean', '<c t="b"><v>1</v></c>', 'TRUE'],
    ['a false boolean', '<c t="b"><v>0</v></c>', 'FALSE'],
    ['a boolean in letters', '<c t="b"><v>true</v></c>', 'TRUE'],
    ['an error', '<c t="e"><v>#DIV/0!</v></c>', '#DIV/0!'],
    ['an ISO date', '<c t="d"><v>2022-07-21T11:01:40</v></c>', '2022-07-21T11:01:40'],
    ['the result of a formula', '<c t="str"><f>A2&amp;"x"</f><v>甲x</v></c>', '甲x'],
    ['the number of a formula', '<c><f>1+1</f><v>2</v></c>', '2'],
    ['an inline string', '<c t="inlineStr"><is><t>甲</t></is></c>', '甲'],
    [
      'an inline string that says it keeps space',
      '<c t="inlineStr"><is><t xml:space="preserve"> 甲 </t></is></c>',
      ' 甲 ',
    ],
    ['inline rich text', '<c t="inlineStr"><is><r><rPr><b/></rPr><t>甲</t></r><r><t>乙</t></r></is></c>', '甲乙'],
    ['an inline string in the wrong element', '<c t="inlineStr"><v>甲</v></c>', '甲'],
    ['an inline string without its type', '<c><is><t>甲</t></is></c>', '甲'],
    ['an empty inline string', '<c t="inlineStr"><is><t></t></is></c>', null],
    ['an empty value', '<c><v></v></c>', null],
    [
      'an extension inside the cell',
      '<c><v>1</v><extLst><ext uri="x"><y:c xmlns:y="urn:y"><v>9</v></y:c></ext></extLst></c>',
      '1',
    ],
    ['CDATA', '<c t="inlineStr"><is><t><![CDATA[<甲>&amp;]]]]><![CDATA[>]]></t></is></c>', '<甲>&amp;]]>'],
    ['a comment in the text', '<c t="inlineStr"><is><t>甲<!-- > -->乙<?pi ?></t></is></c>', '甲乙'],
    [
      'named and numbered references',
      '<c t="inlineStr"><is><t>&lt;&gt;&amp;&quot;&apos;&#65;&#x4E2D;&#x1F600;</t></is></c>',
      '<>&"\'A中😀',
    ],
    ['an escaped carriage return', '<c t="inlineStr"><is><t>a_x000D_b</t></is></c>', 'a\rb'],
    ['an escaped escape', '<c t="inlineStr"><is><t>_x005F_x000D_ _x005f_</t></is></c>', '_x000D_ _'],
    ['an escaped pair of surrogates', '<c t="inlineStr"><is><t>_xD83D__xDE00_</t></is></c>', '😀'],
    [
      'half a pair of surrogates, as written',
      '<c t="inlineStr"><is><t>_xD83D_ _xDE00_</t></is></c>',
      '_xD83D_ _xDE00_',
    ],
    ['an escape in a formula result', '<c t="str"><v>_x0041_</v></c>', 'A'],
    ['what only looks like an escape', '<c t="inlineStr"><is><t>_x00_ _x000g_</t></is></c>', '_x00_ _x000g_'],
    ['line ends', '<c t="inlineStr"><is><t>a\r\nb\rc\nd&#13;</t></is></c>', 'a\nb\nc\nd\r'],
    ['single quotes and space in tags', "<c  t = 'inlineStr'\n><is ><t\t>甲</t ></is\n></c >", '甲'],
  ])('hold %s', async (_, cell, expected) => {
    expect((await readAll(workbookOf({ rows: `<row>${cell}</row>` })))[0]?.cells[0] ?? null).toEqual(expected);
  });

  it.each([
    ['a text', '<si><t>甲</t></si>', '甲'],
    ['runs', '<si><r><t>甲</t></r><r><rPr><sz val="9"/></rPr><t xml:space="preserve"> 乙</t></r></si>', '甲 乙'],
    [
      'phonetic runs, which are no text',
      '<si><t>課</t><rPh sb="0" eb="1"><t>カ</t></rPh><phoneticPr fontId="1"/></si>',
      '課',
    ],
    ['nothing', '<si/>', null],
    ['an empty text', '<si><t/></si>', null],
    ['references and escapes', '<si><t>&amp;_x0009_</t></si>', '&\t'],
  ])('refer to shared strings with %s', async (_, strings, expected) => {
    const rows = '<row><c t="s"><v>0</v></c><c><v>1</v></c></row>';
    expect(await readCells({ rows, strings })).toEqual([expected, '1']);
  });

  it('do not mind prefixes, foreign elements, a byte order mark or white space', async () => {
    const x = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
    const sheet = `\ufeff<?xml version='1.0' encoding='utf-8' standalone='yes'?>
      <!-- made elsewhere -->
      <x:worksheet xmlns:x="${x}" xmlns:y="urn:y">
        <x:cols><x:col min="1"/></x:cols><y:row r="1"><y:c><y:v>9</y:v></y:c></y:row>
        <x:sheetData>
          <x:row r="1" y:r="5"> <x:c r="A1" y:t="s"> <x:v>1</x:v> </x:c> <c r="B1" xmlns="${x}" t="inlineStr"><is><t>乙</t></is></c> </x:row>
        </x:sheetData>
        <x:mergeCells/>
      </x:worksheet>
    `;
    expect(await readAll(workbookOf({ sheet }))).toEqual([{ number: 1, cells: ['1', '乙'] }]);
  });

  it('are not what has their names in another namespace', async () => {
    const x = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
    const own = `<c xmlns="${x}" r="A1"><v>1</v></c>`;
    const foreign = '<c r="B1"><v>9</v></c>';
    const sheet = `<x:worksheet xmlns:x="${x}"><x:sheetData>
      <x:row r="1" xmlns="urn:y">${own}${foreign}</x:row>
      <x:row r="2" xmlns="${x}"><c r="A2"><v>2</v></c><x:c xmlns="urn:y" r="B2"><v>9</v><x:v>3</x:v></x:c><c r="C2"><v>4</v></c></x:row>
    </x:sheetData></x:worksheet>`;
    expect((await readAll(workbookOf({ sheet }))).map(({ cells }) => cells)).toEqual([['1'], ['2', '3', '4']]);
  });

  it('are found where the writer declares no namespace', async () => {
    const sheet = '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>';
    expect(await readAll(workbookOf({ parts: [{ name: SHEET_PART, data: sheet }] }))).toEqual([
      { number: 1, cells: ['1'] },
    ]);
  });
});
