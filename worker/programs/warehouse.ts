/**
 * `node dist/worker/programs/warehouse.js (load [FROM [TO]] [--month M] [--all] | status | prepare) [--profile P] [--json]`: the
 * copy of the tables in PostgreSQL. Exit 1 where a day could not be loaded, or where nothing is known of the warehouse.
 */
import { parseArgs } from 'node:util';
import { manifestDays } from '../../dataset/storage-keys.ts';
import { dayOf } from '../../model/calendar.ts';
import { print, printJson } from '../../report/terminal.ts';
import type { Store } from '../../store/store.ts';
import {
  isOfTheDay,
  loadDay,
  ManifestHashes,
  prepareSchema,
  schemaVersion,
  standingOf,
  WAREHOUSE_VERSION,
  withSession,
  type LoadedDay,
  type Session,
  type Standing,
} from '../../warehouse/index.ts';
import { readWarehouseSettings } from '../config.ts';
import { warehouseOf } from '../warehouse-settings.ts';
import { rangeOf, runMain, UsageError, type Range } from './common/arguments.ts';
import { configuredStore, zoneOf } from './common/store-database.ts';

/** For a worker that loads the same day. */
const WAIT_MS = 60_000;
const LISTED = 10;

const { stdout } = process;

interface Values {
  profile?: string;
  month?: string;
  all: boolean;
  json: boolean;
}

await runMain('The warehouse', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      profile: { type: 'string' },
      month: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [action, ...days] = positionals;
  if (action !== 'load' && action !== 'status' && action !== 'prepare') {
    throw new UsageError('Name what to do: warehouse load, warehouse status or warehouse prepare.');
  }
  const settings = readWarehouseSettings(process.env);
  if (settings === null) throw new UsageError('Set WAREHOUSE_URL (or WAREHOUSE_URL_FILE) to the database.');
  const store = configuredStore();
  const work = { load, status, prepare }[action];
  await withSession(warehouseOf(settings), async (session) => await work(session, { store, values, days }));
});

interface Asked {
  store: Store;
  values: Values;
  days: string[];
}

async function prepare(session: Session): Promise<void> {
  await prepareSchema(session);
  print(stdout, `The schema ${session.schema} is of version ${WAREHOUSE_VERSION}.`);
}

async function load(session: Session, { store, values, days }: Asked): Promise<void> {
  const profile = values.profile ?? 'default';
  const range = await wantedRange(store, { ...values, profile, days });
  const stored = await manifestDays(store, profile);
  const wanted = stored.filter((day) => range === null || (day >= range.from && day <= range.to));
  if (wanted.length === 0) {
    throw new Error(`no day of profile ${profile} in that range has been exported into this DATA_URL`);
  }
  await prepareSchema(session);
  let failed = 0;
  for (const day of wanted) {
    const result = await loadedOrWhyNot(session, store, { profile, day });
    if ('reason' in result) failed++;
    if (values.json) printJson(stdout, { profile, day, ...shown(result) }, { indent: 0 });
    else print(stdout, `${day}  ${words(result)}`);
  }
  if (failed > 0) throw new Error(`${failed} of ${wanted.length} days could not be loaded; the others are`);
}

async function wantedRange(
  store: Store,
  {
    days: [from, to, ...more],
    month,
    all,
    profile,
  }: Pick<Values, 'month' | 'all'> & { days: string[]; profile: string },
): Promise<Range | null> {
  if (more.length > 0) throw new UsageError('Name at most two days, FROM and TO.');
  if (all && (from !== undefined || month !== undefined)) throw new UsageError('Name either days, a month or --all.');
  if (all) return null;
  const range = rangeOf({ month, from, to }, dayOf(Date.now() / 1000, await zoneOf(store, profile)));
  if (range === null) throw new UsageError('Name days (FROM TO), --month or --all.');
  return range;
}

type Result = LoadedDay | { status: 'failed'; reason: string };

async function loadedOrWhyNot(session: Session, store: Store, of: { profile: string; day: string }): Promise<Result> {
  try {
    const result = await loadDay(session, store, { ...of, waitMs: WAIT_MS });
    return result.status === 'busy'
      ? { status: 'failed', reason: 'another process loads it for over a minute' }
      : result;
  } catch (error) {
    if (!isOfTheDay(error) || !(error instanceof Error)) throw error;
    return { status: 'failed', reason: error.message };
  }
}

function shown(result: Result): { status: string; rows: number; reason?: string } {
  const rows = result.status === 'loaded' ? result.rows : 0;
  return { status: result.status, rows, ...('reason' in result ? { reason: result.reason } : {}) };
}

function words(result: Result): string {
  if (result.status === 'loaded') return `loaded, ${result.rows} rows written or removed`;
  return 'reason' in result ? `not loaded: ${result.reason}` : result.status;
}

async function status(session: Session, { store, values }: Asked): Promise<void> {
  const version = await schemaVersion(session);
  const manifests = new ManifestHashes(store);
  const profiles = values.profile === undefined ? await store.claimedProfiles() : [values.profile];
  const standings: Standing[] = [];
  // Whatever its version: what it holds is of no use before it is brought up to this one.
  if (version === WAREHOUSE_VERSION) {
    for (const profile of profiles) standings.push(await standingOf(session, { profile, manifests }));
  }
  if (values.json) {
    const told = standings.map(({ lacking, ...each }) => ({ ...each, lacking: lacking.map(({ day }) => day) }));
    printJson(stdout, { schema: session.schema, version, profiles: told });
    return;
  }
  const state = version === null ? 'not made yet' : `of version ${version}`;
  const is = version === WAREHOUSE_VERSION ? '' : `; this product's is ${WAREHOUSE_VERSION}`;
  print(stdout, `schema ${session.schema}: ${state}${is}`);
  for (const standing of standings) print(stdout, line(standing));
}

function line({ profile, days, loaded, lacking, last_loaded_at }: Standing): string {
  const facts = [
    `${loaded} of ${days} days`,
    last_loaded_at === null ? 'never loaded' : `last loaded ${last_loaded_at}`,
  ];
  const some = lacking.slice(0, LISTED).map(({ day }) => day);
  const more = lacking.length > some.length ? ` and ${lacking.length - some.length} more` : '';
  if (some.length > 0) facts.push(`lacks ${some.join(', ')}${more}`);
  return `${profile}  ${facts.join(', ')}`;
}
