/** The calls to look at first: meetings in which many went bad at once, and the worst sessions minute by minute. */
import { isClassified, isPoor } from './minutes-sql.ts';
import { timelineOf, type Timeline } from './timeline.ts';
import { isMeetingOf, localSql, numberOf, textOf, type Database, type Scope } from './tables.ts';

export interface CommonTrouble {
  meeting_no: string;
  topic: string;
  /** Local time, `YYYY-MM-DDTHH:mm`. */
  start: string;
  sessions: number;
  /** Minutes in which most of the sessions were poor, the first of them, and the most that were poor at once. */
  minutes: number;
  first: string;
  most_poor: number;
}

const MOST_MEETINGS = 10;
/** At least so many sessions in the minute, and this share of them poor. */
const TOGETHER = { sessions: 3, share: 0.6 };

export async function commonTroubles(db: Database, { zone }: Scope): Promise<CommonTrouble[]> {
  const rows = await db.rows(`SELECT m.meeting_no, m.topic, ${localSql('m.start', zone)} AS start,
    (SELECT count(*) FROM attendees a WHERE a.meeting_key = t.meeting_key
      AND a.meeting_end_time IS NOT DISTINCT FROM t.meeting_end_time) AS sessions, t.minutes,
    ${localSql('t.first', zone)} AS first, t.most_poor
  FROM (SELECT meeting_key, meeting_end_time, count(*) AS minutes, min(minute) AS first, max(poor) AS most_poor
    FROM (SELECT j.meeting_key, meeting_end_time, minute, count(*) FILTER (WHERE ${isPoor('code')}) AS poor, count(*) AS n
      FROM judged j LEFT JOIN attendees a ON a.session_key = j.session_key
      WHERE ${isClassified('code')} GROUP BY j.meeting_key, meeting_end_time, minute) p
    WHERE n >= ${TOGETHER.sessions} AND poor >= n * ${TOGETHER.share} GROUP BY meeting_key, meeting_end_time) t
  LEFT JOIN meeting_facts m ON ${isMeetingOf('t')}
  ORDER BY t.minutes DESC, t.most_poor DESC, t.meeting_key LIMIT ${MOST_MEETINGS}`);
  return rows.map((row) => ({
    meeting_no: textOf(row, 'meeting_no'),
    topic: textOf(row, 'topic'),
    start: textOf(row, 'start').slice(0, 16),
    sessions: numberOf(row, 'sessions'),
    minutes: numberOf(row, 'minutes'),
    first: textOf(row, 'first').slice(0, 16),
    most_poor: numberOf(row, 'most_poor'),
  }));
}

export const LANES = ['audio', 'video', 'screen_sharing', 'machine'] as const;
export type Lane = (typeof LANES)[number];

export interface WorstSession {
  person: string;
  name: string;
  device: string;
  topic: string;
  meeting_no: string;
  /** Local time of the first minute, `YYYY-MM-DDTHH:mm`. */
  start: string;
  classified: number;
  poor: number;
  longest_run: number;
  reason: string;
  /** One letter for each step from the first minute on: `p` poor, `f` fair, `g` good, `-` unclassified or nothing. */
  lanes: Record<Lane, string>;
  /** Minutes that a letter stands for; the worst of them is shown. */
  step_minutes: number;
}

const MOST_SESSIONS = 20;
const MOST_STEPS = 120;

export async function worstSessions(db: Database, { zone, rules }: Scope): Promise<WorstSession[]> {
  const rows = await db.rows(`SELECT s.session_key, a.person, a.name, a.device, m.topic, m.meeting_no,
    s.classified, s.poor, s.longest_run, s.reason
  FROM judged_sessions s LEFT JOIN attendees a ON a.session_key = s.session_key
  LEFT JOIN meeting_facts m ON ${isMeetingOf('a')}
  WHERE s.verdict = 'poor'
  ORDER BY CASE WHEN s.longest_run >= ${rules.session.long_run_minutes} THEN 0 ELSE 1 END, s.poor DESC, s.session_key
  LIMIT ${MOST_SESSIONS}`);
  const sessions: WorstSession[] = [];
  for (const row of rows) {
    const minutes = await db.rows(`SELECT ${localSql('minute', zone)} AS at, epoch(minute) AS unix,
      GREATEST(audio_received, audio_sent) AS audio, GREATEST(video_received, video_sent) AS video,
      GREATEST(screen_sharing_received, screen_sharing_sent) AS screen_sharing, machine
      FROM judged WHERE session_key = '${textOf(row, 'session_key').replaceAll("'", "''")}' ORDER BY minute`);
    const lane = (name: Lane): Timeline =>
      timelineOf(
        minutes.map((minute) => ({ unix: numberOf(minute, 'unix'), code: numberOf(minute, name) })),
        MOST_STEPS,
      );
    const drawn = LANES.map((name) => [name, lane(name)] as const);
    sessions.push({
      person: textOf(row, 'person'),
      name: textOf(row, 'name'),
      device: textOf(row, 'device'),
      topic: textOf(row, 'topic'),
      meeting_no: textOf(row, 'meeting_no'),
      start: textOf(minutes[0], 'at').slice(0, 16),
      classified: numberOf(row, 'classified'),
      poor: numberOf(row, 'poor'),
      longest_run: numberOf(row, 'longest_run'),
      reason: textOf(row, 'reason'),
      lanes: Object.fromEntries(drawn.map(([name, { letters }]) => [name, letters])) as Record<Lane, string>,
      step_minutes: drawn[0]?.[1].stepMinutes ?? 1,
    });
  }
  return sessions;
}
