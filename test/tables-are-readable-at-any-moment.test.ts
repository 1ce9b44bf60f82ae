/** The documented queries, over a store that is being written, was killed while it was written, and has days of two versions. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, expect, test } from 'vitest';
import { tableKey } from '../dataset/storage-keys.ts';
import { FileStore } from '../store/file-store.ts';
import { writeParquet } from '../store/parquet.ts';
import { TABLES } from '../tables/columns.ts';
import { DAYS, ROWS, rowsOf, TABLE_NAMES } from './support/table-days.ts';
import { ROOT } from './support/tree.ts';
import { tempFolder } from './support/temp-folder.ts';

/** How often the writer is killed, and what it commits before each time. */
const KILLS = Number(process.env['READER_KILLS'] ?? 3);
const COMMITS = Number(process.env['READER_COMMITS'] ?? 6);

const OLD_DAY = '2026-10-01';
/** What version 2 of the tables added. */
const ADDED = new Set([
  'number_of_webinar_viewers',
  'reserved_rooms',
  'ai_note',
  'has_related_document',
  'open_id',
  'is_external',
  'accept_status',
  'webinar_user_role',
  'reserver_user_id',
  'is_release_early',
  'asked_at',
  'settled',
  'code',
  'minutes_expected',
]);

let queries: string[];
beforeAll(async () => {
  const pages = await Promise.all(
    ['README.md', 'README.zh-CN.md', 'docs/tables.md'].map((name) => readFile(join(ROOT, name), 'utf8')),
  );
  const blocks = pages.flatMap((page) => [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, sql = '']) => sql));
  queries = blocks.flatMap((block) => block.split(/;\s*$/m)).filter((sql) => sql.trim() !== '');
});

test('every documented query reads days of different versions as one', () => {
  expect(queries.length).toBeGreaterThan(8);
  for (const sql of queries) {
    const reads = [...sql.matchAll(/read_parquet\([^)]*\)/g)].map(([read]) => read);
    expect(reads.length).toBeGreaterThan(0);
    for (const read of reads) expect(read).toContain('union_by_name = true');
  }
});

/** A day as version 1 of the tables wrote it. */
async function writeOldDay(store: FileStore): Promise<void> {
  for (const table of TABLE_NAMES) {
    const columns = TABLES[table].columns.filter(
      ({ name }) => !ADDED.has(name) || (table === 'meetings' && name === 'is_external'),
    );
    const names = columns.map(({ name }) => name);
    const rows = rowsOf(table, OLD_DAY, 0).map((row) =>
      Object.fromEntries(names.map((name) => [name, row[name] ?? null])),
    );
    const toPath = store.path(tableKey(table, { profile: 'default', day: OLD_DAY }));
    await mkdir(dirname(toPath), { recursive: true });
    await writeParquet({ columns, rows, sortBy: [], toPath });
  }
}

async function readAll(connection: DuckDBConnection, root: string): Promise<void> {
  for (const sql of queries) {
    const reader = await connection.runAndReadAll(sql.replaceAll('data/tables', `${root}/tables`));
    expect(reader.columnNames().length).toBeGreaterThan(0);
  }
  for (const table of TABLE_NAMES) {
    const sql = `SELECT day::VARCHAR AS day, count(*)::INTEGER AS n FROM read_parquet('${root}/tables/${table}/**/*.parquet',
      hive_partitioning = true, union_by_name = true) GROUP BY day`;
    const rows = (await connection.runAndReadAll(sql)).getRowObjects();
    const wanted = table === 'quality_minutes' ? ROWS.quality_minutes : ROWS.other;
    expect(Object.fromEntries(rows.map(({ day, n }) => [String(day), n]))).toEqual(
      Object.fromEntries([OLD_DAY, ...DAYS].map((day) => [day, wanted])),
    );
  }
}

test('a reader meets whole files only, while days are committed and after each SIGKILL', async () => {
  const root = await tempFolder();
  const store = new FileStore(root);
  await writeOldDay(store);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  let looks = 0;
  let commits = 0;
  for (let round = 1; round <= KILLS; round += 1) {
    const script = join(import.meta.dirname, 'table-writer-child.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, root, String(round * 1000)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let heard = '';
    child.stdout.on('data', (text: Buffer) => (heard += text.toString()));
    const exited = once(child, 'exit');
    try {
      const committed = () => heard.split('committed').length - 1;
      while (committed() < DAYS.length && child.exitCode === null) await sleep(5);
      for (let look = 0; look < 4 || (committed() < COMMITS && child.exitCode === null); look += 1) {
        await readAll(connection, root);
        looks += 1;
      }
      commits += committed();
      await sleep(Math.random() * 60);
    } finally {
      child.kill('SIGKILL');
    }
    expect(await exited).toEqual([null, 'SIGKILL']);
    await readAll(connection, root);
  }
  console.log(`${looks} looks, ${commits} commits, ${KILLS} kills`);
  connection.closeSync();
  instance.closeSync();
});
