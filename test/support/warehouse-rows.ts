/** Rows of the warehouse, with the values that a reader of the Parquet files gives. */
import { DAYS_COLUMNS } from '../../dataset/days-table.ts';
import { quoteName } from '../../store/duckdb.ts';
import { TABLES, type Row, type TableName } from '../../tables/columns.ts';
import { byKey } from './committed-rows.ts';
import type { Postgres } from './postgres.ts';

type Column = (typeof DAYS_COLUMNS)[number];

/** As text, so that the client's own types change nothing: of instants it keeps milliseconds only. */
export async function warehouseRows(
  postgres: Pick<Postgres, 'query'>,
  table: TableName | 'days',
  schema = 'feishu_vc',
): Promise<Row[]> {
  const own: readonly Column[] = table === 'days' ? DAYS_COLUMNS : TABLES[table].columns;
  const partition: Column[] = table === 'days' ? [] : ['profile', 'day'].map((name) => ({ name, type: 'text' }));
  const columns = [...partition, ...own];
  const selected = columns.map(({ name, type }) =>
    type === 'timestamp'
      ? `(${quoteName(name)} AT TIME ZONE 'UTC')::text AS ${quoteName(name)}`
      : `${quoteName(name)}::text`,
  );
  const rows = await postgres.query<Record<string, string | null>>(
    `SELECT ${selected.join(', ')} FROM ${quoteName(schema)}.${quoteName(table)}`,
  );
  return byKey(rows.map((row) => Object.fromEntries(columns.map((column) => [column.name, cellOf(column, row)]))));
}

function cellOf({ name, type }: Column, row: Record<string, string | null>): Row[string] {
  const text = row[name] ?? null;
  if (text === null) return null;
  if (type === 'integer' || type === 'double') return Number(text);
  if (type === 'boolean') return text === 'true';
  return type === 'timestamp' ? `${text.replace(' ', 'T')}Z` : text;
}
