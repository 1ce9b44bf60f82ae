/**
 * The rows of a day's tables, from the stage. The commit after a fetch, a rebuild and a check without any call all come
 * here, so they give the same rows, and the certificate hears of every question and answer on the way.
 */
import { createHash } from 'node:crypto';
import { compareText } from '../tables/canonical.ts';
import { TABLES, type Row, type TableName } from '../tables/columns.ts';
import { gapsIn } from '../tables/notes.ts';
import type { JoinedRows } from '../tables/pairing.ts';
import { NO_MINUTES, type SessionMinutes } from '../tables/quality-rows.ts';
import { isUnparsed, joinedLists, unitRows, unixAt, type Unit } from '../tables/rows.ts';
import { isAnswered, isOfUse } from './answers.ts';
import { Certificate, type Answered, type TableStanding } from './certificate.ts';
import { HeldLines } from './held-lines.ts';
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
import { disagreementsOf, peopleOf, reconcile, type Attendee, type People, type Reconciliation } from './reconcile.ts';
import { readAhead } from './read-ahead.ts';
import type { Lost, UnitRecord } from './unit-record.ts';
import { foundMinutes, listedSessions, type ListedSession } from './sessions.ts';
import type { Stage, StageReader } from './stage.ts';
import { endedMeetingsQuestion, mayLackLongOnes, type MeetingLooks } from './under-way.ts';

type Rows = Iterable<Row> | AsyncIterable<Row>;

const NO_ROOM =
  'the list of reservations was not asked: it takes rooms, and the list of rooms has none though the export has their reservations';

const NO_SUCH_ROOM = 'reservations whose room_id is not known: the list of rooms (R2) has no such room';

/** A list of participants that is of use. */
interface AskedList {
  meeting: MeetingToAsk;
  record: UnitRecord;
}

/**
 * Reads the stage table by table, and what is said of people and minutes meeting by meeting: of a session nothing is held but
 * what became of it, so that a day of a million minutes takes little more memory than one of a hundred thousand.
 */
export class DayBuilder {
  readonly #reader: StageReader;
  readonly #stage: Stage;
  readonly #day: DayAsk & DayTimes;
  readonly certificate: Certificate;
  /** Null until the participants were read. */
  reconciliation: Reconciliation | null = null;
  #meetings: Row[] | null = null;
  /** By their start; those that share number and start together, since they may share sessions. */
  #lists: AskedList[][] | null = null;
  /** What the sessions of all lists are asked about with; null until the lists were read. */
  #judged: HeldLines | null = null;
  /** As JSON. Null until the minutes were read. */
  #unitsMade: HeldLines | null = null;
  #reservationRows: Row[] | null = null;

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
        return this.#participants();
      case 'quality_minutes':
        await this.#readLists();
        return this.#qualityMinutes();
      case 'units':
        return unitRows(unitsIn(await this.#units()));
      case 'reservations':
        return await this.reservations();
    }
  }

  #recordOf({ resource, unit }: Question): UnitRecord | undefined {
    return this.#stage(resource, unit);
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
    const recordOf = (unit: string) => Promise.resolve(this.#stage('meeting_list', unit));
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

  async *#participants(): AsyncGenerator<Row, void, undefined> {
    const meetings = await this.meetings();
    const people = new Map<Row, People>();
    const judged = new HeldLines();
    for await (const lists of this.#attendees()) {
      for (const { meeting, attendees } of lists) {
        const own = peopleOf(attendees);
        for (const row of meeting.rows) people.set(row, own);
      }
      const rows = rowsOfLists(lists);
      for (const session of listedSessions(rows)) judged.add(JSON.stringify(judgedBy(session)));
      yield* rows;
    }
    if (this.#judged !== null) return;
    this.reconciliation = reconcile({ meetings, lists: people, viewersCounted: await this.#viewersCounted() });
    this.certificate.people(disagreementsOf({ meetings, lists: people }));
    this.#judged = judged;
  }

  async #readLists(): Promise<void> {
    if (this.#judged === null) for await (const _ of this.#participants());
  }

  /** The lists as they are read, those of meetings that may share sessions together. */
  async *#attendees(): AsyncGenerator<ReadList[], void, undefined> {
    yield* readAhead(await this.#askedLists(), async (lists) => {
      const read: ReadList[] = [];
      for (const { meeting, record } of lists) read.push({ meeting, attendees: await this.#attendeesOf(record) });
      return read;
    });
  }

  async #askedLists(): Promise<AskedList[][]> {
    if (this.#lists) return this.#lists;
    const groups = new Map<string, AskedList[]>();
    for (const meeting of meetingsToAsk(await this.meetings())) {
      const record = this.#participantList(meeting);
      if (!record || (record.files.length === 0 && record.status !== 'empty')) continue;
      const { meeting_no, meeting_start_time } = meeting.ref;
      const key = JSON.stringify([meeting_no, meeting_start_time]);
      const group = groups.get(key) ?? [];
      group.push({ meeting, record });
      groups.set(key, group);
    }
    this.#lists = [...groups.values()].toSorted((a, b) => startOf(a) - startOf(b));
    return this.#lists;
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

  async #attendeesOf(record: UnitRecord): Promise<Attendee[]> {
    return record.files.length > 0 ? await this.#reader.attendees(record) : [];
  }

  /** The list alone counts viewers, of webinars. */
  async #viewersCounted(): Promise<number | null> {
    if (!needsMeetingList(this.#day)) return null;
    const question = meetingsQuestion('list', this.#day);
    const listed = this.#recordOf(question);
    if (!listed || !isOfUse(listed, question) || listed.files.length === 0) return null;
    return (await this.meetings()).reduce((sum, row) => sum + Number(row['number_of_webinar_viewers'] ?? 0), 0);
  }

  /** As they stand in the table: rows that come in their order are written without being sorted. */
  async *#sessions(): AsyncGenerator<ListedSession, void, undefined> {
    let alike: ListedSession[] = [];
    for await (const lists of this.#attendees()) {
      const sessions = listedSessions(rowsOfLists(lists));
      if (sessions.length === 0) continue;
      if (alike.length > 0 && alike[0]!.meeting_start_time !== sessions[0]!.meeting_start_time) {
        yield* alike.toSorted(inTable);
        alike = [];
      }
      alike.push(...sessions);
    }
    yield* alike.toSorted(inTable);
  }

  #answersOf(session: ListedSession) {
    const questions = qualityQuestions(session.meeting, session, this.#day);
    return questions.map((question) => ({ question, record: this.#recordOf(question) }));
  }

  async *#qualityMinutes(): AsyncGenerator<Row, void, undefined> {
    const units = new HeldLines();
    const reading = readAhead(this.#sessions(), async (session) => {
      const answers = this.#answersOf(session);
      return { session, answers, minutes: await this.#minutesOf(session, answers) };
    });
    for await (const { session, answers, minutes } of reading) {
      if (this.#unitsMade === null) {
        const unit: Unit = this.certificate.unit(session, answers, foundMinutes(minutes, session));
        units.add(JSON.stringify(unit));
      }
      yield* minutes.rows;
    }
    if (this.#unitsMade !== null) return;
    this.certificate.agreeOnUnits();
    this.#unitsMade = units;
  }

  async #minutesOf(session: ListedSession, answers: Answered[]): Promise<SessionMinutes> {
    if (unaskable(session) !== null) return NO_MINUTES;
    const by = (source: 'list' | 'export') =>
      answers.find(({ question, record }) => question.via === source && isOfUse(record, question))?.record;
    const [listed, exported] = [by('list'), by('export')];
    return listed?.files.length || exported?.files.length ? await this.#reader.quality(listed, exported) : NO_MINUTES;
  }

  async #units(): Promise<HeldLines> {
    if (this.#unitsMade === null) {
      await this.#readLists();
      for await (const _ of this.#qualityMinutes());
    }
    return this.#unitsMade!;
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

  /** Why a table cannot have all that is known of it; null: no answer to what it is made of was lost. To be called as that. */
  async lost(table: TableName): Promise<Lost | null> {
    if (table === 'quality_minutes' || table === 'units') await this.#units();
    return this.certificate.lost(table);
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
      sessions: this.#judged === null ? null : hashOfTexts([...this.#judged]),
    };
  }
}

function* unitsIn(lines: HeldLines): Generator<Unit, void, undefined> {
  for (const line of lines) yield JSON.parse(line) as Unit;
}

const startOf = ([first]: AskedList[]): number => Number(first?.meeting.ref.meeting_start_time);

interface ReadList {
  meeting: MeetingToAsk;
  attendees: Attendee[];
}

function rowsOfLists(lists: ReadList[]): Row[] {
  return joinedLists(lists.flatMap(({ attendees }) => attendees.map(({ row }) => row)));
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
  return hashOfTexts(each.map((one) => JSON.stringify(one)));
}

function hashOfTexts(texts: string[]): string {
  return createHash('sha256').update(JSON.stringify(texts.toSorted())).digest('hex').slice(0, 32);
}
