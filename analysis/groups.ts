/** Where the poor minutes are: by place, by network, by equipment, by department. */
import { numberOf, textOf, type Database, type Scope } from './tables.ts';

/** What sessions are grouped by; the column of the cells that says it. */
export const DIMENSIONS = {
  address: 'address',
  network: 'network',
  location: 'location',
  network_type: 'network_type',
  protocol: 'protocol',
  proxy: "CASE WHEN proxy THEN 'yes' WHEN NOT proxy THEN 'no' END",
  device: 'device',
  app_version: 'app_version',
  microphone: 'microphone',
  camera: 'camera',
  department: 'department',
} as const;
export type Dimension = keyof typeof DIMENSIONS;

export const NETWORK_DIMENSIONS = ['address', 'network', 'location', 'network_type', 'protocol', 'proxy'] as const;
export const DESK_DIMENSIONS = ['device', 'app_version', 'microphone', 'camera'] as const;

export interface Group {
  name: string;
  sessions: number;
  people: number;
  classified: number;
  poor: number;
  /** Poor minutes in which only what was sent, only what was received was poor. */
  poor_sent: number;
  poor_received: number;
}

const MOST_GROUPS = 8;
/** A name that fewer people share may give a person away: `Anna's headset`. */
export const FEW_PEOPLE = 5;
const MAY_NAME_PEOPLE: readonly Dimension[] = ['microphone', 'camera', 'department'];

/** By poor minutes, most first: where the most can be gained, not where the rate is highest. */
export async function groupsBy(db: Database, dimension: Dimension, { pseudonymous }: Scope): Promise<Group[]> {
  const hidden = pseudonymous && MAY_NAME_PEOPLE.includes(dimension);
  const rows = await db.rows(`SELECT ${DIMENSIONS[dimension]} AS name, count(DISTINCT session_key) AS sessions,
    count(DISTINCT person) AS people, sum(classified) AS classified, sum(poor) AS poor, sum(poor_sent) AS poor_sent,
    sum(poor_received) AS poor_received
  FROM cells WHERE ${DIMENSIONS[dimension]} IS NOT NULL GROUP BY 1
  HAVING sum(classified) > 0 ${hidden ? `AND count(DISTINCT person) >= ${FEW_PEOPLE}` : ''}
  ORDER BY poor DESC, classified DESC, name LIMIT ${MOST_GROUPS}`);
  return rows.map((row) => ({
    name: textOf(row, 'name'),
    sessions: numberOf(row, 'sessions'),
    people: numberOf(row, 'people'),
    classified: numberOf(row, 'classified'),
    poor: numberOf(row, 'poor'),
    poor_sent: numberOf(row, 'poor_sent'),
    poor_received: numberOf(row, 'poor_received'),
  }));
}

export interface Room {
  name: string;
  /** Sessions and minutes of the room's own device. */
  sessions: number;
  classified: number;
  poor: number;
  bookings: number;
  booked_h: number;
  came_h: number;
  no_show_h: number;
  /** Given back by hand or by a sensor. */
  released_h: number;
  /** Bookings that had to be checked in and that nobody came to, and all that had to be. */
  no_shows: number;
  checked: number;
}

const MOST_ROOMS = 20;
/** Feishu's words, Chinese and English. */
const CAME = `(check_in_time IS NOT NULL OR room_check_in_status = '已签到' OR lower(room_check_in_status) = 'signed in')`;
export const NO_SHOW = `(NOT ${CAME} AND (room_check_in_status = '超时未签到' OR lower(room_check_in_status) LIKE '%not sign%in%'
  OR reservation_status LIKE '%未签到被释放%' OR lower(reservation_status) LIKE '%no check-in%'))`;
/** Bookings of which it is known whether somebody came. */
export const CHECKED = `(COALESCE(${CAME}, FALSE) OR COALESCE(${NO_SHOW}, FALSE))`;

const hoursWhere = (where: string): string => `COALESCE(sum(event_duration_s) FILTER (WHERE ${where}), 0) / 3600.0`;

const tenths = (value: number): number => Math.round(value * 10) / 10;

export async function rooms(db: Database): Promise<Room[]> {
  const rows = await db.rows(`SELECT COALESCE(b.name, c.name) AS name, COALESCE(sessions, 0) AS sessions,
    COALESCE(classified, 0) AS classified, COALESCE(poor, 0) AS poor, COALESCE(bookings, 0) AS bookings,
    ${['booked_h', 'came_h', 'no_show_h', 'released_h', 'no_shows', 'checked'].map((name) => `COALESCE(${name}, 0) AS ${name}`).join(', ')}
  FROM (SELECT room_name AS name, count(*) AS bookings, ${hoursWhere('TRUE')} AS booked_h, ${hoursWhere(CAME)} AS came_h,
      ${hoursWhere(NO_SHOW)} AS no_show_h,
      ${hoursWhere(`NOT COALESCE(${NO_SHOW}, FALSE) AND (releasing_time IS NOT NULL AND releasing_time < event_end_time)`)} AS released_h,
      count(*) FILTER (WHERE ${NO_SHOW}) AS no_shows, count(*) FILTER (WHERE ${CHECKED}) AS checked
    FROM booking_facts GROUP BY room_name) b
  FULL JOIN (SELECT name, count(DISTINCT session_key) AS sessions, sum(classified) AS classified, sum(poor) AS poor
    FROM cells WHERE is_room GROUP BY name) c ON c.name = b.name
  ORDER BY no_show_h DESC, poor DESC, booked_h DESC, name LIMIT ${MOST_ROOMS}`);
  return rows.map((row) => ({
    name: textOf(row, 'name'),
    sessions: numberOf(row, 'sessions'),
    classified: numberOf(row, 'classified'),
    poor: numberOf(row, 'poor'),
    bookings: numberOf(row, 'bookings'),
    booked_h: tenths(numberOf(row, 'booked_h')),
    came_h: tenths(numberOf(row, 'came_h')),
    no_show_h: tenths(numberOf(row, 'no_show_h')),
    released_h: tenths(numberOf(row, 'released_h')),
    no_shows: numberOf(row, 'no_shows'),
    checked: numberOf(row, 'checked'),
  }));
}
