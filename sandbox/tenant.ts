/** The tenant's data for any day, generated when somebody looks, and the changes that a test makes to it. */
import { buildDirectory } from './directory.ts';
import type { Directory } from './directory.ts';
import { LONGEST_MEETING_S, meetingsOfDay } from './meetings.ts';
import type { TenantBase, TenantShape } from './tenant-shape.ts';
import { participantsOf } from './participants.ts';
import { qualityOf, sessionId } from './quality.ts';
import { LONGEST_RESERVATION_S, reservationsOfDay } from './reservations.ts';
import type { Dataset, TrueMeeting, TrueParticipant, TrueQualityMinute, TrueReservation } from './truth.ts';
import { addDays, zoneOf } from './zone.ts';
import type { Zone } from './zone.ts';

/** Ground truth. All instants are unix seconds; ranges are half open, `from` included, `to` not. */
export interface Tenant {
  readonly zone: Zone;
  readonly directory: Directory;
  /** Meetings by start, external ones and webinars included. */
  meetings(from: number, to: number): TrueMeeting[];
  /** Meetings that share at least one instant with the range. */
  meetingsTouching(from: number, to: number): TrueMeeting[];
  participants(meeting: TrueMeeting): TrueParticipant[];
  /**
   * Minutes of a session. Rows that share id and join time (two devices in one second) are one session to Feishu: they
   * have the same minutes.
   */
  quality(meeting: TrueMeeting, participant: TrueParticipant): TrueQualityMinute[];
  /** Reservations by start. */
  reservations(from: number, to: number): TrueReservation[];
  reservationsTouching(from: number, to: number): TrueReservation[];
  /** `[start, end)` of a local day, `YYYY-MM-DD`. */
  dayRange(day: string): { from: number; to: number };
  /** Changes the day's data `times` more: rows disappear, topics, reasons and figures change. */
  change(day: string, times?: number): void;
  /** The day's rows of a data set are gone, answers are empty, until `remember`. */
  forget(dataset: Dataset, day: string): void;
  remember(dataset: Dataset, day: string): void;
}

const CACHED_MEETINGS = 200_000;
const CACHED_PARTICIPANTS = 30_000;

export interface TenantInput extends TenantShape {
  people: number;
  rooms: number;
  /** IANA name or fixed offset. */
  timeZone: string;
}

export function createTenant({ people, rooms, timeZone, ...shape }: TenantInput): Tenant {
  const zone = zoneOf(timeZone);
  const directory = buildDirectory({ seed: shape.seed, people, rooms });
  const base: TenantBase = { shape, zone, directory };
  const revisions = new Map<string, number>();
  const forgotten = new Set<string>();
  const isForgotten = (dataset: Dataset, day: string): boolean => forgotten.has(`${dataset} ${day}`);

  const meetingDays = new BoundedCache<TrueMeeting[]>(CACHED_MEETINGS);
  const rosters = new BoundedCache<TrueParticipant[]>(CACHED_PARTICIPANTS);
  const reservationDays = new BoundedCache<TrueReservation[]>(CACHED_MEETINGS);

  const meetingsOn = (day: string): TrueMeeting[] => {
    if (isForgotten('meetings', day)) return [];
    const revision = revisions.get(day) ?? 0;
    return meetingDays.get(`${day} ${revision}`, () => meetingsOfDay(base, day, revision));
  };
  const reservationsOn = (day: string): TrueReservation[] => {
    if (isForgotten('reservations', day)) return [];
    const revision = revisions.get(day) ?? 0;
    return reservationDays.get(`${day} ${revision}`, () => reservationsOfDay(base, day, revision));
  };
  const rosterOf = (meeting: TrueMeeting): TrueParticipant[] =>
    rosters.get(`${meeting.meeting_instance_id} ${meeting.revision}`, () => participantsOf(base, meeting));
  const days = (from: number, to: number): string[] => daysBetween(zone, from, to);

  return {
    zone,
    directory,
    meetings: (from, to) =>
      days(from, to)
        .flatMap(meetingsOn)
        .filter((row) => row.meeting_start_time >= from && row.meeting_start_time < to),
    meetingsTouching: (from, to) =>
      days(from - LONGEST_MEETING_S, to)
        .flatMap(meetingsOn)
        .filter((row) => row.meeting_start_time <= to && row.meeting_end_time >= from),
    participants: (meeting) =>
      isForgotten('participants', zone.dayOf(meeting.meeting_start_time)) ? [] : rosterOf(meeting),
    quality: (meeting, participant) => {
      if (isForgotten('quality', zone.dayOf(meeting.meeting_start_time))) return [];
      const id = sessionId(participant);
      const first = rosterOf(meeting).find((row) => sessionId(row) === id && row.join_time === participant.join_time);
      return qualityOf(base, meeting, first ?? participant);
    },
    reservations: (from, to) =>
      days(from, to)
        .flatMap(reservationsOn)
        .filter((row) => row.event_start_time >= from && row.event_start_time < to),
    reservationsTouching: (from, to) =>
      days(from - LONGEST_RESERVATION_S, to)
        .flatMap(reservationsOn)
        .filter((row) => row.event_start_time <= to && row.event_end_time >= from),
    dayRange: (day) => ({ from: zone.dayStart(day), to: zone.dayStart(addDays(day, 1)) }),
    change: (day, times = 1) => void revisions.set(day, (revisions.get(day) ?? 0) + times),
    forget: (dataset, day) => void forgotten.add(`${dataset} ${day}`),
    remember: (dataset, day) => void forgotten.delete(`${dataset} ${day}`),
  };
}

function daysBetween(zone: Zone, from: number, to: number): string[] {
  const days: string[] = [];
  const last = zone.dayOf(to);
  for (let day = zone.dayOf(from); day <= last; day = addDays(day, 1)) days.push(day);
  return days;
}

/** Keeps the newest entries up to a total number of rows. */
class BoundedCache<Rows extends readonly unknown[]> {
  #entries = new Map<string, Rows>();
  #rows = 0;
  readonly #maxRows: number;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
  }

  get(key: string, make: () => Rows): Rows {
    const known = this.#entries.get(key);
    if (known) return known;
    const made = make();
    this.#entries.set(key, made);
    this.#rows += made.length;
    for (const [oldest, rows] of this.#entries) {
      if (this.#rows <= this.#maxRows || oldest === key) break;
      this.#entries.delete(oldest);
      this.#rows -= rows.length;
    }
    return made;
  }
}
