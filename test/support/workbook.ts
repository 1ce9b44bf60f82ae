import { readSheet, type SheetRow } from '../../sheets/index.ts';
import { zipOf, type ZipOptions, type ZipPart } from './zip.ts';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships';

/** A workbook in the fewest parts, each of which a test can put in other words. */
export interface WorkbookInput {
  /** What stands inside `<sheetData>`. */
  rows?: string;
  /** The whole worksheet part. */
  sheet?: string | Uint8Array;
  /** What stands inside `<sst>`. */
  strings?: string;
  /** The whole workbook part. */
  workbook?: string;
  /** The relationships of the workbook. */
  relationships?: string;
  /** Parts that come after these, or take the place of the one with the same name. */
  parts?: readonly ZipPart[];
  /** Added to every part. */
  each?: Partial<ZipPart>;
  zip?: ZipOptions;
  order?: 'usual' | 'reversed';
}

export const SHEET_PART = 'xl/worksheets/sheet1.xml';

export function sheetXml(rows: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`;
}

export function relationshipsXml(relationships: string): string {
  return `<Relationships xmlns="${PACKAGE}">${relationships}</Relationships>`;
}

export function relationship(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`;
}

export function workbookXml(contents: string): string {
  return `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}">${contents}</workbook>`;
}

export function stringsXml(strings: string): string {
  return `<sst xmlns="${MAIN}">${strings}</sst>`;
}

export function workbookParts(input: WorkbookInput = {}): ZipPart[] {
  const strings =
    input.strings === undefined ? [] : [{ name: 'xl/sharedStrings.xml', data: stringsXml(input.strings) }];
  const relationships =
    input.relationships ??
    relationship('rId1', 'worksheet', 'worksheets/sheet1.xml') +
      (input.strings === undefined ? '' : relationship('rId2', 'sharedStrings', 'sharedStrings.xml'));
  const parts: ZipPart[] = [
    { name: '[Content_Types].xml', data: '<Types/>' },
    { name: '_rels/.rels', data: relationshipsXml(relationship('r', 'officeDocument', 'xl/workbook.xml')) },
    {
      name: 'xl/workbook.xml',
      data: input.workbook ?? workbookXml('<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>'),
    },
    { name: 'xl/_rels/workbook.xml.rels', data: relationshipsXml(relationships) },
    { name: SHEET_PART, data: input.sheet ?? sheetXml(input.rows ?? '') },
    ...strings,
  ];
  const replaced = new Map((input.parts ?? []).map((part) => [part.name, part]));
  const merged = parts.map((part) => {
    const other = replaced.get(part.name);
    replaced.delete(part.name);
    return { ...part, ...other };
  });
  return [...merged, ...replaced.values()].map((part) => ({ ...input.each, ...part }));
}

export function workbookOf(input: WorkbookInput = {}): Buffer {
  const parts = workbookParts(input);
  return zipOf(input.order === 'reversed' ? parts.toReversed() : parts, input.zip);
}

export async function readAll(
  source: string | Uint8Array,
  options: Parameters<typeof readSheet>[1] = {},
): Promise<SheetRow[]> {
  const rows: SheetRow[] = [];
  for await (const row of readSheet(source, options)) rows.push(row);
  return rows;
}

/** The cells of the first row that has any. */
export async function readCells(input: WorkbookInput): Promise<(string | null)[] | undefined> {
  const rows = await readAll(workbookOf(input));
  return rows.find(({ cells }) => cells.length > 0)?.cells;
}
