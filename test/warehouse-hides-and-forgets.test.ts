/** What of people the warehouse shows, on a real PostgreSQL: nothing under `strict`, nobody after an erasure, no day after its time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { erase } from '../dataset/erase.ts';
import { rebuildDay } from '../dataset/rebuild-day.ts';
import { FileStore } from '../store/file-store.ts';
import { KEEP, STRICT, type Policy } from '../tables/privacy.ts';
import { loadDay, prepareSchema, removeDaysBefore, withSession } from '../warehouse/index.ts';
import { POSTGRES, startPostgres, type Postgres } from './support/postgres.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO } from './support/staged-day.ts';
import { TABLE_NAMES } from './support/table-days.ts';

const START = FROM + 9 * HOUR;
const person = (name: string) => ({ name, kind: 'user' as const, join: START, leave: START + 600, shown: START });
const OPTIONS = { product: 'test', settle_hours: 6 };
const ALL: typeof ASK = { ...ASK, include: [...ASK.include, 'reservations'], room_level_id: 'omb_1', source: 'both' };

describe.skipIf(POSTGRES === undefined)('the warehouse (skipped without PostgreSQL)', () => {
  let postgres: Postgres;
  let folder: string;
  let store: FileStore;
  beforeAll(async () => {
    postgres = await startPostgres();
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-warehouse-'));
    store = new FileStore(folder);
    await store.prepare();
    const day = new StagedDay(store, {
      meetings: [{ no: '100000001', start: START, end: START + HOUR, people: ['annabel', 'bob'].map(person) }],
      bookings: [{ room: 'blue', by: 'annabel', start: START, end: START + HOUR }],
    });
    await day.run(ALL, { at: TO + 31 * HOUR });
  });
  afterAll(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => void (await postgres.query('DROP SCHEMA IF EXISTS feishu_vc CASCADE')));

  const session = <T>(work: Parameters<typeof withSession<T>>[1]): Promise<T> =>
    withSession({ url: () => Promise.resolve(postgres.url), schema: 'feishu_vc' }, work);

  async function loadUnder(privacy: Policy): Promise<void> {
    await rebuildDay(store, { profile: 'default', day: DAY, privacy, ...OPTIONS });
    await session(async (open) => {
      await prepareSchema(open);
      await loadDay(open, store, { profile: 'default', day: DAY, waitMs: 10_000 });
    });
  }

  /** Rows as text in which it stands, of all tables and views. */
  async function rowsWith(text: string): Promise<number> {
    const relations = await postgres.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'feishu_vc'",
    );
    expect(relations.length).toBeGreaterThan(TABLE_NAMES.length + 4);
    const parts = relations.map(({ name }) => `SELECT t::text AS row FROM feishu_vc.${name} t`);
    const rows = (await postgres.query(parts.join(' UNION ALL '))) as { row: string }[];
    expect(rows.length).toBeGreaterThan(10);
    return rows.filter(({ row }) => row.includes(text)).length;
  }

  test('shows nobody under strict, and its tables join as before', async () => {
    const joined =
      'SELECT count(*)::int AS n FROM feishu_vc.quality_minutes JOIN feishu_vc.units USING (profile, day, session_key)';
    await loadUnder(KEEP);
    expect(await rowsWith('annabel')).toBeGreaterThan(2);
    const [before] = await postgres.query(joined);
    await loadUnder(STRICT);
    expect([await rowsWith('annabel'), await rowsWith('bob')]).toEqual([0, 0]);
    expect(await postgres.query(joined)).toEqual([before]);
    expect((before as { n: number }).n).toBeGreaterThan(5);
  });

  test('has nobody who was erased once the day is loaded again, and no day that was removed by age', async () => {
    await rebuildDay(store, { profile: 'default', day: DAY, privacy: KEEP, ...OPTIONS });
    const who = { profile: 'default', user: 'ou_annabel', isDryRun: false, privacy: KEEP, ...OPTIONS };
    expect((await erase(store, who)).days).toHaveLength(1);
    await loadUnder(KEEP);
    expect(await rowsWith('annabel')).toBe(0);
    expect(await rowsWith('bob')).toBeGreaterThan(2);

    const [all] = await postgres.query('SELECT count(*)::int AS n FROM feishu_vc.days');
    const gone = await session((open) => removeDaysBefore(open, { profile: 'default', from: '2030-01-01' }));
    expect(gone).toBeGreaterThan((all as { n: number }).n);
    expect(await postgres.query('SELECT 1 FROM feishu_vc.quality_minutes')).toEqual([]);
  });
});
