/** XLSX bytes from a table: one sheet, text cells, header in row 1, unless a fault asks for another shape. */
import { rewritten } from './faults.ts';
import type { FaultRule } from './faults.ts';
import type { Cell, Table } from './layouts.ts';

export interface SheetInput {
  table: Table;
  language: 'zh' | 'en';
  nullMarker: string;
  fault: FaultRule | undefined;
}

/** Fixed, so that equal tables give equal documents. */
const WRITTEN_AT = new Date('2024-01-01T00:00:00Z');

export async function buildSheet({ table, language, nullMarker, fault }: SheetInput): Promise<Buffer> {
  const shaped = reshape(table, fault);
  const headers = fault?.kind === 'english-headers' ? 'en' : language;
  const cellText = (cell: Cell): string => {
    if (cell === null) return nullMarker;
    if (typeof cell === 'string') return escapeText(cell);
    if (headers === 'en') return cell ? 'yes' : 'no';
    return cell ? '是' : '否';
  };
  // Loaded with the first file: most of what the sandbox answers is none, and this takes half a second of CPU.
  const { default: exceljs } = await import('exceljs');
  const workbook = new exceljs.Workbook();
  workbook.created = WRITTEN_AT;
  workbook.modified = WRITTEN_AT;
  const half = fault?.kind === 'split-sheets' ? Math.ceil(shaped.rows.length / 2) : shaped.rows.length;
  const parts = [shaped.rows.slice(0, half), ...(fault?.kind === 'split-sheets' ? [shaped.rows.slice(half)] : [])];
  for (const [index, rows] of parts.entries()) {
    const sheet = workbook.addWorksheet(`Sheet${index + 1}`);
    if (fault?.kind === 'title-row') sheet.addRow(['导出明细']);
    if (fault?.kind !== 'no-header') sheet.addRow(shaped.headers.map((header) => header[headers]));
    for (const row of rows) sheet.addRow(row.map(cellText));
  }
  if (fault?.kind === 'other-sheet') workbook.addWorksheet('Other').addRow(['说明', 'of another layout']);
  return Buffer.from(await workbook.xlsx.writeBuffer());
}

/** In XLSX text `_x0041_` means "A"; exceljs writes it unescaped. */
const escapeText = (text: string): string => text.replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');

const CUT_OFF_AT = 5000;

function reshape(table: Table, fault: FaultRule | undefined): Table {
  switch (fault?.kind) {
    case 'extra-column':
      return {
        headers: table.headers.toSpliced(2, 0, { zh: '新增字段', en: 'new field' }),
        rows: table.rows.map((row) => row.toSpliced(2, 0, 'new')),
      };
    case 'missing-column': {
      const named = table.headers.findIndex((header) => header.zh === fault.column);
      const index = named === -1 ? 2 : named;
      return { headers: table.headers.toSpliced(index, 1), rows: table.rows.map((row) => row.toSpliced(index, 1)) };
    }
    case 'reordered-columns':
      return { headers: table.headers.toReversed(), rows: table.rows.map((row) => row.toReversed()) };
    case 'cut-rows':
      return { headers: table.headers, rows: table.rows.slice(0, fault.rows ?? CUT_OFF_AT) };
    case 'reversed-rows':
      return { headers: table.headers, rows: table.rows.toReversed() };
    case 'rewrite-cells': {
      const index = table.headers.findIndex((header) => header.zh === fault.column);
      const cell = (text: Cell, at: number) =>
        at === index && typeof text === 'string' ? rewritten(fault, text) : text;
      return { headers: table.headers, rows: table.rows.map((row) => row.map(cell)) };
    }
    default:
      return table;
  }
}
