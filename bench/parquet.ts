/**
 * Writes a table of minutes as this project does, and as DuckDB alone would: lines of JSON, and one `COPY` with the same sort.
 * `day` makes the table of a day's minutes out of its stage: every answer read, every row made, sorted and written; `stage`
 * is the reading of it alone. Each is a process of its own; CPU time of all its threads, memory,
 * for how long the event loop was held at most, and the file.
 *
 *   npx tsx bench/parquet.ts [--writers rows,ours,duckdb,stage,day] [--times n] [rows…]
 *
 * Default: all, once, 100000 and 1000000 rows. `rows` only makes the rows that `ours` and `duckdb` write.
 */
import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { putJsonGz } from '../dataset/stored-json.ts';
import type { UnitRecord } from '../dataset/unit-record.ts';
import { StageReader } from '../dataset/stage.ts';
import { pageKey } from '../dataset/storage-keys.ts';
import { isoOfUnix, unixOfIso } from '../model/calendar.ts';
import { SQL_TYPE } from '../store/duckdb.ts';
import { FileStore } from '../store/file-store.ts';
import { writeParquet } from '../store/parquet.ts';
import { TABLES, type Row } from '../tables/columns.ts';
import { unitRecord } from '../test/support/unit-record.ts';
import { tellComparison } from './all/comparisons.ts';
import { EventLoopHolds } from './event-loop-holds.ts';

const WRITERS = ['rows', 'ours', 'duckdb', 'stage', 'day'] as const;
type Writer = (typeof WRITERS)[number];

interface Result {
  cpuSeconds: number;
  /** Of the whole process, at most, in each quarter of the rows. */
  peaksMiB: number[];
  idleMiB: number;
  /** For how long the event loop was held at most. */
  holdMs: number;
  fileMB?: number;
}

const { columns } = TABLES.quality_minutes;
const SORT = ['meeting_start_time', 'session_key', 'time', 'ordinal'];
const DAY = '2026-10-14';
const BEGAN = unixOfIso(`${DAY}T01:00:00Z`);
const SESSION_MINUTES = 40;

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Sessions in the order of the table, as the product hands them to its writer. */
function sessionsIn(count: number): { session: number; start: number; key: string }[] {
  return Array.from({ length: Math.ceil(count / SESSION_MINUTES) }, (_, session) => {
    const start = BEGAN + (Math.floor(session / 6) % 480) * 60;
    return { session, start, key: hash(`session ${session}`) };
  }).toSorted((a, b) => a.start - b.start || (a.key < b.key ? -1 : 1));
}

/** Keys as a table has them, figures of a few hundred values, a third of them absent. */
function* minutes(sessions: ReturnType<typeof sessionsIn>): Generator<Row> {
  const empty: Row = JSON.parse(JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, null]))));
  for (const { session, start, key } of sessions) {
    for (let minute = 0; minute < SESSION_MINUTES; minute++) yield minuteOf(empty, { session, start, key, minute });
  }
}

function minuteOf(empty: Row, of: { session: number; start: number; key: string; minute: number }): Row {
  const { session, start, minute } = of;
  const index = session * SESSION_MINUTES + minute;
  const meeting = Math.floor(session / 6);
  const row: Row = {
    ...empty,
    row_key: hash(`row ${index}`),
    session_key: of.key,
    meeting_key: hash(`meeting ${meeting}`),
    ordinal: 1,
    meeting_no: String(100_000_000 + meeting * 7919),
    meeting_start_time: isoOfUnix(start),
    user_id: `ou_${hash(`user ${session % 3000}`)}`,
    join_time: isoOfUnix(start + (session % 50)),
    time: isoOfUnix(start + minute * 60),
    source: 'list',
  };
  for (const [place, { name, type }] of columns.entries()) {
    if (type === 'double' && (index + place) % 3 > 0) row[name] = figureOf(index, place, name.includes('pct'));
  }
  return row;
}

function figureOf(index: number, place: number, isShare: boolean): number {
  return isShare ? ((index * 7 + place * 13) % 97) / 10 : (index * 31 + place * 17 + ((index * index) % 211)) % 1009;
}

/** The stage of a day: an answer for each session, one page of it. */
async function stageOf(store: FileStore, count: number): Promise<UnitRecord[]> {
  const records: UnitRecord[] = [];
  for (const { session, start, key } of sessionsIn(count)) {
    const elements = Array.from({ length: SESSION_MINUTES }, (_, minute) =>
      elementOf(session * SESSION_MINUTES + minute, start + minute * 60),
    );
    const unit = `${key}.list`;
    const resource = 'participant_quality_list';
    const location = { kind: 'day', profile: 'default', day: DAY, generation: 1, resource, unit } as const;
    const text = JSON.stringify({ code: 0, data: { [resource]: elements, has_more: false } });
    const request = {
      meeting_no: String(100_000_000 + Math.floor(session / 6)),
      meeting_start_time: String(start),
      meeting_end_time: String(start + 3600),
      join_time: String(start),
      user_id: `ou_${hash(`user ${session % 3000}`)}`,
    };
    const file = await putJsonGz(store, pageKey(location, 1), text);
    records.push(unitRecord({ resource, unit, files: [file], rows: SESSION_MINUTES, request }));
  }
  return records;
}

/** An element of L3, with every field that the table reads. */
function elementOf(index: number, unix: number): object {
  const wall = isoOfUnix(unix + 8 * 3600);
  const time = `${wall.slice(0, 10).replaceAll('-', '.')} ${wall.slice(11, 19)} (GMT+08:00)`;
  const groups: Record<string, Record<string, string>> = {};
  for (const [place, { source, type }] of columns.entries()) {
    const [group, field] = source?.list?.split('.') ?? [];
    if (group === undefined || field === undefined || type !== 'double' || (index + place) % 3 === 0) continue;
    const isShare = source?.cell === 'pct';
    const unit = { kbps: 'kbps', ms: 'ms', pct: '%', db: '', fps: 'fps' }[source?.cell as 'kbps'];
    (groups[group] ??= { time })[field] = `${figureOf(index, place, isShare)}${unit}`;
  }
  return groups;
}

async function* minutesOf(store: FileStore, records: readonly UnitRecord[]): AsyncGenerator<Row, void, undefined> {
  const reader = new StageReader(store, 'Asia/Shanghai');
  for (const record of records) yield* (await reader.quality(record, undefined)).rows;
}

async function copyAlone(rows: Iterable<Row>, folder: string, toPath: string): Promise<void> {
  const lines = join(folder, 'rows.ndjson');
  await pipeline(Readable.from(linesOf(rows)), createWriteStream(lines));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', temp_directory: folder });
  const connection = await instance.connect();
  const types = columns.map(({ name, type }) => `'${name}': '${SQL_TYPE[type]}'`).join(', ');
  const read = `read_json('${lines}', format = 'newline_delimited', columns = {${types}})`;
  await connection.run(
    `COPY (SELECT * FROM ${read} ORDER BY ${SORT.join(', ')}) TO '${toPath}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  connection.closeSync();
  instance.closeSync();
}

function* linesOf(rows: Iterable<Row>): Generator<string> {
  let pending = '';
  for (const row of rows) {
    pending += `${JSON.stringify(row)}\n`;
    if (pending.length < 65_536) continue;
    yield pending;
    pending = '';
  }
  yield pending;
}

/** Runs in a process of its own. `folder`: holds the stage where one is read. */
async function measure(writer: Writer, count: number, folder: string): Promise<Result> {
  const toPath = join(folder, 'table.parquet');
  const store = new FileStore(folder);
  await store.prepare();
  const records = writer === 'stage' || writer === 'day' ? await stageOf(store, count) : [];
  const sessions = sessionsIn(count);
  globalThis.gc?.();
  const idleMiB = process.memoryUsage.rss() / 2 ** 20;
  const samples: number[] = [];
  const holds = new EventLoopHolds();
  const looking = setInterval(() => samples.push(process.memoryUsage.rss() / 2 ** 20), 50);
  const begin = process.cpuUsage();
  const write = { columns, sortBy: SORT, toPath };
  if (writer === 'rows') for (const row of minutes(sessions)) if (row['row_key'] === null) throw new Error('no key');
  if (writer === 'stage')
    for await (const row of minutesOf(store, records)) if (row['time'] === null) throw new Error('no time');
  if (writer === 'ours') await writeParquet({ ...write, rows: minutes(sessions) });
  if (writer === 'day') await writeParquet({ ...write, rows: minutesOf(store, records) });
  if (writer === 'duckdb') await copyAlone(minutes(sessions), folder, toPath);
  const { user, system } = process.cpuUsage(begin);
  const holdMs = holds.longest();
  clearInterval(looking);
  samples.push(process.memoryUsage.rss() / 2 ** 20);
  const quarter = Math.ceil(samples.length / 4);
  const peaksMiB = [0, 1, 2, 3].map((each) =>
    Math.round(Math.max(0, ...samples.slice(each * quarter, (each + 1) * quarter))),
  );
  const isWritten = writer !== 'rows' && writer !== 'stage';
  return {
    cpuSeconds: (user + system) / 1e6,
    peaksMiB,
    idleMiB: Math.round(idleMiB),
    holdMs,
    ...(isWritten && { fileMB: (await stat(toPath)).size / 1e6 }),
  };
}

async function runOne(writer: Writer, count: number): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-parquet-'));
  const options: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  const script = [
    '--expose-gc',
    ...process.execArgv,
    fileURLToPath(import.meta.url),
    '--one',
    writer,
    '--folder',
    folder,
  ];
  try {
    return JSON.parse(execFileSync(process.execPath, [...script, String(count)], options));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The given words, comma by comma, or an error: arguments come from the command line. */
function writersIn(given: string): Writer[] {
  return given.split(',').map((each) => {
    const found = WRITERS.find((writer) => writer === each);
    if (found === undefined) throw new Error(`not one of ${WRITERS.join(', ')}: ${each}`);
    return found;
  });
}

const { values, positionals } = parseArgs({
  options: {
    writers: { type: 'string', default: WRITERS.join(',') },
    times: { type: 'string', default: '1' },
    one: { type: 'string' },
    folder: { type: 'string', default: '' },
  },
  allowPositionals: true,
});
if (values.one !== undefined) {
  const [writer = 'rows'] = writersIn(values.one);
  console.log(JSON.stringify(await measure(writer, Number(positionals[0]), values.folder)));
} else {
  const table: Record<string, string | number | undefined>[] = [];
  for (const count of positionals.length > 0 ? positionals.map(Number) : [100_000, 1_000_000]) {
    const used: Partial<Record<Writer, number>> = {};
    for (const writer of Array.from({ length: Number(values.times) }, () => writersIn(values.writers)).flat()) {
      const { cpuSeconds, peaksMiB, idleMiB, holdMs, fileMB } = await runOne(writer, count);
      used[writer] = cpuSeconds;
      table.push({
        writer,
        rows: count,
        'CPU seconds': Number(cpuSeconds.toFixed(2)),
        'MiB by quarter': peaksMiB.join(', '),
        'idle MiB': idleMiB,
        'longest hold ms': Math.round(holdMs),
        'file MB': fileMB === undefined ? undefined : Number(fileMB.toFixed(2)),
      });
      console.log(JSON.stringify(table.at(-1)));
    }
    const { rows, ours, duckdb } = used;
    const what = `${count} minutes, CPU seconds beside making the rows (less is better)`;
    if (rows !== undefined && ours !== undefined && duckdb !== undefined)
      tellComparison({ what, ours: ours - rows, peer: 'DuckDB alone', theirs: duckdb - rows });
  }
  console.table(table);
}
