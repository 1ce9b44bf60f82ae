import { isDeepStrictEqual } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import ExcelJS from 'exceljs';
import * as fc from 'fast-check';
import { UnreadableFileError, readSheet, type SheetRow } from '../sheets/index.ts';
import {
  SHEET_PART,
  readAll,
  relationship,
  relationshipsXml,
  sheetXml,
  stringsXml,
  workbookOf,
  workbookXml,
  type WorkbookInput,
} from './support/workbook.ts';

const ROW = '<row r="1"><c r="A1"><v>1</v></c></row>';
const SHEET = sheetXml(ROW);
const ONE_SHEET = '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>';
const STRINGS_PART = 'xl/sharedStrings.xml';

function sheetPart(part: object): WorkbookInput {
  return { parts: [{ name: SHEET_PART, data: SHEET, ...part }] };
}

async function failure(source: string | Uint8Array): Promise<UnreadableFileError> {
  const error: unknown = await readAll(source).catch((caught: unknown) => caught);
  if (!(error instanceof UnreadableFileError)) throw new Error(`not refused as unreadable: ${String(error)}`);
  return error;
}

/** A sheet with this after its first cell. */
function inside(cell: string): string {
  return sheetXml(`<row r="1"><c r="A1"><v>1</v></c>${cell}</row>`);
}

/** What becomes of a file that held these rows. */
async function outcome(damaged: Uint8Array, rows: SheetRow[]): Promise<'the same' | 'refused' | 'other rows'> {
  try {
    return isDeepStrictEqual(await readAll(damaged), rows) ? 'the same' : 'other rows';
  } catch (error) {
    if (error instanceof UnreadableFileError) return 'refused';
    throw error;
  }
}

describe('a zip is refused', () => {
  const packed = deflateRawSync(SHEET);
  const flipped = Buffer.from(packed);
  flipped[flipped.length >> 1]! ^= 0xff;
  it.each<[string, string, WorkbookInput]>([
    ['an encrypted part', 'encrypted', sheetPart({ flags: 1 })],
    ['another compression method', 'unsupported-method', sheetPart({ method: 12 })],
    ['a wrong checksum', 'bad-crc', sheetPart({ claim: { crc: 1 } })],
    ['a wrong checksum of stored data', 'bad-crc', sheetPart({ method: 'stored', claim: { crc: 1 } })],
    ['packed data that ends early', 'truncated', sheetPart({ packed: packed.subarray(0, -4) })],
    ['packed data that goes on', 'bad-zip', sheetPart({ packed: Buffer.concat([packed, Buffer.alloc(5)]) })],
    [
      'packed data that goes on for long',
      'bad-zip',
      sheetPart({ packed: Buffer.concat([packed, Buffer.alloc(500_000)]) }),
    ],
    ['packed data that is broken', 'bad-', sheetPart({ packed: flipped })],
    ['no packed data', 'truncated', sheetPart({ packed: Buffer.alloc(0) })],
    ['a length that is too long', 'bad-zip', sheetPart({ claim: { size: SHEET.length + 1 } })],
    ['a length that is too short', 'bad-zip', sheetPart({ claim: { size: SHEET.length - 1 } })],
    ['a length that its header denies', 'bad-zip', sheetPart({ localClaim: { size: 3 } })],
    ['a stored length that lies', 'bad-zip', sheetPart({ method: 'stored', claim: { size: SHEET.length - 12 } })],
    ['a name that its header denies', 'bad-zip', sheetPart({ localClaim: { name: 'xl/worksheets/sheet2.xml' } })],
    ['a method that its header denies', 'bad-zip', sheetPart({ localClaim: { method: 0 } })],
    ['a header somewhere else', 'bad-zip', sheetPart({ headerPosition: 7 })],
    ['a packed length into the next part', 'bad-zip', sheetPart({ claim: { packedSize: 100_000 } })],
    ['one header for two parts', 'bad-zip', { parts: [{ name: 'a', data: 'x', headerPosition: 0 }] }],
    ['a name twice', 'duplicate-part', { parts: [{ name: 'XL/Worksheets/SHEET1.xml', data: SHEET }] }],
    ['a name that climbs', 'path', { parts: [{ name: 'xl/../../x', data: '' }] }],
    ['a name that climbs the other way', 'path', { parts: [{ name: 'xl\\..\\x', data: '' }] }],
    ['an absolute name', 'path', { parts: [{ name: '/x', data: '' }] }],
    ['a drive letter', 'path', { parts: [{ name: 'C:/x', data: '' }] }],
    ['a name with a zero', 'path', { parts: [{ name: 'x\0.xml', data: '' }] }],
    ['fewer entries than announced', 'bad-zip', { zip: { claim: { count: 9 } } }],
    ['more entries than announced', 'bad-zip', { zip: { claim: { count: 2 } } }],
  ])('for %s', async (_, code, input) => {
    expect((await failure(workbookOf({ rows: ROW, ...input }))).code).toContain(code);
  });

  it.each<[string, string, Uint8Array]>([
    ['nothing', 'not-a-zip', Buffer.alloc(0)],
    ['an error page', 'not-a-zip', Buffer.from('{"code":1,"msg":"no"}')],
    ['the first half', 'truncated', workbookOf({ rows: ROW }).subarray(0, 600)],
    ['bytes behind the end', 'truncated', Buffer.concat([workbookOf({ rows: ROW }), Buffer.from('x')])],
    ['a compound file', 'not-a-zip', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2000)])],
    [
      'a workbook with a password',
      'encrypted',
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.from('EncryptedPackage', 'utf16le')]),
    ],
  ])('for being %s', async (_, code, bytes) => {
    expect(await failure(bytes)).toMatchObject({ code });
  });
});

describe('a workbook is refused', () => {
  it.each<[string, string, WorkbookInput]>([
    ['no root relationships', 'missing-part', { parts: [{ name: '_rels/.rels', data: relationshipsXml('') }] }],
    [
      'no workbook part',
      'missing-part',
      { parts: [{ name: '_rels/.rels', data: relationshipsXml(relationship('r', 'officeDocument', 'no.xml')) }] },
    ],
    [
      'no worksheet part',
      'missing-part',
      { relationships: relationship('rId1', 'worksheet', 'worksheets/sheet7.xml') },
    ],
    [
      'no relationship of the sheet',
      'missing-part',
      { relationships: relationship('rId9', 'worksheet', 'worksheets/sheet1.xml') },
    ],
    [
      'no visible sheet',
      'missing-part',
      { workbook: workbookXml('<sheets><sheet name="S" state="hidden" r:id="rId1"/></sheets>') },
    ],
    [
      'a sheet outside the file',
      'missing-part',
      { relationships: relationship('rId1', 'worksheet', 'http://x/s.xml" TargetMode="External') },
    ],
    [
      'shared strings that are not there',
      'missing-part',
      {
        relationships:
          relationship('rId1', 'worksheet', 'worksheets/sheet1.xml') + relationship('s', 'sharedStrings', 's.xml'),
      },
    ],
    [
      'two tables of shared strings',
      'duplicate-part',
      {
        strings: '',
        relationships:
          relationship('rId1', 'worksheet', 'worksheets/sheet1.xml') +
          relationship('s', 'sharedStrings', 'sharedStrings.xml') +
          relationship('t', 'sharedStrings', 'sharedStrings.xml'),
      },
    ],
    [
      'one relationship id twice',
      'duplicate-part',
      {
        relationships:
          relationship('rId1', 'worksheet', 'worksheets/sheet1.xml') +
          relationship('rId1', 'worksheet', 'worksheets/sheet2.xml'),
      },
    ],
    ['a target outside the archive', 'path', { relationships: relationship('rId1', 'worksheet', '../../etc/passwd') }],
    ['a part that is no workbook', 'bad-xml', { workbook: SHEET }],
    ['a sheet without a relationship', 'bad-xml', { workbook: workbookXml('<sheets><sheet name="S"/></sheets>') }],
    [
      'a DTD in its relationships',
      'dtd',
      { parts: [{ name: 'xl/_rels/workbook.xml.rels', data: '<!DOCTYPE a><a/>' }] },
    ],
    ['a damaged list of sheets', 'bad-xml', { workbook: workbookXml(ONE_SHEET).slice(0, -4) }],
  ])('for %s', async (_, code, input) => {
    expect(await failure(workbookOf({ rows: ROW, ...input }))).toMatchObject({ code });
  });
});

describe('a worksheet is refused', () => {
  it.each<[string, string, string | Uint8Array]>([
    ['a document type', 'dtd', `<!DOCTYPE x [<!ENTITY a "b">]>${SHEET.slice(SHEET.indexOf('<work'))}`],
    ['an unknown entity', 'bad-xml', inside('<c r="B1"><v>&nbsp;</v></c>')],
    ['a lone ampersand', 'bad-xml', inside('<c r="B1"><v>a & b</v></c>')],
    ['a reference to a zero', 'bad-xml', inside('<c r="B1"><v>&#0;</v></c>')],
    ['a reference to half a pair of surrogates', 'bad-xml', inside('<c r="B1"><v>&#xD800;</v></c>')],
    ['a control character', 'bad-xml', inside('<c r="B1"><v>a\u0001</v></c>')],
    ['an unclosed element', 'bad-xml', SHEET.replace('</worksheet>', '')],
    ['rows that are not closed', 'bad-xml', SHEET.slice(0, SHEET.indexOf('</sheetData>'))],
    ['crossed elements', 'bad-xml', inside('<c r="B1"><v>1</c></v>')],
    ['an element that closes twice', 'bad-xml', `${SHEET}</worksheet>`],
    ['a second root', 'bad-xml', `${SHEET}<worksheet/>`],
    ['text behind the root', 'bad-xml', `${SHEET}x`],
    ['an attribute twice', 'bad-xml', inside('<c r="B1" r="C1"/>')],
    ['attributes that touch', 'bad-xml', inside('<c r="B1"s="1"/>')],
    ['an attribute without quotes', 'bad-xml', inside('<c r=B1/>')],
    ['an attribute with markup', 'bad-xml', inside('<c r="<"/>')],
    ['a prefix without a namespace', 'bad-xml', inside('<q:c/>')],
    ['a name that is none', 'bad-xml', inside('<1c/>')],
    ['an end of CDATA in text', 'bad-xml', inside('<c r="B1"><v>]]></v></c>')],
    ['CDATA without an end', 'bad-xml', SHEET.replace('<v>', '<v><![CDATA[')],
    ['a comment without an end', 'bad-xml', SHEET.replace('<v>', '<!--')],
    ['no rows element', 'bad-xml', '<worksheet/>'],
    ['two rows elements', 'bad-xml', '<worksheet><sheetData/><sheetData/></worksheet>'],
    ['another root', 'bad-xml', stringsXml('')],
    ['a row within a row', 'bad-xml', inside('<row/>')],
    ['rows within another element', 'bad-xml', sheetXml('<group><row/></group>')],
    ['a cell outside a row', 'bad-xml', sheetXml('<c r="A1"/>')],
    ['text between cells', 'bad-xml', inside('7')],
    ['two values', 'bad-xml', inside('<c r="B1"><v>1</v><v>2</v></c>')],
    ['two texts', 'bad-xml', inside('<c r="B1"><is/><is/></c>')],
    ['an element in a value', 'bad-xml', inside('<c r="B1"><v><b/></v></c>')],
    ['text beside a text', 'bad-xml', inside('<c r="B1" t="inlineStr"><is>a<t>b</t></is></c>')],
    ['an empty part', 'bad-xml', ''],
    ['bytes that are no UTF-8', 'bad-utf8', Buffer.from(inside('<c r="B1"><v>é</v></c>'), 'latin1')],
    ['half a character at the end', 'bad-utf8', Buffer.concat([Buffer.from(SHEET), Buffer.from([0xe4, 0xb8])])],
    ['UTF-16', 'bad-utf8', Buffer.from(`\ufeff${SHEET}`, 'utf16le')],
    ['UTF-16 without a mark', 'bad-utf8', Buffer.from(SHEET, 'utf16le')],
    ['another encoding by its own word', 'bad-utf8', SHEET.replace('UTF-8', 'GB18030')],
    ['a reference that is no cell', 'bad-reference', inside('<c r="1B"/>')],
    ['an absolute reference', 'bad-reference', inside('<c r="$B$1"/>')],
    ['a range', 'bad-reference', inside('<c r="B1:C1"/>')],
    ['row zero', 'bad-reference', sheetXml('<row r="0"/>')],
    ['a row number in words', 'bad-reference', sheetXml('<row r="one"/>')],
    ['a cell in another row', 'bad-reference', inside('<c r="B2"/>')],
    ['a cell twice', 'bad-reference', inside('<c r="B1"/><c r="A1"><v>2</v></c>')],
    ['a row twice', 'bad-reference', sheetXml('<row r="3"/><row r="3"/>')],
    ['a row before the last', 'bad-reference', sheetXml('<row r="3"/><row r="2"/>')],
    ['a type that nobody knows', 'bad-value', inside('<c r="B1" t="toString"><v>1</v></c>')],
    ['a boolean that is none', 'bad-value', inside('<c r="B1" t="b"><v>2</v></c>')],
    ['a string that does not exist', 'string-index', inside('<c r="B1" t="s"><v>1</v></c>')],
    ['a string index below zero', 'string-index', inside('<c r="B1" t="s"><v>-1</v></c>')],
    ['a string index that is no number', 'string-index', inside('<c r="B1" t="s"><v>1.0</v></c>')],
    ['a string index of nothing', 'string-index', inside('<c r="B1" t="s"><v></v></c>')],
    ['a column beyond the last', 'too-large', inside('<c r="XFE1"/>')],
    ['a row beyond the limit', 'too-large', sheetXml('<row r="4000000000"/>')],
  ])('for %s', async (_, code, sheet) => {
    expect(await failure(workbookOf({ sheet, strings: '<si><t>a</t></si>' }))).toMatchObject({ code });
  });

  it('with the cell or the offset where it happened', async () => {
    const cell = await failure(workbookOf({ sheet: inside('<c r="B1" t="s"><v>5</v></c>') }));
    expect(cell.where).toBe(`${SHEET_PART}, cell B1`);
    const byte = await failure(workbookOf({ sheet: `${SHEET}<worksheet/>` }));
    expect(byte.where).toMatch(/^xl\/worksheets\/sheet1\.xml, byte \d+$/);
    expect(byte.message).toContain(byte.where);
  });

  it('at its end, after the rows were handed out', async () => {
    const rows: SheetRow[] = [];
    const read = async (): Promise<void> => {
      for await (const row of readSheet(workbookOf(sheetPart({ claim: { crc: 1 } })))) rows.push(row);
    };
    await expect(read()).rejects.toMatchObject({ code: 'bad-crc' });
    expect(rows).toHaveLength(1);
  });
});

describe('shared strings are refused', () => {
  it.each<[string, string, string]>([
    ['another root', 'bad-xml', '<strings/>'],
    ['a string inside a string', 'bad-xml', stringsXml('<x><si/></x>')],
    ['an unclosed table', 'bad-xml', stringsXml('').replace('</sst>', '')],
    ['a DTD', 'dtd', '<!DOCTYPE sst><sst/>'],
  ])('for %s', async (_, code, data) => {
    const file = workbookOf({ rows: ROW, strings: '', parts: [{ name: STRINGS_PART, data }] });
    expect(await failure(file)).toMatchObject({ code });
  });
});

it('leaves the error of a missing file to the file system', async () => {
  await expect(readAll('/nowhere/none.xlsx')).rejects.toMatchObject({ code: 'ENOENT' });
});

describe('damage never passes for a result', () => {
  const small = workbookOf({
    rows: '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>12</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>',
    strings: '<si><t>会议</t></si><si><t>b</t></si>',
  });
  let large: Buffer;

  beforeAll(async () => {
    const workbook = new ExcelJS.Workbook();
    const sheet = workbook.addWorksheet('数据');
    for (let row = 0; row < 40; row++) sheet.addRow([`会议 ${row}`, row, `时长 ${row % 7}`, row % 2 === 0]);
    large = Buffer.from(await workbook.xlsx.writeBuffer());
  });

  it('when the file is cut at any byte', async () => {
    for (let length = 0; length < small.length; length++) {
      expect(await outcome(small.subarray(0, length), [])).toBe('refused');
    }
  });

  it('when any one byte of a small file is another', async () => {
    const rows = await readAll(small);
    expect(rows).toHaveLength(2);
    for (let at = 0; at < small.length; at++) {
      const damaged = Buffer.from(small);
      damaged[at]! ^= 1 << (at % 8);
      expect(await outcome(damaged, rows)).not.toBe('other rows');
    }
  });

  it('when any bytes of a written file are others', async () => {
    const rows = await readAll(large);
    const change = fc.record({ at: fc.nat(large.length - 1), mask: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const damaged = Buffer.from(large);
        for (const { at, mask } of changes) damaged[at]! ^= mask;
        expect(await outcome(damaged, rows)).not.toBe('other rows');
      }),
      { numRuns: 250 },
    );
  });
});
