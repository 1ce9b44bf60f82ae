/** Rows of quality_minutes in any number, for measurements. */
import { unixOfIso } from '../../model/calendar.ts';
import { TABLES, type Row } from '../../tables/columns.ts';

const SESSION_MINUTES = 40;

/** As many texts, instants and measures as minutes of a call have; a third of the measures is absent. */
export function* manyMinutes({
  count,
  day,
  version = 1,
}: {
  count: number;
  day: string;
  /** Part of the keys: rows of two versions are others. */
  version?: number;
}): Generator<Row> {
  const began = unixOfIso(`${day}T01:00:00Z`);
  for (let index = 0; index < count; index++) {
    const session = Math.floor(index / SESSION_MINUTES);
    const at = new Date((began + (index % SESSION_MINUTES) * 60) * 1000).toISOString().slice(0, 19);
    const cells = TABLES.quality_minutes.columns.map(({ name, type }, place): [string, Row[string]] => {
      if (name === 'row_key') return [name, `${version}${String(index).padStart(31, '0')}`];
      if (name === 'session_key') return [name, String(session).padStart(32, '0')];
      if (name === 'meeting_key') return [name, String(Math.floor(session / 6)).padStart(32, '0')];
      if (type === 'json') return [name, null];
      if (type === 'text') return [name, `${name} ${session % 500}`];
      if (type === 'timestamp') return [name, `${at}Z`];
      if (type === 'integer') return [name, 1];
      return [name, (index + place) % 3 === 0 ? null : ((index * 7 + place) % 1000) / 10];
    });
    yield Object.fromEntries(cells);
  }
}
