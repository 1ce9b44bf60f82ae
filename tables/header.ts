/**
 * Finds the header row of an exported sheet and what each of its columns is: by text, not by place, since Feishu
 * documents neither the order, nor the language, nor whether a title stands above.
 */
import type { ExportResource } from '../feishu/contract.ts';
import { sourceColumns, TABLE_OF_RESOURCE } from './columns.ts';
import type { SourceColumn } from './columns.ts';

/** A header by its documented names: `入会时间 (join time)`. */
export interface HeaderName {
  zh: string;
  en: string;
}

/**
 * The sheet is not the expected layout: no row carries the headers that the table's keys come from, one of them stands
 * there twice, or less than half of the documented ones are there. Asking again gives the same file: a person has to look.
 */
export class HeaderError extends Error {
  override readonly name = 'HeaderError';
  readonly layout: ExportResource;
  readonly missing: readonly HeaderName[];
  readonly duplicated: readonly HeaderName[];
  /** Documented headers in the row that looks most like one. */
  readonly found: readonly string[];
  /** Other texts in it. They are counted and not kept: where there is no header, the row is a person's. */
  readonly others: number;

  constructor(layout: ExportResource, problem: Problem, advice: string) {
    super(message(layout, problem, advice));
    this.layout = layout;
    this.missing = problem.missing;
    this.duplicated = problem.duplicated;
    this.found = problem.found;
    this.others = problem.others;
  }
}

type Problem = Pick<HeaderError, 'missing' | 'duplicated' | 'found' | 'others'>;

export interface Header {
  /** Index of the header among the rows given. */
  row: number;
  /** Column of the table → index of its cell. */
  places: ReadonlyMap<string, number>;
  extra: string[];
  missingOptional: string[];
}

interface HeaderRow {
  cells: readonly (string | null)[];
}

/** Case, spaces, bracket width and kind of dash do not tell headers apart. */
function normalized(label: string): string {
  return label
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s\u200b\ufeff]+/g, '')
    .replaceAll(/[‐‑‒–—−]/g, '-');
}

const labels = new Map<ExportResource, ReadonlyMap<string, SourceColumn>>();

function labelsOf(layout: ExportResource): ReadonlyMap<string, SourceColumn> {
  let known = labels.get(layout);
  if (known === undefined) {
    known = new Map(
      sourceColumns(layout).flatMap((column) =>
        [...(column.source.zh ?? []), ...(column.source.en ?? [])].map((label) => [normalized(label), column] as const),
      ),
    );
    labels.set(layout, known);
  }
  return known;
}

interface Reading {
  row: number;
  places: Map<string, number>;
  duplicated: SourceColumn[];
  extra: string[];
}

function readRow(layout: ExportResource, cells: readonly (string | null)[], row: number): Reading {
  const reading: Reading = { row, places: new Map(), duplicated: [], extra: [] };
  for (const [index, cell] of cells.entries()) {
    if (cell === null || cell.trim() === '') continue;
    const column = labelsOf(layout).get(normalized(cell));
    if (column === undefined) reading.extra.push(cell.trim());
    else if (!reading.places.has(column.name)) reading.places.set(column.name, index);
    else {
      // The first one stands; where it is required there is no telling which is meant.
      reading.extra.push(cell.trim());
      if (column.source.required) reading.duplicated.push(column);
    }
  }
  return reading;
}

/**
 * `rows`: the first rows that are not blank. The header is the one with most known labels.
 *
 * Required are the headers that keys come from and that the next request is made of (`required` in columns.ts). The
 * other documented ones may be missing and are named in `missingOptional`, but not more than half of all.
 */
export function findHeader(layout: ExportResource, rows: readonly HeaderRow[]): Header {
  let best: Reading = { row: 0, places: new Map(), duplicated: [], extra: [] };
  for (const [index, { cells }] of rows.entries()) {
    const reading = readRow(layout, cells, index);
    if (reading.places.size > best.places.size) best = reading;
  }
  const documented = sourceColumns(layout).filter(({ source }) => source.zh !== undefined);
  const missing = documented.filter(({ name }) => !best.places.has(name));
  const missingRequired = missing.filter(({ source }) => source.required);
  const unlike = best.places.size * 2 < documented.length;
  if (missingRequired.length > 0 || best.duplicated.length > 0 || unlike) {
    throw new HeaderError(
      layout,
      {
        missing: (unlike ? missing : missingRequired).map(nameOf),
        duplicated: best.duplicated.map(nameOf),
        ...recognised(layout, rows[best.row]?.cells ?? []),
      },
      unlike ? 'This is another layout' : 'A header may have been renamed',
    );
  }
  return { row: best.row, places: best.places, extra: best.extra, missingOptional: missing.map(firstLabel) };
}

function firstLabel({ name, source }: SourceColumn): string {
  return source.zh?.[0] ?? name;
}

function nameOf(column: SourceColumn): HeaderName {
  return { zh: firstLabel(column), en: column.source.en?.[0] ?? column.name };
}

/** By the labels of this layout first, then of any: a file of another export shows itself by its headers. */
function recognised(layout: ExportResource, cells: readonly (string | null)[]): Pick<Problem, 'found' | 'others'> {
  const texts = cells.flatMap((cell) => (cell === null || cell.trim() === '' ? [] : [normalized(cell)]));
  const all = [layout, ...(Object.keys(TABLE_OF_RESOURCE) as ExportResource[])].map(labelsOf);
  const found = texts.flatMap((text) => {
    const column = all.map((known) => known.get(text)).find((each) => each !== undefined);
    return column === undefined ? [] : [firstLabel(column)];
  });
  return { found: [...new Set(found)], others: texts.length - found.length };
}

function listed(names: readonly HeaderName[]): string {
  return names.map(({ zh, en }) => `${zh} (${en})`).join(', ');
}

function message(layout: ExportResource, { missing, duplicated, found, others }: Problem, advice: string): string {
  return [
    `The sheet does not have the columns of ${layout}.`,
    ...(missing.length > 0 ? [`Missing headers: ${listed(missing)}.`] : []),
    ...(duplicated.length > 0 ? [`Headers that stand there more than once: ${listed(duplicated)}.`] : []),
    `Found: ${foundText(found, others)}.`,
    `${advice}: compare the raw file with the documented layout.`,
  ].join(' ');
}

function foundText(found: readonly string[], others: number): string {
  if (found.length + others === 0) return 'no text at all';
  const unknown = others === 0 ? [] : [`${others} ${others === 1 ? 'text' : 'texts'} that no layout has`];
  return [...found, ...unknown].join(' | ');
}
