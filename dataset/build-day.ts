/**
 * The rows of a day's tables, from the stage. The commit after a fetch and a rebuild without any call both come here,
 * so both give the same rows.
 */
import type { UnitStatus } from '../model/units.ts';
import type { Row, TableName } from '../tables/columns.ts';
import { sessionsOf, unitRows, type Session, type Unit } from '../tables/rows.ts';
import { Gaps } from './manifest.ts';
import { meetingsToAsk, unaskable, type MeetingRef, type QualitySource } from './pending-units.ts';
import { reconcile, type Attendee, type Reconciliation } from './reconcile.ts';
import { lastAnswer, type UnitRecord } from './records.ts';
import type { Stage, StageReader } from './stage.ts';

export interface DayRequest {
  /** Unix seconds: the day, and until when it was asked for. */
  from: number;
  to: number;
  ask_until: number;
  asked_at: number;
  source: QualitySource;
}

type Rows = Iterable<Row> | AsyncIterable<Row>;

/** Reads the stage table by table; what one table needs of another is read once. */
export class DayBuilder {
  readonly #reader: StageReader;
  readonly #stage: Stage;
  readonly #request: DayRequest;
  readonly gaps = new Gaps();
  readonly units: Partial<Record<UnitStatus, number>> = {};
  /** Participant lists and reservation windows by what became of them. */
  readonly lists: Partial<Record<UnitStatus, number>> = {};
  /** Null until the participants were read. */
  reconciliation: Reconciliation | null = null;
  #meetings: Row[] | null = null;
  #participants: Row[] | null = null;
  #reservationRows: Row[] | null = null;

  constructor(reader: StageReader, stage: Stage, request: DayRequest) {
    this.#reader = reader;
    this.#stage = stage;
    this.#request = request;
  }

  async rows(table: TableName): Promise<Rows> {
    switch (table) {
      case 'meetings':
        return await this.meetings();
      case 'participants':
        return await this.participants();
      case 'quality_minutes':
        await this.participants();
        return this.#qualityMinutes();
      case 'units':
        return unitRows(await this.#units());
      case 'reservations':
        return await this.reservations();
    }
  }

  async meetings(): Promise<Row[]> {
    if (this.#meetings) return this.#meetings;
    const exported = this.#stage.get('meeting_list/export');
    const listed = this.#stage.get('meeting_list/list');
    const day = { fromUnix: this.#request.from, toUnix: this.#request.to };
    const rows = await this.#reader.meetings(exported, listed, day);
    this.#noteList('meetings', exported, 'the meeting export');
    if (listed) this.#noteList('meetings', listed, 'the meeting list');
    if (this.#request.asked_at < this.#request.to)
      this.gaps.add('meetings', 'the day was not over when it was asked for');
    this.#meetings = rows;
    return rows;
  }

  /** A list without an answer, or whose rows were known and came back empty, is a gap. */
  #noteList(table: TableName, record: UnitRecord | undefined, what: string): void {
    if (!record) return this.gaps.add(table, `${what} was not asked`);
    const last = lastAnswer(record);
    if (last === record) {
      if (record.status !== 'done' && record.status !== 'empty') {
        this.gaps.add(table, `${what}: ${record.status}: ${record.reason ?? 'no reason given'}`);
      }
    } else if (last.status === 'empty' || last.status === 'pending') {
      this.gaps.add(table, `vanished: ${what} came back empty, the rows known before are kept`);
    } else {
      this.gaps.add(
        table,
        `${what}: asked again and ${last.status}: ${last.reason ?? 'no reason given'}; older rows are kept`,
      );
    }
  }

  async participants(): Promise<Row[]> {
    if (this.#participants) return this.#participants;
    const meetings = await this.meetings();
    const lists = new Map<string, Attendee[]>();
    for (const meeting of meetingsToAsk(meetings)) {
      const attendees = await this.#attendeesOf(meeting);
      if (attendees) lists.set(meeting.meeting_key, attendees);
    }
    this.reconciliation = reconcile({ meetings, lists, viewersCounted: await this.#viewersCounted() });
    this.#participants = [...lists.values()].flatMap((attendees) => attendees.map(({ row }) => row));
    return this.#participants;
  }

  /** Null where there is no list. */
  async #attendeesOf(meeting: MeetingRef): Promise<Attendee[] | null> {
    if (!meeting.askable) {
      this.gaps.add('participants', 'meetings of over 24 h cannot be asked about (126006)');
      this.#countList('skipped');
      return null;
    }
    const record = this.#stage.get(`participant_list/${meeting.meeting_key}`);
    this.#noteList('participants', record, 'participant lists');
    this.#countList(record?.status ?? 'failed');
    if (record && record.files.length > 0) return await this.#reader.attendees(record);
    return record?.status === 'empty' ? [] : null;
  }

  /** The list alone counts viewers, of webinars. */
  async #viewersCounted(): Promise<number | null> {
    const listed = this.#stage.get('meeting_list/list');
    if (!listed || listed.files.length === 0) return null;
    return (await this.meetings()).reduce((sum, row) => sum + Number(row['number_of_webinar_viewers'] ?? 0), 0);
  }

  #countList(status: UnitStatus): void {
    this.lists[status] = (this.lists[status] ?? 0) + 1;
  }

  #recordsOf(session: Session): { listed: UnitRecord | undefined; exported: UnitRecord | undefined } {
    const key = `participant_quality_list/${session.session_key}`;
    const { source } = this.#request;
    return {
      listed: source === 'export' ? undefined : this.#stage.get(`${key}.list`),
      exported: source === 'list' ? undefined : this.#stage.get(`${key}.export`),
    };
  }

  async *#qualityMinutes(): AsyncGenerator<Row, void, undefined> {
    for (const session of sessionsOf(await this.participants())) {
      if (unaskable(session) !== null) continue;
      const { listed, exported } = this.#recordsOf(session);
      if (listed?.files.length || exported?.files.length) yield* await this.#reader.quality(listed, exported);
    }
  }

  async #units(): Promise<Unit[]> {
    const units = sessionsOf(await this.participants()).map((session) => this.#unit(session));
    for (const unit of units) {
      this.units[unit.status] = (this.units[unit.status] ?? 0) + 1;
      if (unit.status === 'failed' || unit.status === 'pending') {
        this.gaps.add('quality_minutes', `${unit.status}: ${unit.reason ?? 'no reason given'}`);
      }
    }
    return units;
  }

  #unit(session: Session): Unit {
    const skipped = unaskable(session);
    if (skipped !== null) return { ...session, status: 'skipped', reason: skipped, rows: 0, pages: 0 };
    const { listed, exported } = this.#recordsOf(session);
    const expected = this.#request.source === 'both' ? 2 : 1;
    const records = [listed, exported].filter((record) => record !== undefined);
    if (records.length < expected) return { ...session, status: 'failed', reason: 'not asked', rows: 0, pages: 0 };
    const worst = (['failed', 'pending', 'done', 'empty', 'skipped'] as const)
      .map((status) => records.find((record) => statusOf(record) === status))
      .find((record) => record !== undefined)!;
    return {
      ...session,
      status: statusOf(worst),
      reason: worst.later && worst.rows > 0 ? `vanished: ${worst.later.reason ?? 'no data any more'}` : worst.reason,
      rows: Math.max(...records.map((record) => record.rows)),
      pages: records.reduce((sum, record) => sum + record.pages, 0),
    };
  }

  async reservations(): Promise<Row[]> {
    if (this.#reservationRows) return this.#reservationRows;
    const windows = [...this.#stage.values()].filter((record) => record.resource === 'resource_reservation_list');
    const day = { fromUnix: this.#request.from, toUnix: this.#request.to };
    for (const window of windows) {
      this.#noteList('reservations', window, 'a reservation window');
      this.#countList(window.status);
    }
    if (windows.length === 0) this.#noteList('reservations', undefined, 'the reservations');
    const readable = windows.filter((window) => window.files.length > 0).toSorted((a, b) => (a.unit < b.unit ? -1 : 1));
    const rooms = this.#stage.get('rooms/rooms');
    this.#noteList('reservations', rooms, 'the list of rooms, which gives room_id,');
    this.#reservationRows = await this.#reader.reservations(readable, rooms, day);
    return this.#reservationRows;
  }
}

/** A unit whose rows are kept although the last ask brought none counts as done: its minutes are in the table. */
function statusOf(record: UnitRecord): UnitStatus {
  return record.later?.status === 'failed' ? 'failed' : record.status;
}
