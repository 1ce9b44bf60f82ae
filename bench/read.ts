/**
 * Measures `feishu-vc read` of many minutes to CSV and to XLSX, with a heap of 256 MiB, beside what one would take
 * otherwise: DuckDB's own `COPY … TO` for CSV, exceljs with the whole workbook in memory for XLSX.
 *
 *     npx tsx bench/read.ts --rows 1000000 --whole-workbook-rows 100000
 *
 * Needs a build. Memory is that of the process, all of it, by quarters of its time: flat where they are alike.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FileStore } from '../store/file-store.ts';
import { API_HOST, commitRows } from '../test/support/committed-rows.ts';
import { manyMinutes } from '../test/support/many-minutes.ts';
import { DIST } from '../test/support/product.ts';
import { shownFigures, watched } from '../test/support/watched-process.ts';
import { tellComparison } from './all/comparisons.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    'whole-workbook-rows': { type: 'string', default: '100000' },
  },
});
const count = Number(values.rows);
const wholeRows = Number(values['whole-workbook-rows']);
const DAYS = ['2026-10-14', '2026-10-15'] as const;

const COPY = `import { DuckDBInstance } from '@duckdb/node-api';
const [, parquet, csv] = process.argv;
const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
await connection.run("COPY (SELECT * FROM read_parquet('" + parquet + "')) TO '" + csv + "' (HEADER)");`;

const WHOLE_WORKBOOK = `import exceljs from 'exceljs';
import { DuckDBInstance } from '@duckdb/node-api';
const [, parquet, xlsx, rows] = process.argv;
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const result = await connection.stream("SELECT * FROM read_parquet('" + parquet + "') LIMIT " + rows);
const book = new exceljs.Workbook();
const sheet = book.addWorksheet('data');
sheet.addRow(result.columnNames());
for (let chunk; (chunk = await result.fetchChunk()) && chunk.rowCount > 0; )
  for (const row of chunk.getRows())
    sheet.addRow(row.map((cell) => (typeof cell === 'object' && cell !== null ? String(cell) : cell)));
await book.xlsx.writeFile(xlsx);`;

const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-bench-'));
const figures: Record<string, Record<string, string>> = {};
const usedSeconds: Record<string, number> = {};

async function measure(what: string, args: string[], { file, heapMiB }: { file: string; heapMiB?: number }) {
  const env = {
    DATA_URL: `file:${join(folder, 'data')}`,
    ...(heapMiB === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` }),
  };
  const result = await watched(args, env);
  const { size } = await stat(file);
  usedSeconds[what] = result.cpuSeconds;
  figures[what] = { ...shownFigures(result), 'file, MiB': String(Math.round(size / 2 ** 20)) };
  await rm(file);
}

try {
  const store = new FileStore(join(folder, 'data'));
  await store.prepare();
  await store.claim({ apiHost: API_HOST, profile: 'default', timeZone: 'Asia/Shanghai', dayScope: 'feishu-vc' });
  for (const day of DAYS) {
    const rows = { quality_minutes: manyMinutes({ count: count / DAYS.length, day }) };
    await commitRows(store, { day, rows });
  }
  const parquet = store.path('tables/quality_minutes/**/*.parquet');
  const read = join(DIST, 'worker/programs/read.js');
  const script = ['--input-type=module', '--eval'];
  for (const kind of ['csv', 'xlsx']) {
    const file = join(folder, `minutes.${kind}`);
    await measure(`read, ${kind}`, [read, 'quality_minutes', '-o', file], { file, heapMiB: 256 });
  }
  const csv = join(folder, 'copy.csv');
  await measure("DuckDB's COPY, csv", [...script, COPY, parquet, csv], { file: csv });
  const xlsx = join(folder, 'whole.xlsx');
  const whole = [...script, WHOLE_WORKBOOK, parquet, xlsx, String(wholeRows)];
  await measure(`exceljs, whole workbook of ${wholeRows} rows`, whole, { file: xlsx });
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.table(figures);
const compare = (kind: string, { peer, rows }: { peer: string; rows: number }): void => {
  const [ours, theirs] = [usedSeconds[`read, ${kind}`], usedSeconds[peer]].map(
    (seconds = 0, i) => (1e6 * seconds) / [count, rows][i]!,
  );
  tellComparison({ what: `to ${kind}, CPU µs a row (less is better)`, ours: ours!, peer, theirs: theirs! });
};
compare('csv', { peer: "DuckDB's COPY, csv", rows: count });
compare('xlsx', { peer: `exceljs, whole workbook of ${wholeRows} rows`, rows: wholeRows });
