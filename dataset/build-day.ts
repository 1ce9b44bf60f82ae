/**
 * The rows of a day's tables, from the stage. The commit after a fetch, a rebuild and a check without any call all come
 * here, so they give the same rows, and the certificate hears of every question and answer on the way.
 */
import { createHash } from 'node:crypto';
import { compareText } from '../tables/canonical.ts';
import { TABLES, type Row, type TableName } from '../tables/columns.ts';
import { gapsIn } from '../tables/notes.ts';
import type { JoinedRows } from '../tables/pairing.ts';
import { NO_MINUTES } from '../tables/quality-rows.ts';
import { isUnparsed, joinedLists, unitRows, unixAt, type Unit } from '../tables/rows.ts';
import { isAnswered, isOfUse } from './answers.ts';
import { Certificate, type TableStanding } from './certificate.ts';
import { Gaps, type TableGap, type Told } from './manifest.ts';
import { isOfAnotherTenant, isWebinar, meetingsToAsk, unaskable, type MeetingToAsk } from './meetings.ts';
import {
  listedReservationQuestions,
  meetingsQuestion,
  needsMeetingList,
  needsReservationList,
  participantsQuestion,
  qualityQuestions,
  reservationQuestions,
  roomsQuestion,
  type DayAsk,
  type DayTimes,
  type Question,
} from './questions.ts';
import { disagreementsOf, reconcile, type Attendee, type Reconciliation } from './reconcile.ts';
import { readAhead } from './read-ahead.ts';
import type { UnitRecord } from './records.ts';
import { foundMinutes, listedSessions, type FoundMinutes, type ListedSession } from './sessions.ts';
import type { Stage, StageReader } from './stage.ts';
import { endedMeetingsQuestion, mayLackLongOnes, type MeetingLooks } from './under-way.ts';

type Rows = Iterable<Row> | AsyncIterable<Row>;

const NO_ROOM =
  'the list of reservations was not asked: it takes rooms, and the list of rooms has none though the export has their reservations';

const NO_SUCH_ROOM = 'reservations whose room_id is not known: the list of rooms (R2) has no such room';

/** Reads the stage table by table; what one table needs of another is read once. */
export class DayBuilder {
  readonly #reader: StageReader;
  readonly #stage: Stage;
  readonly #day: DayAsk & DayTimes;
  readonly certificate: Certificate;
  /** Null until the participants were read. */
  reconciliation: Reconciliation | null = null;
  #meetings: Row[] | null = null;
  #lists: Map<Row, Attendee[]> | null = null;
  #sessions: ListedSession[] | null = null;
  #unitsMade: Unit[] | null = null;
  #reservationRows: Row[] | null = null;
  /** By session, once the minutes were read. */
  #foundMinutes: Map<string, FoundMinutes> | null = null;

  constructor(
    reader: StageReader,
    stage: Stage,
    { day, settleHours }: { day: DayAsk & DayTimes; settleHours: number },
  ) {
    this.#reader = reader;
    this.#stage = stage;
    this.#day = day;
    this.certificate = new Certificate({ to: day.to, listing: day.listing, settleHours });
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

  #recordOf({ resource, unit }: Question): UnitRecord | undefined {
    return this.#stage.get(`${resource}/${unit}`);
  }

  async meetings(): Promise<Row[]> {
    if (this.#meetings) return this.#meetings;
    const exported = await this.#endedMeetings('export', 'the meeting export');
    const listed = await this.#listedMeetings();
    const { rows, alone } = await this.#reader.meetings(exported, listed, this.#window());
    if (exported && listed && [exported, listed].every(isAnswered)) this.#compareSources(alone);
    this.#meetings = rows;
    return this.#meetings;
  }

  async #listedMeetings(): Promise<UnitRecord | undefined> {
    return needsMeetingList(this.#day) ? await this.#endedMeetings('list', 'the meeting list') : undefined;
  }

  async #endedMeetings(unit: 'export' | 'list', what: string): Promise<UnitRecord | undefined> {
    const looks = this.#looks();
    const question = await endedMeetingsQuestion(unit, looks);
    const record = this.#recordOf(question);
    const found = this.certificate.list({ table: 'meetings', what, question, record });
    if (found && (await mayLackLongOnes(unit, looks, found))) this.certificate.underWayUnsaid();
    return found;
  }

  #looks(): MeetingLooks {
    const recordOf = (unit: string) => Promise.resolve(this.#stage.get(`meeting_list/${unit}`));
    return { day: this.#day, reader: this.#reader, recordOf };
  }

  #window() {
    return { fromUnix: this.#day.from, toUnix: this.#day.to };
  }

  /** Every meeting of the file is in the list, and those that only the list has are external ones or webinars. */
  #compareSources(alone: JoinedRows['alone']): void {
    const add = (reason: string, count: number) => this.certificate.add('meetings', 'sources-differ', reason, count);
    add('meetings that E1 has and L1 has not', alone.export.length);
    add('meetings that L1 has and E1 has not', alone.list.filter((row) => !isInNoFile(row)).length);
  }

  async participants(): Promise<Row[]> {
    const lists = new Set((await this.#attendees()).values());
    return joinedLists([...lists].flatMap((attendees) => attendees.map(({ row }) => row)));
  }

  /** By the row of the meeting, where there is a list. */
  async #attendees(): Promise<Map<Row, Attendee[]>> {
    if (this.#lists) return this.#lists;
    const meetings = await this.meetings();
    const lists = new Map<Row, Attendee[]>();
    const answered = meetingsToAsk(meetings).map((meeting) => ({ meeting, record: this.#participantList(meeting) }));
    const reading = readAhead(answered, async ({ meeting, record }) => ({
      meeting,
      attendees: record && (await this.#attendeesOf(record)),
    }));
    for await (const { meeting, attendees } of reading) {
      if (attendees) for (const row of meeting.rows) lists.set(row, attendees);
    }
    this.reconciliation = reconcile({ meetings, lists, viewersCounted: await this.#viewersCounted() });
    this.certificate.people(disagreementsOf({ meetings, lists }));
    this.#lists = lists;
    return lists;
  }

  #participantList({ ref: meeting }: MeetingToAsk): UnitRecord | undefined {
    if (!meeting.askable) {
      this.certificate.unaskableMeeting(Number(meeting.meeting_end_time) > Number(meeting.meeting_start_time));
      return undefined;
    }
    const question = participantsQuestion(meeting, this.#day);
    const what = 'participant lists';
    const record = this.certificate.list({ table: 'participants', what, question, record: this.#recordOf(question) });
    this.certificate.countList(record?.status ?? 'failed');
    return record;
  }

  /** Null where there is no list. */
  async #attendeesOf(record: UnitRecord): Promise<Attendee[] | null> {
    if (record.files.length > 0) return await this.#reader.attendees(record);
    return record.status === 'empty' ? [] : null;
  }

  /** The list alone counts viewers, of webinars. */
  async #viewersCounted(): Promise<number | null> {
    if (!needsMeetingList(this.#day)) return null;
    const question = meetingsQuestion('list', this.#day);
    const listed = this.#recordOf(question);
    if (!listed || !isOfUse(listed, question) || listed.files.length === 0) return null;
    return (await this.meetings()).reduce((sum, row) => sum + Number(row['number_of_webinar_viewers'] ?? 0), 0);
  }

  async sessions(): Promise<ListedSession[]> {
    this.#sessions ??= listedSessions(await this.participants());
    return this.#sessions;
  }

  #answersOf(session: ListedSession) {
    const questions = qualityQuestions(session.meeting, session, this.#day);
    return questions.map((question) => ({ question, record: this.#recordOf(question) }));
  }

  async *#qualityMinutes(): AsyncGenerator<Row, void, undefined> {
    const found = new Map<string, FoundMinutes>();
    // As they stand in the table: rows that come in their order are written without being sorted.
    const answered = (await this.sessions()).toSorted(inTable).flatMap((session) => {
      if (unaskable(session) !== null) return [];
      const answers = this.#answersOf(session).filter(({ question, record }) => isOfUse(record, question));
      const by = (via: 'list' | 'export') => answers.find(({ question }) => question.via === via)?.record;
      const [listed, exported] = [by('list'), by('export')];
      return listed?.files.length || exported?.files.length ? [{ session, listed, exported }] : [];
    });
    const reading = readAhead(answered, async ({ session, listed, exported }) => ({
      session,
      minutes: await this.#reader.quality(listed, exported),
    }));
    for await (const { session, minutes } of reading) {
      found.set(session.session_key, foundMinutes(minutes, session));
      yield* minutes.rows;
    }
    this.#foundMinutes = found;
  }

  async #found(): Promise<Map<string, FoundMinutes>> {
    const minutes = this.#qualityMinutes();
    while (this.#foundMinutes === null) await minutes.next();
    return this.#foundMinutes;
  }

  async #units(): Promise<Unit[]> {
    if (this.#unitsMade) return this.#unitsMade;
    const sessions = await this.sessions();
    const found = await this.#found();
    const units = sessions.map((session) => {
      const minutes = found.get(session.session_key) ?? foundMinutes(NO_MINUTES, session);
      return this.certificate.unit(session, this.#answersOf(session), minutes);
    });
    this.certificate.agreeOnUnits();
    this.#unitsMade = units;
    return units;
  }

  async reservations(): Promise<Row[]> {
    if (this.#reservationRows) return this.#reservationRows;
    const table = 'reservations';
    const question = roomsQuestion(this.#day);
    const what = 'the list of rooms, which gives room_id,';
    const rooms = this.certificate.list({ table, what, question, record: this.#recordOf(question) });
    const files = this.#reservationLists('a reservation window', reservationQuestions(this.#day));
    const hasBookings = files.some((file) => (file?.rows ?? 0) > 0);
    const lists = await this.#listedReservations(rooms, hasBookings);
    const all = [...files, ...lists].filter((record) => record !== undefined);
    const { rows, alone } = await this.#reader.reservations(all, rooms, this.#window());
    this.#reservationRows = rows;
    if (rooms && isAnswered(rooms)) {
      const names = await this.#reader.roomNames(rooms);
      const isUnlisted = (name: unknown) => typeof name === 'string' && !names.has(name);
      const withoutRoom = rows.filter((row) => row['room_id'] === null && isUnlisted(row['room_name']));
      this.certificate.add('reservations', 'sources-differ', NO_SUCH_ROOM, withoutRoom.length);
    }
    if (lists.length > 0 && all.length === files.length + lists.length && all.every(isAnswered)) {
      this.#compareReservations(alone);
    }
    return this.#reservationRows;
  }

  #reservationLists(what: string, questions: Question[]): (UnitRecord | undefined)[] {
    return questions.map((question) => {
      const record = this.#recordOf(question);
      const found = this.certificate.list({ table: 'reservations', what, question, record });
      this.certificate.countList(found?.status ?? 'failed');
      return found;
    });
  }

  /** L4, where it is asked: it takes a room that the list of rooms has. */
  async #listedReservations(rooms: UnitRecord | undefined, hasBookings: boolean): Promise<(UnitRecord | undefined)[]> {
    if (!needsReservationList(this.#day)) return [];
    if (!rooms || !isAnswered(rooms)) {
      this.certificate.add('reservations', 'not-asked', 'the list of reservations was not asked: it takes the rooms');
      return [];
    }
    const room = await this.#reader.anyRoom(rooms);
    if (room === null && hasBookings) {
      this.certificate.add('reservations', 'not-asked', NO_ROOM);
      return [];
    }
    return this.#reservationLists('a list of reservations', listedReservationQuestions(this.#day, room));
  }

  /** Both have every reservation of the level. */
  #compareReservations(alone: JoinedRows['alone']): void {
    const add = (reason: string, count: number) =>
      this.certificate.add('reservations', 'sources-differ', reason, count);
    add('reservations that E4 has and L4 has not', alone.export.length);
    add('reservations that L4 has and E4 has not', alone.list.length);
  }

  /** To be called when all tables were read: what the questions and answers have, and what reading the answers met. */
  gaps(): TableGap[] {
    const gaps = new Gaps();
    for (const gap of this.certificate.gaps()) gaps.add(gap);
    for (const table of Object.keys(TABLES) as TableName[]) {
      for (const gap of gapsIn(this.#reader.notesOf(table))) gaps.add({ table, ...gap });
    }
    return gaps.list();
  }

  /** Whether all that a table is made of was answered. To be called when the table was read. */
  async isAnswered(table: TableName): Promise<boolean> {
    if (table === 'quality_minutes' || table === 'units') await this.#units();
    return this.certificate.isAnswered(table);
  }

  async standing(table: TableName): Promise<TableStanding> {
    const isOfMeetings = table !== 'reservations';
    const ends = isOfMeetings ? (await this.meetings()).map((row) => unixAt(row, 'meeting_end_time') ?? 0) : [];
    if (table === 'quality_minutes' || table === 'units') await this.#units();
    const latestEnd = ends.reduce((latest, end) => Math.max(latest, end), 0);
    return this.certificate.standing(table, latestEnd);
  }

  /** To be called when all tables were read: what others are made of, as far as it was read for them. */
  async of(): Promise<Told['of']> {
    if (this.#meetings === null) return null;
    const meetings = meetingsToAsk(this.#meetings);
    return {
      meetings: hashOf(meetings.map(askedWith)),
      counts: hashOf(meetings.map((meeting) => [...askedWith(meeting), ...meeting.rows.map(countedIn)])),
      sessions: this.#lists === null ? null : hashOf((await this.sessions()).map(judgedBy)),
    };
  }
}

function askedWith({ ref }: MeetingToAsk): unknown[] {
  return [ref.meeting_key, ref.meeting_end_time];
}

/** What the list of a meeting is held against. */
function countedIn(row: Row): unknown[] {
  const count = row['number_of_participants'] ?? (isUnparsed(row, 'number_of_participants') ? 'unreadable' : null);
  return [count, row['number_of_webinar_viewers'] ?? 0, isInNoFile(row)];
}

/** What a session is asked about with, and what its minutes are held against. Whose it is tells where it cannot be asked. */
function judgedBy(session: ListedSession): unknown[] {
  const { session_key, meeting, minutes_expected, minutes_at_most } = session;
  const lacksId = unaskable(session) !== null && session.is_of_tenant;
  return [session_key, meeting.meeting_end_time, minutes_expected, minutes_at_most, lacksId];
}

function inTable(a: ListedSession, b: ListedSession): number {
  return a.meeting_start_time - b.meeting_start_time || compareText(a.session_key, b.session_key);
}

/** The file has no meetings of other tenants and no webinars. */
function isInNoFile(row: Row): boolean {
  return isOfAnotherTenant(row) || isWebinar(row);
}

function hashOf(each: unknown[][]): string {
  const texts = each.map((one) => JSON.stringify(one)).toSorted();
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32);
}
