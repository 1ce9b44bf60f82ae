/**
 * What a day says of itself: the one place that decides what is a gap, and from when on nothing can change.
 *
 * It is told of every question of the day and of the answer that the stage has to it, and of what the answers say of each
 * other. A day is complete where nothing of that is a gap: all was asked for after its window had closed, was answered,
 * and agrees. What is known not to be there (guests, phone callers) is counted as explained, beside the gaps.
 */
import { DAY_S } from '../model/calendar.ts';
import { addCounts, worstOf, type UnitStatus } from '../model/units.ts';
import type { TableName } from '../tables/columns.ts';
import type { Unit } from '../tables/rows.ts';
import { isAnswered, isOfUse, isSettled, standingOf } from './answers.ts';
import { Gaps, type GapKind, type TableGap } from './manifest.ts';
import { NO_JOIN_TIME, unaskable } from './meetings.ts';
import type { Question } from './questions.ts';
import type { Disagreements } from './reconcile.ts';
import { codeIn, lastAnswer, lostOf, type Lost, type UnitRecord } from './unit-record.ts';
import {
  EDGE_MINUTES,
  hasOneDevice,
  lacksMinutes,
  wasThere,
  type FoundMinutes,
  type ListedSession,
  type MinuteCount,
} from './sessions.ts';

/** A question and what the stage has for it. */
export interface Answered {
  question: Question;
  record: UnitRecord | undefined;
}
export interface ListAnswer extends Answered {
  table: TableName;
  /** The list in words, as a gap begins with it. */
  what: string;
}

export interface TableStanding {
  asked_at: number | null;
  settled: boolean;
}

/** What is known not to be in the tables, or not to agree, and why. */
type Explanation =
  | 'guests'
  | 'phone_callers'
  | 'without_id_in_files'
  | 'momentary_sessions'
  | 'sessions_of_several_devices'
  | 'returning_guests'
  | 'more_than_counted'
  | 'meetings_without_a_count'
  | 'external_or_webinar_meetings'
  | 'meetings_over_24_hours'
  | 'lists_without_who_is_under_way';

const NO_ID =
  'people of the tenant whom the list names without an id cannot be asked about: most likely the app lacks contact:user.employee_id:readonly';

/** A line of the telephone network, which has no id whoever calls. An iPhone is none. */
const PHONE_LINE = /pstn|^(office|ip|tele)?[ _-]?phone$/i;

/** Tables that are made by asking about what another one has. */
export const MADE_OF: Partial<Record<TableName, TableName>> = {
  participants: 'meetings',
  units: 'participants',
  quality_minutes: 'participants',
};

interface Evidence {
  askedAt: number | null;
  /** When what stands was asked: a later ask that brought nothing makes it no newer. */
  stoodAt: number | null;
  generation: number | null;
  answered: boolean;
  settled: boolean;
  /** There was an answer to it, which is not to be had any more. */
  lost: Lost | null;
}

/** Sessions of one meeting and kind that somebody was long enough in to leave a minute, with what came. */
interface ToldSessions {
  kind: 'people' | 'rooms';
  meeting: string;
  /** The code that came instead of rows, `none` for an empty answer; null for rows. */
  instead: string | null;
  count: number;
}

export interface CertificateOptions {
  /** Unix seconds: the day's end. */
  to: number;
  listing: 'list' | 'export';
  settleHours: number;
}

export class Certificate {
  readonly #options: CertificateOptions;
  readonly #gaps = new Gaps();
  readonly #lists = new Map<TableName, Evidence[]>();
  readonly #units: Evidence[] = [];
  readonly #told = new Map<string, ToldSessions>();
  readonly units: Partial<Record<UnitStatus, number>> = {};
  /** Participant lists and reservation windows by what became of them. */
  readonly lists: Partial<Record<UnitStatus, number>> = {};
  readonly codes: Record<string, number> = {};
  readonly explained: Partial<Record<Explanation, number>> = {};

  constructor(options: CertificateOptions) {
    this.#options = options;
  }

  add(table: TableName, kind: GapKind, reason: string, count = 1): void {
    this.#gaps.add({ table, kind, reason, count });
  }

  /** @returns the record where its rows are of use, whatever else is a gap of it */
  list({ table, what, question, record }: ListAnswer): UnitRecord | undefined {
    const standing = standingOf(record, question);
    this.#evidence(table).push(evidenceOf(record, question, this.#options.settleHours));
    switch (standing) {
      case 'none':
        this.add(table, 'not-asked', `${what} was not asked`);
        return undefined;
      case 'damaged':
        this.add(table, 'failed', `${what}: failed: ${record?.reason ?? ''}`);
        return undefined;
      case 'another question':
        this.add(table, 'not-asked', `${what} was not asked: what is there answers another question`);
        return undefined;
      case 'early':
        this.#early(table, { what, question, askedAt: lastAnswer(record!).asked_at });
        break;
      case 'counts':
        break;
    }
    this.#noteAnswer(table, what, record!);
    return record;
  }

  #early(table: TableName, { what, question, askedAt }: { what: string; question: Question; askedAt: number }): void {
    if (askedAt < this.#options.to) return this.add(table, 'asked-early', 'the day was not over when it was asked for');
    const when =
      question.closes_at === Infinity
        ? 'while a meeting of the day was under way'
        : question.after === undefined
          ? "within 24 hours after the day's end"
          : 'before it was known that no meeting of the day was under way any more';
    this.add(table, 'may-change', `may still change: ${what} was asked for ${when}`);
  }

  #noteAnswer(table: TableName, what: string, record: UnitRecord): void {
    const last = lastAnswer(record);
    const reason = last.reason ?? 'no reason given';
    this.#countCode(last);
    if (last !== record && last.status !== 'failed') {
      this.add(
        table,
        'vanished',
        `vanished: ${what} came back empty: rows known before are kept, unless a newer answer says otherwise`,
      );
    } else if (last !== record) {
      this.add(table, 'failed', `${what}: asked again and failed: ${reason}; older rows are kept`);
    } else if (last.status === 'failed' || last.status === 'pending') {
      this.add(table, last.status, `${what}: ${last.status}: ${reason}`);
    }
  }

  #countCode({ status, reason }: { status: UnitStatus; reason: string | null }): void {
    if (status === 'done') return;
    const code = codeIn(reason);
    if (code !== null || status !== 'failed') addCounts(this.codes, { [code ?? 'none']: 1 });
  }

  /** Feishu does not say of a list's source who is under way: a meeting of over a day may lack. */
  underWayUnsaid(): void {
    addCounts(this.explained, { lists_without_who_is_under_way: 1 });
  }

  /** A list that cannot be asked for: over 24 h Feishu refuses (126006), and without an end nothing can be named. */
  unaskableMeeting(hasEnd: boolean): void {
    this.countList('skipped');
    if (!hasEnd)
      return this.add('participants', 'unreadable', 'meetings whose end cannot be read cannot be asked about');
    addCounts(this.explained, { meetings_over_24_hours: 1 });
    this.add('participants', 'over-24-hours', 'meetings of over 24 h cannot be asked about (126006)');
  }

  countList(status: UnitStatus): void {
    addCounts(this.lists, { [status]: 1 });
  }

  people({
    nobody,
    fewer,
    more,
    explained,
    returning,
    unjudged,
    uncounted,
    unreadable,
    elsewhere,
  }: Disagreements): void {
    const add = (reason: string, count: number) => this.add('participants', 'people-differ', reason, count);
    add('nobody is listed in a meeting that had somebody', nobody);
    add('fewer people are listed than the meeting counts', fewer);
    add('more people are listed than the meeting counts', more);
    add('people are listed whose stay is of another time than the meeting', elsewhere);
    if (unreadable > 0) {
      const reason = "a meeting's count of participants or viewers cannot be read: nothing to compare its list with";
      this.add('participants', 'unreadable', reason, unreadable);
    }
    if (explained > 0) addCounts(this.explained, { external_or_webinar_meetings: explained });
    if (returning > 0) addCounts(this.explained, { returning_guests: returning });
    if (unjudged > 0) addCounts(this.explained, { more_than_counted: unjudged });
    if (uncounted > 0) addCounts(this.explained, { meetings_without_a_count: uncounted });
  }

  /** What became of a session, with its gaps. */
  unit(session: ListedSession, answers: Answered[], found: FoundMinutes): Unit {
    const skipped = unaskable(session);
    const { meeting_no, meeting_start_time, user_id, room_id, participant_name, device, join_time } = session;
    const unit = {
      meeting_no,
      meeting_start_time,
      user_id,
      room_id,
      participant_name,
      device,
      join_time,
      minutes_expected: session.minutes_expected,
      ...(skipped === null ? this.#askedUnit(session, answers, found) : this.#skippedUnit(session, skipped)),
    };
    addCounts(this.units, { [unit.status]: 1 });
    return unit;
  }

  #skippedUnit(session: ListedSession, reason: string) {
    if (reason === NO_JOIN_TIME) {
      this.add('quality_minutes', 'unreadable', 'sessions without a readable join time cannot be asked about');
    } else if (PHONE_LINE.test(session.device ?? '')) {
      addCounts(this.explained, { phone_callers: 1 });
    } else if (session.is_of_tenant) {
      this.add('quality_minutes', 'no-id', NO_ID);
    } else {
      addCounts(this.explained, { [this.#options.listing === 'export' ? 'without_id_in_files' : 'guests']: 1 });
    }
    const why =
      this.#options.listing === 'export' && reason !== NO_JOIN_TIME
        ? 'no user id in the file: guests, phone callers and rooms cannot be asked about'
        : reason;
    return { status: 'skipped' as const, reason: why, rows: 0, pages: 0, asked_at: null, settled: null, code: null };
  }

  #askedUnit(session: ListedSession, answers: Answered[], found: FoundMinutes) {
    const { settleHours } = this.#options;
    const halves = answers.map((answer) => this.#half(session, answer, found[answer.question.via]));
    const worst = worstOf(halves);
    const areAnswered = halves.every(({ status }) => status === 'done' || status === 'empty');
    if (areAnswered && halves.length > 1 && differInMinutes(found)) {
      this.add('quality_minutes', 'sources-differ', 'E3 and L3 have different minutes of a session');
    }
    if (session.stay_is_unread) {
      const reason = 'sessions whose stay cannot be read: nothing to set their minutes against';
      this.add('quality_minutes', 'unreadable', reason);
    }
    const evidence = answers.map(({ record, question }) => evidenceOf(record, question, settleHours));
    this.#units.push(...evidence);
    const standing = answers.flatMap(({ record, question }) => (record && isOfUse(record, question) ? [record] : []));
    const code = codeIn(worst.reason);
    if (wasThere(session)) this.#tell(session, worst.status === 'empty' ? (code ?? 'none') : null);
    else if (worst.status === 'empty' || isUnmeasured(found)) addCounts(this.explained, { momentary_sessions: 1 });
    if (worst.status === 'done' && hasOneDevice(found.either, session)) {
      addCounts(this.explained, { sessions_of_several_devices: 1 });
    }
    return {
      status: worst.status,
      reason: worst.reason,
      rows: found.rows,
      pages: halves.reduce((sum, half) => sum + half.pages, 0),
      asked_at: oldest(standing.map((record) => record.asked_at)),
      settled: evidence.every((each) => each.settled),
      code: code === null ? null : Number(code),
    };
  }

  /** One source's answer about a session. */
  #half(session: ListedSession, { question, record }: Answered, minutes: MinuteCount) {
    const gap = (kind: GapKind, reason: string) => this.add('quality_minutes', kind, reason);
    const standing = standingOf(record, question);
    if (record && standing === 'damaged') {
      gap('failed', `failed: ${record.reason ?? ''}`);
      return { status: 'failed' as const, reason: record.reason, pages: 0 };
    }
    if (!record || standing === 'none' || standing === 'another question') {
      gap('not-asked', 'not asked');
      return { status: 'failed' as const, reason: 'not asked', pages: 0 };
    }
    const last = lastAnswer(record);
    this.#countCode(last);
    const { pages } = record;
    if (standing === 'early') gap('asked-early', "a session was asked about before its meeting's end");
    if (minutes.outside > 0) gap('sources-differ', 'minutes at another time than the stay that they were asked for');
    if (minutes.unread > 0) gap('unreadable', 'minutes whose time cannot be read');
    if (last.status === 'failed' || last.status === 'pending') {
      gap(last.status, `${last.status}: ${last.reason ?? 'no reason given'}`);
      return { status: last.status, reason: last.reason, pages };
    }
    if (last !== record && minutes.came > 0) {
      const reason = `vanished: ${last.reason ?? 'no data any more'}`;
      gap('vanished', reason);
      return { status: 'done' as const, reason, pages };
    }
    if (record.status === 'done' && minutes.came === 0) {
      gap('unreadable', 'an answer with elements of which none is a minute');
      return { status: 'failed' as const, reason: 'elements came of which none is a minute', pages };
    }
    if (record.status === 'done' && minutes.measured === 0 && wasThere(session)) {
      gap('unreadable', 'an answer with minutes of which none has a readable figure');
      return { status: 'failed' as const, reason: 'minutes came of which none has a readable figure', pages };
    }
    if (lacksMinutes(minutes, session)) {
      gap('minutes-lacking', 'fewer minutes than join and leave time make: looks cut off');
      const status = isSettled(record, question, this.#options.settleHours)
        ? ('failed' as const)
        : ('pending' as const);
      const { minutes_expected: expected, minutes_at_most: most } = session;
      const wanted = expected !== null && minutes.found < expected ? expected : `up to ${most}`;
      return { status, reason: `${minutes.found} of ${wanted} minutes: looks cut off`, pages };
    }
    return { status: record.status, reason: record.reason, pages };
  }

  #tell({ room_id, meeting: { meeting_key, meeting_end_time } }: ListedSession, instead: string | null): void {
    const kind = room_id === null ? 'people' : 'rooms';
    const meeting = `${meeting_key} ${meeting_end_time}`;
    const key = JSON.stringify([kind, meeting, instead]);
    const known = this.#told.get(key);
    if (known) known.count += 1;
    else this.#told.set(key, { kind, meeting, instead, count: 1 });
  }

  /** To be called when every unit has been told. */
  agreeOnUnits(): void {
    const all = [...this.#told.values()];
    const isMost = countOf(all.filter(({ instead }) => instead !== null)) * 2 > countOf(all);
    const silentKinds = silentOf(all, 'kind');
    const silentMeetings = silentOf(all, 'meeting');
    for (const { kind, meeting, instead, count } of all) {
      if (instead === null) continue;
      const whose = isMost
        ? 'most sessions of the day'
        : silentKinds.has(kind)
          ? `all ${kind} of the day`
          : silentMeetings.has(meeting)
            ? 'all sessions of a meeting'
            : null;
      const word = instead === 'none' ? 'an empty answer' : instead;
      if (whose !== null) this.add('quality_minutes', 'no-data', `no data (${word}) of ${whose}`, count);
    }
  }

  gaps(): TableGap[] {
    return this.#gaps.list();
  }

  /** `latestEnd`: of the day's meetings, unix seconds; until it has settled, the lists of meetings have not either. */
  standing(table: TableName, latestEnd: number): TableStanding {
    const evidence = this.#of(table);
    const upstream = MADE_OF[table];
    const isEarly = evidence.some((each) => each.askedAt === null || each.askedAt < this.#settlesAfter(latestEnd));
    const settled = table === 'meetings' && isEarly ? false : evidence.every((each) => each.settled);
    return {
      asked_at: oldest(evidence.map((each) => each.stoodAt)),
      settled: settled && (upstream === undefined || this.standing(upstream, latestEnd).settled),
    };
  }

  /** Whether every question behind a table, and behind what it is made of, has an answer. */
  isAnswered(table: TableName): boolean {
    const upstream = MADE_OF[table];
    return this.#of(table).every(({ answered }) => answered) && (upstream === undefined || this.isAnswered(upstream));
  }

  /** Why an answer behind a table, or behind what it is made of, is not to be had any more; null: none was lost. */
  lost(table: TableName): Lost | null {
    const upstream = MADE_OF[table];
    const own = this.#of(table).find(({ lost }) => lost !== null)?.lost;
    return own ?? (upstream === undefined ? null : this.lost(upstream));
  }

  #settlesAfter(latestEnd: number): number {
    return Math.max(latestEnd, this.#options.to + DAY_S) + this.#options.settleHours * 3600;
  }

  /** Whether every list behind these tables was asked for by this run. */
  isFresh(generation: number): boolean {
    return [...this.#lists.values()].flat().every((each) => each.generation === generation);
  }

  #evidence(table: TableName): Evidence[] {
    const known = this.#lists.get(table) ?? [];
    this.#lists.set(table, known);
    return known;
  }

  #of(table: TableName): Evidence[] {
    return table === 'units' || table === 'quality_minutes' ? this.#units : this.#evidence(table);
  }
}

function countOf(told: readonly ToldSessions[]): number {
  return told.reduce((sum, { count }) => sum + count, 0);
}

/** The groups of two or more sessions of which none has anything. */
function silentOf(all: readonly ToldSessions[], by: 'kind' | 'meeting'): Set<string> {
  const sessions: Record<string, number> = {};
  for (const told of all) addCounts(sessions, { [told[by]]: told.count });
  const heard = new Set<string>(all.filter(({ instead }) => instead === null).map((told) => told[by]));
  return new Set(Object.keys(sessions).filter((group) => sessions[group]! > 1 && !heard.has(group)));
}

/** Either of them has the minutes of both, so that one that lacks some of it has others than the other one. */
function differInMinutes({ either, list, export: file }: FoundMinutes): boolean {
  const shared = list.found + file.found - either;
  return either > 0 && (shared <= 0 || either - Math.min(list.found, file.found) > EDGE_MINUTES);
}

/** Minutes came, and none of them has a figure. */
function isUnmeasured({ rows, list, export: file }: FoundMinutes): boolean {
  return rows > 0 && list.measured + file.measured === 0;
}

function evidenceOf(record: UnitRecord | undefined, question: Question, settleHours: number): Evidence {
  if (!record || !isOfUse(record, question)) {
    const lost = standingOf(record, question) === 'damaged' ? lostOf(record) : null;
    return { askedAt: null, stoodAt: null, generation: null, answered: false, settled: false, lost };
  }
  const { asked_at: askedAt, generation } = lastAnswer(record);
  const answered = isAnswered(record);
  const settled = answered && isSettled(record, question, settleHours);
  return { askedAt, stoodAt: record.asked_at, generation, answered, settled, lost: null };
}

function oldest(moments: readonly (number | null)[]): number | null {
  const times = moments.filter((moment) => moment !== null);
  return times.length === 0 ? null : Math.min(...times);
}
