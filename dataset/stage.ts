/** What the stage's records say, as rows of tables. Pure reading: makes no call and writes nothing. */
import { PAGE_ITEMS } from '../feishu/contract.ts';
import type { MeetingInfo, Participant, Quality, Reservation, Room } from '../feishu/contract.ts';
import { readSheets } from '../sheets/index.ts';
import type { Store } from '../store/store.ts';
import { canonicalText } from '../tables/canonical.ts';
import { TABLE_OF_RESOURCE, type Row, type TableName } from '../tables/columns.ts';
import { meetingRows } from '../tables/meeting-rows.ts';
import { noNotes, noteGap, type TableNotes } from '../tables/notes.ts';
import type { JoinedRows } from '../tables/pairing.ts';
import { NO_MINUTES, qualityRows, type SessionMinutes } from '../tables/quality-rows.ts';
import { listRecords, sheetRecords, type ListItems, type SheetReport, type SourceRecord } from '../tables/records.ts';
import { stillTrue, type WindowAnswer } from '../tables/reservation-answers.ts';
import { reservationRows } from '../tables/reservation-rows.ts';
import { participantRows, type MeetingIdentity } from '../tables/rows.ts';
import { unionOf } from '../tables/union.ts';
import type { DayWindow } from '../model/calendar.ts';
import { kindOf, type Attendee } from './reconcile.ts';
import { inTurns } from './in-turns.ts';
import { RawFiles } from './raw-files.ts';
import { readAnswer } from './stored-json.ts';
import type { UnitRecord } from './unit-record.ts';
import type { StageResource } from './storage-keys.ts';

/** The record of a unit. */
export type Stage = (resource: StageResource, unit: string) => UnitRecord | undefined;

interface Items {
  meeting_list: MeetingInfo;
  participant_list: Participant;
  participant_quality_list: Quality;
  resource_reservation_list: Reservation;
  rooms: Room;
}

export class StageReader {
  readonly #store: Store;
  readonly #raw: RawFiles;
  readonly #zone: string;
  readonly #notes = new Map<TableName, TableNotes>();

  constructor(store: Store, zone: string) {
    this.#store = store;
    this.#raw = new RawFiles(store);
    this.#zone = zone;
  }

  /** What was met in the sources of one table. Grows while they are read. */
  notesOf(table: TableName): TableNotes {
    const notes = this.#notes.get(table) ?? noNotes();
    this.#notes.set(table, notes);
    return notes;
  }

  /** The records of each file: one, or several where the window had to be cut. @throws UnreadableFileError, HeaderError */
  async #windows(record: UnitRecord): Promise<SourceRecord[][]> {
    return await Promise.all(record.files.map((file) => this.#sheets({ ...record, files: [file] })));
  }

  /** The records of all sheets of the files; what a sheet says that another one of its file has said, once. */
  async #sheets(record: UnitRecord): Promise<SourceRecord[]> {
    const { resource } = record;
    if (resource === 'rooms') throw new TypeError('rooms are no sheet');
    const notes = this.notesOf(TABLE_OF_RESOURCE[resource]);
    const all: SourceRecord[] = [];
    for (const file of record.files) {
      await this.#raw.withSource(file, async (source) => {
        const { records, report } = sheetRecords(resource, readSheets(source), { zone: this.#zone });
        const sheets: SourceRecord[][] = [];
        for await (const each of records) {
          while (sheets.length < report.sheets) sheets.push([]);
          sheets.at(-1)!.push(each);
        }
        const { items, repeated } = await inTurns(unionOf(sheets, canonicalText));
        // Spread out as arguments, the rows of a large file would be too many.
        for (const item of items) all.push(item);
        notes.repeated.set(file.key, repeated);
        noteSheet(notes, file.key, report);
      });
    }
    return all;
  }

  /** The elements of all pages; one that lies on two of them, as when the list moves under its reader, once. */
  async #items<R extends keyof Items>(resource: R, record: UnitRecord): Promise<Items[R][]> {
    const pages: Items[R][][] = [];
    for (const file of record.files) {
      const page = (await readAnswer(this.#store, this.#raw, file)) as {
        data?: Record<string, Items[R][] | undefined>;
      };
      pages.push(page.data?.[PAGE_ITEMS[resource]] ?? []);
    }
    const { items, repeated } = await inTurns(unionOf(pages, canonicalText));
    if (resource !== 'rooms' && repeated > 0)
      this.notesOf(TABLE_OF_RESOURCE[resource]).repeated.set(`${resource}/${record.unit}`, repeated);
    return items;
  }

  async #listed(resource: keyof ListItems, record: UnitRecord): Promise<SourceRecord[]> {
    const items = await this.#items(resource, record);
    return await inTurns(listRecords(resource, items, { zone: this.#zone }));
  }

  /** Meetings of the export and, where it was asked, of the list. `day`: keeps those that belong to it. */
  async meetings(
    exported: UnitRecord | undefined,
    listed: UnitRecord | undefined,
    day: DayWindow | null,
  ): Promise<JoinedRows> {
    const rows = meetingRows({
      exported: exported ? await this.#windows(exported) : [],
      listed: listed ? await this.#listed('meeting_list', listed) : [],
      ...(day ? { day } : {}),
      zone: this.#zone,
      notes: this.notesOf('meetings'),
    });
    return await inTurns(rows);
  }

  async participants(record: UnitRecord): Promise<Row[]> {
    return (await this.attendees(record)).map(({ row }) => row);
  }

  /** Rows of `participants`, each with what only the list says. */
  async attendees(record: UnitRecord): Promise<Attendee[]> {
    const isFile = record.via === 'export';
    const records = isFile ? await this.#sheets(record) : await this.#listed('participant_list', record);
    const rows = await inTurns(participantRows({ ...meetingOf(record), records }));
    return rows.map((row) => ({ row, kind: isFile ? null : kindOf(row) }));
  }

  /** One session's minutes, from its list, its file, or both. */
  async quality(listed: UnitRecord | undefined, exported: UnitRecord | undefined): Promise<SessionMinutes> {
    // One without files may be of a unit that nobody knows any more: its record was damaged.
    const asked = [listed, exported].find((record) => record && record.files.length > 0) ?? listed ?? exported;
    if (!asked) return NO_MINUTES;
    const { request } = asked;
    const person =
      request['user_id'] === undefined ? { room_id: text(request, 'room_id') } : { user_id: text(request, 'user_id') };
    const identity = {
      ...meetingOf({ request }),
      join_time: Number(request['join_time']),
      ...person,
    };
    const list = listed && listed.files.length > 0 ? await this.#items('participant_quality_list', listed) : undefined;
    const file = exported && exported.files.length > 0 ? await this.#sheets(exported) : undefined;
    const sources = { ...(list ? { list } : {}), ...(file ? { exported: file } : {}) };
    return qualityRows({ identity, ...sources }, { zone: this.#zone });
  }

  async roomNames(rooms: UnitRecord): Promise<Set<string>> {
    return new Set((await this.#items('rooms', rooms)).flatMap(({ name }) => name ?? []));
  }

  /** The first by its id; null where there is none. */
  async anyRoom(rooms: UnitRecord): Promise<string | null> {
    const ids = (await this.#items('rooms', rooms)).flatMap(({ room_id }) => room_id ?? []);
    return ids.toSorted()[0] ?? null;
  }

  /** `windows`: records of E4's files and of L4's pages, as `via` tells. */
  async reservations(windows: UnitRecord[], rooms: UnitRecord | undefined, day: DayWindow | null): Promise<JoinedRows> {
    const answers = async (via: 'list' | 'export') =>
      await Promise.all(windows.filter((record) => record.via === via).map((record) => this.#windowAnswer(record)));
    const rows = reservationRows({
      windows: await inTurns(stillTrue(await answers('export'))),
      listed: await inTurns(stillTrue(await answers('list'))),
      rooms: rooms ? await this.#items('rooms', rooms) : [],
      ...(day ? { day } : {}),
      zone: this.#zone,
      notes: this.notesOf('reservations'),
    });
    return await inTurns(rows);
  }

  async #windowAnswer(record: UnitRecord): Promise<WindowAnswer> {
    const { request, asked_at, generation, via } = record;
    const windows =
      via === 'export' ? await this.#windows(record) : [await this.#listed('resource_reservation_list', record)];
    const scope = JSON.stringify([request['room_ids'], request['is_exclude']]);
    const [from, to] = [Number(request['start_time']), Number(request['end_time'])];
    return { windows, from, to, asked_at, run: generation, scope };
  }
}

function noteSheet(notes: TableNotes, file: string, report: SheetReport): void {
  for (const header of report.extraColumns) notes.extraColumns.add(header);
  for (const header of report.missingOptional) notes.missingColumns.add(header);
  noteSheets(notes, file, 'sheets of a file that have another layout and are not read', report.otherSheets);
  noteSheets(notes, file, "hidden sheets of a file that have the layout's rows and are not read", report.hiddenSheets);
  const reason = `files that look cut off, at just ${report.rows} rows`;
  if (report.looksCutOff) noteGap(notes, 'cut-off', { reason, about: file });
}

function noteSheets(notes: TableNotes, file: string, reason: string, count: number): void {
  for (let sheet = 1; sheet <= count; sheet += 1) noteGap(notes, 'unreadable', { reason, about: `${file} ${sheet}` });
}

function text(request: Record<string, unknown>, field: string): string {
  return String(request[field]);
}

/** The meeting that a request was about. */
function meetingOf({ request }: { request: Record<string, unknown> }): MeetingIdentity {
  return {
    meeting_no: text(request, 'meeting_no'),
    meeting_start_time: Number(request['meeting_start_time']),
    meeting_end_time: Number(request['meeting_end_time']),
  };
}
