import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FileStore } from '../store/file-store.ts';
import { Loader, withSession } from '../warehouse/index.ts';
import { awkwardRows, commitRows, storedRows } from './support/committed-rows.ts';
import { POSTGRES, startPostgres, type Postgres } from './support/postgres.ts';
import { warehouseRows } from './support/warehouse-rows.ts';

const DAYS = ['2026-10-01', '2026-10-02', '2026-10-03'];
const NEVER_MS = 3_600_000;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}

describe.skipIf(POSTGRES === undefined)('a worker with a warehouse (skipped without PostgreSQL)', () => {
  let postgres: Postgres;
  let folder: string;
  let store: FileStore;
  let loaders: Loader[];
  let said: string[];
  /** Sessions that were begun. */
  let sessions: number;
  beforeAll(async () => void (postgres = await startPostgres()));
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  beforeAll(() => void process.on('warning', onWarning));
  afterAll(async () => {
    process.off('warning', onWarning);
    await postgres.stop();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-loader-'));
    store = new FileStore(folder);
    await store.prepare();
    await postgres.start();
    await postgres.query('DROP SCHEMA IF EXISTS feishu_vc CASCADE');
    loaders = [];
    said = [];
    sessions = 0;
  });
  afterEach(async () => {
    await Promise.all(loaders.map((loader) => loader.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  const commit = async (day: string, seed = 0, profile = 'default') =>
    await commitRows(store, { day, profile, rows: { meetings: awkwardRows('meetings', { count: 4, seed }) } });

  function startLoader(o: { retryMs?: number; profiles?: string[]; url?: string } = {}): Loader {
    const { retryMs = NEVER_MS, profiles = ['default'], url = postgres.url } = o;
    const loader = new Loader({
      warehouse: { url: async () => (sessions++, url), schema: 'feishu_vc' },
      store,
      profiles,
      retryMs,
      lookEveryMs: NEVER_MS,
      onLoaded: ({ profile, days, rows }) => said.push(`loaded ${profile} ${days} ${rows}`),
      onDayRefused: ({ day, reason }) => said.push(`refused ${day}: ${reason}`),
      onTrouble: ({ reason }) => said.push(`trouble: ${reason}`),
      onOver: () => said.push('over'),
    });
    loaders.push(loader);
    return loader;
  }
  const hasSaid = (text: string, times = 1) => until(() => said.filter((each) => each.includes(text)).length >= times);

  test('loads what is there when it starts, and then each day soon after its commit', async () => {
    await commit(DAYS[0]!);
    await commit(DAYS[1]!);
    const loader = startLoader();
    await hasSaid('loaded default 2 8');
    await commit(DAYS[2]!);
    loader.nudge();
    await hasSaid('loaded default 1 4');
    expect(await warehouseRows(postgres, 'meetings')).toStrictEqual(await storedRows(store, 'meetings', DAYS));
  });

  test('loads a commit that comes while it is at another', async () => {
    await commit(DAYS[0]!);
    const loader = startLoader();
    await hasSaid('loaded default 1 4');
    const others = await holdTable();
    await commit(DAYS[1]!);
    loader.nudge();
    await until(others.isWaitedFor);
    await commit(DAYS[2]!);
    loader.nudge();
    await others.release();
    await hasSaid('loaded default 1 4', 3);
    expect(await warehouseRows(postgres, 'meetings')).toStrictEqual(await storedRows(store, 'meetings', DAYS));
  });

  test('says once that the warehouse is away, and loads all of it when it is back', async () => {
    await postgres.crash();
    const loader = startLoader({ retryMs: 50 });
    for (const day of DAYS) {
      await commit(day);
      loader.nudge();
      await sleep(200);
    }
    await postgres.start();
    await hasSaid('over');
    // Nothing is left behind by the sessions that failed.
    expect(warnings).toEqual([]);
    expect(said.filter((each) => each.startsWith('trouble'))).toEqual([
      expect.stringMatching(
        /^trouble: The warehouse does not answer \(127\.0\.0\.1:\d+, ECONNREFUSED\)\. Next: nothing has to be done/,
      ),
    ]);
    expect(await warehouseRows(postgres, 'meetings')).toStrictEqual(await storedRows(store, 'meetings', DAYS));
  });

  test('does not try a wrong password again and again', async () => {
    await commit(DAYS[0]!);
    const loader = startLoader({ retryMs: 10, url: postgres.urlOf('owner', 'wrong') });
    await hasSaid('trouble: PostgreSQL refuses the user or the password');
    await sleep(300);
    expect(sessions).toBe(1);
    loader.nudge();
    await until(() => sessions === 2);
    expect(said).toHaveLength(1);
  });

  test('loads the other days where one cannot be, which it names once for each of its commits', async () => {
    for (const day of DAYS) await commit(day);
    const broken = DAYS[1]!;
    await writeFile(store.path(`tables/meetings/profile=default/day=${broken}/data.parquet`), 'broken');
    const loader = startLoader();
    await hasSaid('loaded default 2 8');
    // Older than that one, so it comes after it.
    await commit('2026-09-30');
    loader.nudge();
    await hasSaid('loaded default 1 4');
    expect(said.filter((each) => each.startsWith('refused'))).toEqual([
      expect.stringContaining(`feishu-vc rebuild ${broken} ${broken}`),
    ]);
    await commit(broken, 1);
    loader.nudge();
    await hasSaid('loaded default 1 4', 2);
    const stored = await storedRows(store, 'meetings', ['2026-09-30', ...DAYS]);
    expect(await warehouseRows(postgres, 'meetings')).toStrictEqual(stored);
  });

  test('loads the profiles that it serves and no other', async () => {
    await commit(DAYS[0]!);
    await commit(DAYS[0]!, 1, 'hq');
    startLoader({ profiles: ['hq'] });
    await hasSaid('loaded hq 1 4');
    const rows = await warehouseRows(postgres, 'meetings');
    expect(new Set(rows.map(({ profile }) => profile))).toEqual(new Set(['hq']));
  });

  test('shares days with the others of its kind: each is loaded once', async () => {
    for (const day of DAYS) await commit(day);
    for (let count = 0; count < 3; count++) startLoader({ retryMs: 50 });
    await until(
      () =>
        said.filter((each) => each.startsWith('loaded')).reduce((sum, each) => sum + Number(each.split(' ')[2]), 0) >=
        3,
    );
    await sleep(500);
    const rows = said
      .filter((each) => each.startsWith('loaded'))
      .reduce((sum, each) => sum + Number(each.split(' ')[3]), 0);
    expect(rows).toBe(12);
    expect(await warehouseRows(postgres, 'meetings')).toStrictEqual(await storedRows(store, 'meetings', DAYS));
  });

  test('ends at once, whatever it is doing', async () => {
    await commit(DAYS[0]!);
    const loader = startLoader();
    await hasSaid('loaded');
    await commit(DAYS[0]!, 1);
    const others = await holdTable();
    loader.nudge();
    await until(others.isWaitedFor);
    await loader.stop();
    await others.release();
    // The server notices when it would answer.
    const atWork = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'feishu-vc-export' AND state <> 'idle'`;
    await until(async () => (await postgres.query(atWork)).length === 0);
    expect(said).toEqual(['loaded default 1 4']);
  });

  async function holdTable() {
    const released = new AbortController();
    let isHeld = false;
    const held = withSession({ url: async () => postgres.url, schema: 'feishu_vc' }, async (session) =>
      session.transaction(async () => {
        await session.query('LOCK TABLE feishu_vc.meetings IN ACCESS EXCLUSIVE MODE');
        isHeld = true;
        await once(released.signal, 'abort');
      }),
    );
    await until(() => isHeld);
    return {
      isWaitedFor: async () => (await postgres.query('SELECT 1 FROM pg_locks WHERE NOT granted')).length > 0,
      release: async () => {
        released.abort();
        await held;
      },
    };
  }
});
