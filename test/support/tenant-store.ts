/** A store with the tables of a tenant's days, written from its truth: what an export of them leaves, without one. */
import { mkdir } from 'node:fs/promises';
import { manifestKey, tableKey } from '../../dataset/storage-keys.ts';
import { addDays } from '../../model/calendar.ts';
import { createTenant, type Tenant, type TenantInput } from '../../sandbox/tenant.ts';
import { resolveOptions } from '../../sandbox/options.ts';
import { FileStore } from '../../store/file-store.ts';
import { writeParquet, type Row } from '../../store/parquet.ts';
import { TABLES, type TableName } from '../../tables/columns.ts';
import { expectedDay, type Cells, type DayAsk } from './expected.ts';

export interface TenantStoreInput {
  dir: string;
  from: string;
  to: string;
  tenant?: Partial<TenantInput>;
  source?: DayAsk['source'];
  /** Days that nobody exported. */
  missing?: readonly string[];
  /** Rewrites rows before they are written. */
  change?: (table: TableName, rows: Cells[]) => Cells[];
  gaps?: { table: string; reason: string; count: number }[];
}

const PROFILE = 'default';

/** A month of it is about 100,000 minutes. */
export function tenantOf(shape: Partial<TenantInput> = {}): Tenant {
  return createTenant({ ...resolveOptions({ meetingsPerDay: 20, longMeetings: false }), ...shape });
}

export async function writeTenantStore(input: TenantStoreInput): Promise<Tenant> {
  const { dir, from, to, missing = [], source = 'both' } = input;
  await mkdir(dir, { recursive: true });
  const store = new FileStore(dir);
  const tenant = tenantOf(input.tenant);
  const timeZone = input.tenant?.timeZone ?? 'Asia/Shanghai';
  await store.prepare();
  await store.claim({ apiHost: 'http://sandbox.invalid', profile: PROFILE, timeZone, dayScope: 'feishu-vc' });
  const ask: DayAsk = {
    listing: source === 'export' ? 'export' : 'list',
    source,
    user_id_type: 'open_id',
    include_external_meetings: false,
    include_webinar: false,
    room_level_id: tenant.directory.levels[0]?.room_level_id ?? '',
    windowSemantics: 'starts-in',
  };
  for (let day = from; day <= to; day = addDays(day, 1)) {
    if (!missing.includes(day)) await writeDay(store, { ...input, tenant, day, ask, timeZone });
  }
  return tenant;
}

async function writeDay(
  store: FileStore,
  {
    tenant,
    day,
    ask,
    change,
    gaps = [],
    timeZone,
  }: TenantStoreInput & { tenant: Tenant; day: string; ask: DayAsk; timeZone: string },
): Promise<void> {
  const expected = expectedDay(tenant, day, ask);
  const tables: Record<string, unknown> = {};
  const units: Record<string, number> = {};
  for (const name of Object.keys(TABLES) as TableName[]) {
    const written = name in expected ? expected[name as keyof typeof expected] : [];
    const rows = (change ?? ((_table, all) => all))(name, written as Cells[]).map((row): Cells => {
      // Of a unit it is expected that it has a reason, in some words, and a time.
      const reason = row['reason'] === true ? { reason: 'no data' } : {};
      const askedAt = row['asked_at'] === true ? { asked_at: `${addDays(day, 2)}T00:00:00Z` } : {};
      return { ...row, ...reason, ...askedAt };
    });
    if (name === 'units') for (const { status } of rows) units[String(status)] = (units[String(status)] ?? 0) + 1;
    const key = tableKey(name, { profile: PROFILE, day });
    const temp = await store.tempPath();
    const file = await writeParquet({ columns: TABLES[name].columns, rows: rows as Row[], sortBy: [], toPath: temp });
    await store.putFile(key, temp);
    tables[name] = tableEntry(key, file, ask);
  }
  await store.writeJson(manifestKey({ profile: PROFILE, day }), {
    // Of the first version: it is read as well, and has fewer fields.
    version: 1,
    product: 'test',
    profile: PROFILE,
    day,
    time_zone: timeZone,
    api_host: 'http://sandbox.invalid',
    generation: 1,
    committed_at: `${addDays(day, 1)}T00:00:00.000Z`,
    complete: gaps.length === 0,
    sealed: false,
    tables,
    units,
    gaps,
    calls: {},
    unknown_creates: 0,
    reconciliation: {},
    restatements: [],
  });
}

function tableEntry(key: string, file: { rows: number; bytes: number; sha256: string; rowsHash: string }, ask: DayAsk) {
  return {
    key,
    rows: file.rows,
    bytes: file.bytes,
    sha256: file.sha256,
    rows_hash: file.rowsHash,
    unparsed_rows: 0,
    extra_columns: [],
    missing_columns: [],
    run: {
      generation: 1,
      user_id_type: ask.user_id_type,
      listing: ask.listing,
      source: ask.source,
      room_level_id: null,
      from: 0,
      to: 0,
      ask_until: 0,
      asked_at: 0,
      stage: { key: `raw/_index/${/profile=[^/]+\/day=[^/]+/.exec(key)?.[0]}/1.json.gz`, sha256: 'none' },
    },
  };
}
