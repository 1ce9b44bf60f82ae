/** What a day's tables have to be, told from the calls that were made and the tenant alone: not from the product's code. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import type { TableName } from '../../tables/columns.ts';
import {
  meetingsAt,
  minutesOf,
  roomIdOf,
  saidAt,
  shownAt,
  userIdOf,
  type SmallTenant,
  type TenantBooking,
  type TenantMeeting,
  type TenantPerson,
} from './small-tenant.ts';
import { FROM, HOUR, TO, type Ask, type Call, type Outcome, type RunResult, type StagedDay } from './staged-day.ts';

const DAY_S = 24 * HOUR;
const SETTLE_S = 6 * HOUR;

// What is generated.

/** When Feishu comes to say something else: between the moments at which it is asked. */
const CHANGES = [TO + 10 * HOUR, TO + 30 * HOUR, TO + 60 * HOUR];
/** Of the next day, so that a file without a meeting of the day is not empty. */
const TOMORROW: TenantMeeting = { no: '100000009', start: TO + 2 * HOUR, end: TO + 3 * HOUR, people: [] };

const anyPerson = fc.record({
  name: fc.constantFrom('ann', 'bob', 'cid', 'dan'),
  kind: fc.constantFrom<TenantPerson['kind']>('user', 'user', 'user', 'room', 'guest'),
  comes: fc.integer({ min: 0, max: 60 }),
  stays: fc.constantFrom(1, 20, 45, 150),
  late: fc.constantFrom(0, 0, 0, 2 * HOUR, 5 * HOUR),
  grows: fc.constantFrom(null, null, null, ...CHANGES),
});
const anyMeeting = fc.record({
  startsAt: fc.integer({ min: 0, max: 1439 }),
  lasts: fc.constantFrom(90, 240, 600, 90, 240, 600, 2400),
  external: fc.constantFrom(false, false, false, true),
  listed: fc.constantFrom(null, null, null, ...CHANGES),
  gone: fc.constantFrom(null, null, null, null, null, ...CHANGES),
  people: fc.uniqueArray(anyPerson, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
});
const anyBooking = fc.record({ room: fc.constantFrom('blue', 'red'), startsAt: fc.integer({ min: 0, max: 1439 }) });

export const anyTenant: fc.Arbitrary<SmallTenant> = fc
  .record({
    meetings: fc.array(anyMeeting, { minLength: 1, maxLength: 2 }),
    bookings: fc.array(anyBooking, { maxLength: 2 }),
    hasTomorrow: fc.constantFrom(true, true, false),
    allGone: fc.constantFrom(null, null, null, ...CHANGES.slice(1)),
  })
  .map(({ meetings, bookings, hasTomorrow, allGone }) => ({
    meetings: meetings
      .map(({ startsAt, lasts, people, external, listed, gone: ownGone }, index): TenantMeeting => {
        const start = FROM + startsAt * 60;
        const end = start + lasts * 60;
        const gone = allGone ?? ownGone;
        return {
          no: String(100_000_001 + index),
          start,
          end,
          ...(external ? { external } : {}),
          ...(listed === null ? {} : { listed }),
          ...(gone === null || gone <= (listed ?? 0) ? {} : { gone }),
          people: people.map(({ name, kind, comes, stays, late, grows }): TenantPerson => {
            const join = start + comes * 60;
            const leave = Math.min(end, join + stays * 60);
            const last = Math.min(end, leave + HOUR);
            // By more than may lack of the minutes.
            const isLonger = grows !== null && last - leave >= HOUR / 2;
            const longer = isLonger ? { longer: { from: grows, leave: last } } : {};
            return { name, kind, join, leave, shown: leave + late, ...longer };
          }),
        };
      })
      .concat(hasTomorrow ? [TOMORROW] : []),
    bookings: bookings.map(({ room, startsAt }, index) => {
      const start = FROM + startsAt * 60;
      return { room, by: `booker ${index}`, start, end: start + HOUR };
    }),
  }));

export interface AnyAsk {
  ask: Ask;
  at: number;
  refresh: 'all' | 'unsettled' | 'missing';
  outcomes: Outcome[];
  /** Meetings that are under way are asked for where a run would; else Feishu says nothing of them. */
  ongoing: boolean;
}

const MOMENTS = [
  FROM + 10 * HOUR,
  TO - HOUR,
  TO + HOUR,
  TO + 20 * HOUR,
  TO + 25 * HOUR,
  TO + 40 * HOUR,
  TO + 90 * HOUR,
];
const TABLE_SETS: Ask['include'][] = [
  ['meetings', 'participants', 'quality_minutes'],
  ['meetings', 'participants', 'quality_minutes'],
  ['meetings', 'participants', 'quality_minutes', 'reservations'],
  ['meetings'],
  ['participants'],
  ['meetings', 'participants'],
  ['quality_minutes'],
  ['reservations'],
];

type AskedFor = Omit<AnyAsk, 'at'> & { moment: number };

const anyAsk: fc.Arbitrary<AskedFor> = fc
  .record({
    include: fc.constantFrom(...TABLE_SETS),
    listing: fc.constantFrom<Ask['listing']>('list', 'list', 'export'),
    source: fc.constantFrom<Ask['source']>('list', 'list', 'export', 'both'),
    user_id_type: fc.constantFrom<Ask['user_id_type']>('open_id', 'open_id', 'user_id'),
    level: fc.constantFrom('omb_1', 'omb_1', 'omb_2'),
    refresh: fc.constantFrom<AnyAsk['refresh']>('all', 'missing', 'unsettled'),
    enrich: fc.constantFrom<Ask['enrich']>([], [], ['meetings'], ['meetings', 'reservations']),
    flags: fc.constantFrom('', '', 'external', 'external webinar'),
    ongoing: fc.boolean(),
    moment: fc.constantFrom(...MOMENTS, ...MOMENTS.slice(-2)),
    luck: fc.constantFrom(0, 0, 1),
    outcomes: fc.array(fc.constantFrom<Outcome>('ok', 'ok', 'ok', 'ok', 'failed', 'no-data', 'empty', 'cut'), {
      minLength: 5,
      maxLength: 30,
    }),
  })
  .map(
    ({ include, listing, source, user_id_type, level, refresh, moment, luck, outcomes, enrich, flags, ongoing }) => ({
      ask: {
        include,
        listing,
        source,
        user_id_type: listing === 'export' ? 'user_id' : user_id_type,
        room_level_id: include.includes('reservations') ? level : null,
        include_external_meetings: flags.includes('external'),
        include_webinar: flags.includes('webinar'),
        enrich,
      },
      ongoing,
      refresh,
      moment,
      outcomes: luck === 0 ? [] : outcomes,
    }),
  );

const anyOfThem = fc.array(anyAsk, { minLength: 1, maxLength: 4 });

const FOLLOWING_SETS: Ask['include'][] = [...TABLE_SETS.slice(0, 2), ...TABLE_SETS.slice(3, 7), ['quality_minutes']];

/** Whole and late at first, then by narrower runs that ask for nearly the same: where one table can speak for another. */
const anyFollowing = fc
  .tuple(
    anyAsk,
    fc.array(anyAsk, { minLength: 1, maxLength: 2 }),
    fc.array(fc.constantFrom(...MOMENTS.slice(-3)), { minLength: 3, maxLength: 3 }),
    fc.array(fc.constantFrom(...FOLLOWING_SETS), { minLength: 2, maxLength: 2 }),
  )
  .map(([first, others, moments, sets]): AskedFor[] =>
    [first, ...others].map(({ ask, outcomes, ...asked }, index) => {
      const { listing, user_id_type, room_level_id } = first.ask;
      const include = index === 0 ? TABLE_SETS[0]! : sets[index - 1]!;
      // Nothing but refusals, and a file of meetings that is none ends a run.
      const refused = outcomes.map((each, call) => (each === 'ok' || call === 0 ? 'ok' : 'failed'));
      const moment = moments.toSorted((a, b) => a - b)[index]!;
      const alike = { ...ask, include, listing, user_id_type, room_level_id: room_level_id ?? ask.room_level_id };
      return { ...asked, ask: alike, outcomes: refused, moment, ongoing: false };
    }),
  );

export const anyAsks: fc.Arbitrary<AnyAsk[]> = fc
  .oneof(anyOfThem, anyFollowing)
  .map((asks) =>
    asks
      .toSorted((a, b) => a.moment - b.moment)
      .map(({ moment, ...asked }, index) => ({ ...asked, at: moment + index * 600 })),
  );

// What is known of it.

/** The last answer to one question, and the last of those that had rows, or that nobody was under way. */
interface Heard {
  at: number;
  until: number;
  outcome: Outcome;
  good: { at: number; until: number; isCut: boolean; isNone: boolean } | null;
}
interface Held {
  ask: Ask;
  good: boolean;
  /** How the run stood that wrote it with what it was made of: of use where no table of the day speaks for it. */
  above: { meetings: boolean; participants: boolean };
  rows: Set<string>;
  /** Whether the answers had rows: the file's, and those of the list beside it. */
  inFile: boolean;
  inList: boolean;
  /** The meetings, their counts, and the sessions with their stays, that the run was told of. */
  meetings: string;
  counts: string;
  sessions: string;
}

interface ModelSession {
  meeting: TenantMeeting;
  person: TenantPerson;
  key: string;
  isAskable: boolean;
  /** As the list said when it was asked. */
  leave: number;
}

const isOngoing = ({ resource, unit }: Call) => resource === 'meeting_list' && unit.startsWith('ongoing');
function hash(...parts: (string | number | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
const keyOf = ({ no, start }: TenantMeeting) => hash('meeting', no, start);
/** With rows, or with none where none were known before. Of a list a code may say that there are none. */
function hasAnswer(heard: Heard | undefined): boolean {
  if (heard?.outcome === 'no-data' && !heard.good) return true;

  return heard?.outcome === 'ok' || heard?.outcome === 'cut' || (heard?.outcome === 'empty' && !heard.good);
}
const asksList = ({ enrich, include_external_meetings, include_webinar }: Ask) =>
  enrich.includes('meetings') || include_external_meetings || include_webinar;
const flagsOf = ({ include_external_meetings, include_webinar }: Ask) =>
  `${include_external_meetings} ${include_webinar}`;
/** What is not there any more was there: the answers of then say so to the question of now. */
function hadMeetings({ ask, inFile, inList }: Held, now: Ask): boolean {
  return inFile || (inList && asksList(now) && flagsOf(ask) === flagsOf(now));
}
function hadReservations({ ask, inFile, inList }: Held, now: Ask): boolean {
  return ask.room_level_id === now.room_level_id && (inFile || (inList && now.enrich.includes('reservations')));
}
/** Whether what one run wrote has all the meetings that another one asked for. */
function hasMeetingsFor(held: Held | undefined, { ask }: Held): boolean {
  if (!held) return false;
  const lacksExternal = ask.include_external_meetings && !held.ask.include_external_meetings;
  const lacksList = asksList(ask) && !asksList(held.ask);
  return !lacksExternal && !lacksList && !(ask.include_webinar && !held.ask.include_webinar);
}
const sameList = (a: Ask, b: Ask) => a.listing === b.listing && a.user_id_type === b.user_id_type;
const sameCounts = (a?: Held, b?: Held) => !a || !b || a.counts === b.counts;
function hasPeopleFor(held: Held | undefined, other: Held): boolean {
  return (
    held !== undefined && hasMeetingsFor(held, other) && sameList(held.ask, other.ask) && held.counts === other.counts
  );
}
const textOf = (texts: string[]) => texts.toSorted().join('; ');
/** What a list of meetings that was heard then counts. */
function countedBy(heard: Heard | undefined, meeting: TenantMeeting): number {
  return new Set(shownAt(meeting, heard?.good?.at ?? 0).map(({ name }) => name)).size;
}
const isRow = (text: string) => text !== '';

export class DayModel {
  readonly #tenant: SmallTenant;
  readonly #heard = new Map<string, Heard>();
  readonly #held = new Map<TableName, Held>();
  readonly #why: string[] = [];
  /** Some answer said that there is nothing where there is something, or says something else later. */
  wasLiedTo = false;

  constructor(tenant: SmallTenant) {
    this.#tenant = tenant;
    const changes = tenant.meetings.some(
      ({ listed, gone, people }) => (listed ?? gone) !== undefined || people.some(({ longer }) => longer),
    );
    this.wasLiedTo = changes;
  }

  why(): string[] {
    return this.#why;
  }

  /** @returns null where the run committed nothing */
  async run(
    day: StagedDay,
    { ask, at, refresh, outcomes, ongoing }: AnyAsk,
  ): Promise<Pick<RunResult, 'manifest'> | null> {
    let calls = 0;
    let asked = at;
    const outcome = (call: Call): Outcome => {
      const what = outcomes[calls++ % Math.max(1, outcomes.length)] ?? 'ok';
      const now = Math.floor(Date.now() / 1000);
      // The window of the others ends when those under way were asked for.
      if (isOngoing(call)) asked = now;
      const until = Math.max(FROM + 1, Math.min(TO + DAY_S, asked));
      this.#hear(call, { what, ask, until, now });
      return what;
    };
    try {
      const result = await day.run(ask, { at, refresh, outcome, ongoing });
      if (result.sealed) return null;
    } catch (error) {
      if (error instanceof Error && error.message === 'no meetings') return null;
      throw error;
    }
    this.#why.length = 0;
    this.#write(ask);
    const { readManifest } = await import('../../dataset/manifest.ts');
    const manifest = await readManifest(day.store, { profile: 'default', day: '2026-10-01' });
    return { manifest: manifest! };
  }

  #question({ resource, unit, via }: Call, ask: Ask): string {
    // Those under way are the same whichever kind of id is asked for.
    const isAnyKind = unit === 'ongoing' || unit === 'ongoing-list';
    const isOfRooms = resource === 'resource_reservation_list' || resource === 'rooms';
    const kind = isAnyKind ? '' : isOfRooms ? ask.room_level_id : ask.user_id_type;
    const flags = resource === 'meeting_list' && via === 'list' ? flagsOf(ask) : '';
    return [resource, unit, via, kind, flags].join(' ');
  }

  #hear(call: Call, { what, ask, until, now }: { what: Outcome; ask: Ask; until: number; now: number }): void {
    const question = this.#question(call, ask);
    const isFile = call.via === 'export' && call.resource !== 'participant_quality_list';
    // A file that is refused is a failure, whatever the code.
    const outcome = what === 'no-data' && isFile ? 'failed' : what;
    const truth = this.#truthOf(call, { ask, now, until });
    const isEmpty =
      truth.length === 0 || (outcome === 'cut' && truth.length === 1 && call.resource === 'participant_list');
    const known = this.#heard.get(question)?.good ?? null;
    const answered: Outcome = outcome === 'ok' || outcome === 'cut' ? (isEmpty ? 'empty' : outcome) : outcome;
    if ((answered === 'empty' || answered === 'no-data') && truth.length > 0) this.wasLiedTo = true;
    const hasRows = answered === 'ok' || answered === 'cut';
    const isCut = answered === 'cut' && (call.resource === 'participant_list' || truth.length > 100);
    // Another question to the same unit takes the place of what was there.
    for (const other of this.#heard.keys()) {
      const [resource, unit] = other.split(' ');
      if (resource === call.resource && unit === call.unit && other !== question) this.#heard.delete(other);
    }
    const isNone = isOngoing(call) && answered === 'empty';
    const good = hasRows || isNone ? { at: now, until, isCut, isNone } : known;
    this.#heard.set(question, { at: now, until, outcome: answered, good });
  }

  #truthOf(call: Call, { ask, now, until }: { ask: Ask; now: number; until: number }): unknown[] {
    switch (call.resource) {
      case 'meeting_list':
        return isOngoing(call)
          ? this.#meetingsIn(call.via, ask, { until: now + DAY_S, at: now, status: 'ongoing' })
          : this.#meetingsIn(call.via, ask, { until, at: now });
      case 'participant_list': {
        const meeting = this.#tenant.meetings.find((each) => keyOf(each) === call.unit);
        return meeting ? shownAt(meeting, now) : [];
      }
      case 'participant_quality_list': {
        const found = this.#sessions(this.#tenant.meetings, ask).find(({ key }) => call.unit.startsWith(key));
        return found ? minutesOf(saidAt(found.person, now)) : [];
      }
      case 'resource_reservation_list':
        return this.#bookingsOf(call.unit);
      case 'rooms':
        return this.#tenant.bookings;
    }
  }

  /** The file has no meetings of other tenants, and the list those that are asked for. */
  #meetingsIn(
    via: Call['via'],
    ask: Ask,
    { until, at, status = 'ended' }: { until: number; at: number; status?: 'ended' | 'ongoing' },
  ): TenantMeeting[] {
    const hasExternal = via === 'list' && ask.include_external_meetings;
    const all = meetingsAt(this.#tenant, { from: FROM, to: until, at, status });
    return all.filter(({ external }) => external !== true || hasExternal);
  }

  /** L4 is asked for the first room by its id, and for the others. */
  #bookingsOf(unit: string): TenantBooking[] {
    const [window = '', part] = unit.split('.');
    const from = FROM + (Number(window.slice(-1)) - 1) * 12 * HOUR;
    const [first] = this.#tenant.bookings.map(({ room }) => room).toSorted();
    return this.#tenant.bookings.filter(
      ({ start, end, room }) =>
        start < from + DAY_S && end > from && (part === undefined || (room === first) === (part === 'room')),
    );
  }

  /** The sessions that can be asked about, of everybody. */
  #sessions(meetings: TenantMeeting[], { listing, user_id_type }: Ask): ModelSession[] {
    return meetings.flatMap((meeting) =>
      meeting.people.map((person) => {
        const user = userIdOf(person, user_id_type);
        const room = listing === 'list' ? roomIdOf(person) : null;
        const id =
          user === null ? (room === null ? ['participant_name', person.name] : ['room_id', room]) : ['user_id', user];
        const key = hash('session', keyOf(meeting), ...id, person.join);
        return { meeting, person, key, isAskable: user !== null || room !== null, leave: person.leave };
      }),
    );
  }

  #heardOf(call: Call, ask: Ask): Heard | undefined {
    return this.#heard.get(this.#question(call, ask));
  }

  #is(good: boolean, why: string): boolean {
    if (!good) this.#why.push(why);
    return good;
  }

  /** What the tables of this run are now. What is wrong of one that is not written is wrong of the one made of it. */
  #write(ask: Ask): void {
    const { include } = ask;
    if (include.some((table) => table !== 'reservations')) this.#writeMeetings(ask);
    if (include.includes('reservations')) this.#writeReservations(ask);
  }

  #writeMeetings(ask: Ask): void {
    const file = this.#heardOf({ resource: 'meeting_list', unit: 'export', via: 'export' }, ask);
    const list = asksList(ask)
      ? this.#heardOf({ resource: 'meeting_list', unit: 'list', via: 'list' }, ask)
      : undefined;
    const seenBy = (heard: Heard | undefined, via: Call['via']) =>
      heard?.good ? this.#meetingsIn(via, ask, heard.good).filter(({ start }) => start < TO) : [];
    const [inFile, inList] = [seenBy(file, 'export'), seenBy(list, 'list')];
    const meetings = this.#tenant.meetings.filter((each) => inFile.includes(each) || inList.includes(each));
    const isWhole = (heard: Heard | undefined, name: string, via: Call['via']) =>
      this.#is(heard !== undefined && this.#isClosed(heard, ask, via), `${name} asked early`) &&
      this.#is(hasAnswer(heard), `${name} not answered`);
    const ours = inList.filter(({ external }) => external !== true);
    const countAlike = ours
      .filter((each) => inFile.includes(each))
      .every((each) => countedBy(file, each) === countedBy(list, each));
    const areSame = ours.length === inFile.length && ours.every((each) => inFile.includes(each));
    const agree = !asksList(ask) || (areSame && countAlike);
    const good =
      isWhole(file, 'E1', 'export') &&
      (!asksList(ask) || isWhole(list, 'L1', 'list')) &&
      this.#is(agree, 'E1 and L1 differ');
    const countOf = (each: TenantMeeting) => countedBy(inFile.includes(each) ? file : list, each);
    const people = this.#peopleOf(meetings, ask, countOf);
    const minutes = this.#minutesOf(people.listed, ask);
    const common = {
      ask,
      above: { meetings: good, participants: people.good },
      inFile: inFile.length > 0,
      inList: inList.length > 0,
      meetings: textOf(meetings.map(keyOf)),
      counts: textOf(meetings.map((each) => `${keyOf(each)} ${countOf(each)}`)),
      sessions: textOf(people.listed.map(({ key, leave }) => `${key} ${leave}`)),
    };
    const held: Partial<Record<TableName, Held>> = {
      meetings: {
        ...common,
        good,
        rows: new Set(meetings.map(keyOf)),
      },
      participants: {
        ...common,
        good: people.good,
        rows: new Set(people.listed.map(({ key }) => key)),
      },
      quality_minutes: {
        ...common,
        good: minutes.good,
        rows: minutes.rows,
      },
    };
    for (const table of ask.include) {
      const known = this.#held.get(table);
      if (table === 'reservations') continue;
      // Sessions without a minute are rows of `units`.
      const hadRows = known && (known.rows.size > 0 || (table === 'quality_minutes' && known.sessions !== ''));
      const wasKnown = hadRows === true && hadMeetings(known, ask);
      if (wasKnown && meetings.length === 0)
        this.#held.set(table, { ...known, good: this.#is(false, `${table} vanished`) });
      else this.#held.set(table, held[table]!);
    }
  }

  /** What each source says of the day's meetings that are under way, moments before its list of ended ones. */
  #isClosed(heard: Heard, ask: Ask, via: Call['via']): boolean {
    const unit = via === 'export' ? 'ongoing' : 'ongoing-list';
    const ongoing = this.#heardOf({ resource: 'meeting_list', unit, via }, ask);
    const wereUnderWay = (at: number) =>
      this.#meetingsIn(via, ask, { until: at + DAY_S, at, status: 'ongoing' }).some(({ start }) => start < TO);
    const isRefused = ongoing?.outcome === 'failed' || ongoing?.outcome === 'no-data';
    // Of a file the refusal is one of the question; a list that fails keeps the day open for a week.
    const fails = ongoing?.outcome === 'failed' && via === 'list';
    const isAfterAWeek = !fails || heard.at >= TO + 7 * DAY_S;
    const said = ongoing === undefined || ongoing.at < TO ? undefined : isRefused ? ongoing.good : ongoing;
    if (!said || said.at < TO) {
      // Whoever is under way for over a day is not known of.
      if (this.#tenant.meetings.some(({ end }) => end > TO + DAY_S)) this.wasLiedTo = true;
      return isAfterAWeek && heard.at >= TO + DAY_S && heard.until >= TO + DAY_S;
    }
    // Once nobody is, nobody comes to be: an ask that fails after that changes nothing.
    const isNone = isRefused ? ongoing?.good?.isNone === true : ongoing?.outcome === 'empty';
    if (!isNone && wereUnderWay(said.at)) return false;
    return heard.at >= said.at && heard.until >= Math.min(said.at, TO + DAY_S);
  }

  #peopleOf(meetings: TenantMeeting[], ask: Ask, countOf: (meeting: TenantMeeting) => number) {
    let good = true;
    const listed: ModelSession[] = [];
    for (const meeting of meetings) {
      if (meeting.end - meeting.start > DAY_S) {
        good = this.#is(false, `${meeting.no} lasts over a day`);
        continue;
      }
      const call: Call = { resource: 'participant_list', unit: keyOf(meeting), via: ask.listing };
      const heard = this.#heardOf(call, ask);
      const shown = heard?.good ? shownAt(meeting, heard.good.at) : [];
      const there = heard?.good?.isCut === true ? shown.slice(0, -1) : shown;
      const counted = countOf(meeting);
      const users = there.filter(({ kind }) => kind === 'user').length;
      const isAnswered =
        heard?.outcome === 'ok' || heard?.outcome === 'cut' || (heard?.outcome === 'empty' && !heard.good);
      const isPending = heard?.outcome === 'empty' && ask.listing === 'list' && heard.at < meeting.end + SETTLE_S;
      const agrees =
        there.length === 0 ? counted === 0 : (there.length >= counted || meeting.external === true) && users <= counted;
      good = this.#is(isAnswered && !isPending, `list of ${meeting.no}: ${heard?.outcome}`) && good;
      good = this.#is(agrees, `people of ${meeting.no}: ${counted} counted, ${there.length} listed`) && good;
      for (const session of this.#sessions([meeting], ask)) {
        const said = there.find(({ name }) => name === session.person.name);
        if (said) listed.push({ ...session, leave: said.leave });
      }
    }
    return { good, listed };
  }

  #minutesOf(listed: ModelSession[], ask: Ask) {
    let good = true;
    const rows = new Set<string>();
    /** By meeting and by kind, of the sessions of more than two minutes: whether there is nothing of it. */
    const told = new Map<TenantMeeting | 'rooms' | 'people', boolean[]>();
    for (const { key, person, meeting, isAskable, leave } of listed) {
      if (!isAskable) continue;
      const vias = ask.source === 'both' ? (['list', 'export'] as const) : [ask.source];
      const heard = vias.map((via) =>
        this.#heardOf({ resource: 'participant_quality_list', unit: `${key}.${via}`, via }, ask),
      );
      for (const each of heard) {
        if (!each?.good) continue;
        const minutes = minutesOf(saidAt(person, each.good.at));
        for (const time of each.good.isCut ? minutes.slice(0, 100) : minutes) rows.add(`${key} ${time}`);
      }
      const isFine = heard.every((each) => each?.outcome === 'ok' || (each?.outcome === 'cut' && !each.good?.isCut));
      // Nothing was ever heard of it, hours after the meeting: that may be so.
      const isNothing = heard.every(
        (each) =>
          each && !each.good && ['empty', 'no-data'].includes(each.outcome) && each.at >= meeting.end + SETTLE_S,
      );
      const leaves = heard.flatMap((each) => (each?.good ? [saidAt(person, each.good.at).leave] : []));
      // Fewer or more than the stay that is known.
      const isOther = leaves.some((each) => each !== leave);
      good = this.#is(!isOther, `other minutes of ${person.name} in ${meeting.no}`) && good;
      good = this.#is(isFine || isNothing, `minutes of ${person.name} in ${meeting.no}`) && good;
      if (leave - person.join <= 120) continue;
      for (const group of [meeting, roomIdOf(person) === null ? ('people' as const) : ('rooms' as const)]) {
        told.set(group, [...(told.get(group) ?? []), isNothing]);
      }
    }
    const all = [...(told.get('rooms') ?? []), ...(told.get('people') ?? [])];
    const isMost = all.filter(Boolean).length * 2 > all.length;
    const isSilent = [...told.values()].some((each) => each.length > 1 && each.every(Boolean));
    good =
      this.#is(!isMost && !isSilent, 'no minutes of a meeting, of all rooms or people, or of most sessions') && good;
    return { good, rows };
  }

  #writeReservations(ask: Ask): void {
    let good = true;
    const rows = new Set<string>();
    for (const [index, end] of [DAY_S, 1.5 * DAY_S, 2 * DAY_S].entries()) {
      const unit = `window-${index + 1}`;
      const heard = this.#heardOf({ resource: 'resource_reservation_list', unit, via: 'export' }, ask);
      const isAnswered =
        heard?.outcome === 'ok' || heard?.outcome === 'cut' || (heard?.outcome === 'empty' && !heard.good);
      good =
        this.#is(isAnswered && heard !== undefined && heard.at >= FROM + end, `${unit}: ${heard?.outcome}`) && good;
      if (heard?.good) for (const { by } of this.#bookingsOf(unit)) rows.add(by);
    }
    const inFile = rows.size > 0;
    const listed = new Set<string>();
    if (ask.enrich.includes('reservations')) good = this.#addListed(ask, rows, listed) && good;
    const rooms = this.#heardOf({ resource: 'rooms', unit: 'rooms', via: 'list' }, ask);
    const hasRooms =
      rooms !== undefined &&
      rooms.outcome !== 'failed' &&
      (rooms.outcome === 'ok' || rooms.outcome === 'cut' || !rooms.good);
    good = this.#is(hasRooms, `rooms: ${rooms?.outcome}`) && good;
    good = this.#is(rows.size === 0 || rooms?.good !== null, 'no rooms, though there are reservations') && good;
    const known = this.#held.get('reservations');
    const wasKnown = known !== undefined && known.rows.size > 0 && hadReservations(known, ask);
    const above = { meetings: true, participants: true };
    if (wasKnown && rows.size === 0)
      this.#held.set('reservations', { ...known, good: this.#is(false, 'reservations vanished') });
    else {
      const of = { meetings: '', counts: '', sessions: '' };
      this.#held.set('reservations', { ask, above, good, rows, inFile, inList: listed.size > 0, ...of });
    }
  }

  /** What L4 was asked for, and whether it agrees with the files. Without a room in the list of rooms there is nothing to ask. */
  #addListed(ask: Ask, rows: Set<string>, inList: Set<string>): boolean {
    const rooms = this.#heardOf({ resource: 'rooms', unit: 'rooms', via: 'list' }, ask);
    if (!hasAnswer(rooms)) return this.#is(false, 'L4 cannot be asked');
    if (!rooms?.good) return true;
    const inFile = new Set(rows);
    let good = true;
    for (const [index, end] of [DAY_S, 1.5 * DAY_S, 2 * DAY_S].entries()) {
      for (const part of ['room', 'others']) {
        const unit = `window-${index + 1}.${part}`;
        const heard = this.#heardOf({ resource: 'resource_reservation_list', unit, via: 'list' }, ask);
        const isWhole = hasAnswer(heard) && heard !== undefined && heard.at >= FROM + end;
        good = this.#is(isWhole, `${unit}: ${heard?.outcome}`) && good;
        if (heard?.good) for (const { by } of this.#bookingsOf(unit)) inList.add(by);
      }
    }
    for (const by of inList) rows.add(by);
    const agree = inFile.size === rows.size && inList.size === rows.size;
    return this.#is(agree, 'E4 and L4 differ') && good;
  }

  /**
   * A table that is there speaks for itself, and for what others were made of where it was asked for all of that; else what
   * is made of it is as good as its run knew it.
   */
  #goodsOf(table: TableName, held: Held): boolean[] {
    const { good, above } = held;
    const meetings = hasMeetingsFor(this.#held.get('meetings'), held);
    const people = table === 'quality_minutes' && hasPeopleFor(this.#held.get('participants'), held);
    if (table === 'meetings' || table === 'reservations') return [good];
    const ofMeetings = meetings || people ? [] : [above.meetings];
    return [good, ...ofMeetings, ...(table === 'participants' || people ? [] : [above.participants])];
  }

  /** Whether tables are of the meetings, counts and stays that the nearest one that they are made of has. */
  #areOfTheSame(): boolean {
    const [meetings, people, minutes] = (['meetings', 'participants', 'quality_minutes'] as const).map((table) =>
      this.#held.get(table),
    );
    if (!sameCounts(people, meetings)) return false;
    if (!people) return sameCounts(minutes, meetings);
    return !minutes || (minutes.meetings === people.meetings && minutes.sessions === people.sessions);
  }

  isComplete(): boolean {
    const goods = [...this.#held].flatMap(([table, held]) => this.#goodsOf(table, held));
    if (!this.#areOfTheSame()) return this.#is(false, 'tables differ');
    return !goods.includes(false);
  }

  /** Rows of the tables that are not what the calls could know, and the reverse. */
  async differences(day: StagedDay): Promise<string[]> {
    const found: string[] = [];
    for (const [table, { rows }] of this.#held) found.push(...(await differing(day, table, rows)));
    return found;
  }

  /** As `differences`, against what Feishu says in the end. */
  async differencesFromTheEnd(day: StagedDay): Promise<string[]> {
    const found: string[] = [];
    for (const [table, { ask }] of this.#held) {
      const hasExternal = ask.include_external_meetings;
      const meetings = this.#tenant.meetings.filter(
        ({ start, external }) => start < TO && (external !== true || hasExternal),
      );
      const expected: Partial<Record<TableName, Set<string>>> = {
        meetings: new Set(meetings.map(keyOf)),
        reservations: new Set(this.#tenant.bookings.map(({ by }) => by)),
      };
      const rows = expected[table];
      if (rows) found.push(...(await differing(day, table, rows)));
      if (table === 'participants') {
        const people = meetings.reduce((sum, meeting) => sum + meeting.people.length, 0);
        if ((await day.rows('participants')).length !== people) found.push('participants: not everybody');
      }
    }
    return found;
  }
}

async function differing(day: StagedDay, table: TableName, expected: ReadonlySet<string>): Promise<string[]> {
  const texts = (await day.rows(table)).map((row) => {
    switch (table) {
      case 'meetings':
        return String(row['meeting_key']);
      case 'participants':
      case 'units':
        return String(row['session_key']);
      case 'quality_minutes':
        return `${String(row['session_key'])} ${Date.parse(String(row['time'])) / 1000}`;
      case 'reservations':
        return String(row['reserver']);
    }
  });
  const have = new Set(texts.filter(isRow));
  return [
    ...(texts.length === have.size ? [] : [`${table}: doubled rows`]),
    ...[...have].filter((text) => !expected.has(text)).map((text) => `${table} has ${text}`),
    ...[...expected].filter((text) => !have.has(text)).map((text) => `${table} lacks ${text}`),
  ];
}
