/** Rows of the table `reservations`, from the exported sheets (E4) and, where it was asked, the list (L4). */
import { sourceColumns } from './columns.ts';
import { presentText } from './cells.ts';
import { rowKey } from './keys.ts';
import type { TableNotes } from './notes.ts';
import { joined, joinedRows, noteDisputes, startsApart, type JoinedRows, type MadeRow } from './pairing.ts';
import { keepStarting } from './placing.ts';
import type { SourceRecord } from './records.ts';
import { inColumns, numbered, textAt } from './rows.ts';
import type { Steps } from './steps.ts';
import { unionOf } from './union.ts';
import type { DayWindow } from '../model/calendar.ts';

export interface ReservationRowsInput {
  /** One list of records for each window that was asked, oldest answer first. Windows may overlap. */
  windows: readonly (readonly SourceRecord[])[];
  /** The same of the list, where it was asked. */
  listed?: readonly (readonly SourceRecord[])[];
  /** All rooms of the tenant or of the level. A name that only one of them has gives the room's id. */
  rooms?: Iterable<{ room_id?: string; name?: string }>;
  /** Keep only what belongs to it. */
  day?: DayWindow;
  /** Of the profile: what a day is. */
  zone: string;
  notes: TableNotes;
}

/** Those of the export, with what only the list says of them (ids of room and reserver); then those that only the list has. */
export function* reservationRows(input: ReservationRowsInput): Steps<JoinedRows> {
  const { windows, listed = [], rooms, day, zone, notes } = input;
  const roomIds = unambiguousRooms(rooms ?? []);
  const [ofFile, ofList] = [yield* unionOf(windows, lookOf), yield* unionOf(listed, lookOf)];
  const all = yield* joined(
    'resource_reservation_list',
    { exported: ofFile.items, listed: ofList.items },
    nameOf,
    disagreements,
  );
  const records = all.map((record) => withRoom(record, roomIds));
  const columns = { start: 'event_start_time', end: 'event_end_time', duration: 'event_duration_s' };
  const placing = { zone, columns, what: 'reservations', notes, lookOf };
  const kept = day === undefined ? records : yield* keepStarting(records, { ...placing, day });
  noteDisputes(kept, { what: 'reservations differs between E4 and L4', notes, lookOf });
  const made: MadeRow[] = [];
  for (const { record, key, ordinal } of yield* numbered('reservations', kept, keyOf)) {
    const keys = { row_key: rowKey('reservations', key, ordinal), ordinal };
    made.push({ record, row: inColumns('reservations', keys, record) });
    yield;
  }
  return joinedRows(made);
}

/** What identifies a reservation: two at one time in one room are none. */
export function keyOf({ values }: SourceRecord): (string | null)[] {
  return [textAt(values, 'room_name'), textAt(values, 'event_start_time'), textAt(values, 'reserver')];
}

/**
 * The end belongs to the look: else a long and a short reservation of two rooms of one name, each in a window of its
 * own, would be taken for one. So does the room, where the list names it. Times that do not parse are told apart by
 * their text.
 */
function lookOf(record: SourceRecord): string {
  const { values, unparsed } = record;
  return JSON.stringify([
    ...keyOf(record),
    textAt(values, 'room_id'),
    textAt(values, 'event_end_time'),
    unparsed?.['event_start_time'],
    unparsed?.['event_end_time'],
  ]);
}

const SHARED = sourceColumns('resource_reservation_list')
  .filter(({ source }) => source.zh !== undefined && source.list !== undefined)
  .map(({ name }) => name);

/** Files mark a missing name, lists leave it out. */
function nameOf({ values }: SourceRecord): string {
  const name = (column: string) => presentText('text', textAt(values, column));
  return JSON.stringify([name('room_name'), name('reserver')]);
}

/** A file's row and a list's element of one room's name, reserver and start are one; of several, those that agree in most cells. */
function disagreements(a: SourceRecord, b: SourceRecord): number | null {
  if (startsApart(a, b, 'event_start_time') === null) return null;
  return SHARED.filter((column) => (a.values[column] ?? null) !== (b.values[column] ?? null)).length;
}

function withRoom(record: SourceRecord, roomIds: ReadonlyMap<string, string>): SourceRecord {
  const { values } = record;
  if (textAt(values, 'room_id') !== null) return record;
  return { ...record, values: { ...values, room_id: roomIds.get(textAt(values, 'room_name') ?? '') ?? null } };
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
