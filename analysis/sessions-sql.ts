/** Verdicts of sessions and meetings, from judged minutes. In the SQL that DuckDB and PostgreSQL share. */
import { CODE, isClassified, isPoor, REASON_DIGIT } from './minutes-sql.ts';
import { REASONS, type RuleSet } from './rules.ts';

/** Column of the sessions that counts poor minutes by reason: `poor_loss`, … */
const poorBy = REASONS.map((reason) => ({ column: `poor_${reason}`, code: CODE.poor + REASON_DIGIT[reason], reason }));

/** The poor minutes of each session in stretches without a gap. */
function runsSql(from: string, session: string): string {
  return `SELECT ${session}, count(*) AS minutes, min(minute) AS since
    FROM (SELECT ${session}, minute,
      minute - ROW_NUMBER() OVER (PARTITION BY ${session} ORDER BY minute) * INTERVAL '60 seconds' AS run
      FROM (SELECT DISTINCT ${session}, minute FROM ${from} WHERE ${isPoor('code')}) p) r
    GROUP BY ${session}, run`;
}

interface GroupedInput {
  from: string;
  /** As of the minutes: columns that tell apart what shares a key; kept too. */
  within?: readonly string[];
}

const countIf = (condition: string, name: string): string => `count(*) FILTER (WHERE ${condition}) AS ${name}`;

/**
 * One row for each session that has minutes: how many are classified, good, fair, poor (and poor by reason), the longest
 * run of poor minutes and when it began, and the verdict.
 */
export function judgedSessionsSql({ session }: RuleSet, { from, within = [] }: GroupedInput): string {
  const keys = ['session_key', ...within];
  const key = keys.join(', ');
  const counts = [
    countIf(isClassified('code'), 'classified'),
    countIf(`code >= ${CODE.good} AND code < ${CODE.fair}`, 'good'),
    countIf(`code >= ${CODE.fair} AND code < ${CODE.poor}`, 'fair'),
    countIf(isPoor('code'), 'poor'),
    countIf(`NOT (${isClassified('code')})`, 'unclassified'),
    ...poorBy.map(({ column, code }) => countIf(`code = ${code}`, column)),
    countIf(isPoor('GREATEST(audio_sent, video_sent, screen_sharing_sent)'), 'poor_sent'),
    countIf(isPoor('GREATEST(audio_received, video_received, screen_sharing_received)'), 'poor_received'),
  ];
  const most = `GREATEST(${poorBy.map(({ column }) => column).join(', ')})`;
  const share = 's.poor * 100.0 / s.classified';
  return `SELECT s.*, COALESCE(r.minutes, 0) AS longest_run, r.since AS longest_run_since,
    CASE WHEN s.classified < ${session.least_minutes} THEN 'unclassified' WHEN ${share} > ${session.poor_pct} THEN 'poor'
      WHEN ${share} >= ${session.fair_pct} THEN 'fair' ELSE 'good' END AS verdict,
    CASE WHEN s.poor = 0 THEN NULL ${poorBy.map(({ column, reason }) => `WHEN ${column} = ${most} THEN '${reason}'`).join(' ')} END AS reason
  FROM (SELECT ${key}, min(meeting_key) AS meeting_key, ${counts.join(', ')} FROM ${from} GROUP BY ${key}) s
  LEFT JOIN (SELECT ${key}, minutes, since FROM (SELECT ${key}, minutes, since,
      ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY minutes DESC, since) AS place FROM (${runsSql(from, key)}) a) b
    WHERE place = 1) r ON ${keys.map((name) => `r.${name} = s.${name}`).join(' AND ')}`;
}

/**
 * One row for each meeting that has classified sessions: how many of them are poor. `from` has the end of each session's
 * meeting, which tells meetings of one number and start apart.
 */
export function judgedMeetingsSql({ from, within = [] }: GroupedInput): string {
  const key = ['meeting_key', 'meeting_end_time', ...within].join(', ');
  return `SELECT ${key}, count(*) AS sessions, count(*) FILTER (WHERE verdict = 'poor') AS poor_sessions,
    count(*) FILTER (WHERE verdict = 'poor') * 100.0 / count(*) AS poor_sessions_pct
  FROM ${from} s WHERE verdict <> 'unclassified' GROUP BY ${key}`;
}
