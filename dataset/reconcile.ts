/**
 * A day's people: those that the lists name against the count that each meeting gives of itself, and what may lie
 * behind a difference. Feishu does not say whom its count leaves out, so nothing is subtracted: the causes are counted
 * beside it.
 */
import type { Row } from '../tables/columns.ts';
import { isUnparsed, textAt, unixAt } from '../tables/rows.ts';
import { isOfAnotherTenant, isWebinar } from './meetings.ts';

/** What the list says of who somebody is, besides the columns. */
interface AttendeeKind {
  /** Null where the answer has no such field. */
  external: boolean | null;
  /** Only webinars have viewers. */
  viewer: boolean;
}

/** A row of `participants`; `kind` is null where it comes from a file, which has neither field. */
export interface Attendee {
  row: Row;
  kind: AttendeeKind | null;
}

const VIEWER = '3';

/** `row`: of a list's answer. */
export function kindOf(row: Row): AttendeeKind {
  const external = row['is_external'];
  return {
    external: typeof external === 'boolean' ? external : null,
    viewer: textAt(row, 'webinar_user_role') === VIEWER,
  };
}

/** Null where the source does not say; docs/tables.md has the words for each. */
export type Reconciliation = Record<
  | 'participants_counted_by_meetings'
  | 'distinct_participants_listed'
  | 'participant_sessions_listed'
  | 'sessions_of_other_devices'
  | 'sessions_of_rejoins'
  | 'sessions_of_rooms'
  | 'sessions_without_id'
  | 'distinct_rooms_listed'
  | 'distinct_external_guests_listed'
  | 'distinct_webinar_viewers_listed'
  | 'webinar_viewers_counted_by_meetings'
  | 'meetings_without_a_list'
  | 'meetings_with_another_count'
  | 'meetings_with_unexplained_count',
  number | null
>;

export interface DayOfPeople {
  /** Rows of `meetings`. */
  meetings: Row[];
  /** By the row of the meeting, rows of one meeting having the same list; a meeting whose list is not there has none. */
  lists: ReadonlyMap<Row, People>;
  /** The viewers that the meeting list counts; null where it was not asked. */
  viewersCounted: number | null;
}

export function reconcile({ meetings, lists, viewersCounted }: DayOfPeople): Reconciliation {
  const all = [...new Set(lists.values())];
  const sum = (of: (people: People) => number) => all.reduce((total, one) => total + of(one), 0);
  const every = (is: (people: People) => boolean) => all.every(is);
  const knowsKinds = every((one) => one.knowsKinds);
  const knowsExternals = every((one) => one.knowsExternals);
  const verdicts = meetings.map((row) => verdictOn(row, lists.get(row)));
  const meetingsThat = (...are: Verdict[]) => verdicts.filter((verdict) => are.includes(verdict)).length;
  return {
    participants_counted_by_meetings: meetings.reduce((total, row) => total + (countOf(row) ?? 0), 0),
    distinct_participants_listed: sum((one) => one.distinct),
    participant_sessions_listed: sum((one) => one.sessions),
    sessions_of_other_devices: sum((one) => one.otherDevices),
    sessions_of_rejoins: sum((one) => one.rejoins),
    sessions_of_rooms: knowsKinds ? sum((one) => one.sessionsOfRooms) : null,
    sessions_without_id: sum((one) => one.withoutId),
    distinct_rooms_listed: knowsKinds ? sum((one) => one.rooms) : null,
    distinct_external_guests_listed: knowsExternals ? sum((one) => one.externals) : null,
    distinct_webinar_viewers_listed: knowsKinds ? sum((one) => one.viewers) : null,
    webinar_viewers_counted_by_meetings: viewersCounted,
    meetings_without_a_list: meetingsThat('no list'),
    meetings_with_another_count: meetingsThat('explained', 'unexplained'),
    meetings_with_unexplained_count: knowsExternals ? meetingsThat('unexplained') : null,
  };
}

/**
 * Meetings whose list cannot be what the meeting counts: nobody listed where it counts somebody (or does not say how
 * many), more counted than listed, fewer counted than those whom no cause touches. `explained`: more counted than listed,
 * in a meeting of another tenant, whose people are not all ours to see, or among a webinar's viewers. `returning`: as many
 * counted as listed only if somebody without an id who came back under the same name counts as another one, which Feishu
 * does not say. `unjudged`: more listed than counted where no list says of anybody whether they are external, so that they
 * may be guests whom the count leaves out. `uncounted`, `unreadable`: somebody is listed, and the meeting has no count, or none that can be read; or
 * more are counted than listed, and a webinar's count of viewers, who may be the others, cannot be read.
 * `elsewhere`: sessions, not meetings, that begin and end an hour or more before the meeting or after it.
 */
export interface Disagreements {
  nobody: number;
  fewer: number;
  more: number;
  explained: number;
  returning: number;
  unjudged: number;
  uncounted: number;
  unreadable: number;
  elsewhere: number;
}

export function disagreementsOf({ meetings, lists }: Pick<DayOfPeople, 'meetings' | 'lists'>): Disagreements {
  const found: Disagreements = {
    nobody: 0,
    fewer: 0,
    more: 0,
    explained: 0,
    returning: 0,
    unjudged: 0,
    uncounted: 0,
    unreadable: 0,
    elsewhere: [...new Set(lists.values())].reduce((sum, people) => sum + people.elsewhere, 0),
  };
  const saysExternal = [...lists.values()].some(({ sessions, knowsExternals }) => sessions > 0 && knowsExternals);
  for (const meeting of meetings) {
    const people = lists.get(meeting);
    if (!people) continue;
    const counted = countOf(meeting);
    // A list says of strangers that they are external, in another meeting of the day at least; a file gives them no id.
    const knowsOwn = saysExternal || people.areOfFile;
    if (people.sessions === 0) found.nobody += counted === 0 ? 0 : 1;
    else if (counted === null) found[isUnparsed(meeting, 'number_of_participants') ? 'unreadable' : 'uncounted']++;
    else if (counted > people.most && isUnparsed(meeting, 'number_of_webinar_viewers')) found.unreadable++;
    else if (counted > people.most + unlistedViewers(meeting, people))
      found[isOfAnotherTenant(meeting) ? 'explained' : 'fewer']++;
    else if (counted > people.most) found.explained++;
    else if (counted > people.sure) found.returning++;
    else if (counted < people.least) found[knowsOwn ? 'more' : 'unjudged']++;
  }
  return found;
}

const HOUR_S = 3600;

/** Somebody may wait before a meeting begins, and clocks differ; a stay of another day or hour is of another meeting. */
function isElsewhere({ row }: Attendee): boolean {
  const at = (column: string) => unixAt(row, column);
  const [start, end, join, leave] = [
    at('meeting_start_time'),
    at('meeting_end_time'),
    at('join_time'),
    at('leave_time'),
  ];
  if (start === null || end === null || join === null) return false;
  return join >= end + HOUR_S || (leave !== null && Math.max(join, leave) <= start - HOUR_S);
}

/** How many viewers the meeting may have besides those among `most`. */
function unlistedViewers(meeting: Row, { mostViewers }: People): number {
  const viewers = meeting['number_of_webinar_viewers'];
  if (typeof viewers === 'number') return Math.max(0, viewers - mostViewers);
  return isWebinar(meeting) ? Infinity : 0;
}

type Verdict = 'no list' | 'no count' | 'same' | 'explained' | 'unexplained';

function verdictOn(meeting: Row, people: People | undefined): Verdict {
  if (!people) return 'no list';
  const counted = countOf(meeting);
  if (counted === null) return 'no count';
  if (counted === people.distinct) return 'same';
  return counted >= people.least && counted <= people.most ? 'explained' : 'unexplained';
}

function countOf(meeting: Row): number | null {
  const count = meeting['number_of_participants'];
  return typeof count === 'number' ? count : null;
}

/** What the list of one meeting comes to: all that is held of it. */
export interface People {
  sessions: number;
  /** By id; those without one by name, since nothing else tells them apart. */
  distinct: number;
  otherDevices: number;
  rejoins: number;
  withoutId: number;
  sessionsOfRooms: number;
  rooms: number;
  externals: number;
  viewers: number;
  /** What a count that the causes explain lies between: those whom none touches, and each session without an id for one. */
  least: number;
  most: number;
  /** Viewers among `most`. */
  mostViewers: number;
  /** As `most`, with somebody without an id who is there again after leaving for one. */
  sure: number;
  knowsKinds: boolean;
  knowsExternals: boolean;
  areOfFile: boolean;
  /** Sessions of another time than the meeting. */
  elsewhere: number;
}

export function peopleOf(attendees: Attendee[]): People {
  const identified = groupedBy(attendees, idOf);
  const nameless = groupedBy(attendees, (attendee) => (idOf(attendee) === null ? nameOf(attendee) : null));
  const further = identified.map(furtherSessions);
  const withoutId = attendees.filter((attendee) => idOf(attendee) === null).length;
  const those = (is: (attendee: Attendee) => boolean) =>
    [...identified, ...nameless].filter((sessions) => sessions.some(is)).length;
  const isTouched = (one: Attendee) => isRoom(one) || isExternal(one) || isViewer(one);
  return {
    sessions: attendees.length,
    distinct: identified.length + nameless.length,
    otherDevices: further.reduce((total, { otherDevices }) => total + otherDevices, 0),
    rejoins: further.reduce((total, { rejoins }) => total + rejoins, 0),
    withoutId,
    sessionsOfRooms: attendees.filter(isRoom).length,
    rooms: those(isRoom),
    externals: those(isExternal),
    viewers: those(isViewer),
    least: identified.filter((sessions) => !sessions.some(isTouched)).length,
    most: identified.length + withoutId,
    mostViewers:
      identified.filter((sessions) => sessions.some(isViewer)).length + nameless.flat().filter(isViewer).length,
    sure: identified.length + nameless.reduce((sum, sessions) => sum + atOnce(sessions), 0),
    knowsKinds: attendees.every(({ kind }) => kind !== null),
    // Where some answers have the field, one without it says that it is not so.
    knowsExternals: attendees.length === 0 || attendees.some(({ kind }) => kind !== null && kind.external !== null),
    areOfFile: attendees.every(({ kind }) => kind === null),
    elsewhere: attendees.filter(isElsewhere).length,
  };
}

const isRoom = ({ row }: Attendee): boolean => textAt(row, 'meeting_room_id') !== null;
const isExternal = ({ kind }: Attendee): boolean => kind?.external === true;
const isViewer = ({ kind }: Attendee): boolean => kind?.viewer === true;
/** A room that has the id of a user too is a room: several may have the id of one. */
const idOf = ({ row }: Attendee): string | null => textAt(row, 'meeting_room_id') ?? textAt(row, 'user_id');
const nameOf = ({ row }: Attendee): string => textAt(row, 'participant_name') ?? '';

/** Those with a key, each key's together. */
function groupedBy(attendees: Attendee[], keyOf: (attendee: Attendee) => string | null): Attendee[][] {
  const groups = new Map<string, Attendee[]>();
  for (const attendee of attendees) {
    const key = keyOf(attendee);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(attendee);
    else groups.set(key, [attendee]);
  }
  return [...groups.values()];
}

/** The most of these sessions that are under way at one moment; one without a time may be anywhere, so it adds to them. */
function atOnce(sessions: Attendee[]): number {
  const times = sessions.flatMap(({ row }) => {
    const join = unixAt(row, 'join_time');
    return join === null ? [] : [{ join, leave: unixAt(row, 'leave_time') ?? Infinity }];
  });
  // Somebody who came and went in one second was there then.
  const isThere = (at: number) => times.filter(({ join, leave }) => join === at || (join < at && at < leave)).length;
  const most = times.map(({ join }) => isThere(join));
  return Math.max(0, ...most) + (sessions.length - times.length);
}

/** One person's sessions after the first: beside an earlier one, or after all of them. Without a time nothing tells which. */
function furtherSessions(sessions: Attendee[]): { otherDevices: number; rejoins: number } {
  const times = sessions
    .flatMap(({ row }) => {
      const join = unixAt(row, 'join_time');
      return join === null ? [] : [{ join, leave: unixAt(row, 'leave_time') ?? Infinity }];
    })
    .toSorted((a, b) => a.join - b.join);
  let otherDevices = 0;
  let stays = -Infinity;
  for (const { join, leave } of times) {
    if (join < stays) otherDevices++;
    stays = Math.max(stays, leave);
  }
  return { otherDevices, rejoins: Math.max(0, times.length - 1) - otherDevices };
}
