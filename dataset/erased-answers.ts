/** Raw answers without somebody: one function for each kind of file. What a file says of others stays as it was. */
import { readSheets, writeTextSheets, type TextSheet } from '../sheets/index.ts';
import type { Store } from '../store/store.ts';
import { sourceColumns } from '../tables/columns.ts';
import { findHeader, HeaderError } from '../tables/header.ts';
import { columnsByField, isExport, type ErasedPerson, type SaidCell } from './erased-person.ts';
import type { RawFiles } from './raw-files.ts';
import { putJsonGz, readAnswer } from './stored-json.ts';
import type { RawFile } from './unit-record.ts';
import type { StageResource } from './storage-keys.ts';

/** Looks at one row or element. Texts to put in place of its cells'; null: it stays. */
export type Look = (cells: readonly SaidCell[]) => readonly string[] | null;

/** Read by itself or from a pack; written by itself. */
interface Answer {
  key: string;
  raw: RawFiles;
  resource: StageResource;
}

/** @returns how many rows or elements were changed, and the file that has them so at `toKey`; null where none was */
export type Edited = { rows: number; file: RawFile } | null;

export async function lookThrough(store: Store, answer: Answer, person: ErasedPerson): Promise<boolean> {
  let isNew = false;
  const look: Look = (cells) => {
    if (person.learn(cells)) isNew = true;
    return null;
  };
  await edited(store, answer, { look, toKey: answer.key });
  return isNew;
}

/** @throws StoreError `damaged`, UnreadableFileError: what cannot be read may have them */
export async function edited(store: Store, answer: Answer, to: { look: Look; toKey: string }): Promise<Edited> {
  return answer.key.endsWith('.xlsx') ? await editedSheets(store, answer, to) : await editedPage(store, answer, to);
}

async function editedPage(
  store: Store,
  { key, raw, resource }: Answer,
  { look, toKey }: { look: Look; toKey: string },
): Promise<Edited> {
  const page = await readAnswer(store, raw, { key });
  const columns = columnsByField(resource);
  const counted = { rows: 0 };
  const isOfPeople = resource === 'participant_list' || resource === 'participant_quality_list';
  const changed = withoutIn(page, { columns, look, counted, isOfPeople });
  if (counted.rows === 0) return null;
  return { rows: counted.rows, file: await putJsonGz(store, toKey, JSON.stringify(changed)) };
}

interface PageEdit {
  columns: ReturnType<typeof columnsByField>;
  look: Look;
  counted: { rows: number };
  /** Whether its elements are about one person each. */
  isOfPeople: boolean;
}

/**
 * Every object is looked at by its own texts and numbers, a list of texts as one that nobody's row has; what is inside, by its own.
 * `group`: the name of what it is in, as columns name its fields.
 */
function withoutIn(value: unknown, edit: PageEdit, group = ''): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => withoutIn(each, edit));
  if (typeof value === 'string') return withoutInText(value, edit);
  if (typeof value !== 'object' || value === null) return value;
  const fields: [name: string, value: unknown][] = Object.entries(value);
  const texts = fields.flatMap(([name, each]): [string, string][] =>
    typeof each === 'string' || typeof each === 'number' ? [[name, String(each)]] : [],
  );
  const cells = texts.map(([name, text]): SaidCell => {
    const known = edit.columns.get(group + name);
    return known ? { ...known, text } : { column: null, cell: 'text', text, isTheirs: edit.isOfPeople };
  });
  const put = edit.look(cells);
  if (put !== null) edit.counted.rows += 1;
  const placed = new Map(
    texts.flatMap(([name, text], index) => (put && put[index] !== text ? [[name, put[index]]] : [])),
  );
  const inner = (name: string, each: unknown): unknown =>
    typeof each === 'object' ? withoutIn(each, edit, `${name}.`) : each;
  return Object.fromEntries(fields.map(([name, each]) => [name, placed.get(name) ?? inner(name, each)]));
}

function withoutInText(text: string, { look, counted }: PageEdit): string {
  const put = look([{ column: null, cell: 'text', text }]);
  if (put === null) return text;
  counted.rows += 1;
  return put[0] ?? '';
}

async function editedSheets(
  store: Store,
  { key, raw, resource }: Answer,
  { look, toKey }: { look: Look; toKey: string },
): Promise<Edited> {
  let rows = 0;
  const sheets: TextSheet[] = [];
  await raw.withSource({ key }, async (source) => {
    for await (const { hidden, rows: read } of readSheets(source)) {
      const lines: (string | null)[][] = [];
      for await (const { cells } of read) lines.push(cells);
      const columns = columnsOfSheet(resource, lines);
      for (const cells of lines) {
        const places = cells.flatMap((text, place) => (text === null ? [] : [place]));
        const put = look(
          places.map((place) => ({ ...(columns.get(place) ?? { column: null, cell: 'text' }), text: cells[place]! })),
        );
        if (put === null) continue;
        rows += 1;
        for (const [index, place] of places.entries()) cells[place] = put[index] || null;
      }
      sheets.push({ hidden, rows: lines });
    }
  });
  if (rows === 0) return null;
  const path = await store.tempPath();
  await writeTextSheets(path, sheets);
  await store.putFile(toKey, path);
  return { rows, file: { key: toKey, ...(await store.hash(toKey)) } };
}

const HEADER_ROWS = 10;

/** By place. None where the sheet has another layout: its texts are looked at all the same. */
function columnsOfSheet(
  resource: StageResource,
  lines: readonly (readonly (string | null)[])[],
): ReadonlyMap<number, Pick<SaidCell, 'column' | 'cell'>> {
  if (!isExport(resource)) return new Map();
  const cellOf = new Map(sourceColumns(resource).map(({ name, source }) => [name, source.cell]));
  const first = lines.filter((cells) => cells.some((cell) => cell !== null && cell.trim() !== ''));
  try {
    const { places } = findHeader(
      resource,
      first.slice(0, HEADER_ROWS).map((cells) => ({ cells })),
    );
    return new Map([...places].map(([column, place]) => [place, { column, cell: cellOf.get(column) ?? 'text' }]));
  } catch (error) {
    if (error instanceof HeaderError) return new Map();
    throw error;
  }
}
