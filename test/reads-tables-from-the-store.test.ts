import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import exceljs from 'exceljs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tenant } from '../sandbox/tenant.ts';
import { FileStore } from '../store/file-store.ts';
import { TABLES, type Row, type TableName } from '../tables/columns.ts';
import { API_HOST, awkwardRows, commitRows } from './support/committed-rows.ts';
import { DIST } from './support/product.ts';
import { writeTenantStore } from './support/tenant-store.ts';

const DAY = '2026-10-14';
/** Writes to the clipboard, clears the screen, turns what follows around, and begins a further line. */
const HOSTILE = 'A\u001b]52;c;eA==\u0007\u009b2J\u202eB\nC';
let folder: string;
let tenant: Tenant;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reads-'));
  tenant = await writeTenantStore({
    dir: join(folder, 'data'),
    from: DAY,
    to: DAY,
    tenant: { meetingsPerDay: 8 },
    change: (table, rows) =>
      table === 'meetings' ? rows.map((row) => ({ ...row, meeting_topic: '=1+1, "x"', organizer: HOSTILE })) : rows,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Answer {
  code: number;
  out: string;
  err: string;
}

async function run(program: string, ...args: string[]): Promise<Answer> {
  return await runOn('data', program, ...args);
}

async function runOn(data: string, program: string, ...args: string[]): Promise<Answer> {
  const env = { ...process.env, DATA_URL: `file:${join(folder, data)}` };
  return await new Promise((resolve) => {
    const path = join(DIST, 'worker/programs', `${program}.js`);
    execFile(process.execPath, [path, ...args], { env, cwd: folder }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

test('a CSV cell that a spreadsheet would take for a formula is marked as text', async () => {
  const { out } = await run('read', 'meetings', '--from', DAY, '--columns', 'meeting_topic', '--format', 'csv');
  expect(out.split('\r\n')[1]).toBe(`"'=1+1, ""x"""`);
});

async function readOrganizers(...more: string[]): Promise<string> {
  return (await run('read', 'meetings', '--columns', 'organizer', ...more)).out;
}

test('a name that would steer a terminal is harmless in a table, and as it is in data', async () => {
  const lines = (await readOrganizers()).split('\n');
  expect(lines[1]).toBe('A]52;c;eA==2JB C');
  expect(new Set(lines.slice(1, -1)).size).toBe(1);
  expect(JSON.parse(await readOrganizers('--format', 'json'))).toContainEqual({ organizer: HOSTILE });
  expect(await readOrganizers('--format', 'csv')).toContain(`"${HOSTILE}"`);
});

test('a sheet has typed cells, a frozen head with the zone, and filters', async () => {
  const file = join(folder, 'meetings.xlsx');
  const columns = 'meeting_no,meeting_topic,meeting_start_time,number_of_participants,audio';
  expect((await run('read', 'meetings', '--columns', columns, '-o', file)).code).toBe(0);
  const book = new exceljs.Workbook();
  await book.xlsx.readFile(file);
  const sheet = book.worksheets[0]!;
  expect(sheet.getRow(1).getCell(3).value).toBe('meeting_start_time (Asia/Shanghai)');
  expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
  expect(sheet.autoFilter).toBeTruthy();
  const types = [1, 2, 3, 4, 5].map((column) => sheet.getRow(2).getCell(column).type);
  const { String: text, Date: date, Number: number, Boolean: yesNo } = exceljs.ValueType;
  expect(types).toEqual([text, text, date, number, yesNo]);
  const { from, to } = tenant.dayRange(DAY);
  expect(sheet.rowCount - 1).toBe(
    tenant.meetings(from, to).filter((each) => !each.is_external && !each.is_webinar).length,
  );
});

/** Cells as openpyxl finds them: booleans, numbers and texts as JSON has them, times as `{"time": "2026-10-14T09:30:00"}`. */
const CELLS = `
import datetime, json, sys
import openpyxl, openpyxl.utils.escape
def plain(value):
    if isinstance(value, datetime.datetime): return {'time': value.isoformat()}
    return openpyxl.utils.escape.unescape(value) if isinstance(value, str) else value
sheet = openpyxl.load_workbook(sys.argv[1]).worksheets[0]
json.dump([[plain(value) for value in row] for row in sheet.iter_rows(values_only=True)], sys.stdout)
`;

function hasOpenpyxl(): boolean {
  try {
    execFileSync('python3', ['-c', 'import openpyxl'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const FORMULAS = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', "'=1", '＝1', '007', '9007199254740993', '_x0041_', 'TRUE'];

describe.skipIf(!hasOpenpyxl())('a sheet in openpyxl (skipped without openpyxl)', () => {
  beforeAll(async () => {
    const store = new FileStore(join(folder, 'awkward'));
    await store.prepare();
    await store.claim({ apiHost: API_HOST, profile: 'default', timeZone: 'Asia/Shanghai', dayScope: 'feishu-vc' });
    const rows = Object.fromEntries(
      (Object.keys(TABLES) as TableName[]).map((table): [TableName, Row[]] => {
        const [like = {}] = awkwardRows(table);
        const text = TABLES[table].columns.findLast(({ name, type }) => type === 'text' && name !== 'row_key')!.name;
        const formulas = FORMULAS.map((cell) => ({ ...like, row_key: cell, [text]: cell }));
        return [table, [...awkwardRows(table), ...formulas]];
      }),
    );
    await commitRows(store, { day: DAY, rows });
  });

  test.each(Object.keys(TABLES))('is equal to the table %s, cell for cell', async (table) => {
    const file = join(folder, `${table}.xlsx`);
    expect((await runOn('awkward', 'read', table, '-o', file)).code).toBe(0);
    const rows = JSON.parse((await runOn('awkward', 'read', table, '--format', 'json')).out) as Row[];
    const [head = [], ...cells] = JSON.parse(
      execFileSync('python3', ['-c', CELLS, file], { encoding: 'utf8', maxBuffer: 1e9 }),
    ) as unknown[][];
    const names = head.map((name) => String(name).replace(' (Asia/Shanghai)', ''));
    const at = names.indexOf('row_key');
    expect(names).toEqual(Object.keys(rows[0]!));
    expect(cells.toSorted(byText(at))).toEqual(
      rows.map((row) => names.map((name) => inSheet(row[name]!))).toSorted(byText(at)),
    );
  });
});

const byText = (at: number) => (a: unknown[], b: unknown[]) => (String(a[at]) < String(b[at]) ? -1 : 1);

/** A time has no offset, and one that sheets do not know is text. */
function inSheet(value: NonNullable<Row[string]> | null): unknown {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+08:00$/.test(value)) return value;
  return value < '1900-03' ? value : { time: value.slice(0, 19) };
}

/** DuckDB writes what it finds out about later statements into a file that a function was given. */
const PROFILING = [
  "FROM enable_profiling(save_location='profile.json', format='json')",
  "SELECT (SELECT count(*) FROM enable_profiling(save_location='profile.json', format='json'))",
  `FROM query('FROM enable_profiling(save_location=''profile.json'', format=''json'')')`,
  "FROM enable_logging(storage='stdout')",
];

test('a query reaches the tables and nothing else, and writes nothing', async () => {
  const own = join(folder, 'data/tables/meetings/profile=default', `day=${DAY}`, 'data.parquet');
  const before = await readFile(own);
  expect((await run('sql', 'SELECT count(*) AS n FROM participants', '--format', 'json')).out).toMatch(/"n":\d+/);
  for (const sql of [
    "SELECT * FROM read_text('/etc/passwd')",
    `SELECT * FROM read_json('${join(folder, 'data/store.json')}')`,
    "SELECT * FROM read_csv('http://127.0.0.1:1/x')",
    `COPY (SELECT 1) TO '${own}'`,
    'SET enable_external_access = true',
    "ATTACH 'x.db'",
    'CREATE TABLE x AS SELECT 1',
    'SELECT 1; SELECT 2',
    "SELECT getenv('HOME')",
    ...PROFILING,
  ]) {
    expect([sql, (await run('sql', sql)).code]).not.toEqual([sql, 0]);
  }
  expect(await readFile(own)).toEqual(before);
  expect(await readdir(folder)).not.toContain('profile.json');
  expect(
    (await run('sql', 'SELECT sum(n) FROM (SELECT unnest([1, 2]) AS n), range(2)', '--format', 'csv')).out,
  ).toMatch(/6/);
}, 300_000);

test('nobody who knows the name of a file that is asked for can bend what is written elsewhere', async () => {
  const [file, victim] = [join(folder, 'bent.csv'), join(folder, 'victim.txt')];
  await writeFile(victim, 'mine');
  await symlink(victim, `${file}.part`);
  for (const format of ['csv', 'json', 'xlsx', 'parquet']) {
    expect((await run('read', 'meetings', '--format', format, '-o', file)).code).toBe(0);
  }
  expect(await readFile(victim, 'utf8')).toBe('mine');
  expect((await readdir(folder)).filter((name) => name.startsWith('.bent'))).toEqual([]);
});

test('the attendance list has each person once, with the time that was spent in the meeting once', async () => {
  const { from, to } = tenant.dayRange(DAY);
  const [meeting] = tenant
    .meetings(from, to)
    .filter((each) => !each.is_external && !each.is_webinar)
    .slice(1);
  const { out } = await run('attendance', meeting!.meeting_no, '--day', DAY, '--format', 'json');
  const rows = (
    JSON.parse(out) as {
      name: string;
      minutes: number;
      share_pct: number;
      sessions: number;
      meeting_start_time: string;
    }[]
  ).filter(({ meeting_start_time: start }) => Date.parse(start) / 1000 === meeting!.meeting_start_time);
  const people = tenant.participants(meeting!);
  const named = people.filter(({ user_ids: ids, meeting_room_id: room }) => ids !== null || room !== null);
  const ids = new Set(named.map(({ user_ids: user, meeting_room_id: room }) => user?.open_id ?? room));
  const guests = new Set(people.filter((each) => !named.includes(each)).map(({ participant_name: name }) => name));
  expect(rows).toHaveLength(ids.size + guests.size);
  expect(rows.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(people.length);
  expect(Math.max(...rows.map(({ share_pct: share }) => share))).toBeLessThanOrEqual(100);
});

test('the report of the program is a page, and its figures are JSON', async () => {
  const { code, out } = await run('report', '--from', DAY, '-o', 'r.html');
  expect([code, out.trim()]).toEqual([0, join(folder, 'r.html')]);
  expect(await readFile(join(folder, 'r.html'), 'utf8')).toMatch(/^<!doctype html>/);
  const figures = JSON.parse((await run('report', '--from', DAY, '--json')).out) as { totals: { meetings: number } };
  expect(figures.totals.meetings).toBeGreaterThan(5);
});

test('wrong usage is said with exit code 2', async () => {
  for (const args of [
    ['report'],
    ['report', '2026-13'],
    ['read', 'nothing'],
    ['report', '2026-10', '--rules', 'absent.json'],
    ['sql', 'SELECT 1', '--format', 'xlsx'],
  ]) {
    const [program = '', ...rest] = args;
    const answer = await run(program, ...rest);
    expect([args, answer.code]).toEqual([args, 2]);
    expect(answer.err).not.toBe('');
  }
}, 300_000);
