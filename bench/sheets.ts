/**
 * Reads large sheets in the layout of the quality export with this project's readers, raw rows, their number as it is noted of
 * a downloaded file, and typed records, and with others: native calamine (Rust, from Python; its package is fetched once) and
 * exceljs's streaming reader. Each reading is
 * a process of its own; CPU time of all its threads, peak memory, the longest hold of the event loop, and how many cells are
 * wrong, which is looked at in a second reading that does not count.
 *
 *   npx tsx bench/sheets.ts [--readers rows,count,records,calamine,exceljs] [--kinds inline,shared,distinct] [--times n] [rows…]
 *
 * Default: all readers and kinds, once, 100000 and 500000 rows.
 */
import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crc32, createDeflateRaw } from 'node:zlib';
import { readSheet, readSheets } from '../sheets/index.ts';
import { sourceColumns } from '../tables/columns.ts';
import { countRecords, sheetRecords } from '../tables/records.ts';
import { tellComparison } from './all/comparisons.ts';
import { EventLoopHolds } from './event-loop-holds.ts';
import { calamineFolder } from './sheets/calamine.ts';

const READERS = ['rows', 'count', 'records', 'calamine', 'exceljs'] as const;
const KINDS = ['inline', 'shared', 'distinct'] as const;
type Reader = (typeof READERS)[number];
type Kind = (typeof KINDS)[number];
type Value = string | number | null;

interface Result {
  rows: number;
  /** Of all threads: does not grow, as seconds do, when other programs are busy. */
  cpuSeconds: number;
  /** Of the whole process. */
  peakMiB: number;
  idleMiB: number;
  /** For how long the event loop was held at most. */
  holdMs: number;
  /** Absent where no cell is read. */
  wrong?: number;
}

const LAYOUT = sourceColumns('participant_quality_list').filter(({ source }) => source.zh !== undefined);
const FIRST_MINUTE = Date.UTC(2022, 0, 1) / 1000;
const UNITS: Partial<Record<string, string>> = { kbps: 'kbps', ms: 'ms', pct: '%' };

/** What a cell says, or holds as a typed value, so that no copy of the table is needed to check it. Row 1 is the header. */
function cellOf(row: number, column: number): { text: string; value: Value } {
  const known = LAYOUT[column];
  if (known === undefined) return { text: row === 1 ? '备注' : `参会人 ${row}：网络不稳定`, value: null };
  if (row === 1) return { text: known.source.zh?.[0] ?? '', value: null };
  const { cell } = known.source;
  if (cell === 'timestamp') {
    const unix = FIRST_MINUTE + row * 60;
    const wall = new Date((unix + 8 * 3600) * 1000).toISOString();
    const text = `${wall.slice(0, 10).replaceAll('-', '.')} ${wall.slice(11, 19)} (GMT+08:00)`;
    return { text, value: `${new Date(unix * 1000).toISOString().slice(0, 19)}Z` };
  }
  // Who shows no picture has no figures for it.
  if ((row + column) % 11 === 0) return { text: '-', value: null };
  const figure = (row * 31 + column * 17) % 1009;
  const value = cell === 'pct' ? (figure % 100) / 10 : figure;
  return { text: `${value}${UNITS[cell] ?? ''}`, value };
}

function columnsOf(kind: Kind): number {
  return kind === 'distinct' ? LAYOUT.length + 1 : LAYOUT.length;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function columnName(column: number): string {
  return column < 26 ? String.fromCharCode(65 + column) : `A${String.fromCharCode(65 + column - 26)}`;
}

async function writeWorkbook(path: string, rows: number, kind: Kind): Promise<void> {
  const shared = new Map<string, number>();
  const cellXml = (row: number, column: number): string => {
    const at = `r="${columnName(column)}${row}"`;
    const { text } = cellOf(row, column);
    if (kind === 'inline') return `<c ${at} t="inlineStr"><is><t>${escape(text)}</t></is></c>`;
    const index = shared.get(text) ?? shared.size;
    shared.set(text, index);
    return `<c ${at} s="1" t="s"><v>${index}</v></c>`;
  };
  const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const relations = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';
  function* sheet(): Generator<string> {
    yield `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet ${main}><sheetData>`;
    for (let row = 1; row <= rows + 1; row++) {
      const cells = Array.from({ length: columnsOf(kind) }, (_, column) => cellXml(row, column));
      yield `<row r="${row}">${cells.join('')}</row>`;
    }
    yield '</sheetData></worksheet>';
  }
  function* strings(): Generator<string> {
    yield `<sst ${main} count="${shared.size}" uniqueCount="${shared.size}">`;
    for (const text of shared.keys()) yield `<si><t>${escape(text)}</t></si>`;
    yield '</sst>';
  }
  await writeZip(path, [
    ['[Content_Types].xml', () => ['<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>']],
    [
      '_rels/.rels',
      () => [
        `<Relationships ${relations}><Relationship Id="a" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
      ],
    ],
    [
      'xl/workbook.xml',
      () => [
        `<workbook ${main} xmlns:r="${office}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      ],
    ],
    [
      'xl/_rels/workbook.xml.rels',
      () => [
        `<Relationships ${relations}><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/>`,
        kind === 'inline' ? '' : `<Relationship Id="rId2" Type="${office}/sharedStrings" Target="sharedStrings.xml"/>`,
        '</Relationships>',
      ],
    ],
    ['xl/worksheets/sheet1.xml', sheet],
    ...(kind === 'inline' ? [] : [['xl/sharedStrings.xml', strings] as const]),
  ]);
}

/** A zip with data descriptors, streamed, so that the big sheets need no memory either. */
async function writeZip(path: string, parts: readonly (readonly [string, () => Iterable<string>])[]): Promise<void> {
  const directory: Buffer[] = [];
  async function* bytes(): AsyncGenerator<Buffer> {
    let position = 0;
    for (const [name, text] of parts) {
      const local = Buffer.alloc(30);
      local.writeUInt32LE(0x04034b50, 0);
      local.writeUInt16LE(20, 4);
      local.writeUInt16LE(0x0808, 6);
      local.writeUInt16LE(8, 8);
      local.writeUInt16LE(name.length, 26);
      yield Buffer.concat([local, Buffer.from(name)]);
      const [crc, packed, size] = yield* packPart(text());
      const descriptor = Buffer.alloc(16);
      for (const [index, value] of [0x08074b50, crc, packed, size].entries())
        descriptor.writeUInt32LE(value, index * 4);
      yield descriptor;
      const entry = Buffer.alloc(46);
      entry.writeUInt32LE(0x02014b50, 0);
      local.copy(entry, 6, 4, 30);
      descriptor.copy(entry, 16, 4, 16);
      entry.writeUInt16LE(name.length, 28);
      entry.writeUInt16LE(0, 30);
      entry.writeUInt32LE(position, 42);
      directory.push(entry, Buffer.from(name));
      position += 30 + name.length + packed + 16;
    }
    const listing = Buffer.concat(directory);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(parts.length, 8);
    end.writeUInt16LE(parts.length, 10);
    end.writeUInt32LE(listing.length, 12);
    end.writeUInt32LE(position, 16);
    yield Buffer.concat([listing, end]);
  }
  await pipeline(Readable.from(bytes()), createWriteStream(path));
}

async function* packPart(
  pieces: Iterable<string>,
): AsyncGenerator<Buffer, [crc: number, packed: number, size: number]> {
  let crc = 0;
  let size = 0;
  let packed = 0;
  function* plain(): Generator<Buffer> {
    let held = '';
    for (const piece of pieces) {
      held += piece;
      if (held.length < 65_536) continue;
      const chunk = Buffer.from(held);
      held = '';
      crc = crc32(chunk, crc);
      size += chunk.length;
      yield chunk;
    }
    const last = Buffer.from(held);
    crc = crc32(last, crc);
    size += last.length;
    yield last;
  }
  for await (const chunk of Readable.from(plain()).pipe(createDeflateRaw({ level: 1 })) as AsyncIterable<Buffer>) {
    packed += chunk.length;
    yield chunk;
  }
  return [crc, packed, size];
}

/** Hands each row to `look`: its number, and what it has in a column of the layout. */
async function readWith(
  reader: Exclude<Reader, 'calamine'>,
  path: string,
  look: (row: number, at: (column: number) => Value | undefined) => void,
): Promise<void> {
  if (reader === 'rows') {
    for await (const { number, cells } of readSheet(path)) look(number, (column) => cells[column] ?? null);
  } else if (reader === 'records') {
    const { records } = sheetRecords('participant_quality_list', readSheets(path), { zone: 'Asia/Shanghai' });
    let row = 1;
    for await (const { values } of records) look((row += 1), (column) => values[LAYOUT[column]?.name ?? ''] as Value);
  } else if (reader === 'count') {
    const rows = await countRecords('participant_quality_list', readSheets(path));
    look(rows + 1, () => undefined);
  } else {
    // Loaded here, so that the memory of the others is without it.
    const { default: ExcelJS } = await import('exceljs');
    const workbook = new ExcelJS.stream.xlsx.WorkbookReader(path, { worksheets: 'emit', sharedStrings: 'cache' });
    for await (const worksheet of workbook) {
      for await (const row of worksheet) look(row.number, (column) => row.getCell(column + 1).value as Value);
    }
  }
}

/** Runs in a process of its own: the peak is the process's. */
async function measure(reader: Exclude<Reader, 'calamine'>, path: string, kind: Kind): Promise<Result> {
  const idle = process.memoryUsage.rss();
  const holds = new EventLoopHolds();
  const begin = process.cpuUsage();
  let last = 0;
  await readWith(reader, path, (row) => (last = row));
  const { user, system } = process.cpuUsage(begin);
  const holdMs = holds.longest();
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const cpuSeconds = (user + system) / 1e6;
  const result = { rows: last - 1, cpuSeconds, peakMiB, idleMiB: idle / 1024 / 1024, holdMs };
  if (reader === 'count') return result;
  let wrong = 0;
  await readWith(reader, path, (row, at) => {
    for (let column = 0; column < (reader === 'records' ? LAYOUT.length : columnsOf(kind)); column++) {
      const { text, value } = cellOf(row, column);
      if (at(column) !== (reader === 'records' ? value : text)) wrong++;
    }
  });
  return { ...result, wrong };
}

const CALAMINE = `
import json, resource, sys
from python_calamine import CalamineWorkbook
def used():
    return resource.getrusage(resource.RUSAGE_SELF)
idle, before, rows = used().ru_maxrss, used(), 0
for row in CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).iter_rows():
    rows += 1
after = used()
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({"rows": rows - 1, "cpuSeconds": cpu, "peakMiB": after.ru_maxrss / 1024, "idleMiB": idle / 1024}))
`;

function runOne(reader: Reader, path: string, kind: Kind): Partial<Result> {
  const options: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  if (reader === 'calamine') {
    const env = { ...process.env, PYTHONPATH: calamineFolder() };
    return JSON.parse(execFileSync('python3', ['-c', CALAMINE, path], { ...options, env }));
  }
  const script = [...process.execArgv, fileURLToPath(import.meta.url), '--one', reader, '--kinds', kind, path];
  return JSON.parse(execFileSync(process.execPath, script, options));
}

async function compare(input: { sizes: number[]; readers: Reader[]; kinds: Kind[]; times: number }): Promise<void> {
  const readers = input.readers.filter((reader) => reader !== 'calamine' || hasCalamine());
  const folder = await mkdtemp(join(tmpdir(), 'bench-sheets-'));
  const table: Record<string, string | number | undefined>[] = [];
  try {
    for (const [rows, kind] of input.sizes.flatMap((size) => input.kinds.map((each) => [size, each] as const))) {
      const path = join(folder, `${kind}-${rows}.xlsx`);
      await writeWorkbook(path, rows, kind);
      const { size } = await stat(path);
      const used: Partial<Record<Reader, number>> = {};
      for (const reader of Array.from({ length: input.times }, () => readers).flat()) {
        const result = runOne(reader, path, kind);
        used[reader] = result.cpuSeconds ?? 0;
        table.push({
          strings: kind,
          rows: result.rows === rows ? rows : `${result.rows} of ${rows}`,
          'file MiB': Math.round(size / 1024 / 1024),
          reader,
          'CPU seconds': Number(result.cpuSeconds?.toFixed(2)),
          'peak MiB': Math.round(result.peakMiB ?? 0),
          'idle MiB': Math.round(result.idleMiB ?? 0),
          'longest hold ms': result.holdMs === undefined ? undefined : Math.round(result.holdMs),
          'wrong cells': result.wrong,
        });
        console.log(JSON.stringify(table.at(-1)));
      }
      for (const peer of ['calamine', 'exceljs'] as const) {
        const [ours, theirs] = [used.rows, used[peer]];
        const what = `${rows} raw rows, ${kind} strings, CPU seconds (less is better)`;
        if (ours !== undefined && theirs !== undefined) tellComparison({ what, ours, peer, theirs });
      }
      await rm(path);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  console.table(table);
}

function hasCalamine(): boolean {
  try {
    return calamineFolder() !== '';
  } catch (error) {
    console.error(`calamine is left out: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

/** The given words, comma by comma, or an error: arguments come from the command line. */
function someOf<Word extends string>(words: readonly Word[], given: string): Word[] {
  return given.split(',').map((each) => {
    const found = words.find((word) => word === each);
    if (found === undefined) throw new Error(`not one of ${words.join(', ')}: ${each}`);
    return found;
  });
}

const { values, positionals } = parseArgs({
  options: {
    readers: { type: 'string', default: READERS.join(',') },
    kinds: { type: 'string', default: KINDS.join(',') },
    times: { type: 'string', default: '1' },
    one: { type: 'string' },
  },
  allowPositionals: true,
});
const kinds = someOf(KINDS, values.kinds);
if (values.one === undefined) {
  const sizes = positionals.length > 0 ? positionals.map(Number) : [100_000, 500_000];
  await compare({ sizes, readers: someOf(READERS, values.readers), kinds, times: Number(values.times) });
} else {
  const [reader] = someOf(READERS, values.one);
  if (reader === undefined || reader === 'calamine') throw new Error('calamine is a program of its own');
  console.log(JSON.stringify(await measure(reader, positionals[0] ?? '', kinds[0] ?? 'inline')));
}
