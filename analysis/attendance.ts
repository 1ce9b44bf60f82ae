/** Who was in a meeting, from when to when, for how much of it. */

const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const epochSeconds = (instant: string): string => `extract(epoch FROM ${instant})`;

/**
 * `meetingNos`: the number, and what privacy policies write in its place. One row for each person or room of each meeting of that number: devices and rejoins are one row, time on two devices at
 * once counts once. Guests without an id go by their name.
 */
export function attendanceSql(meetingNos: readonly string[]): string {
  const before =
    'max(leave_time) OVER (PARTITION BY meeting_key, person ORDER BY join_time, leave_time ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)';
  return `SELECT min(participant_name) AS name, min(department) AS department, min(join_time) AS first_join,
    max(leave_time) AS last_leave, CAST(round(sum(seconds) / 60.0) AS INTEGER) AS minutes,
    CAST(round(least(100, sum(seconds) * 100.0 / nullif(max(${epochSeconds('meeting_end_time')} - ${epochSeconds('meeting_start_time')}), 0))) AS INTEGER) AS share_pct,
    string_agg(DISTINCT device, ', ' ORDER BY device) AS devices, CAST(count(*) AS INTEGER) AS sessions,
    min(meeting_start_time) AS meeting_start_time
  FROM (SELECT *, greatest(0, ${epochSeconds('leave_time')} - greatest(${epochSeconds('join_time')}, COALESCE(${epochSeconds('before')}, 0))) AS seconds
    FROM (SELECT *, ${before} AS before
      FROM (SELECT *, COALESCE(user_id, meeting_room_id, participant_name) AS person FROM participants
        WHERE meeting_no IN (${meetingNos.map(quoteText).join(', ')})) p) q) r
  GROUP BY meeting_key, person
  ORDER BY meeting_start_time, first_join, name`;
}
