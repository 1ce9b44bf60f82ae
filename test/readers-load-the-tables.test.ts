/** The statements of docs/readers.md, run as they stand there over real files: the copies have every row of the tables once. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDuckDb } from '../store/duckdb.ts';
import { openStore } from '../store/open-store.ts';
import { queryRows } from '../store/query.ts';
import { SECRET, s3Program, startS3Server } from './support/s3-server.ts';
import { keysOf } from './support/store-kinds.ts';
import { writeTenantStore } from './support/tenant-store.ts';

const program = s3Program();
const run = promisify(execFile);
const hasClickHouse = await run('python3', ['-c', 'import chdb']).then(
  () => true,
  () => console.warn('skipped: Python has no chdb (pip install chdb==4.4.0)') ?? false,
);
const page = await readFile(new URL('../docs/readers.md', import.meta.url), 'utf8');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-readers-'));
  const tenant = { meetingsPerDay: 5, participantsPerMeeting: 5 };
  await writeTenantStore({ dir: join(folder, 'data'), from: '2026-10-14', to: '2026-10-16', tenant });
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** The statements under a heading, without their comments. */
function statementsOf(heading: string): string[] {
  const block = new RegExp(`^## ${heading}\\n[\\s\\S]*?\`\`\`sql\\n([\\s\\S]*?)\`\`\``, 'm').exec(page)?.[1] ?? '';
  const lines = block.split('\n').filter((line) => !line.startsWith('--'));
  return lines
    .join('\n')
    .split(/;\s*(?:\n|$)/)
    .filter((sql) => sql.trim() !== '');
}

/** What the tables have, asked of the files themselves. */
async function counted(): Promise<unknown[]> {
  const duckdb = await openDuckDb();
  try {
    const from = `read_parquet('${join(folder, 'data')}/tables/quality_minutes/*/*/data.parquet', hive_partitioning = true)`;
    const sql = `SELECT day::VARCHAR AS day, (time AT TIME ZONE 'Asia/Shanghai')::DATE::VARCHAR AS local_date, count(*)::INTEGER AS minutes FROM ${from} GROUP BY ALL ORDER BY ALL`;
    const rows = [];
    for await (const row of queryRows(duckdb, sql)) rows.push(row);
    return rows;
  } finally {
    duckdb.close();
  }
}

test('DuckDB has every minute once, on the day of its zone, also after a day was replaced', async () => {
  const duckdb = await openDuckDb();
  try {
    const answers: Record<string, unknown>[][] = [];
    for (const statement of statementsOf('DuckDB')) {
      const sql = statement.replaceAll("'data/", `'${join(folder, 'data')}/`);
      answers.push((await duckdb.connection.runAndReadAll(sql)).getRowObjectsJson());
    }
    const days = answers.at(-1)!.map((row) => ({ ...row, minutes: Number(row['minutes']) }));
    expect(days).toEqual(await counted());
    expect(days.length).toBeGreaterThan(3);
    const networks = answers.at(-2)!;
    expect(networks.length).toBeGreaterThan(1);
    expect(sum(networks)).toBe(sum(days));
  } finally {
    duckdb.close();
  }
});

test.skipIf(!hasClickHouse || program === undefined)('ClickHouse has the same, from a bucket', async () => {
  const server = await startS3Server(program!);
  try {
    Object.assign(process.env, server.env);
    const bucket = await server.makeBucket();
    const [source, target] = [openStore(`file:${join(folder, 'data')}`), openStore(`s3://${bucket}/feishu`)];
    for (const key of await keysOf(source, 'tables/')) await target.put(key, await source.readStream(key));
    const statements = statementsOf('ClickHouse').map((sql) =>
      sql
        .replaceAll('https://s3.example.com/my-bucket', `${server.url}/${bucket}`)
        .replaceAll("'KEY', 'SECRET'", `'tester', '${SECRET}'`),
    );
    const script = `
import json, sys
from chdb import session
clickhouse = session.Session()
print(json.dumps([str(clickhouse.query(sql, 'JSONCompact') or '') for sql in json.load(sys.stdin)]))`;
    const child = run('python3', ['-c', script], { cwd: folder, maxBuffer: 1e7 });
    child.child.stdin!.end(JSON.stringify(['CREATE DATABASE feishu_vc', 'USE feishu_vc', ...statements]));
    const answers = JSON.parse((await child).stdout) as string[];
    const days = rowsOf(answers.at(-1)!).map(([day, local_date, minutes]) => ({
      day,
      local_date,
      minutes: Number(minutes),
    }));
    expect(days).toEqual(await counted());
    const networks = rowsOf(answers.at(-2)!).map(([, minutes]) => ({ minutes }));
    expect(networks.length).toBeGreaterThan(1);
    expect(sum(networks)).toBe(sum(days));
  } finally {
    await server.close();
  }
});

/** Of an answer of ClickHouse's. */
function rowsOf(answer: string): unknown[][] {
  return (JSON.parse(answer) as { data: unknown[][] }).data;
}

function sum(rows: readonly object[]): number {
  return rows.reduce((total, row) => total + Number((row as { minutes: unknown }).minutes), 0);
}
