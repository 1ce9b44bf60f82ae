/**
 * Measures `feishu-vc report` of a month: how long it takes, how much memory the process has, how large the page is.
 *
 *     npx tsx bench/report.ts --times 50 --runs 3
 *
 * Needs a build. The month is a planted one of some 100,000 minutes, so that groups and findings are many. `--times` puts so
 * many tenants like it side by side, with meetings, sessions and people of their own: 50 are 5 million minutes.
 */
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { committedDays } from '../dataset/committed-days.ts';
import { openDuckDb, quoteText } from '../store/duckdb.ts';
import { FileStore } from '../store/file-store.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import { DIST } from '../test/support/product.ts';
import { writeTenantStore } from '../test/support/tenant-store.ts';
import { shownFigures, watched } from '../test/support/watched-process.ts';

const { values } = parseArgs({
  options: { times: { type: 'string', default: '50' }, runs: { type: 'string', default: '3' } },
});
const times = Number(values.times);
const MONTH = { from: '2026-10-01', to: '2026-10-31' };
const OWN = new Set(['row_key', 'session_key', 'meeting_key', 'user_id', 'open_id', 'participant_name']);

const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-bench-'));
const store = new FileStore(join(folder, 'data'));
const figures: Record<string, string>[] = [];

/** Each row so many times, with keys of its own each time. Sizes and hashes of the manifests are no longer those of the files. */
async function multiply(): Promise<number> {
  const { files } = await committedDays(store, { profile: 'default', ...MONTH });
  const duckdb = await openDuckDb({ threads: 2, memoryMb: 1024 });
  let minutes = 0;
  for (const table of Object.keys(TABLES) as TableName[]) {
    const cells = TABLES[table].columns.map(({ name }) => (OWN.has(name) ? `${name} || '-' || copy AS ${name}` : name));
    for (const key of files[table]) {
      const path = store.path(key);
      const rows = `SELECT ${cells.join(', ')} FROM read_parquet(${quoteText(path)}, hive_partitioning = false), range(${times}) AS copies(copy)`;
      await duckdb.connection.run(`COPY (${rows}) TO ${quoteText(`${path}.new`)} (FORMAT parquet, COMPRESSION zstd)`);
      await rename(`${path}.new`, path);
      const counted = await duckdb.connection.runAndReadAll(`SELECT count(*) FROM read_parquet(${quoteText(path)})`);
      if (table === 'quality_minutes') minutes += Number(counted.getRows()[0]?.[0]);
    }
  }
  duckdb.close();
  return minutes;
}

try {
  const tenant = { scenario: 'planted', meetingsPerDay: 20, emptyDays: false } as const;
  await writeTenantStore({ dir: join(folder, 'data'), ...MONTH, tenant });
  console.log(`${await multiply()} minutes`);
  const page = join(folder, 'report.html');
  for (let run = 0; run < Number(values.runs); run++) {
    const report = [join(DIST, 'worker/programs/report.js'), '2026-10', '-o', page];
    const result = await watched(report, { DATA_URL: `file:${join(folder, 'data')}` });
    const { size } = await stat(page);
    figures.push({ ...shownFigures(result), 'page, KB': String(Math.round(size / 1000)) });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.table(figures);
