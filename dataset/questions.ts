/**
 * What each unit of a day is asked, in one normal form, and from when on an answer to it counts.
 *
 * A stored answer counts only for the question that it answered: what is still to be asked, what a day is made of and
 * what it says of itself all compare here.
 */
import { DAY_S, type DayWindow } from '../model/calendar.ts';
import type { Enrichment } from '../model/day-tables.ts';
import type { TableName } from '../tables/columns.ts';
import { askedAs, type Session } from '../tables/rows.ts';
import type { MeetingRef } from './meetings.ts';
import type { StageResource } from './storage-keys.ts';

export type QualitySource = 'list' | 'export' | 'both';

/** How a day is asked for. Two runs that differ in it ask different questions. */
export interface DayAsk {
  user_id_type: string;
  listing: 'list' | 'export';
  source: QualitySource;
  room_level_id: string | null;
  include_external_meetings: boolean;
  include_webinar: boolean;
  enrich: readonly Enrichment[];
}

/** Unix seconds: the day, and until when its meetings are asked for. */
export interface DayTimes {
  from: number;
  to: number;
  ask_until: number;
}

export type NormalRequest = Record<string, string | string[]>;

export interface Question {
  resource: StageResource;
  unit: string;
  via: 'list' | 'export';
  request: NormalRequest;
  /** Unix seconds: an answer that was asked for before may lack what came after. Null: there is no such time. */
  closes_at: number | null;
  /** Unix seconds: an answer from before that moment does not count either, though the window had closed. */
  after?: number;
}

const HALF_A_DAY_S = 43_200;
const PAGING = new Set(['page_size', 'page_token']);
/** What a window or a meeting ends with: an answer for another end is about the same thing, as far as it goes. */
const BESIDE_SUBJECT = new Set([...PAGING, 'end_time', 'meeting_end_time']);
/** A meeting is under way whichever kind of id its people are named by. */
const BESIDE_THOSE_UNDER_WAY = new Set([...BESIDE_SUBJECT, 'user_id_type']);

/** What Feishu takes a field for that is left out. */
const DEFAULTS: Record<StageResource, NormalRequest> = {
  meeting_list: {
    user_id_type: 'open_id',
    meeting_status: '2',
    meeting_type: '1',
    include_external_meetings: 'false',
    include_webinar: 'false',
  },
  participant_list: { user_id_type: 'open_id', meeting_status: '2' },
  participant_quality_list: { user_id_type: 'open_id' },
  resource_reservation_list: { need_topic: 'false', is_exclude: 'false' },
  rooms: {},
};

/** A request without its paging, defaults filled in, every value as text, fields in the order of their names. */
export function normalRequest(resource: StageResource, request: Record<string, unknown>): NormalRequest {
  const fields: NormalRequest = { ...DEFAULTS[resource] };
  for (const [name, value] of Object.entries(request)) {
    if (value === undefined || value === null || PAGING.has(name)) continue;
    fields[name] = normalValue(value);
  }
  return Object.fromEntries(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function normalValue(value: unknown): string | string[] {
  if (Array.isArray(value)) return value.map(String).toSorted();
  return typeof value === 'string' ? value.trim() : JSON.stringify(value);
}

/** What was asked, as a record or a question has it. */
export interface Asked {
  resource: StageResource;
  via: 'list' | 'export';
  request: Record<string, unknown>;
}

/** Whether both ask the same to the letter. */
export function sameQuestion(a: Asked, b: Asked): boolean {
  return asksAlike(a, b, PAGING);
}

/** Whether both ask about the same thing, the one perhaps further than the other: their ends aside. */
export function sameSubject(a: Asked, b: Asked): boolean {
  return asksAlike(a, b, isOfThoseUnderWay(a) ? BESIDE_THOSE_UNDER_WAY : BESIDE_SUBJECT);
}

/** Whether it asks for meetings that are under way. */
export function isOfThoseUnderWay(asked: Asked): boolean {
  return asked.resource === 'meeting_list' && fieldOf(asked, 'meeting_status') === '1';
}

/** Field by field: a commit compares each session's several times, and to write both requests out takes ten times as long. */
function asksAlike(a: Asked, b: Asked, beside: ReadonlySet<string>): boolean {
  if (a.via !== b.via || a.resource !== b.resource) return false;
  const isAlike = (name: string) => beside.has(name) || areAlike(fieldOf(a, name), fieldOf(b, name));
  return [DEFAULTS[a.resource], a.request, b.request].every((fields) => Object.keys(fields).every(isAlike));
}

type NormalValue = NormalRequest[string];

/** As a request in its normal form has it. */
function fieldOf({ resource, request }: Asked, name: string): NormalValue | undefined {
  const value = Object.hasOwn(request, name) ? request[name] : null;
  if (value !== undefined && value !== null) return normalValue(value);
  return Object.hasOwn(DEFAULTS[resource], name) ? DEFAULTS[resource][name] : undefined;
}

function areAlike(a: NormalValue | undefined, b: NormalValue | undefined): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && JSON.stringify(a) === JSON.stringify(b));
}

export type MeetingListUnit = 'export' | 'list' | 'ongoing' | 'ongoing-list';

/**
 * The lists of a day's meetings: E1's file; L1's pages, where they are asked for or a flag needs them; and of both those
 * that are under way, of which a list of ended ones has none.
 */
export function meetingsQuestion(unit: MeetingListUnit, day: DayAsk & DayTimes): Question {
  const range = { start_time: String(day.from), end_time: String(day.ask_until), user_id_type: day.user_id_type };
  const { include_external_meetings, include_webinar } = day;
  const flags = { include_external_meetings, include_webinar };
  const resource = 'meeting_list';
  const closes_at = day.to + DAY_S;
  // Whoever is under way is asked for up to a moment that is still to come.
  const ongoing = { ...range, meeting_status: 1 };
  switch (unit) {
    case 'export':
      return question({ resource, unit, via: 'export', request: range, closes_at });
    case 'list':
      return question({ resource, unit, via: 'list', request: { ...range, ...flags }, closes_at });
    case 'ongoing':
      return question({ resource, unit, via: 'export', request: ongoing, closes_at: day.to });
    case 'ongoing-list':
      return question({ resource, unit, via: 'list', request: { ...ongoing, ...flags }, closes_at: day.to });
  }
}

export function needsMeetingList({ include_external_meetings, include_webinar, enrich }: DayAsk): boolean {
  return include_external_meetings || include_webinar || enrich.includes('meetings');
}

export function needsReservationList({ enrich }: DayAsk): boolean {
  return enrich.includes('reservations');
}

/**
 * What decides which rows a table can have, in words that are equal where the same is asked. A list beside the file of
 * meetings has no others than the file, and they are the same ones by either kind of id.
 */
function waysOf(table: TableName, ask: DayAsk): string[] {
  switch (table) {
    case 'meetings':
      return [
        'E1',
        ...(ask.include_external_meetings ? ['external meetings'] : []),
        ...(ask.include_webinar ? ['webinars'] : []),
      ];
    case 'participants':
      return [...waysOf('meetings', ask), `people by ${ask.listing} and ${ask.user_id_type}`];
    case 'quality_minutes':
    case 'units':
      return [...waysOf('participants', ask), ...viasOf(ask).map((via) => `minutes by ${via}`)];
    case 'reservations':
      return [`E4 of ${ask.room_level_id}`, ...(needsReservationList(ask) ? ['L4'] : [])];
  }
}

/** Whether all the rows that one run asks for are asked for by the other one too, which may ask for more. */
export function asksAllOf(table: TableName, one: DayAsk, other: DayAsk): boolean {
  const ways = waysOf(table, other);
  return waysOf(table, one).every((way) => ways.includes(way));
}

/** Whether what one run says of a table tells all that the other one asked: a list beside the file has its own word on it. */
export function speaksForAll(table: TableName, one: DayAsk, other: DayAsk): boolean {
  const hasList = table !== 'meetings' || !needsMeetingList(one) || needsMeetingList(other);
  return hasList && asksAllOf(table, one, other);
}

/** Which differences between the rows of two runs are facts, and not a matter of what was asked. */
export interface News {
  added: boolean;
  removed: boolean;
  changed: boolean;
  /** Only rows of meetings that the file has too: both runs ask for those. */
  ofFileOnly: boolean;
}

export function newsBetween(table: TableName, before: DayAsk, now: DayAsk): News {
  const [isWider, isNarrower] = [asksAllOf(table, before, now), asksAllOf(table, now, before)];
  const ofFileOnly = table === 'meetings' && !isWider;
  return {
    added: isNarrower || ofFileOnly,
    removed: isWider || ofFileOnly,
    changed: (isWider || isNarrower || ofFileOnly) && areFilledAlike(table, before, now),
    ofFileOnly,
  };
}

/** Whether one row has the same columns from the same sources, and ids of one kind in them. */
function areFilledAlike(table: TableName, one: DayAsk, other: DayAsk): boolean {
  const alike = (of: (ask: DayAsk) => unknown) => of(one) === of(other);
  switch (table) {
    case 'meetings':
      return alike(needsMeetingList) && (!needsMeetingList(one) || alike(({ user_id_type }) => user_id_type));
    case 'reservations':
      return alike(needsReservationList);
    default:
      return alike(({ source }) => source) || table === 'participants';
  }
}

/** Whether both ask the same for a table, so that other rows are other facts. What else they ask says nothing of it. */
export function askedAlike(table: TableName, one: DayAsk, other: DayAsk): boolean {
  const fillsAlike =
    table !== 'meetings' ||
    (one.user_id_type === other.user_id_type && needsMeetingList(one) === needsMeetingList(other));
  return fillsAlike && asksAllOf(table, one, other) && asksAllOf(table, other, one);
}

export function participantsQuestion(meeting: MeetingRef, { listing, user_id_type }: DayAsk): Question {
  const { meeting_no, meeting_start_time, meeting_end_time, meeting_key: unit } = meeting;
  const request = { meeting_no, meeting_start_time, meeting_end_time, user_id_type };
  return question({
    resource: 'participant_list',
    unit,
    via: listing,
    request,
    closes_at: Number(meeting_end_time),
  });
}

/** One for each source that the day asks. */
export function qualityQuestions(
  meeting: MeetingRef,
  session: Session,
  { source, user_id_type }: Pick<DayAsk, 'source' | 'user_id_type'>,
): Question[] {
  const { meeting_no, meeting_start_time, meeting_end_time } = meeting;
  const identity = { meeting_no, meeting_start_time, meeting_end_time, join_time: session.join_time };
  return viasOf({ source }).map((via) =>
    question({
      resource: 'participant_quality_list',
      unit: `${session.session_key}.${via}`,
      via,
      request: { ...identity, ...askedAs(session), user_id_type },
      closes_at: Number(meeting_end_time),
    }),
  );
}

function viasOf({ source }: Pick<DayAsk, 'source'>): ('list' | 'export')[] {
  return source === 'both' ? ['list', 'export'] : [source];
}

/** A day each, half a day apart, so that a booking of up to 12 hours lies whole in one, whatever a window means. */
export function reservationWindows({ fromUnix, toUnix }: DayWindow): { from: number; to: number }[] {
  const windows = [];
  for (let from = fromUnix; from <= toUnix; from += HALF_A_DAY_S) windows.push({ from, to: from + DAY_S });
  return windows;
}

export function reservationQuestions({ from, to, room_level_id }: DayAsk & DayTimes): Question[] {
  return reservationWindows({ fromUnix: from, toUnix: to }).map((window, index) =>
    question({
      resource: 'resource_reservation_list',
      unit: `window-${index + 1}`,
      via: 'export',
      request: { room_level_id, need_topic: true, start_time: String(window.from), end_time: String(window.to) },
      closes_at: window.to,
    }),
  );
}

/**
 * L4 takes rooms by name, however many there are, or all of the level but those: of any one room, it and the others are all.
 * `room`: null where there is none.
 */
export function listedReservationQuestions(
  { from, to, room_level_id }: DayAsk & DayTimes,
  room: string | null,
): Question[] {
  if (room === null) return [];
  return reservationWindows({ fromUnix: from, toUnix: to }).flatMap((window, index) =>
    (['room', 'others'] as const).map((part) => {
      const range = { start_time: String(window.from), end_time: String(window.to) };
      const rooms = { room_ids: [room], is_exclude: part === 'others' };
      return question({
        resource: 'resource_reservation_list',
        unit: `window-${index + 1}.${part}`,
        via: 'list',
        request: { room_level_id, need_topic: true, ...range, ...rooms },
        closes_at: window.to,
      });
    }),
  );
}

export function roomsQuestion({ room_level_id }: DayAsk): Question {
  return question({ resource: 'rooms', unit: 'rooms', via: 'list', request: { room_level_id }, closes_at: null });
}

/** What a list of reservations or rooms is asked that lies as this unit; null where the day does not need it. */
export function listQuestion({ resource, unit }: { resource: StageResource; unit: string }, day: DayAsk & DayTimes) {
  const lists = [...reservationQuestions(day), roomsQuestion(day)];
  return lists.find((each) => each.resource === resource && each.unit === unit) ?? null;
}

function question(asked: Omit<Question, 'request'> & { request: Record<string, unknown> }): Question {
  return { ...asked, request: normalRequest(asked.resource, asked.request) };
}
