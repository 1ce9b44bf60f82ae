/** `feishu-vc warehouse …` and what `doctor` says of the warehouse. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FileStore } from '../store/file-store.ts';
import { warehouse as check } from '../worker/doctor/checks/warehouse.ts';
import { diagnose } from '../worker/doctor/diagnose.ts';
import { API_HOST, awkwardRows, commitRows } from './support/committed-rows.ts';
import { PASSWORD, POSTGRES, startPostgres, type Postgres } from './support/postgres.ts';
import { startProgram } from './support/program.ts';

const DAYS = ['2026-10-30', '2026-10-31', '2026-11-01'] as const;

const json = ({ said }: { said: string }): unknown => JSON.parse(said);

describe.skipIf(POSTGRES === undefined)('the warehouse (skipped without PostgreSQL)', () => {
  let postgres: Postgres;
  let folder: string;
  let store: FileStore;
  beforeAll(async () => {
    postgres = await startPostgres();
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-commands-'));
    store = new FileStore(join(folder, 'data'));
    await store.claim({ apiHost: API_HOST, profile: 'default', timeZone: 'Asia/Shanghai', dayScope: 'feishu-vc' });
    for (const day of DAYS) await commitRows(store, { day, rows: { meetings: awkwardRows('meetings', { count: 2 }) } });
  });
  afterAll(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => await postgres.query('DROP SCHEMA IF EXISTS feishu_vc CASCADE'));

  async function command(args: string[], env: Record<string, string> = {}) {
    const own = { DATA_URL: `file:${store.rootPath}`, WAREHOUSE_URL: postgres.url, ...env };
    const program = startProgram('warehouse', args, own);
    const code = await program.ended;
    return { code, said: program.output() };
  }

  test('says before and after a load what it has and lacks', async () => {
    expect(await command(['status'])).toEqual({
      code: 0,
      said: "schema feishu_vc: not made yet; this product's is 2\n",
    });
    expect(await command(['prepare'])).toMatchObject({ code: 0, said: 'The schema feishu_vc is of version 2.\n' });
    expect(await command(['status'])).toMatchObject({
      code: 0,
      said: `schema feishu_vc: of version 2\ndefault  0 of 3 days, never loaded, lacks ${DAYS.toReversed().join(', ')}\n`,
    });
    expect(await command(['load', '--month', '2026-10'])).toEqual({
      code: 0,
      said: '2026-10-30  loaded, 2 rows written or removed\n2026-10-31  loaded, 2 rows written or removed\n',
    });
    expect(json(await command(['status', '--json']))).toMatchObject({
      schema: 'feishu_vc',
      version: 2,
      profiles: [
        { profile: 'default', days: 3, loaded: 2, lacking: ['2026-11-01'], last_loaded_at: expect.any(String) },
      ],
    });
  });

  test('loads a range or all of it, and what it has already is unchanged', async () => {
    expect(json(await command(['load', DAYS[2], DAYS[2], '--json']))).toEqual({
      profile: 'default',
      day: DAYS[2],
      status: 'loaded',
      rows: 2,
    });
    const { code, said } = await command(['load', '--all']);
    expect({ code, states: said.match(/(?<=  )\w+/g) }).toEqual({ code: 0, states: ['loaded', 'loaded', 'unchanged'] });
  });

  test('loads the other days where one cannot be, and says which', async () => {
    const path = store.path(`tables/meetings/profile=default/day=${DAYS[1]}/data.parquet`);
    await writeFile(path, 'broken');
    const { code, said } = await command(['load', '--all']);
    expect(code).toBe(1);
    expect(said).toContain(
      `${DAYS[1]}  not loaded: tables/meetings/profile=default/day=${DAYS[1]}/data.parquet is not the file`,
    );
    expect(said).toContain(`${DAYS[2]}  loaded`);
    expect(said).toContain('1 of 3 days could not be loaded; the others are');
    await commitRows(store, { day: DAYS[1], rows: { meetings: awkwardRows('meetings', { count: 2 }) } });
  });

  test.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['no days', ['load'], {}, 2, /Name days \(FROM TO\), --month or --all/],
    ['days twice', ['load', '--all', '--month', '2026-10'], {}, 2, /either days, a month or --all/],
    ['no action', [], {}, 2, /warehouse load, warehouse status or warehouse prepare/],
    ['no database', ['status'], { WAREHOUSE_URL: '' }, 2, /Set WAREHOUSE_URL/],
    ['days that nobody exported', ['load', '2020-01-01'], {}, 1, /no day of profile default in that range/],
    [
      'a schema that is none',
      ['status'],
      { WAREHOUSE_SCHEMA: 'a-b' },
      1,
      /WAREHOUSE_SCHEMA: takes the name of a schema/,
    ],
  ])('refuses %s', async (_, args, env, code, says) => {
    const ended = await command(args, env);
    expect(ended.said).toMatch(says);
    expect(ended.code).toBe(code);
  });

  test.each([
    ['a scheme that is none', `mysql://u:${PASSWORD}@h/d`],
    ['a host without a name', `postgres://u:pass/word@h/d`],
    ['a percent sign that stands alone', 'postgres://u:100%word@h/d'],
  ])('does not show a URL with %s', async (_, url) => {
    const { code, said } = await command(['status'], { WAREHOUSE_URL: url });
    expect(code).toBe(1);
    expect(said).toMatch(/WAREHOUSE_URL: takes postgres:\/\/USER:PASSWORD@HOST\/DATABASE/);
    expect(said).not.toMatch(/word@|@h\/d/);
  });

  async function look(env: Record<string, string>, isOffline = false) {
    const app = { FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET: 'a', DATA_URL: `file:${store.rootPath}` };
    const { checks } = await diagnose({ env: { ...app, ...env }, profile: 'default', checks: [check], isOffline });
    return checks[0]!;
  }

  describe('as doctor sees it', () => {
    test('is left out where none is configured, and offline', async () => {
      expect(await look({})).toMatchObject({ state: 'skip', seen: 'none is configured' });
      expect(await look({ WAREHOUSE_URL: postgres.url }, true)).toMatchObject({ state: 'skip' });
    });

    test('is well where it can be made, and where it can be loaded; looking makes nothing', async () => {
      const seen = 'the schema feishu_vc is not there yet; the worker makes it';
      expect(await look({ WAREHOUSE_URL: postgres.url })).toMatchObject({ state: 'ok', seen });
      expect(await look({ WAREHOUSE_URL: postgres.url })).toMatchObject({ state: 'ok', seen });
      await command(['prepare']);
      expect(await look({ WAREHOUSE_URL: postgres.url })).toMatchObject({
        state: 'ok',
        seen: 'the schema feishu_vc is of version 2 and may be loaded',
      });
    });

    test('fails with the step that ends it', async () => {
      await command(['prepare']);
      await postgres.query(`DROP ROLE IF EXISTS reader`);
      await postgres.query(`CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA feishu_vc TO reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA feishu_vc TO reader`);
      expect(await look({ WAREHOUSE_URL: postgres.urlOf('reader', 'r') })).toMatchObject({
        state: 'fail',
        seen: 'the schema feishu_vc: this user lacks INSERT on meetings, DELETE on meetings, INSERT on participants',
        next: expect.stringContaining('feishu-vc warehouse prepare'),
      });
      expect(await look({ WAREHOUSE_URL: postgres.urlOf('owner', 'wr0ng') })).toMatchObject({
        state: 'fail',
        seen: expect.stringMatching(/^PostgreSQL refuses the user or the password of WAREHOUSE_URL/),
        next: 'put WAREHOUSE_URL right',
      });
      expect(await look({ WAREHOUSE_URL: 'postgres://u:p@127.0.0.1:1/d' })).toMatchObject({
        state: 'fail',
        seen: 'The warehouse does not answer (127.0.0.1:1, ECONNREFUSED)',
      });
      await postgres.query('UPDATE feishu_vc.schema_version SET version = 9; DROP OWNED BY reader');
      expect(await look({ WAREHOUSE_URL: postgres.url })).toMatchObject({ state: 'fail', next: 'Update this product' });
    });
  });
});
