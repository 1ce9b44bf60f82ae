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
import { TABLES } from '../tables/columns.ts';
import { commitRows } from '../test/support/committed-rows.ts';
import { manyMinutes } from '../test/support/many-minutes.ts';
import { POSTGRES, startPostgres } from '../test/support/postgres.ts';
import { residentMiB } from '../test/support/process-figures.ts';
import { copyText } from '../warehouse/copy-text.ts';
import { loadDay, prepareSchema, withSession, type LoadedDay } from '../warehouse/index.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '500000' } } });
const count = Number(values.minutes);
const DAY = '2026-10-14';
const { columns } = TABLES.quality_minutes;

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
  await commitRows(store, { day: DAY, rows: { quality_minutes: manyMinutes({ count, day: DAY }) } });
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

  await commitRows(store, { day: DAY, rows: { quality_minutes: manyMinutes({ count, day: DAY, version: 2 }) } });
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
