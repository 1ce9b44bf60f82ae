import { EventLoopYielder } from './event-loop-yielder.ts';
import { Semaphore } from './semaphore.ts';
import { DEFAULT_LIMITS, withDefaultLimits, type Limits } from './limits.ts';
import { InflateAllowance, readPart } from './part.ts';
import { readingSignal } from './reading.ts';
import type { SheetRow } from './row-builder.ts';
import { RowReader } from './rows.ts';
import { openSource } from './source.ts';
import { StringTable, StringsReader } from './strings.ts';
import { readWorkbook, visibleSheet, type PartReader, type Workbook } from './workbook.ts';
import { readDirectory, type ZipEntry } from './zip.ts';

interface ReadSheetOptions {
  /** Which of the visible worksheets, in the order of their tabs, from 0. Default 0. */
  sheet?: number;
  limits?: Partial<Limits>;
  /** Ends the reading with the signal's reason, also while it waits for its turn. Default: that of `readingUntil`. */
  signal?: AbortSignal;
}

/** One of a file's worksheets. `rows`: to be read, or left, before the next sheet is taken. */
interface Sheet {
  hidden: boolean;
  rows: AsyncGenerator<SheetRow, void, undefined>;
}

/** What `describeWorkbook` finds. */
interface WorkbookDescription {
  /** For `serialToIso`. */
  date1904: boolean;
  /** Worksheets in the order of their tabs. */
  sheets: { name: string; hidden: boolean }[];
}

/** Files read at a time in this process: each holds two inflaters' windows and a few chunks. */
const files = new Semaphore(2);
/** Bytes of shared strings held at a time, over all files. */
const sharedStrings = new Semaphore(DEFAULT_LIMITS.sharedStringBytes);

/**
 * The rows of one worksheet of an XLSX file, streamed: memory stays within the shared strings and a few chunks, no
 * temporary file is written, and the event loop is let go every few milliseconds.
 *
 * Only an iteration that ends normally has given the sheet: any damage, up to the end of the part, throws, also after
 * rows were handed out. So keep what is read provisional until the loop is over.
 *
 * However many are started, two files are read at a time, and one if their shared strings are large; the others wait at
 * their first row. Therefore do not step through three at once, each waiting for the other.
 *
 * @param source path, or the whole file in memory; the bytes must not change meanwhile.
 * @throws UnreadableFileError for whatever is wrong with the file, the file system's error where it cannot be opened.
 */
export async function* readSheet(
  source: string | Uint8Array,
  options: ReadSheetOptions = {},
): AsyncGenerator<SheetRow, void, undefined> {
  const { sheet: index = 0, ...rest } = options;
  const opened = await openWorkbook(source, rest);
  try {
    const part = visibleSheet(opened.workbook, index);
    for await (const { rows } of readParts({ ...opened, sheets: [{ hidden: false, part }] })) yield* rows;
  } finally {
    await opened.close();
  }
}

/**
 * The worksheets in the order of their tabs, each as `readSheet` reads one: a file of more rows than a sheet takes goes on
 * in the next. One of them at least is visible.
 */
export async function* readSheets(
  source: string | Uint8Array,
  options: Omit<ReadSheetOptions, 'sheet'> = {},
): AsyncGenerator<Sheet, void, undefined> {
  const opened = await openWorkbook(source, options);
  try {
    visibleSheet(opened.workbook, 0);
    yield* readParts({ ...opened, sheets: opened.workbook.sheets });
  } finally {
    await opened.close();
  }
}

/**
 * Names of the worksheets and the date system, without reading a cell.
 * @throws as `readSheet` does.
 */
export async function describeWorkbook(
  source: string | Uint8Array,
  options: Omit<ReadSheetOptions, 'sheet'> = {},
): Promise<WorkbookDescription> {
  const { workbook, close } = await openWorkbook(source, options);
  await close();
  const { date1904, sheets } = workbook;
  return { date1904, sheets: sheets.map(({ name, hidden }) => ({ name, hidden })) };
}

interface OpenedWorkbook {
  workbook: Workbook;
  read: PartReader;
  limits: Limits;
  signal: AbortSignal | undefined;
  /** Lets the next file have its turn. */
  close(): Promise<void>;
}

/** Waits for its turn, then reads the directory and the workbook's part. */
async function openWorkbook(
  source: string | Uint8Array,
  { limits: given, signal = readingSignal() }: Omit<ReadSheetOptions, 'sheet'>,
): Promise<OpenedWorkbook> {
  const limits = withDefaultLimits(given);
  const leave = await files.enter(1, signal);
  try {
    const bytes = await openSource(source);
    try {
      const directory = await readDirectory(bytes, limits);
      const allowance = new InflateAllowance(limits);
      const read = (entry: ZipEntry): AsyncIterable<Buffer> => readPart({ source: bytes, entry, allowance, signal });
      const workbook = await readWorkbook({ directory, readPart: read, limits });
      const close = async (): Promise<void> => {
        await bytes.close().finally(leave);
      };
      return { workbook, read, limits, signal, close };
    } catch (error) {
      await bytes.close();
      throw error;
    }
  } catch (error) {
    leave();
    throw error;
  }
}

interface ReadPartsInput {
  workbook: Workbook;
  sheets: readonly { hidden: boolean; part: ZipEntry }[];
  read: PartReader;
  limits: Limits;
  signal: AbortSignal | undefined;
}

async function* readParts(input: ReadPartsInput): AsyncGenerator<Sheet, void, undefined> {
  const { sharedStrings: part } = input.workbook;
  // Text in memory is not longer than its XML, and a string has at least five bytes of markup for its offset's eight.
  const weight = part === undefined ? 0 : Math.min(part.size * 1.6, input.limits.sharedStringBytes);
  const leave = await sharedStrings.enter(weight, input.signal);
  try {
    const yielder = new EventLoopYielder();
    const strings = part === undefined ? new StringTable() : await readStrings(input, part, yielder);
    for (const { hidden, part: sheet } of input.sheets) {
      yield { hidden, rows: readRows({ ...input, sheet, strings, yielder }) };
    }
  } finally {
    leave();
  }
}

async function* readRows(
  input: ReadPartsInput & { sheet: ZipEntry; strings: StringTable; yielder: EventLoopYielder },
): AsyncGenerator<SheetRow, void, undefined> {
  const { sheet, strings, yielder, signal } = input;
  const reader = new RowReader({ part: sheet.name, strings, limits: input.limits });
  for await (const chunk of input.read(sheet)) {
    reader.push(chunk);
    for (let row = reader.next(); row !== undefined; row = reader.next()) {
      yield row;
      if (yielder.due()) await yielder.rest();
      signal?.throwIfAborted();
    }
    if (yielder.due()) await yielder.rest();
  }
  reader.finish();
}

async function readStrings(input: ReadPartsInput, part: ZipEntry, yielder: EventLoopYielder): Promise<StringTable> {
  const reader = new StringsReader(part.name, input.limits);
  for await (const chunk of input.read(part)) {
    reader.push(chunk);
    if (yielder.due()) await yielder.rest();
  }
  return reader.finish();
}
