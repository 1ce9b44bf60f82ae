import { UnreadableFileError } from './errors.ts';
import type { Limits } from './limits.ts';
import { MAIN_NAMESPACES, PACKAGE_RELATIONSHIPS, RELATIONSHIPS } from './namespaces.ts';
import { XmlScanner } from './xml.ts';
import { zipError, type ZipDirectory, type ZipEntry } from './zip.ts';

/** Reads the bytes of one part. */
export type PartReader = (entry: ZipEntry) => AsyncIterable<Uint8Array>;

/** What a workbook says about itself, without its cells. */
export interface Workbook {
  /** Day 0 of serial dates is 1904-01-01 and not 1899-12-30. */
  date1904: boolean;
  /** Worksheets in the order of their tabs; chart sheets and the like are left out. */
  sheets: { name: string; hidden: boolean; part: ZipEntry }[];
  sharedStrings: ZipEntry | undefined;
}

interface Relationship {
  id: string;
  type: string;
  /** Name of the part in the zip, or undefined for something outside the file. */
  target: string | undefined;
}

interface Context {
  directory: ZipDirectory;
  readPart: PartReader;
  limits: Limits;
}

/** Follows the package's relationships to the workbook and its sheets: part names carry no meaning. */
export async function readWorkbook(context: Context): Promise<Workbook> {
  const roots = await readRelationships(context, '');
  const root = only(ofType(roots, 'officeDocument'), '_rels/.rels', 'workbook');
  if (root === undefined) throw zipError('missing-part', 'The file names no workbook', '_rels/.rels');
  const workbook = findPart(context.directory, root, '_rels/.rels');
  const relationships = await readRelationships(context, workbook.name);
  const strings = only(ofType(relationships, 'sharedStrings'), workbook.name, 'shared strings part');
  const { date1904, sheets } = await readSheetList(context, workbook);
  const worksheets = new Map(ofType(relationships, 'worksheet').map((relationship) => [relationship.id, relationship]));
  const known = new Set(relationships.map(({ id }) => id));
  return {
    date1904,
    sheets: sheets.flatMap(({ name, hidden, id }) => {
      if (!known.has(id)) throw zipError('missing-part', 'A sheet has no part', workbook.name);
      const relationship = worksheets.get(id);
      return relationship === undefined
        ? []
        : [{ name, hidden, part: findPart(context.directory, relationship, workbook.name) }];
    }),
    sharedStrings: strings === undefined ? undefined : findPart(context.directory, strings, workbook.name),
  };
}

function ofType(relationships: readonly Relationship[], name: string): Relationship[] {
  const types = RELATIONSHIPS.map((namespace) => `${namespace}/${name}`);
  return relationships.filter(({ type }) => types.includes(type));
}

function only(relationships: readonly Relationship[], part: string, what: string): Relationship | undefined {
  if (relationships.length > 1) throw zipError('duplicate-part', `There is more than one ${what}`, part);
  return relationships[0];
}

function findPart(directory: ZipDirectory, relationship: Relationship, from: string): ZipEntry {
  const { target } = relationship;
  if (target === undefined) throw zipError('missing-part', 'A part is outside the file', from);
  return lookUp(directory, target);
}

function lookUp(directory: ZipDirectory, name: string): ZipEntry {
  const entry = directory.get(name.toLowerCase());
  if (entry === undefined) throw zipError('missing-part', 'The part is not in the file', name);
  return entry;
}

async function readRelationships(context: Context, part: string): Promise<Relationship[]> {
  const folder = part.slice(0, part.lastIndexOf('/') + 1);
  const entry = lookUp(context.directory, `${folder}_rels/${part.slice(folder.length)}.rels`);
  const found = new Map<string, Relationship>();
  await readElements({ ...context, entry, own: PACKAGE_RELATIONSHIPS }, (scanner) => {
    if (scanner.depth === 1 && scanner.name !== 'Relationships')
      throw scanner.fail('bad-xml', 'The part lists no relationships');
    if (scanner.depth !== 2 || scanner.name !== 'Relationship') return;
    const id = scanner.attribute('Id');
    const type = scanner.attribute('Type');
    const target = scanner.attribute('Target');
    if (id === undefined || type === undefined || target === undefined)
      throw scanner.fail('bad-xml', 'A relationship is incomplete');
    if (found.has(id)) throw scanner.fail('duplicate-part', 'Two relationships have one id');
    if (found.size >= context.limits.entries) throw scanner.fail('too-large', 'There are too many relationships');
    const external = scanner.attribute('TargetMode') === 'External';
    found.set(id, { id, type, target: external ? undefined : resolveTarget(folder, target, entry.name) });
  });
  return [...found.values()];
}

/** A target is relative to the folder of the part that has the relationship, or absolute within the package. */
function resolveTarget(folder: string, target: string, where: string): string {
  const segments: string[] = [];
  for (const segment of `${target.startsWith('/') ? '' : folder}${target.replaceAll('\\', '/')}`.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) throw zipError('path', 'A relationship leaves the archive', where);
  }
  return segments.join('/');
}

interface SheetEntry {
  name: string;
  hidden: boolean;
  id: string;
}

async function readSheetList(context: Context, entry: ZipEntry): Promise<{ date1904: boolean; sheets: SheetEntry[] }> {
  const sheets: SheetEntry[] = [];
  let date1904 = false;
  let inSheets = false;
  await readElements({ ...context, entry, own: MAIN_NAMESPACES }, (scanner) => {
    const { name, depth } = scanner;
    if (depth === 1 && name !== 'workbook') throw scanner.fail('bad-xml', 'The part is no workbook');
    if (depth === 2) inSheets = name === 'sheets';
    if (depth === 2 && name === 'workbookPr') date1904 = ['1', 'true'].includes(scanner.attribute('date1904') ?? '');
    if (depth !== 3 || !inSheets || name !== 'sheet') return;
    const ids = RELATIONSHIPS.map((namespace) => scanner.attribute(`{${namespace}}id`));
    const id = ids.find((value) => value !== undefined);
    if (id === undefined) throw scanner.fail('bad-xml', 'A sheet has no relationship');
    if (sheets.length >= context.limits.entries) throw scanner.fail('too-large', 'There are too many sheets');
    const hidden = (scanner.attribute('state') ?? 'visible') !== 'visible';
    sheets.push({ name: scanner.attribute('name') ?? '', hidden, id });
  });
  return { date1904, sheets };
}

async function readElements(
  input: Context & { entry: ZipEntry; own: ReadonlySet<string> },
  onOpen: (scanner: XmlScanner) => void,
): Promise<void> {
  const scanner = new XmlScanner({ part: input.entry.name, own: input.own, maxDepth: input.limits.depth });
  for await (const chunk of input.readPart(input.entry)) {
    scanner.push(chunk);
    for (let token = scanner.next(); token !== 'more'; token = scanner.next()) if (token === 'open') onOpen(scanner);
  }
  scanner.finish();
}

/** The worksheet at this place among the visible ones. */
export function visibleSheet(workbook: Workbook, index: number): ZipEntry {
  const visible = workbook.sheets.filter(({ hidden }) => !hidden)[index];
  if (visible !== undefined) return visible.part;
  const message = `There is no visible worksheet ${index}`;
  throw new UnreadableFileError({ code: 'missing-part', where: 'the workbook', message });
}
