/** Days of rows that a test chooses, committed as the product commits them. */
import { putInForce } from '../../dataset/commit-day.ts';
import { findManifest, SCHEMA_VERSION, type CertifiedTable } from '../../dataset/manifest.ts';
import { stageIndexKey } from '../../dataset/storage-keys.ts';
import { writeTableFile, type TableFile } from '../../dataset/table-files.ts';
import { openDuckDb } from '../../store/duckdb.ts';
import type { FileStore } from '../../store/file-store.ts';
import { readParquet } from '../../store/parquet.ts';
import type { Store } from '../../store/store.ts';
import { TABLES, type Row, type TableName } from '../../tables/columns.ts';
import { noNotes } from '../../tables/notes.ts';
import { KEEP, markOf } from '../../tables/privacy.ts';

export const API_HOST = 'https://open.feishu.cn';

export interface DayOfRows {
  day: string;
  profile?: string;
  rows: Partial<Record<TableName, Iterable<Row>>>;
  generation?: number;
  timeZone?: string;
}

/** Tables that are not given stay as an earlier commit left them. */
export async function commitRows(
  store: Store,
  { day, profile = 'default', rows, generation = Date.now(), timeZone = 'Asia/Shanghai' }: DayOfRows,
): Promise<void> {
  const asked = { user_id_type: 'open_id', listing: 'list', source: 'both', room_level_id: null } as const;
  const window = { from: 0, to: 86_400, ask_until: 172_800, asked_at: 200_000 };
  const flags = { include_external_meetings: false, include_webinar: false, enrich: [] };
  const stage = { key: stageIndexKey({ kind: 'day', profile, day, generation }), sha256: 'none' };
  const run = { ...asked, ...window, ...flags, generation, stage };
  const files: TableFile[] = [];
  for (const [table, own] of Object.entries(rows) as [TableName, Iterable<Row>][]) {
    files.push(await writeTableFile(store, { table, profile, day, rows: own, run, notes: noNotes() }));
  }
  const shown = { product: 'test', privacy: markOf(KEEP) };
  const certified = { schema: SCHEMA_VERSION, ...shown, asked_at: 200_000, settled: true, vanished: false };
  await putInForce(store, {
    location: { kind: 'day', profile, day, generation },
    files,
    manifest: (known) => ({
      version: SCHEMA_VERSION,
      product: 'test',
      profile,
      day,
      time_zone: timeZone,
      api_host: API_HOST,
      generation,
      committed_at: new Date().toISOString(),
      complete: false,
      sealed: false,
      settled: true,
      units: {},
      calls: {},
      unknown_creates: 0,
      reconciliation: {},
      restatements: [],
      erased: [],
      codes: {},
      explained: {},
      told: {},
      gaps: [{ table: 'meetings', kind: 'failed', reason: 'a\tb\\c "d"', count: 2 }],
      tables: {
        ...known?.tables,
        ...Object.fromEntries(
          files.map(({ table, entry }): [TableName, CertifiedTable] => [table, { ...entry, ...certified, calls: 3 }]),
        ),
      },
    }),
  });
}

/** Puts what a query of a committed table gives in its place, and lets the manifest name that: as somebody does who may write there. */
export async function rewriteTable(
  store: FileStore,
  { profile, day, table }: { profile: string; day: string; table: TableName },
  sqlOf: (file: string) => string,
): Promise<void> {
  const { manifest, key } = (await findManifest(store, { profile, day }))!;
  const entry = manifest.tables[table]!;
  const [path, built] = [store.path(entry.key), await store.tempPath()];
  const duckdb = await openDuckDb();
  const sql = sqlOf(`read_parquet('${path}', hive_partitioning = false)`);
  await duckdb.connection.run(`COPY (${sql}) TO '${built}' (FORMAT parquet)`);
  duckdb.close();
  await store.putFile(entry.key, built);
  const written = await store.hash(entry.key);
  const tables = { ...manifest.tables, [table]: { ...entry, ...written, rows_hash: 'another' } };
  await store.writeJson(key, { ...manifest, tables });
}

const TEXTS = [
  ['plain', '', ' ', '-', '\\', '\\N', '\\.', '\\t', 'a\tb', 'two\nlines', 'cr\r\nlf', `"'\`$$`, '会议，主题', '🙂'],
  ['\u2028\u0007', 'NUL \0 here', '%s;--', 'x'.repeat(5_000)],
].flat();
const VALUES = {
  text: TEXTS,
  integer: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)],
  double: [0, 0.1, 1 / 3, -1e-7, 1e21, 5e-324, Number.MAX_VALUE, 123_456_789.123],
  boolean: [true, false],
  timestamp: ['2026-10-01T03:00:00Z', '1900-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '2026-03-29T01:30:00.5Z'],
  json: ['{"b":1,"a":"x\\ty\\\\"}', '{"z":1.0, "z":2}', '"\\u0000\\ud800"', '[]', 'null'],
} as const;

/** Rows that hold every awkward value in every column that takes it, and NULL; keys are unique within the table. */
export function awkwardRows(table: TableName, { count = 20, seed = 0 } = {}): Row[] {
  return Array.from({ length: count }, (_, index) => {
    const cells = TABLES[table].columns.map(({ name, type }, place): [string, Row[string]] => {
      if (name === 'row_key') return [name, `${table} ${seed} ${index}`];
      const values: readonly (string | number | boolean)[] = VALUES[type];
      return [name, (index + place + seed) % 5 === 4 ? null : values[(index + place + seed) % values.length]!];
    });
    return Object.fromEntries(cells);
  });
}

/** Rows of a table as the store has them, by their key, in the form in which the warehouse gives them. */
export async function storedRows(store: Store, table: TableName, days: readonly string[]): Promise<Row[]> {
  const keys = days.map((day) => `tables/${table}/profile=default/day=${day}/data.parquet`);
  const rows: Row[] = [];
  await store.withLocalFiles(keys, async (pathOf) => {
    for (const [index, key] of keys.entries()) {
      for await (const row of readParquet(pathOf(key))) {
        const cells = Object.entries(row).map(([name, value]): [string, Row[string]] => [
          name,
          typeof value === 'string' ? value.replaceAll('\0', '\u{FFFD}') : value,
        ]);
        rows.push({ profile: 'default', day: days[index]!, ...Object.fromEntries(cells) });
      }
    }
  });
  return byKey(rows);
}

export function byKey(rows: Row[]): Row[] {
  return rows.toSorted((a, b) => (`${a['day']} ${a['row_key']}` < `${b['day']} ${b['row_key']}` ? -1 : 1));
}
