import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FileStore } from '../store/file-store.ts';
import { TABLES } from '../tables/columns.ts';
import { loadDay, mayLoad, prepareSchema, WAREHOUSE_VERSION, withSession } from '../warehouse/index.ts';
import { schemaStatements } from '../warehouse/schema.ts';
import { awkwardRows, commitRows } from './support/committed-rows.ts';
import { POSTGRES, startPostgres, type Postgres } from './support/postgres.ts';
import { TABLE_NAMES } from './support/table-days.ts';
import { ROOT } from './support/tree.ts';
import { warehouseRows } from './support/warehouse-rows.ts';

const DAY = '2026-10-01';

test('the tables and views of the warehouse are those of its version', () => {
  // Where this fails: raise WAREHOUSE_VERSION, so that warehouses that are there are brought up, and write the new hash here.
  const hash = createHash('sha256')
    .update(schemaStatements('feishu_vc').join(';\n').replaceAll(/\s+/g, ' '))
    .digest('hex');
  expect({ version: WAREHOUSE_VERSION, hash: hash.slice(0, 16) }).toEqual({ version: 2, hash: '02dfe2339df8ea7f' });
});

describe.skipIf(POSTGRES === undefined)('the schema of the warehouse (skipped without PostgreSQL)', () => {
  let postgres: Postgres;
  let folder: string;
  let store: FileStore;
  beforeAll(async () => {
    postgres = await startPostgres();
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-warehouse-'));
    store = new FileStore(folder);
    await store.prepare();
    await commitRows(store, {
      day: DAY,
      rows: Object.fromEntries(TABLE_NAMES.map((table) => [table, awkwardRows(table, { count: 3 })])),
    });
  });
  afterAll(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => await postgres.query('DROP SCHEMA IF EXISTS feishu_vc CASCADE'));

  const warehouse = (url = postgres.url) => ({ url: async () => url, schema: 'feishu_vc' });
  const prepare = async () => await withSession(warehouse(), prepareSchema);
  const load = async (url?: string) =>
    await withSession(warehouse(url), async (session) => {
      await prepareSchema(session);
      return await loadDay(session, store, { profile: 'default', day: DAY, waitMs: 1000 });
    });

  test('is made once, also by several that start together', async () => {
    await Promise.all([prepare(), prepare(), prepare()]);
    expect(await postgres.query('SELECT version FROM feishu_vc.schema_version')).toEqual([
      { version: WAREHOUSE_VERSION },
    ]);
  });

  test('has a comment on every table, view and column that is read from Feishu', async () => {
    await prepare();
    const without = await postgres.query<{ name: string }>(
      `SELECT c.relname || COALESCE('.' || a.attname, '') AS name FROM pg_class c
       LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND c.relkind = 'r'
       WHERE c.relnamespace = 'feishu_vc'::regnamespace AND c.relkind IN ('r', 'v')
         AND COALESCE(col_description(c.oid, a.attnum), '') = '' AND COALESCE(obj_description(c.oid), '') = ''`,
    );
    expect(without.map(({ name }) => name).filter((name) => !name.startsWith('schema_version'))).toEqual([]);
    const [topic] = await postgres.query(
      `SELECT col_description('feishu_vc.meetings'::regclass, attnum) AS is FROM pg_attribute
       WHERE attrelid = 'feishu_vc.meetings'::regclass AND attname = 'meeting_topic'`,
    );
    expect(topic).toEqual({ is: 'file: 会议主题; meeting topic; list: meeting_topic' });
  });

  test('gains what an earlier version lacks, and the days that were there are loaded anew', async () => {
    await load();
    await postgres.query(`ALTER TABLE feishu_vc.units DROP COLUMN minutes_expected;
      DROP VIEW feishu_vc.missing; UPDATE feishu_vc.schema_version SET version = 0; UPDATE feishu_vc.days SET columns_hash = 'earlier'`);
    expect(await load()).toMatchObject({ status: 'loaded' });
    const units = await warehouseRows(postgres, 'units');
    expect(units.map((row) => row['minutes_expected'])).toContain(2 ** 31 - 1);
    expect(await postgres.query('SELECT count FROM feishu_vc.missing')).toEqual([{ count: 2 }]);
    expect(await load()).toMatchObject({ status: 'unchanged' });
  });

  test('of a later version is left alone', async () => {
    await prepare();
    await postgres.query('UPDATE feishu_vc.schema_version SET version = 99');
    await expect(load()).rejects.toMatchObject({ code: 'newer', next: expect.stringContaining('update') });
  });

  test('whose user may not make it says what to do', async () => {
    await postgres.query(`DROP ROLE IF EXISTS nobody_much; CREATE ROLE nobody_much LOGIN PASSWORD 'x'`);
    const url = postgres.urlOf('nobody_much', 'x');
    await expect(load(url)).rejects.toMatchObject({
      code: 'unprepared',
      next: expect.stringContaining('warehouse prepare'),
    });
    expect(await withSession(warehouse(url), mayLoad)).toEqual([expect.stringContaining('CREATE on the database')]);
    await prepare();
    await expect(load(url)).rejects.toMatchObject({ code: 'denied', sqlState: '42501' });
    await expect(withSession(warehouse(url), mayLoad)).rejects.toMatchObject({ code: 'denied' });
  });

  test('can be loaded by the role of docs/warehouse.md, which can do nothing else', async () => {
    await prepare();
    const told = readFileSync(join(ROOT, 'docs/warehouse.md'), 'utf8');
    const [, sql = ''] = /```sql\n(CREATE ROLE feishu_vc_loader[\s\S]*?)```/.exec(told) ?? [];
    await postgres.query(sql.replace(/PASSWORD '[^']*'/, `PASSWORD 'loads'`));
    const url = postgres.urlOf('feishu_vc_loader', 'loads');
    expect(await withSession(warehouse(url), mayLoad)).toEqual([]);
    expect(await load(url)).toMatchObject({ status: 'loaded', rows: 3 * TABLE_NAMES.length });
    expect(await load(url)).toMatchObject({ status: 'unchanged' });
    const refused = [
      'SELECT meeting_topic FROM feishu_vc.meetings',
      'SELECT * FROM feishu_vc.judged_sessions',
      `UPDATE feishu_vc.meetings SET meeting_topic = ''`,
      'TRUNCATE feishu_vc.meetings',
      'DROP TABLE feishu_vc.meetings',
      'CREATE TABLE feishu_vc.another (x integer)',
      'ALTER TABLE feishu_vc.meetings ADD COLUMN x integer',
    ];
    await withSession(warehouse(url), async (session) => {
      for (const statement of refused) {
        await expect(session.query(statement), statement).rejects.toMatchObject({ sqlState: '42501' });
      }
    });
  });

  test('has the columns of every table after profile and day, in their order', async () => {
    await prepare();
    for (const table of TABLE_NAMES) {
      const rows = await postgres.query<{ name: string }>(
        `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'feishu_vc.${table}'::regclass AND attnum > 0 ORDER BY attnum`,
      );
      expect(rows.map(({ name }) => name)).toEqual([
        'profile',
        'day',
        ...TABLES[table].columns.map(({ name }) => name),
      ]);
    }
  });
});
