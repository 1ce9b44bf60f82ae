import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgedMinutesSql, reasonSql, verdictSql } from '../analysis/minutes-sql.ts';
import { PRESETS } from '../analysis/presets.ts';
import { judgedMeetingsSql, judgedSessionsSql } from '../analysis/sessions-sql.ts';
import { committedDays } from '../dataset/committed-days.ts';
import { openDuckDb, type DuckDb } from '../store/duckdb.ts';
import { FileStore } from '../store/file-store.ts';
import { createTableView, queryRows } from '../store/query.ts';
import { TABLES } from '../tables/columns.ts';
import { loadDay, prepareSchema, withSession } from '../warehouse/index.ts';
import { POSTGRES, startPostgres, type Postgres } from './support/postgres.ts';
import { writeTenantStore } from './support/tenant-store.ts';

const RULES = PRESETS['default']!;
const DAYS = ['2026-10-14', '2026-10-15'];
type Rows = Record<string, unknown>[];

const counted = (code: string, from: string) =>
  `SELECT ${verdictSql(code)} AS verdict, ${reasonSql(code)} AS reason, CAST(count(*) AS INTEGER) AS n
   FROM ${from} j GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST`;

describe.skipIf(POSTGRES === undefined)('the views of the warehouse (skipped without PostgreSQL)', () => {
  let postgres: Postgres;
  let folder: string;
  let duckdb: DuckDb;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-views-'));
    const [from, to] = DAYS as [string, string];
    const gaps = [{ table: 'participants', reason: 'pending', count: 3 }];
    await writeTenantStore({ dir: folder, from, to, gaps, tenant: { participantsPerMeeting: 8 } });
    const store = new FileStore(folder);
    const { files } = await committedDays(store, { profile: 'default' });
    duckdb = await openDuckDb({ memoryMb: 384 });
    for (const name of ['meetings', 'participants', 'quality_minutes'] as const) {
      const paths = files[name].map((key) => join(folder, key));
      await createTableView(duckdb, { name, files: paths, columns: TABLES[name].columns });
    }
    postgres = await startPostgres();
    await withSession({ url: async () => postgres.url, schema: 'feishu_vc' }, async (session) => {
      await prepareSchema(session);
      for (const day of DAYS) await loadDay(session, store, { profile: 'default', day, waitMs: 1000 });
    });
  });
  afterAll(async () => {
    duckdb.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function ofStore(sql: string): Promise<Rows> {
    const rows: Rows = [];
    for await (const row of queryRows(duckdb, sql)) rows.push(row);
    return rows;
  }
  /** Numbers as numbers: the client gives counts and averages as text. */
  async function ofWarehouse(sql: string): Promise<Rows> {
    const rows = await postgres.query(`SELECT to_json(r) AS row FROM (${sql}) r`);
    return rows.map(({ row }) => row as Rows[number]);
  }
  const minutes = judgedMinutesSql(RULES, { from: 'quality_minutes' });
  const sessions = judgedSessionsSql(RULES, { from: `(${minutes})` });

  test('judge every minute as the report does', async () => {
    const stored = await ofStore(counted('code', `(${minutes})`));
    expect(stored.length).toBeGreaterThan(3);
    expect(await ofWarehouse(counted('code', 'feishu_vc.judged_minutes'))).toEqual(stored);
    const named = `SELECT verdict, reason, CAST(count(*) AS INTEGER) AS n FROM feishu_vc.judged_minutes
      GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST`;
    expect(await ofWarehouse(named)).toEqual(stored);
  });

  test('judge every session and meeting as the report does', async () => {
    const columns = `session_key, classified, good, fair, poor, poor_loss, poor_machine, poor_sent, longest_run, verdict, reason`;
    const stored = await ofStore(`SELECT ${columns} FROM (${sessions}) s ORDER BY session_key`);
    expect(stored.length).toBeGreaterThan(100);
    const loaded = await ofWarehouse(
      `SELECT ${columns} FROM feishu_vc.judged_sessions ORDER BY session_key COLLATE "C"`,
    );
    expect(loaded).toEqual(stored);
    const withEnd = `SELECT j.*, p.meeting_end_time FROM (${sessions}) j JOIN participants p ON p.session_key = j.session_key AND p.ordinal = 1`;
    const ofMeetings = await ofStore(
      `SELECT meeting_key, sessions, poor_sessions FROM (${judgedMeetingsSql({ from: `(${withEnd})` })}) m ORDER BY meeting_key`,
    );
    const sql = `SELECT meeting_key, sessions, poor_sessions FROM feishu_vc.judged_meetings ORDER BY meeting_key COLLATE "C"`;
    expect(await ofWarehouse(sql)).toEqual(ofMeetings);
  });

  test('have one row for each session and meeting, and say who and which it is', async () => {
    const [unknown] = await ofWarehouse(
      `SELECT count(*) AS n, count(*) - count(DISTINCT session_key) AS doubled, count(*) FILTER (WHERE participant_name IS NULL) AS unnamed
       FROM feishu_vc.judged_sessions`,
    );
    expect(unknown).toMatchObject({ doubled: 0, unnamed: 0 });
    const meetings = await ofWarehouse(`SELECT meeting_no FROM feishu_vc.judged_meetings WHERE meeting_no IS NULL`);
    expect(meetings).toEqual([]);
  });

  test('add up days, and name what is missing', async () => {
    const stored = await ofStore(
      `SELECT day, CAST(count(*) AS INTEGER) AS meetings FROM meetings GROUP BY day ORDER BY day`,
    );
    const days = await ofWarehouse(`SELECT * FROM feishu_vc.judged_days ORDER BY day`);
    expect(days.map(({ day, meetings }) => ({ day, meetings }))).toEqual(stored);
    const sum = (name: string) => days.reduce((all, row) => all + Number(row[name]), 0);
    const [{ poor }] = (await ofStore(`SELECT CAST(sum(poor) AS INTEGER) AS poor FROM (${sessions}) s`)) as [
      { poor: number },
    ];
    expect(sum('poor_minutes')).toBe(poor);
    expect(await ofWarehouse(`SELECT day, "table", reason, count FROM feishu_vc.missing ORDER BY day`)).toEqual(
      DAYS.map((day) => ({ day, table: 'participants', reason: 'pending', count: 3 })),
    );
  });

  test('hand a condition on the day down to the minutes', async () => {
    const plan = await postgres.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT * FROM feishu_vc.judged_sessions WHERE profile = 'default' AND day = '${DAYS[0]}'`,
    );
    const scans = plan
      .map((row) => row['QUERY PLAN'])
      .join('\n')
      .split('->')
      .filter((node) => /quality_minutes/.test(node));
    expect(scans.length).toBeGreaterThan(2);
    for (const scan of scans) expect(scan).toMatch(/Cond|Filter/);
    for (const scan of scans) expect(scan).toContain(DAYS[0]);
  });
});
