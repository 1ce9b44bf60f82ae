/** What the stage's records say, as rows of tables. Pure reading: makes no call and writes nothing. */
import type { MeetingInfo, Participant, Quality, Room } from '../feishu/contract.ts';
import { readSheet } from '../sheets/index.ts';
import type { FileStore } from '../store/file-store.ts';
import { TABLE_OF_RESOURCE, type Row, type TableName } from '../tables/columns.ts';
import { qualityRows } from '../tables/quality-rows.ts';
import { listRecords, sheetRecords, type SheetReport, type SourceRecord } from '../tables/records.ts';
import { reservationRows } from '../tables/reservation-rows.ts';
import {
  keepMeetingsOfDay,
  meetingRows,
  meetingsOfWindows,
  participantRows,
  type MeetingIdentity,
} from '../tables/rows.ts';
import type { DayWindow } from '../model/calendar.ts';
import { kindOf, type Attendee } from './reconcile.ts';
import { readJsonGz, type UnitRecord } from './records.ts';

/** Records by `resource/unit`. */
export type Stage = ReadonlyMap<string, UnitRecord>;

export function stageOf(records: Iterable<UnitRecord>): Map<string, UnitRecord> {
  return new Map(Array.from(records, (record) => [`${record.resource}/${record.unit}`, record]));
}

/** What reading the files met: headers that no column stands for, cells that do not parse. */
export interface ReadingNotes {
  extraColumns: Set<string>;
  missingColumns: Set<string>;
}

export class StageReader {
  readonly #store: FileStore;
  readonly #zone: string;
  readonly #notes = new Map<TableName, ReadingNotes>();

  constructor(store: FileStore, zone: string) {
    this.#store = store;
    this.#zone = zone;
  }

  /** The records of each file: one, or several where the window had to be cut. @throws UnreadableFileError, HeaderError */
  async windows(record: UnitRecord): Promise<SourceRecord[][]> {
    return await Promise.all(record.files.map((file) => collect(this.sheet({ ...record, files: [file] }))));
  }

  /** @throws UnreadableFileError, HeaderError */
  async *sheet(record: UnitRecord): AsyncGenerator<SourceRecord, void, undefined> {
    if (record.resource === 'rooms') throw new TypeError('rooms are no sheet');
    for (const file of record.files) {
      const { records, report } = sheetRecords(record.resource, readSheet(this.#store.path(file.key)), {
        zone: this.#zone,
      });
      yield* records;
      this.#note(TABLE_OF_RESOURCE[record.resource], report);
    }
  }

  /** What was met in the files of one table. Grows while they are read. */
  notesOf(table: TableName): ReadingNotes {
    const notes = this.#notes.get(table) ?? { extraColumns: new Set(), missingColumns: new Set() };
    this.#notes.set(table, notes);
    return notes;
  }

  #note(table: TableName, report: SheetReport): void {
    const notes = this.notesOf(table);
    for (const header of report.extraColumns) notes.extraColumns.add(header);
    for (const header of report.missingOptional) notes.missingColumns.add(header);
  }

  /** The elements of all pages, by the name of the array that holds them. */
  async items<T>(record: UnitRecord, field: string): Promise<T[]> {
    const items: T[] = [];
    for (const file of record.files) {
      const page = (await readJsonGz(this.#store, file.key)) as { data?: Record<string, T[] | undefined> };
      items.push(...(page.data?.[field] ?? []));
    }
    return items;
  }

  /** Meetings of the export and, where it was asked, of the list. `day`: keeps those that start in it. */
  async meetings(
    exported: UnitRecord | undefined,
    listed: UnitRecord | undefined,
    day: DayWindow | null,
  ): Promise<Row[]> {
    const fromFile = exported ? meetingsOfWindows(await this.windows(exported)) : [];
    const items = listed ? await this.items<MeetingInfo>(listed, 'meeting_list') : [];
    const fromList = listRecords('meeting_list', items, { zone: this.#zone });
    const keep = (records: SourceRecord[]) => (day ? keepMeetingsOfDay(records, day) : records);
    return await collect(meetingRows({ exported: keep(fromFile), listed: keep(fromList) }));
  }

  /** The webinar viewers that the list counts of meetings that start in the day. */
  async viewersCounted(listed: UnitRecord, day: DayWindow): Promise<number> {
    const items = await this.items<MeetingInfo>(listed, 'meeting_list');
    const records = listRecords('meeting_list', items, { zone: this.#zone });
    const kept = new Set(keepMeetingsOfDay(records, day));
    return items.reduce(
      (sum, item, index) => sum + (kept.has(records[index]!) ? Number(item.number_of_webinar_viewers ?? 0) : 0),
      0,
    );
  }

  async participants(record: UnitRecord): Promise<Row[]> {
    return (await this.attendees(record)).map(({ row }) => row);
  }

  /** Rows of `participants`, each with what only the list says. */
  async attendees(record: UnitRecord): Promise<Attendee[]> {
    const isFile = record.via === 'export';
    const items = isFile ? [] : await this.items<Participant>(record, 'participants');
    const records = isFile ? this.sheet(record) : listRecords('participant_list', items, { zone: this.#zone });
    const rows = await collect(participantRows({ ...meetingOf(record), records }));
    return rows.map((row, index) => ({ row, kind: isFile ? null : kindOf(items[index]!) }));
  }

  /** One session's minutes, from its list, its file, or both. */
  async quality(listed: UnitRecord | undefined, exported: UnitRecord | undefined): Promise<Row[]> {
    // One without files may be of a unit that nobody knows any more: its record was damaged.
    const request = ([listed, exported].find((record) => record && record.files.length > 0) ?? listed ?? exported)
      ?.request;
    if (!request) return [];
    const person =
      request['user_id'] === undefined ? { room_id: text(request, 'room_id') } : { user_id: text(request, 'user_id') };
    const identity = { ...meetingOf({ request }), join_time: Number(request['join_time']), ...person };
    const list =
      listed && listed.files.length > 0 ? await this.items<Quality>(listed, 'participant_quality_list') : undefined;
    const file = exported && exported.files.length > 0 ? await collect(this.sheet(exported)) : undefined;
    const sources = { ...(list ? { list } : {}), ...(file ? { exported: file } : {}) };
    return qualityRows({ identity, ...sources }, { zone: this.#zone });
  }

  async reservations(windows: UnitRecord[], rooms: UnitRecord | undefined, day: DayWindow | null): Promise<Row[]> {
    const records = (await Promise.all(windows.map((window) => this.windows(window)))).flat();
    const known = rooms ? await this.items<Room>(rooms, 'rooms') : [];
    return reservationRows({ windows: records, rooms: known, ...(day ? { day } : {}) });
  }
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

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
