/** Views for what the report asks: its rules, as the same SQL, over the tables of the warehouse. */
import { judgedMinutesSql, reasonSql, verdictSql } from '../analysis/minutes-sql.ts';
import { PRESETS } from '../analysis/presets.ts';
import { judgedMeetingsSql, judgedSessionsSql } from '../analysis/sessions-sql.ts';
import { quoteName } from '../store/duckdb.ts';

interface View {
  name: string;
  comment: string;
  sql: string;
}

const WITHIN = ['profile', 'day'];

/** In the order in which they stand on each other. */
export function viewsOf(schema: string): View[] {
  const rules = PRESETS['default']!;
  const of = (name: string): string => `${quoteName(schema)}.${quoteName(name)}`;
  const first = (table: string, key: string): string =>
    `(SELECT DISTINCT ON (profile, day, ${key}) * FROM ${of(table)} ORDER BY profile, day, ${key}, ordinal)`;
  const minutes = judgedMinutesSql(rules, { from: of('quality_minutes'), within: WITHIN });
  const sessions = judgedSessionsSql(rules, { from: of('judged_minutes'), within: WITHIN });
  const meetings = judgedMeetingsSql({ from: of('judged_sessions'), within: WITHIN });
  return [
    {
      name: 'judged_minutes',
      comment: 'Minutes of sessions with verdict and reason, by the rules "default"; a code for each stream',
      sql: `SELECT j.*, ${verdictSql('j.code')} AS verdict, ${reasonSql('j.code')} AS reason FROM (${minutes}) j`,
    },
    {
      name: 'judged_sessions',
      comment: 'Sessions with their verdict, minutes by verdict and reason, and who attended from where',
      sql: `SELECT j.*, p.meeting_no, p.participant_name, p.user_id, p.meeting_room_id, p.department, p.device, p.app_version,
          p.network_type, p.protocol, p.use_rtc_proxy, p.public_ip, p.internal_ip, p.location, p.microphone, p.camera,
          p.join_time, p.time_in_meeting_s, p.meeting_end_time
        FROM (${sessions}) j
        LEFT JOIN ${first('participants', 'session_key')} p
          ON p.profile = j.profile AND p.day = j.day AND p.session_key = j.session_key`,
    },
    {
      name: 'judged_meetings',
      comment:
        'Meetings that have classified sessions: how many of these are poor; those of one number and start by their end',
      sql: `SELECT j.meeting_key, j.profile, j.day, j.sessions, j.poor_sessions, j.poor_sessions_pct, m.meeting_no,
          m.meeting_topic, m.organizer, m.meeting_start_time, m.meeting_duration_s, j.meeting_end_time
        FROM (${meetings}) j
        LEFT JOIN ${first('meetings', 'meeting_key, meeting_end_time')} m
          ON m.profile = j.profile AND m.day = j.day AND m.meeting_key = j.meeting_key
          AND m.meeting_end_time IS NOT DISTINCT FROM j.meeting_end_time`,
    },
    {
      name: 'judged_days',
      comment: 'Days: meetings and their hours, sessions and minutes by verdict',
      sql: `SELECT d.profile, d.day, m.meetings, m.meeting_hours, s.sessions, s.poor_sessions, s.classified_minutes,
          s.fair_minutes, s.poor_minutes
        FROM (SELECT DISTINCT profile, day FROM ${of('days')}) d
        LEFT JOIN (SELECT profile, day, count(*) AS meetings, sum(meeting_duration_s) / 3600.0 AS meeting_hours
          FROM ${of('meetings')} GROUP BY profile, day) m ON m.profile = d.profile AND m.day = d.day
        LEFT JOIN (SELECT profile, day, count(*) AS sessions, count(*) FILTER (WHERE verdict = 'poor') AS poor_sessions,
          sum(classified) AS classified_minutes, sum(fair) AS fair_minutes, sum(poor) AS poor_minutes
          FROM ${of('judged_sessions')} GROUP BY profile, day) s ON s.profile = d.profile AND s.day = d.day`,
    },
    {
      name: 'missing',
      comment: 'What days lack, by table and reason',
      sql: `SELECT d.profile, d.day, d."table", g.gap ->> 'kind' AS kind, g.gap ->> 'reason' AS reason,
          (g.gap ->> 'count')::integer AS count
        FROM ${of('days')} d CROSS JOIN LATERAL json_array_elements(d.gaps) AS g(gap)`,
    },
  ];
}
