/**
 * The tables that the figures are counted from, made once from those of the store: judged minutes, judged sessions, who
 * attended from where, and cells (a session in one hour), small enough to be grouped by anything. Keys are hashes of those
 * in the store, days are dates: millions of minutes fit in little memory.
 */
import { CODE, isClassified, isPoor, judgedMinutesSql, REASON_DIGIT, STREAMS } from './minutes-sql.ts';
import { REASONS, type RuleSet } from './rules.ts';
import { judgedMeetingsSql, judgedSessionsSql } from './sessions-sql.ts';

export type Value = string | number | boolean | null;
export type Result = Record<string, Value>;

/** Whoever runs SQL over views named as the tables. */
export interface Database {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Result[]>;
}

export interface Scope {
  rules: RuleSet;
  /** IANA name or fixed offset: whose hours and weekdays are counted. */
  zone: string;
  /** Addresses become networks, and what few people use has no name. */
  pseudonymous: boolean;
}

/** An instant as local time without a zone. */
export function localSql(instant: string, zone: string): string {
  const fixed = /^([+-])(\d{2}):(\d{2})$/.exec(zone);
  if (!fixed) return `(${instant} AT TIME ZONE '${zone.replaceAll("'", "''")}')`;
  const minutes = (Number(fixed[2]) * 60 + Number(fixed[3])) * (fixed[1] === '-' ? -1 : 1);
  return `(${instant} AT TIME ZONE 'UTC' + INTERVAL '${minutes} minutes')`;
}

/** `10.1.2.0/24`, `2001:db8:1::/48`: what a floor or a site shares. */
function networkSql(address: string): string {
  const part = (separator: string, number: number): string => `split_part(${address}, '${separator}', ${number})`;
  return `CASE WHEN ${address} LIKE '%:%' THEN ${[1, 2, 3].map((n) => part(':', n)).join(" || ':' || ")} || '::/48'
    WHEN ${address} LIKE '%.%.%.%' THEN ${[1, 2, 3].map((n) => part('.', n)).join(" || '.' || ")} || '.0/24' END`;
}

/** One row for each session: rows of one session that are two devices joined in the same second count once. */
function attendeesSql({ pseudonymous }: Scope): string {
  return `SELECT hash(session_key) AS session_key, hash(meeting_key) AS meeting_key, meeting_end_time, CAST(day AS DATE) AS day,
    COALESCE(user_id, meeting_room_id, participant_name) AS person,
    participant_name AS name, department, lower(device) AS device, app_version,
    ${pseudonymous ? networkSql('public_ip') : 'public_ip'} AS address, ${networkSql('internal_ip')} AS network,
    lower(network_type) AS network_type, lower(protocol) AS protocol, use_rtc_proxy AS proxy, location, microphone, camera,
    meeting_room_id IS NOT NULL OR lower(device) = 'rooms' AS is_room, join_time, time_in_meeting_s, devices
  FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY session_key ORDER BY ordinal) AS place,
    count(*) OVER (PARTITION BY session_key) AS devices FROM participants) p
  WHERE place = 1`;
}

const SENT = 'GREATEST(audio_sent, video_sent, screen_sharing_sent)';
const RECEIVED = 'GREATEST(audio_received, video_received, screen_sharing_received)';

/** Counts that add up over cells. */
const COUNTS = [
  { name: 'minutes', where: 'TRUE' },
  { name: 'classified', where: isClassified('code') },
  { name: 'good', where: `code >= ${CODE.good} AND code < ${CODE.fair}` },
  { name: 'fair', where: `code >= ${CODE.fair} AND code < ${CODE.poor}` },
  { name: 'poor', where: isPoor('code') },
  { name: 'poor_sent', where: `${isPoor(SENT)} AND NOT ${isPoor(RECEIVED)}` },
  { name: 'poor_received', where: `${isPoor(RECEIVED)} AND NOT ${isPoor(SENT)}` },
  ...REASONS.map((reason) => ({ name: `poor_${reason}`, where: `code = ${CODE.poor + REASON_DIGIT[reason]}` })),
];

function cellsSql({ zone }: Scope): string {
  const counts = COUNTS.map(({ name, where }) => `CAST(count(*) FILTER (WHERE ${where}) AS INTEGER) AS ${name}`);
  return `SELECT c.*, a.person, a.department, a.device, a.app_version, a.address, a.network, a.network_type, a.protocol,
    a.proxy, a.location, a.microphone, a.camera, COALESCE(a.is_room, FALSE) AS is_room, a.name,
    CAST(isodow AS INTEGER) AS weekday
  FROM (SELECT session_key, meeting_key, day, local_day, hour, min(extract(isodow FROM local_time)) AS isodow, ${counts.join(', ')}
    FROM (SELECT *, CAST(local_time AS DATE) AS local_day, CAST(extract(hour FROM local_time) AS INTEGER) AS hour
      FROM (SELECT *, ${localSql('minute', zone)} AS local_time FROM judged) l) m
    GROUP BY session_key, meeting_key, day, local_day, hour) c
  LEFT JOIN attendees a ON a.session_key = c.session_key`;
}

/** Of the small tables what the figures need, read from the files once. */
const COPIES = {
  // A row of the table is a meeting: those of one number and start are told apart by their end. `place` 1 is joined to.
  meeting_facts: `SELECT hash(meeting_key) AS meeting_key, meeting_end_time, CAST(day AS DATE) AS day, meeting_no,
    meeting_topic AS topic, meeting_start_time AS start, meeting_duration_s AS duration_s,
    ROW_NUMBER() OVER (PARTITION BY meeting_key, meeting_end_time ORDER BY ordinal) AS place FROM meetings`,
  unit_facts: `SELECT hash(session_key) AS session_key, CAST(day AS DATE) AS day, status, reason FROM units
    WHERE status IS NOT NULL`,
  booking_facts: `SELECT room_name, event_duration_s, event_end_time, reservation_status, room_check_in_status, check_in_time,
    releasing_time FROM reservations WHERE room_name IS NOT NULL`,
  minute_facts: `SELECT CAST(day AS DATE) AS day, source, count(*) AS minutes, count(lines) AS resolution_known,
    count(*) FILTER (WHERE lines <= 360) AS resolution_low
    FROM (SELECT day, source, CASE WHEN COALESCE(video_bitrate_kbps_received, 1) > 0
      THEN COALESCE(TRY_CAST(replace(upper(video_maximum_resolution_received), 'P', '') AS INTEGER),
        CASE WHEN video_maximum_resolution_received IS NOT NULL THEN 9999 END) END AS lines FROM quality_minutes) q
    GROUP BY day, source`,
};

/** A row of `meeting_facts` for one that has the key and the end of a meeting. */
export function isMeetingOf(name: string): string {
  return `m.meeting_key = ${name}.meeting_key AND m.meeting_end_time IS NOT DISTINCT FROM ${name}.meeting_end_time AND m.place = 1`;
}

export async function prepareTables(db: Database, scope: Scope): Promise<void> {
  const make = async (name: string, sql: string): Promise<void> => db.run(`CREATE TABLE ${name} AS ${sql}`);
  for (const [name, sql] of Object.entries(COPIES)) await make(name, sql);
  const codes = [...STREAMS.map(({ name }) => name), 'machine', 'code'];
  await make(
    'judged',
    `SELECT hash(session_key) AS session_key, hash(meeting_key) AS meeting_key, CAST(day AS DATE) AS day, minute,
      ${codes.map((code) => `CAST(${code} AS TINYINT) AS ${code}`).join(', ')}
    FROM (${judgedMinutesSql(scope.rules, { from: 'quality_minutes', keep: ['day'] })}) j`,
  );
  await make('judged_sessions', judgedSessionsSql(scope.rules, { from: 'judged' }));
  await make('attendees', attendeesSql(scope));
  const sessions = `SELECT s.*, a.meeting_end_time FROM judged_sessions s LEFT JOIN attendees a ON a.session_key = s.session_key`;
  await make('judged_meetings', judgedMeetingsSql({ from: `(${sessions})` }));
  await make('cells', cellsSql(scope));
}

export function numberOf(row: Result | undefined, name: string): number {
  const value = row?.[name];
  return typeof value === 'number' ? value : 0;
}
export function numberOrNull(row: Result | undefined, name: string): number | null {
  const value = row?.[name];
  return typeof value === 'number' ? value : null;
}
export function textOf(row: Result | undefined, name: string): string {
  const value = row?.[name];
  return value === null || value === undefined ? '' : String(value);
}
