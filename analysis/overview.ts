/** How much was met, how bad it was, on which days and at which hours. */
import { CODE, judgedMinutesSql, STREAMS, isClassified, isPoor, REASON_DIGIT } from './minutes-sql.ts';
import { REASONS, type Direction, type Medium, type Reason, type RuleSet } from './rules.ts';
import { numberOf, textOf, type Database } from './tables.ts';

export interface StreamCounts {
  medium: Medium | 'machine';
  direction: Direction | null;
  classified: number;
  fair: number;
  poor: Record<Reason, number>;
}

export function poorOf({ poor }: Pick<StreamCounts, 'poor'>): number {
  return REASONS.reduce((sum, reason) => sum + poor[reason], 0);
}

export async function streamCounts(db: Database): Promise<StreamCounts[]> {
  const streams = [...STREAMS, { medium: 'machine', direction: null, name: 'machine' } as const];
  const rows = await db.rows(
    streams
      .map(({ name }) => `SELECT '${name}' AS stream, ${name} AS code, count(*) AS n FROM judged GROUP BY ${name}`)
      .join(' UNION ALL '),
  );
  return streams.map(({ medium, direction, name }) => {
    const own = rows.filter((row) => row['stream'] === name);
    const count = (fits: (code: number) => boolean): number =>
      own.filter((row) => fits(numberOf(row, 'code'))).reduce((sum, row) => sum + numberOf(row, 'n'), 0);
    const poor = Object.fromEntries(
      REASONS.map((reason) => [reason, count((code) => code === CODE.poor + REASON_DIGIT[reason])]),
    ) as Record<Reason, number>;
    return {
      medium,
      direction,
      classified: count((code) => code >= CODE.good),
      fair: count((code) => code >= CODE.fair && code < CODE.poor),
      poor,
    };
  });
}

/** Share of poor stream-minutes of audio, in percent; null where none is classified. */
export function poorAudioPct(streams: readonly StreamCounts[]): number | null {
  const audio = streams.filter(({ medium }) => medium === 'audio');
  const classified = audio.reduce((sum, stream) => sum + stream.classified, 0);
  const poor = audio.reduce((sum, stream) => sum + poorOf(stream), 0);
  return classified === 0 ? null : (poor * 100) / classified;
}

const countBothWays = (condition: (code: string) => string): string =>
  ['audio_received', 'audio_sent'].map((code) => `count(*) FILTER (WHERE ${condition(code)})`).join(' + ');

/** The same of another period, whose minutes are in the view `before`. */
export async function poorAudioPctBefore(db: Database, rules: RuleSet): Promise<number | null> {
  const judged = judgedMinutesSql(rules, { from: 'quality_minutes_before' });
  const [row] = await db.rows(
    `SELECT ${countBothWays(isPoor)} AS poor, ${countBothWays(isClassified)} AS classified FROM (${judged}) j`,
  );
  const classified = numberOf(row, 'classified');
  return classified === 0 ? null : (numberOf(row, 'poor') * 100) / classified;
}

export interface Totals {
  meetings: number;
  meeting_hours: number;
  people: number;
  sessions: number;
  session_minutes: number;
  judged_minutes: number;
  classified_minutes: number;
  poor_minutes: number;
  /** Sessions that have a verdict, and how many of them are poor. */
  judged_sessions: number;
  poor_sessions: number;
  judged_meetings: number;
  /** Meetings in which at least half of the sessions are poor. */
  poor_meetings: number;
}

export async function totals(db: Database): Promise<Totals> {
  const [row] = await db.rows(`SELECT
    (SELECT count(*) FROM meeting_facts) AS meetings,
    (SELECT COALESCE(sum(duration_s), 0) / 3600.0 FROM meeting_facts) AS meeting_hours,
    (SELECT count(DISTINCT person) FROM attendees WHERE NOT is_room) AS people,
    (SELECT count(*) FROM attendees) AS sessions,
    (SELECT COALESCE(sum(time_in_meeting_s), 0) / 60.0 FROM attendees) AS session_minutes,
    (SELECT COALESCE(sum(minutes), 0) FROM cells) AS judged_minutes,
    (SELECT COALESCE(sum(classified), 0) FROM cells) AS classified_minutes,
    (SELECT COALESCE(sum(poor), 0) FROM cells) AS poor_minutes,
    (SELECT count(*) FROM judged_sessions WHERE verdict <> 'unclassified') AS judged_sessions,
    (SELECT count(*) FROM judged_sessions WHERE verdict = 'poor') AS poor_sessions,
    (SELECT count(*) FROM judged_meetings) AS judged_meetings,
    (SELECT count(*) FROM judged_meetings WHERE poor_sessions_pct >= 50) AS poor_meetings`);
  const names = [
    'meetings',
    'meeting_hours',
    'people',
    'sessions',
    'session_minutes',
    'judged_minutes',
    'classified_minutes',
    'poor_minutes',
    'judged_sessions',
    'poor_sessions',
    'judged_meetings',
    'poor_meetings',
  ] as const;
  return Object.fromEntries(
    names.map((name) => [name, Math.round(numberOf(row, name) * 10) / 10]),
  ) as unknown as Totals;
}

export interface DayCounts {
  day: string;
  good: number;
  fair: number;
  poor: number;
  unclassified: number;
  /** Minutes in meetings of sessions whose quality is pending or failed; the day itself may be missing altogether. */
  missing: number;
  /** Minutes in meetings, each begun minute of a device counted. */
  device_minutes: number;
  /** Minutes of received video whose resolution is known, and those at 360P or less. */
  resolution_known: number;
  resolution_low: number;
}

/** Days that have any data, the oldest first. */
export async function dayCounts(db: Database): Promise<DayCounts[]> {
  const columns = ['good', 'fair', 'poor', 'unclassified', 'missing', 'device_minutes', 'known', 'low'];
  const rows = await db.rows(`SELECT d.day, ${columns.map((name) => `COALESCE(${name}, 0) AS ${name}`).join(', ')}
  FROM (SELECT day FROM meeting_facts UNION SELECT day FROM attendees UNION SELECT day FROM minute_facts) d
  LEFT JOIN (SELECT day, sum(good) AS good, sum(fair) AS fair, sum(poor) AS poor, sum(minutes - classified) AS unclassified
    FROM cells GROUP BY day) c ON c.day = d.day
  LEFT JOIN (SELECT u.day, ceil(sum(a.time_in_meeting_s) / 60.0) AS missing FROM unit_facts u
    JOIN attendees a ON a.session_key = u.session_key WHERE u.status IN ('pending', 'failed') GROUP BY u.day) m ON m.day = d.day
  LEFT JOIN (SELECT day, sum(ceil(time_in_meeting_s / 60.0) * devices) AS device_minutes FROM attendees GROUP BY day) p
    ON p.day = d.day
  LEFT JOIN (SELECT day, sum(resolution_known) AS known, sum(resolution_low) AS low FROM minute_facts GROUP BY day) r
    ON r.day = d.day
  ORDER BY d.day`);
  return rows.map((row) => ({
    day: textOf(row, 'day'),
    good: numberOf(row, 'good'),
    fair: numberOf(row, 'fair'),
    poor: numberOf(row, 'poor'),
    unclassified: numberOf(row, 'unclassified'),
    missing: numberOf(row, 'missing'),
    device_minutes: numberOf(row, 'device_minutes'),
    resolution_known: numberOf(row, 'known'),
    resolution_low: numberOf(row, 'low'),
  }));
}

export interface HourCounts {
  /** 1 Monday to 7 Sunday. */
  weekday: number;
  hour: number;
  classified: number;
  poor: number;
}

export async function hourCounts(db: Database): Promise<HourCounts[]> {
  const rows = await db.rows(`SELECT weekday, hour, sum(classified) AS classified, sum(poor) AS poor FROM cells
    GROUP BY weekday, hour ORDER BY weekday, hour`);
  return rows.map((row) => ({
    weekday: numberOf(row, 'weekday'),
    hour: numberOf(row, 'hour'),
    classified: numberOf(row, 'classified'),
    poor: numberOf(row, 'poor'),
  }));
}

/** Poor minutes by what was bad in them. */
export interface MachineAndNetwork {
  both: number;
  machine: number;
  network: number;
  /** Few frames, with neither. */
  neither: number;
  /** Poor minutes in which nothing is known of the machine. */
  machine_unknown: number;
}

const countIf = (where: string, name: string): string => `count(*) FILTER (WHERE ${where}) AS ${name}`;

export async function machineAndNetwork(db: Database): Promise<MachineAndNetwork> {
  const codes = [REASON_DIGIT.loss, REASON_DIGIT.jitter, REASON_DIGIT.delay].map((digit) => CODE.poor + digit);
  const network = `(${STREAMS.map(({ name }) => `${name} IN (${codes.join(', ')})`).join(' OR ')})`;
  const machine = `(machine >= ${CODE.poor} OR code = ${CODE.poor + REASON_DIGIT.machine})`;
  const [row] = await db.rows(
    `SELECT ${[
      countIf(`${machine} AND ${network}`, 'both'),
      countIf(`${machine} AND NOT ${network}`, 'machine'),
      countIf(`NOT ${machine} AND ${network}`, 'network'),
      countIf(`NOT ${machine} AND NOT ${network}`, 'neither'),
      countIf('machine = 0', 'unknown'),
    ].join(', ')} FROM judged WHERE ${isPoor('code')}`,
  );
  return {
    both: numberOf(row, 'both'),
    machine: numberOf(row, 'machine'),
    network: numberOf(row, 'network'),
    neither: numberOf(row, 'neither'),
    machine_unknown: numberOf(row, 'unknown'),
  };
}
