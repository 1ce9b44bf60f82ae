/** The queries of the cookbook over a sandbox's tables: in DuckDB as it is, and by the command. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDuckDb, type DuckDb } from '../store/duckdb.ts';
import { queryRows } from '../store/query.ts';
import type { Row } from '../tables/columns.ts';
import { blocksOf, documentText } from './support/documents.ts';
import { databaseWith } from './support/duckdb-tables.ts';
import { DIST } from './support/product.ts';
import { writeTenantStore } from './support/tenant-store.ts';

const run = promisify(execFile);
const PAGE = documentText('docs/cookbook.md');
const CHINESE = documentText('docs/cookbook.zh-CN.md');
const [VIEWS = '', ...QUERIES] = blocksOf(PAGE, 'sql');
const QUESTIONS = [...PAGE.matchAll(/^### \d+\. (.*)$/gm)].map(([, question = '']) => question);

let folder: string;
let duckdb: DuckDb;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cookbook-'));
  await writeTenantStore({
    dir: join(folder, 'data'),
    from: '2026-10-05',
    to: '2026-10-18',
    tenant: { scenario: 'planted', meetingsPerDay: 10 },
  });
  duckdb = await openDuckDb();
  await duckdb.connection.run(VIEWS.replaceAll('data/tables', join(folder, 'data/tables')));
});
afterAll(async () => {
  duckdb.close();
  await rm(folder, { recursive: true, force: true });
});

async function inDuckDb(sql: string): Promise<Row[]> {
  const rows = [];
  for await (const row of queryRows(duckdb, sql.trim().replace(/;$/, ''))) rows.push(row);
  return rows;
}

async function byCommand(sql: string): Promise<Row[]> {
  const env = { ...process.env, DATA_URL: `file:${join(folder, 'data')}` };
  const args = [join(DIST, 'worker/programs/sql.js'), '--format', 'json', '--', sql];
  return JSON.parse((await run(process.execPath, args, { env })).stdout) as Row[];
}

/** The command writes instants with the offset of the tenant's zone. */
function inUtc(rows: Row[]): Row[] {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const isInstant = typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:\d\d)$/.test(value);
        return [name, isInstant ? Date.parse(value) : value];
      }),
    ),
  );
}

/** The first row of the answer to the question that has these words. */
async function firstAnswer(words: string): Promise<Row | undefined> {
  const index = QUESTIONS.findIndex((question) => question.includes(words));
  return (await inDuckDb(QUERIES[index] ?? ''))[0];
}

test('the cookbook has twenty questions, each with one query', () => {
  expect(QUESTIONS).toHaveLength(20);
  expect(QUERIES).toHaveLength(20);
});

test('the Chinese page has the same questions with the same queries', () => {
  expect(CHINESE.match(/^### \d+\. .*$/gm)).toHaveLength(QUESTIONS.length);
  expect(blocksOf(CHINESE, 'sql')).toEqual([VIEWS, ...QUERIES]);
});

test.each(QUESTIONS.map((question, index) => [question, QUERIES[index] ?? '']))(
  '"%s" is answered, and alike by DuckDB and by the command',
  async (_question, sql) => {
    const rows = await inDuckDb(sql);
    expect(rows).not.toEqual([]);
    expect(inUtc(await byCommand(sql))).toEqual(inUtc(rows));
  },
);

describe('what was planted is the first answer', () => {
  test.each([
    ['bad for all', { day: '2026-10-17' }],
    ['uplink', { public_ip: '203.0.113.10', hour: 10 }],
    ['wifi', { network: '10.2.3.0/24', network_type: 'wifi' }],
    ['TCP', { protocol: 'tcp', proxy: true }],
    ['old client', { app_version: '5.9.4' }],
    ['laptops', { camera: 'Aurora 13 HD Camera' }],
    ['stay empty', { nobody_came_pct: 100 }],
    ['missing from', { status: 'done' }],
  ])('to the question of "%s"', async (words, answer) => {
    expect(await firstAnswer(words)).toMatchObject(answer);
  });
});

/** The rows of the answer, over these tables alone. */
async function answerOver(words: string, tables: Parameters<typeof databaseWith>[0]): Promise<Row[]> {
  const db = await databaseWith(tables);
  try {
    const sql = QUERIES[QUESTIONS.findIndex((question) => question.includes(words))] ?? '';
    return await db.rows(sql.trim().replace(/;$/, ''));
  } finally {
    db.close();
  }
}

const stay = (user_id: string, from: string, to: string, more: Row = {}): Row => {
  const [join_time, leave_time] = [`2026-10-01T0${from}:00Z`, `2026-10-01T0${to}:00Z`];
  const time_in_meeting_s = (Date.parse(leave_time) - Date.parse(join_time)) / 1000;
  const who = { user_id, participant_name: user_id, department: 'R&D', device: 'pc' };
  return { ...who, join_time, leave_time, time_in_meeting_s, ...more };
};

const twin = (meeting_end_time: string) => ({ meeting_key: 'm', meeting_end_time });

const booked = (room_name: string, reservation_status: string | null): Row => ({
  row_key: room_name,
  room_name,
  reservation_status,
  event_duration_s: 3600,
  day: '2026-10-01',
});

describe('nothing is counted twice or left out', () => {
  test('of the hours of somebody on two devices or in two meetings', async () => {
    const twice = [stay('ann', '1:00', '2:00'), stay('ann', '1:00', '2:00', { device: 'ios' })];
    const overlapping = [stay('bob', '1:00', '2:00'), stay('bob', '1:30', '2:30'), stay('bob', '3:00', '3:30')];
    const untimed = stay('cid', '1:00', '2:00', { join_time: null, leave_time: null });
    const away = stay('dan', '1:00', '3:00', { time_in_meeting_s: 3600 });
    const guest = { ...stay('eve', '1:00', '2:00'), user_id: null };
    expect(await answerOver('departments', { participants: [...twice, ...overlapping, untimed, away, guest] })).toEqual(
      [{ department: 'R&D', people: 4, hours: 5, hours_each: 1.3 }],
    );
  });

  test('of the people of a meeting that shares number and start with another one', async () => {
    const [short, long] = [twin('2026-10-01T02:00:00Z'), twin('2026-10-01T03:00:00Z')];
    const meetings = [
      { ...short, row_key: '1', number_of_participants: 1 },
      { ...long, row_key: '2', number_of_participants: 2 },
    ];
    const participants = [
      stay('ann', '1:00', '2:00', short),
      stay('bob', '1:00', '2:00', long),
      stay('cid', '1:05', '2:00', long),
    ];
    const names = (await answerOver('largest meeting', { meetings, participants })).map(
      (row) => row['participant_name'],
    );
    expect(names).toEqual(['bob', 'cid']);
  });

  test('of the bookings of which no status is known', async () => {
    const reservations = [booked('A', '预定成功'), booked('B', null), booked('C', '已释放-手动')];
    const rooms = (await answerOver('booked most', { reservations })).map((row) => row['room_name']);
    expect(rooms).toEqual(['A', 'B']);
  });
});
