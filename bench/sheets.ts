/**
 * Reads large sheets with this project's reader and with exceljs's streaming reader, each in a process of its own, and
 * prints time, peak memory over idle, the longest hold of the event loop, and how many cells are wrong.
 *
 *   npx tsx bench/sheets.ts [rows…]        default 100000 500000
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { crc32, createDeflateRaw } from 'node:zlib';
import ExcelJS from 'exceljs';
import { readSheet } from '../sheets/index.ts';

const COLUMNS = 34;
const READERS = ['sheets', 'exceljs'] as const;
const KINDS = ['inline', 'shared', 'shared-distinct'] as const;
type Reader = (typeof READERS)[number];
type Kind = (typeof KINDS)[number];

interface Result {
  seconds: number;
  /** Of all threads: does not grow, as the seconds do, when other programs are busy. */
  cpuSeconds: number;
  peakMiB: number;
  holdMs: number;
  wrong: number;
  rows: number;
}

const NAMES = ['王小明', '李娜（产品）', '深圳湾会议室 8F', 'Zoë & Søren', '音频 <外接>'];

/** What the cell holds, so that no copy of the table is needed to check it. */
function cellText(row: number, column: number, kind: Kind): string {
  if (kind === 'shared-distinct' && column === 5) return `参会人 ${row} 的备注：网络不稳定`;
  if (column < 4) return NAMES[(row + column) % NAMES.length] ?? '';
  if (column === 4) return `2022.07.21 ${10 + (row % 10)}:${10 + (row % 50)}:40 (GMT+08:00)`;
  if (column < 12) return `${(row * (column + 7)) % 997}kbps`;
  return String((row * 31 + column * 17) % 1009);
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
    const text = cellText(row, column, kind);
    if (column >= 12) return `<c ${at}><v>${text}</v></c>`;
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
    for (let row = 1; row <= rows; row++) {
      const cells = Array.from({ length: COLUMNS }, (_, column) => cellXml(row, column));
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

async function* readWith(
  reader: Reader,
  path: string,
): AsyncGenerator<{ number: number; text: (column: number) => string | null }> {
  if (reader === 'sheets') {
    for await (const { number, cells } of readSheet(path)) yield { number, text: (column) => cells[column] ?? null };
    return;
  }
  const workbook = new ExcelJS.stream.xlsx.WorkbookReader(path, { worksheets: 'emit', sharedStrings: 'cache' });
  for await (const worksheet of workbook) {
    for await (const row of worksheet) {
      yield {
        number: row.number,
        text: (column) => {
          const { value } = row.getCell(column + 1);
          return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
        },
      };
    }
  }
}

/** Runs in a process of its own: the peak is the process's. */
async function measure(reader: Reader, path: string, kind: Kind): Promise<Result> {
  const idle = process.memoryUsage.rss();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begin = performance.now();
  const cpu = process.cpuUsage();
  let wrong = 0;
  let rows = 0;
  for await (const { number, text } of readWith(reader, path)) {
    rows++;
    for (let column = 0; column < COLUMNS; column++) if (text(column) !== cellText(number, column, kind)) wrong++;
  }
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  const peakMiB = process.resourceUsage().maxRSS / 1024 - idle / 1024 / 1024;
  return { seconds, cpuSeconds: (user + system) / 1e6, peakMiB, holdMs: delay.max / 1e6, wrong, rows };
}

async function compare(sizes: readonly number[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-sheets-'));
  const script = fileURLToPath(import.meta.url);
  const table: Record<string, string | number>[] = [];
  try {
    for (const rows of sizes) {
      for (const kind of KINDS) {
        const path = join(folder, `${kind}-${rows}.xlsx`);
        await writeWorkbook(path, rows, kind);
        const { size } = await stat(path);
        for (const reader of READERS) {
          const output = execFileSync(process.execPath, [...process.execArgv, script, '--one', reader, path, kind], {
            encoding: 'utf8',
          });
          const result: Result = JSON.parse(output);
          table.push({
            strings: kind,
            rows: result.rows === rows ? rows : `${result.rows} of ${rows}`,
            'file MiB': Math.round(size / 1024 / 1024),
            reader,
            seconds: Number(result.seconds.toFixed(1)),
            'CPU seconds': Number(result.cpuSeconds.toFixed(1)),
            'peak MiB over idle': Math.round(result.peakMiB),
            'longest hold ms': Number(result.holdMs.toFixed(1)),
            'wrong cells': result.wrong,
          });
          console.log(JSON.stringify(table.at(-1)));
        }
        await rm(path);
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  console.table(table);
}

/** One of the given words, or an error: arguments come from the command line. */
function oneOf<Word extends string>(words: readonly Word[], given: string | undefined): Word {
  const found = words.find((word) => word === given);
  if (found === undefined) throw new Error(`not one of ${words.join(', ')}: ${given}`);
  return found;
}

const [first, reader, path, kind] = process.argv.slice(2);
if (first === '--one') {
  console.log(JSON.stringify(await measure(oneOf(READERS, reader), path ?? '', oneOf(KINDS, kind))));
} else {
  const sizes = process.argv.slice(2).map(Number);
  await compare(sizes.length > 0 ? sizes : [100_000, 500_000]);
}
