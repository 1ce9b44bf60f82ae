import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readManifest } from '../dataset/manifest.ts';
import { FileStore } from '../store/file-store.ts';
import { openStore } from '../store/open-store.ts';
import { readParquet } from '../store/parquet.ts';
import type { Store } from '../store/store.ts';
import { TABLES } from '../tables/columns.ts';
import { loadDay, prepareSchema, withSession, type LoadedDay, type Session } from '../warehouse/index.ts';
import { awkwardRows, commitRows, rewriteTable, storedRows } from './support/committed-rows.ts';
import { PASSWORD, POSTGRES, startPostgres, type Postgres } from './support/postgres.ts';
import { startProgram } from './support/program.ts';
import { STORE_KINDS } from './support/store-kinds.ts';
import { TABLE_NAMES } from './support/table-days.ts';
import { ROOT } from './support/tree.ts';
import { warehouseRows } from './support/warehouse-rows.ts';

const DAY = '2026-10-01';
const NEXT = '2026-10-02';
const fileOf = (day: string): string => `tables/meetings/profile=default/day=${day}/data.parquet`;
/** The last of them. */
const HELD = 'units';

const all = (seed = 0) => Object.fromEntries(TABLE_NAMES.map((table) => [table, awkwardRows(table, { seed })]));
const byTable = (rows: Record<string, unknown>[]) =>
  rows.toSorted((a, b) => (String(a['table']) < String(b['table']) ? -1 : 1));

describe.skipIf(POSTGRES === undefined)('the warehouse (skipped without PostgreSQL)', () => {
  let postgres: Postgres;
  let folder: string;
  let store: FileStore;
  // Its sessions are in a zone with minutes, and with a summer time.
  beforeAll(async () => void (postgres = await startPostgres({ timeZone: 'America/St_Johns' })));
  afterAll(async () => await postgres.stop());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-warehouse-'));
    store = new FileStore(folder);
    await store.prepare();
    await postgres.query('DROP SCHEMA IF EXISTS feishu_vc CASCADE');
  });
  afterEach(async () => await rm(folder, { recursive: true, force: true }));

  const warehouse = () => ({ url: async () => postgres.url, schema: 'feishu_vc' });
  const load = async (day = DAY, waitMs = 10_000, from: Store = store, profile = 'default'): Promise<LoadedDay> =>
    await withSession(warehouse(), async (session: Session) => {
      await prepareSchema(session);
      return await loadDay(session, from, { profile, day, waitMs });
    });

  async function expectEqual(days: string[], from: Store = store): Promise<void> {
    for (const table of TABLE_NAMES) {
      expect(await warehouseRows(postgres, table)).toStrictEqual(await storedRows(from, table, days));
    }
  }

  /** Where each row lies and which transaction wrote it: the same only for rows that nobody touched. */
  async function places(): Promise<unknown[]> {
    const parts = [...TABLE_NAMES, 'days', 'profiles'].map(
      (table) => `SELECT '${table}' AS t, ctid::text, xmin::text FROM feishu_vc.${table}`,
    );
    return await postgres.query(`${parts.join(' UNION ALL ')} ORDER BY 1, 2`);
  }

  const ofTables = async () => (await places()).filter((row) => (row as { t: string }).t !== 'days');

  /** The load stands still before this table until `release`. */
  async function holding<T>(work: () => Promise<T>): Promise<T> {
    const held = `feishu_vc.${HELD}`;
    return await withSession(warehouse(), async (session) =>
      session.transaction(async () => {
        await session.query(`LOCK TABLE ${held} IN ACCESS EXCLUSIVE MODE`);
        return await work();
      }),
    );
  }
  async function untilStanding(): Promise<void> {
    const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'feishu_vc.${HELD}'::regclass`;
    while ((await postgres.query(waiting)).length === 0) await sleep(20);
  }

  test.each(STORE_KINDS)('has every cell as $name has it', async (kind) => {
    await kind.start();
    try {
      const from = openStore(await kind.makePlace());
      await from.prepare();
      await commitRows(from, { day: DAY, rows: all() });
      await commitRows(from, { day: NEXT, rows: all(3) });
      expect(await load(DAY, 10_000, from)).toMatchObject({ status: 'loaded', rows: 100 });
      await load(NEXT, 10_000, from);
      await expectEqual([DAY, NEXT], from);
    } finally {
      await kind.stop();
    }
  });

  test('has the rows of days as they are in the store, and says when they came', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    const days = [];
    for await (const row of readParquet(store.path(`tables/days/profile=default/day=${DAY}/data.parquet`)))
      days.push(row);
    expect(byTable(await warehouseRows(postgres, 'days'))).toStrictEqual(byTable(days));
    const [loaded] = await postgres.query(
      "SELECT now() - max(loaded_at) < interval '1 minute' AS lately FROM feishu_vc.days",
    );
    expect(loaded).toEqual({ lately: true });
  });

  test('is touched in no row by a day that it has', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    const before = await places();
    expect(before.length).toBeGreaterThan(100);
    expect(await load()).toMatchObject({ status: 'unchanged' });
    expect(await places()).toStrictEqual(before);
  });

  test('is touched in no row of a table by another export that found the same', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    const before = await ofTables();
    await commitRows(store, { day: DAY, rows: all() });
    expect(await load()).toMatchObject({ status: 'loaded', rows: 0 });
    expect(await ofTables()).toStrictEqual(before);
  });

  test('takes over what only a hash of the whole file tells: when sessions were asked about', async () => {
    const [unit] = awkwardRows('units', { count: 1 });
    await commitRows(store, { day: DAY, rows: { units: [unit!] } });
    await load();
    await commitRows(store, { day: DAY, rows: { units: [{ ...unit, asked_at: '2026-11-11T11:11:11Z' }] } });
    expect(await load()).toMatchObject({ status: 'loaded', rows: 2 });
    expect(await warehouseRows(postgres, 'units')).toMatchObject([{ asked_at: '2026-11-11T11:11:11Z' }]);
  });

  test('has what a later commit has, and nothing of the one before', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    await commitRows(store, { day: DAY, rows: { ...all(1), meetings: [] } });
    expect(await load()).toMatchObject({ status: 'loaded', rows: 20 + 4 * 40 });
    await expectEqual([DAY]);
  });

  test('has NULL where an older version of the product wrote no such column', async () => {
    await cp(join(ROOT, 'test/fixtures/day-of-version-1'), folder, { recursive: true });
    expect(await load()).toMatchObject({ status: 'loaded' });
    const manifest = await readManifest(store, { profile: 'default', day: DAY });
    for (const table of TABLE_NAMES) {
      const rows = await warehouseRows(postgres, table);
      expect(rows).toHaveLength(manifest!.tables[table]?.rows ?? 0);
      const stored = table === 'reservations' ? [] : await storedRows(store, table, [DAY]);
      for (const [index, row] of rows.entries()) expect(row).toMatchObject(stored[index]!);
    }
    const [unit] = await warehouseRows(postgres, 'units');
    expect(unit).toMatchObject({ status: 'done', minutes_expected: null, code: null });
  });

  test('has the whole of one day or the whole of another, whoever is killed while it loads', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    const before = await storedRows(store, 'meetings', [DAY]);
    await commitRows(store, { day: DAY, rows: all(1) });
    await holding(async () => {
      const env = { DATA_URL: `file:${folder}`, WAREHOUSE_URL: postgres.url };
      const child = startProgram('warehouse', ['load', '--all'], env);
      await untilStanding();
      child.process.kill('SIGKILL');
      await child.ended;
      expect(await warehouseRows(postgres, 'meetings')).toStrictEqual(before);
    });
    expect(await load()).toMatchObject({ status: 'loaded' });
    await expectEqual([DAY]);
  });

  test('loads a day once where two want to', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    await commitRows(store, { day: DAY, rows: all(1) });
    const first = await holding(async () => {
      const loading = load();
      await untilStanding();
      expect(await load(DAY, 50)).toEqual({ status: 'busy' });
      return { loading, waiting: load() };
    });
    const results = [await first.loading, await first.waiting].map(({ status }) => status);
    expect(results.toSorted()).toEqual(['loaded', 'unchanged']);
    await expectEqual([DAY]);
  });

  test('has the newer commit, where one comes while the day is loaded', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    await commitRows(store, { day: DAY, rows: all(1) });
    const loading = await holding(async () => {
      const under = load();
      await untilStanding();
      await commitRows(store, { day: DAY, rows: all(2) });
      return [under];
    });
    expect(await loading[0]).toMatchObject({ status: 'loaded' });
    await expectEqual([DAY]);
  });

  test('that crashes in the middle has the day before, and the day as soon as it is asked again', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    const before = await storedRows(store, 'meetings', [DAY]);
    await commitRows(store, { day: DAY, rows: all(1) });
    const failed = holding(async () => {
      const loading = load().catch((error: unknown) => error);
      await untilStanding();
      await postgres.crash();
      return await loading;
    });
    await expect(failed).rejects.toMatchObject({ code: 'away' });
    await postgres.start();
    expect(await warehouseRows(postgres, 'meetings')).toStrictEqual(before);
    await load();
    await expectEqual([DAY]);
  });

  test('does not take a file that is not the one that the manifest names', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    const before = await places();
    await commitRows(store, { day: DAY, rows: all(1) });
    // Whole, and of another day: a commit that was cut off leaves such files.
    await commitRows(store, { day: NEXT, rows: all(2) });
    await cp(store.path(fileOf(NEXT)), store.path(fileOf(DAY)));
    await expect(load()).rejects.toMatchObject({ name: 'StoreError', code: 'damaged' });
    expect(await places()).toStrictEqual(before);
  });

  test('takes no file whose numbers are texts: a cell of it could be rows of another profile', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    const before = await places();
    await commitRows(store, { day: NEXT, profile: 'other', rows: { meetings: awkwardRows('meetings', { count: 1 }) } });
    await rewriteTable(store, { profile: 'other', day: NEXT, table: 'meetings' }, (file) => {
      const { columns } = TABLES.meetings;
      const last = columns.findLastIndex(({ type }) => type === 'integer');
      const own = columns.map(({ name }) => (name === 'row_key' ? 'forged' : '\\N'));
      const forged = ['default', DAY, ...own.slice(0, last + 1)].join('\t');
      const cell = `1${'\t\\N'.repeat(columns.length - last - 1)}\n${forged}`;
      return `SELECT * REPLACE ('${cell}' AS "${columns[last]!.name}") FROM ${file}`;
    });
    const error = await load(NEXT, 10_000, store, 'other').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'StoreError', code: 'damaged' });
    expect(String(error)).not.toContain('forged');
    expect(await places()).toStrictEqual(before);
  });

  test('keeps profiles apart, and refuses one of another account or zone', async () => {
    await commitRows(store, { day: DAY, rows: all() });
    await load();
    await commitRows(store, { day: NEXT, rows: all(), timeZone: 'Asia/Tokyo' });
    await expect(load(NEXT)).rejects.toMatchObject({ code: 'others' });
    await expectEqual([DAY]);
  });

  test('that refuses a password is told of without it', async () => {
    const wrong = { url: async () => postgres.urlOf('owner', `${PASSWORD}!wrong`), schema: 'feishu_vc' };
    const error = await withSession(wrong, async () => undefined).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'denied' });
    const { message, stack, cause } = error as Error;
    const told = `${message} ${stack} ${String(cause)} ${JSON.stringify(error)}`;
    expect(message).toMatch(/refuses the user or the password of WAREHOUSE_URL \(127\.0\.0\.1:\d+, SQLSTATE 28P01\)/);
    for (const part of [PASSWORD, encodeURIComponent(PASSWORD), 'wrong', 'postgres://'])
      expect(told).not.toContain(part);
  });
});
