/** Days of made-up rows, always as many, for tests that read tables while they are written. */
import { TABLES, type Row, type TableName } from '../../tables/columns.ts';

export const TABLE_NAMES = Object.keys(TABLES) as TableName[];
/** Written again and again. */
export const DAYS = ['2026-10-02', '2026-10-03'];
export const ROWS: Record<'other' | 'quality_minutes', number> = { other: 200, quality_minutes: 4000 };

export function rowsOf(table: TableName, day: string, version: number): Row[] {
  const count = table === 'quality_minutes' ? ROWS.quality_minutes : ROWS.other;
  return Array.from({ length: count }, (_, index) => {
    const session = index % ROWS.other;
    const known: Row = {
      row_key: `${table} ${day} ${index}`,
      meeting_key: `meeting ${day} ${session}`,
      session_key: `session ${day} ${session}`,
      ordinal: 1,
      user_id: `ou_${session}`,
      open_id: `ou_${session}`,
      device: 'ios',
      network_type: 'wifi',
      status: 'done',
      rows: 20,
      join_time: `${day}T03:00:00Z`,
      meeting_start_time: `${day}T03:00:00Z`,
      meeting_duration_s: 60 + version,
      network_delay_ms: version,
      network_packet_loss_avg_pct_received: version / 7,
    };
    return Object.fromEntries(TABLES[table].columns.map(({ name }) => [name, known[name] ?? null]));
  });
}
