/**
 * Measures how fast a day of minutes is loaded into PostgreSQL, beside psql's `\copy` of the same rows as text, and what
 * loading it again touches.
 *
 *     npx tsx bench/warehouse.ts --minutes 500000
 *
 * Needs PostgreSQL on this machine; starts one of its own.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs, promisify } from 'node:util';
import { FileStore } from '../store/file-store.ts';
import { TABLES, type Row } from '../tables/columns.ts';
import { commitRows } from '../test/support/committed-rows.ts';
import { POSTGRES, startPostgres } from '../test/support/postgres.ts';
import { residentMiB } from '../test/support/process-figures.ts';
import { copyText } from '../warehouse/copy-text.ts';
import { loadDay, prepareSchema, withSession, type LoadedDay } from '../warehouse/index.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '500000' } } });
const count = Number(values.minutes);
const DAY = '2026-10-14';
const SESSION_MINUTES = 40;
const { columns } = TABLES.quality_minutes;

/** As many texts, instants and measures as minutes of a call have; a third of the measures is absent. */
function* minutes(version: number): Generator<Row> {
  for (let index = 0; index < count; index++) {
    const session = Math.floor(index / SESSION_MINUTES);
    const at = new Date(Date.UTC(2026, 9, 14, 1) + (index % SESSION_MINUTES) * 60_000).toISOString().slice(0, 19);
    const cells = columns.map(({ name, type }, place): [string, Row[string]] => {
      if (name === 'row_key') return [name, `${version}${String(index).padStart(31, '0')}`];
      if (name === 'session_key') return [name, String(session).padStart(32, '0')];
      if (name === 'meeting_key') return [name, String(Math.floor(session / 6)).padStart(32, '0')];
      if (type === 'json') return [name, null];
      if (type === 'text') return [name, `${name} ${session % 500}`];
      if (type === 'timestamp') return [name, `${at}Z`];
      if (type === 'integer') return [name, 1];
      return [name, (index + place) % 3 === 0 ? null : ((index * 7 + place) % 1000) / 10];
    });
    yield Object.fromEntries(cells);
  }
}

const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-bench-'));
const postgres = await startPostgres();
const figures: Record<string, string> = {};
let peakMiB = 0;
const watching = setInterval(() => (peakMiB = Math.max(peakMiB, residentMiB(process.pid))), 200);

/** `rows`: how many are moved. */
async function measured<T>(what: string, work: () => Promise<T>, rows = count): Promise<T> {
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const load = loadavg()[0]?.toFixed(1);
  const rate = rows === 0 ? '' : `, ${Math.round(rows / seconds)} rows a second`;
  figures[what] = `${seconds.toFixed(2)} s${rate}, load ${load}`;
  return result;
}

try {
  const store = new FileStore(folder);
  await store.prepare();
  await commitRows(store, { day: DAY, rows: { quality_minutes: minutes(1) } });
  const warehouse = { url: async () => postgres.url, schema: 'feishu_vc' };
  const load = async (): Promise<LoadedDay> =>
    await withSession(warehouse, async (session) => {
      await prepareSchema(session);
      return await loadDay(session, store, { profile: 'default', day: DAY, waitMs: 1000 });
    });
  const before = residentMiB(process.pid);
  peakMiB = 0;
  await measured('load', load);
  figures['memory'] = `${Math.round(before)} MiB before, ${Math.round(peakMiB)} MiB at most while it loads`;
  const places = `SELECT md5(string_agg(ctid::text || xmin::text, ',' ORDER BY ctid)) AS places FROM feishu_vc.quality_minutes`;
  const [placed] = await postgres.query<{ places: string }>(places);
  const again = await measured('load again', load, 0);
  const [now] = await postgres.query<{ places: string }>(places);
  figures['load again touches'] = placed?.places === now?.places && again.status === 'unchanged' ? '0 rows' : 'rows';

  await commitRows(store, { day: DAY, rows: { quality_minutes: minutes(2) } });
  await measured('load in the place of others', load);

  const text = join(folder, 'minutes.txt');
  const path = store.path(`tables/quality_minutes/profile=default/day=${DAY}/data.parquet`);
  const lines = copyText(path, { columns, before: ['default', DAY] });
  await measured('text from Parquet alone', async () => await pipeline(Readable.from(lines), createWriteStream(text)));
  await postgres.query('TRUNCATE feishu_vc.quality_minutes');
  const psql = [postgres.url, '-c', `\\copy feishu_vc.quality_minutes FROM '${text}'`];
  await measured('psql \\copy of that text', async () => await promisify(execFile)(join(POSTGRES ?? '', 'psql'), psql));
} finally {
  clearInterval(watching);
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
console.table(figures);
