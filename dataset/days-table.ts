/** The table `days`: what the manifests say, as rows for whoever joins in SQL. One row for each day and table. */
import type { Store } from '../store/store.ts';
import { writeParquet, type Column, type Row } from '../store/parquet.ts';
import type { TableName } from '../tables/columns.ts';
import { isoOfUnix } from '../model/calendar.ts';
import type { CertifiedTable, Manifest } from './manifest.ts';
import { tableKey } from './storage-keys.ts';
import { isWhole } from './whole-tables.ts';

export const DAYS_COLUMNS: readonly Column[] = [
  { name: 'profile', type: 'text' },
  { name: 'day', type: 'text' },
  { name: 'table', type: 'text' },
  { name: 'complete', type: 'boolean' },
  { name: 'sealed', type: 'boolean' },
  { name: 'settled', type: 'boolean' },
  { name: 'rows', type: 'integer' },
  { name: 'rows_hash', type: 'text' },
  { name: 'user_id_type', type: 'text' },
  { name: 'listing', type: 'text' },
  { name: 'source', type: 'text' },
  { name: 'asked_at', type: 'timestamp' },
  { name: 'committed_at', type: 'timestamp' },
  { name: 'gaps', type: 'json' },
  { name: 'calls', type: 'integer' },
  { name: 'product', type: 'text' },
];

export type DayFile = NonNullable<Manifest['days']>;

export function daysRows(manifest: Omit<Manifest, 'days'>): Row[] {
  return Object.entries(manifest.tables).map(([table, entry]) => rowOf(manifest, table as TableName, entry));
}

function rowOf(manifest: Omit<Manifest, 'days'>, table: TableName, entry: CertifiedTable): Row {
  const own = manifest.gaps.filter((gap) => gap.table === table);
  const gaps = own.map(({ kind, reason, count }) => ({ kind, reason, count }));
  const { user_id_type, listing, source } = entry.run;
  return {
    profile: manifest.profile,
    day: manifest.day,
    table,
    complete: isWhole(manifest, table),
    sealed: manifest.sealed,
    settled: entry.settled,
    rows: entry.rows,
    rows_hash: entry.rows_hash,
    user_id_type,
    listing,
    source,
    asked_at: entry.asked_at === null ? null : isoOfUnix(entry.asked_at),
    committed_at: manifest.committed_at,
    gaps: JSON.stringify(gaps),
    calls: entry.calls,
    product: entry.product,
  };
}

/** Writes the rows aside; the caller puts the file in force with the day's others. */
export async function writeDaysFile(
  store: Store,
  manifest: Omit<Manifest, 'days'>,
): Promise<{ tempPath: string; file: DayFile }> {
  const key = tableKey('days', manifest);
  const toPath = await store.tempPath();
  const { bytes, sha256 } = await writeParquet({
    columns: DAYS_COLUMNS,
    rows: daysRows(manifest),
    sortBy: ['table'],
    toPath,
  });
  return { tempPath: toPath, file: { key, bytes, sha256 } };
}
