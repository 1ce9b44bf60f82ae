/** Meetings of one number and start that end at different times are several, as in the tables. */
import { expect, test } from 'vitest';
import { totals } from '../analysis/overview.ts';
import { PRESETS } from '../analysis/presets.ts';
import { prepareTables } from '../analysis/tables.ts';
import { commonTroubles, worstSessions } from '../analysis/worst.ts';
import type { Row } from '../tables/columns.ts';
import { databaseWith } from './support/duckdb-tables.ts';

const START = '2026-10-01T01:00:00Z';
const SCOPE = { rules: PRESETS['default']!, zone: 'UTC', pseudonymous: false };

const of = (hours: number) => ({
  meeting_key: 'm',
  meeting_no: '1',
  meeting_end_time: `2026-10-01T0${1 + hours}:00:00Z`,
});

const meeting = (hours: number, ordinal: number, meeting_topic: string): Row => ({
  ...of(hours),
  ordinal,
  meeting_topic,
  row_key: `${ordinal}`,
  day: '2026-10-01',
  meeting_start_time: START,
  meeting_duration_s: hours * 3600,
});

test('the report counts and names meetings that share number and start', async () => {
  const people = ['ann', 'bob', 'cid', 'dan'].map((name, index) => ({ name, is: index < 3 ? of(2) : of(1) }));
  const participants = people.map(({ name, is }): Row => {
    const stay = { join_time: START, time_in_meeting_s: 3600, device: 'pc', day: '2026-10-01' };
    return { ...is, ...stay, session_key: name, row_key: name, ordinal: 1, user_id: name, participant_name: name };
  });
  const quality_minutes = people.flatMap(({ name }) =>
    Array.from({ length: 20 }, (_, minute): Row => {
      const at = new Date(Date.parse(START) + minute * 60_000).toISOString();
      const figures = { audio_bitrate_kbps_received: 30, audio_latency_ms_received: name === 'dan' ? 10 : 900 };
      const key = { session_key: name, meeting_key: 'm', row_key: `${name} ${minute}`, ordinal: 1 };
      return { ...key, ...figures, time: at, join_time: START, day: '2026-10-01', source: 'list' };
    }),
  );
  const meetings = [meeting(1, 1, 'short'), meeting(2, 2, 'long')];
  const db = await databaseWith({ meetings, participants, quality_minutes });
  try {
    await prepareTables(db, SCOPE);
    expect(await totals(db)).toMatchObject({ meetings: 2, meeting_hours: 3, judged_meetings: 2, poor_meetings: 1 });
    expect(await commonTroubles(db, SCOPE)).toMatchObject([{ topic: 'long', sessions: 3, minutes: 20, most_poor: 3 }]);
    const worst = await worstSessions(db, SCOPE);
    expect(
      worst.map(({ name, topic }) => [name, topic]).toSorted(([a], [b]) => String(a).localeCompare(String(b))),
    ).toStrictEqual([
      ['ann', 'long'],
      ['bob', 'long'],
      ['cid', 'long'],
    ]);
  } finally {
    db.close();
  }
});
