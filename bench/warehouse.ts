/**
 * Measures how fast days of minutes are loaded into PostgreSQL, beside psql's `\copy` of the same rows as text, and what
 * loading them again touches.
 *
 *     npx tsx bench/warehouse.ts --minutes 500000
 *     npx tsx bench/warehouse.ts --minutes 500000 --days 10 --without-replacing
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
import { daysFrom } from '../test/support/operators.ts';
import { POSTGRES, startPostgres } from '../test/support/postgres.ts';
import { residentMiB } from '../test/support/process-figures.ts';
import { copyText } from '../warehouse/copy-text.ts';
import { tellComparison } from './all/comparisons.ts';
import { loadDay, prepareSchema, withSession, type LoadedDay } from '../warehouse/index.ts';

const { values } = parseArgs({
  options: {
    /** Of each day. */
    minutes: { type: 'string', default: '500000' },
    days: { type: 'string', default: '1' },
    /** Other rows of the first day are not loaded in the place of those that are there. */
    'without-replacing': { type: 'boolean', default: false },
  },
});
const count = Number(values.minutes);
const [DAY = '', ...others] = daysFrom('2026-10-01', Number(values.days));
const days = [DAY, ...others];
const { columns } = TABLES.quality_minutes;

const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-bench-'));
const postgres = await startPostgres();
const figures: Record<string, string> = {};
const secondsOf: Record<string, number> = {};
let peakMiB = 0;
const watching = setInterval(() => (peakMiB = Math.max(peakMiB, residentMiB(process.pid))), 200);

/** `rows`: how many are moved. */
async function measured<T>(what: string, work: () => Promise<T>, rows = count * days.length): Promise<T> {
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const load = loadavg()[0]?.toFixed(1);
  const rate = rows === 0 ? '' : `, ${Math.round(rows / seconds)} rows a second`;
  secondsOf[what] = seconds;
  figures[what] = `${seconds.toFixed(2)} s${rate}, load ${load}`;
  return result;
}

try {
  const store = new FileStore(folder);
  await store.prepare();
  for (const day of days) {
    await commitRows(store, { day, rows: { quality_minutes: manyMinutes({ count, day }) } });
  }
  const warehouse = { url: async () => postgres.url, schema: 'feishu_vc' };
  const load = async (which: readonly string[] = days): Promise<LoadedDay[]> =>
    await withSession(warehouse, async (session) => {
      await prepareSchema(session);
      const loaded = [];
      for (const day of which) loaded.push(await loadDay(session, store, { profile: 'default', day, waitMs: 1000 }));
      return loaded;
    });
  const before = residentMiB(process.pid);
  peakMiB = 0;
  await measured('load', load);
  figures['memory'] = `${Math.round(before)} MiB before, ${Math.round(peakMiB)} MiB at most while it loads`;
  const places = `SELECT md5(string_agg(ctid::text || xmin::text, ',' ORDER BY ctid)) AS places FROM feishu_vc.quality_minutes`;
  const [placed] = await postgres.query<{ places: string }>(places);
  const again = await measured('load again', load, 0);
  const [now] = await postgres.query<{ places: string }>(places);
  const isUnchanged = again.every(({ status }) => status === 'unchanged');
  figures['load again touches'] = placed?.places === now?.places && isUnchanged ? '0 rows' : 'rows';

  if (!values['without-replacing']) {
    await commitRows(store, { day: DAY, rows: { quality_minutes: manyMinutes({ count, day: DAY, version: 2 }) } });
    await measured('load in the place of others', () => load([DAY]), count);
  }

  const text = join(folder, 'minutes.txt');
  async function* lines() {
    for (const day of days) {
      const path = store.path(`tables/quality_minutes/profile=default/day=${day}/data.parquet`);
      yield* copyText(path, { columns, before: ['default', day] });
    }
  }
  await measured(
    'text from Parquet alone',
    async () => await pipeline(Readable.from(lines()), createWriteStream(text)),
  );
  await postgres.query('TRUNCATE feishu_vc.quality_minutes');
  const psql = [postgres.url, '-c', `\\copy feishu_vc.quality_minutes FROM '${text}'`];
  await measured('psql \\copy of that text', async () => await promisify(execFile)(join(POSTGRES ?? '', 'psql'), psql));
} finally {
  clearInterval(watching);
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
console.table(figures);
tellComparison({
  what: `${count * days.length} minutes into PostgreSQL, from Parquet, seconds (less is better)`,
  ours: secondsOf['load'] ?? 0,
  peer: 'text from Parquet, then psql \\copy',
  theirs: (secondsOf['text from Parquet alone'] ?? 0) + (secondsOf['psql \\copy of that text'] ?? 0),
});
