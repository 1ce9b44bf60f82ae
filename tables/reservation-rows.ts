/** Rows of the table `reservations`. */
import type { Row } from './columns.ts';
import { Ordinals, rowKey } from './keys.ts';
import type { SourceRecord } from './records.ts';
import { inColumns, keepStarting, textAt } from './rows.ts';
import { unionOf } from './union.ts';
import type { DayWindow } from '../model/calendar.ts';

export interface ReservationRowsInput {
  /** One list of records for each window that was asked, oldest answer first. Windows may overlap. */
  windows: readonly (readonly SourceRecord[])[];
  /** All rooms of the tenant or of the level. A name that only one of them has gives the room's id. */
  rooms?: Iterable<{ room_id?: string; name?: string }>;
  /** Keep only what starts in it, or has no readable start. */
  day?: DayWindow;
}

export function reservationRows({ windows, rooms, day }: ReservationRowsInput): Row[] {
  const roomIds = unambiguousRooms(rooms ?? []);
  const ordinals = new Ordinals();
  const records = unionOf(windows, lookOf);
  return (day === undefined ? records : keepStarting(records, 'event_start_time', day)).map((record) => {
    const { values } = record;
    const key = keyOf(values);
    const ordinal = ordinals.next(...key);
    return inColumns(
      'reservations',
      {
        row_key: rowKey('reservations', key, ordinal),
        ordinal,
        room_id: textAt(values, 'room_id') ?? roomIds.get(textAt(values, 'room_name') ?? '') ?? null,
      },
      record,
    );
  });
}

function keyOf(values: Row): (string | null)[] {
  return [textAt(values, 'room_name'), textAt(values, 'event_start_time'), textAt(values, 'reserver')];
}

/**
 * The end belongs to the look: else a long and a short reservation of two rooms of one name, each in a window of its
 * own, would be taken for one. Times that do not parse are told apart by their text.
 */
function lookOf({ values, unparsed }: SourceRecord): string {
  return JSON.stringify([
    ...keyOf(values),
    textAt(values, 'event_end_time'),
    unparsed?.['event_start_time'],
    unparsed?.['event_end_time'],
  ]);
}

function unambiguousRooms(rooms: NonNullable<ReservationRowsInput['rooms']>): Map<string, string> {
  const ids = new Map<string, Set<string>>();
  for (const { room_id: id, name } of rooms) {
    if (id === undefined || name === undefined) continue;
    ids.set(name, (ids.get(name) ?? new Set()).add(id));
  }
  const unambiguous = new Map<string, string>();
  for (const [name, [id, ...others]] of ids) if (id !== undefined && others.length === 0) unambiguous.set(name, id);
  return unambiguous;
}
