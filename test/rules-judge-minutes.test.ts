import { afterEach, describe, expect, it } from 'vitest';
import { judgedMinutesSql, streamMinutesSql, verdictSql, reasonSql } from '../analysis/minutes-sql.ts';
import { PRESETS } from '../analysis/presets.ts';
import { parseRuleFile, RuleFileError } from '../analysis/rule-file.ts';
import type { RuleSet } from '../analysis/rules.ts';
import { judgedMeetingsSql, judgedSessionsSql } from '../analysis/sessions-sql.ts';
import type { Row } from '../tables/columns.ts';
import { databaseWith, type TestDatabase } from './support/duckdb-tables.ts';

const DEFAULT = PRESETS['default']!;
let db: TestDatabase;
afterEach(() => db?.close());

const at = (minute: number): string => new Date(Date.UTC(2026, 9, 14, 2, minute)).toISOString().replace('.000Z', 'Z');
const minute = (number: number, more: Row = {}, session = 's'): Row => ({
  session_key: session,
  meeting_key: 'm',
  time: at(number),
  audio_bitrate_kbps_received: 40,
  audio_bitrate_kbps_sent: 40,
  audio_latency_ms_received: 40,
  audio_latency_ms_sent: 40,
  ...more,
});

async function judge(rows: Row[], set: RuleSet = DEFAULT): Promise<string[]> {
  db = await databaseWith({ quality_minutes: rows });
  await db.run(`CREATE TABLE judged AS ${judgedMinutesSql(set, { from: 'quality_minutes' })}`);
  const judged = await db.rows(
    `SELECT ${verdictSql('code')} AS verdict, ${reasonSql('code')} AS reason FROM judged ORDER BY session_key, minute`,
  );
  return judged.map(({ verdict, reason }) =>
    reason === null ? String(verdict) : `${String(verdict)}: ${String(reason)}`,
  );
}

describe('a minute', () => {
  it.each<[string, Row, string]>([
    ['is good where all is well', {}, 'good'],
    ['is fair from 3 % audio loss on', { audio_packet_loss_avg_pct_sent: 3 }, 'fair: loss'],
    ['is poor from 5 % audio loss on', { audio_packet_loss_avg_pct_received: 5 }, 'poor: loss'],
    ['takes the network’s loss where the list was asked alone', { network_packet_loss_avg_pct_sent: 6 }, 'poor: loss'],
    [
      'takes the medium’s loss before the network’s',
      { network_packet_loss_avg_pct_sent: 6, audio_packet_loss_avg_pct_sent: 0 },
      'good',
    ],
    ['is poor from 50 ms jitter on', { audio_jitter_ms_sent: 50 }, 'poor: jitter'],
    ['is poor from 300 ms delay on', { audio_latency_ms_received: 300 }, 'poor: delay'],
    [
      'names the loss where delay is as bad',
      { audio_latency_ms_sent: 900, audio_packet_loss_avg_pct_sent: 9 },
      'poor: loss',
    ],
    ['is never made poor by a burst', { audio_packet_loss_max_pct_sent: 60 }, 'fair: loss'],
    [
      'is poor under 7 frames of video',
      { video_bitrate_kbps_received: 400, video_framerate_fps_received: 6 },
      'poor: frames',
    ],
    [
      'blames few frames on a busy machine where the line is clean',
      { video_bitrate_kbps_received: 400, video_framerate_fps_received: 6, system_avg_cpu_usage_pct: 85 },
      'poor: machine',
    ],
    [
      'forgives few frames of a shared slide that stands still',
      { screen_sharing_bitrate_kbps_received: 9, screen_sharing_framerate_fps_received: 1 },
      'good',
    ],
    [
      'is poor where a shared screen stands still on a bad line',
      {
        screen_sharing_bitrate_kbps_received: 9,
        screen_sharing_framerate_fps_received: 1,
        screen_sharing_latency_ms_received: 350,
      },
      'poor: frames',
    ],
    ['is poor from 90 % CPU on average on', { system_avg_cpu_usage_pct: 90 }, 'poor: machine'],
    ['is not poor by one peak of the CPU', { system_max_cpu_usage_pct: 99 }, 'good'],
    ['counts no stream that is not sent', { audio_bitrate_kbps_sent: 0, audio_packet_loss_avg_pct_sent: 50 }, 'good'],
    [
      'is unclassified where nothing is sent or received, whatever the machine does',
      { audio_bitrate_kbps_sent: 0, audio_bitrate_kbps_received: 0, system_avg_cpu_usage_pct: 99 },
      'unclassified: idle',
    ],
    [
      'is unclassified, not good, where nothing was measured',
      { audio_latency_ms_received: null, audio_latency_ms_sent: null },
      'unclassified: unmeasured',
    ],
  ])('%s', async (_name, more, verdict) => {
    expect(await judge([minute(0, more)])).toEqual([verdict]);
  });

  it('is poor by the CPU’s peaks where they last two minutes', async () => {
    const peak = { system_max_cpu_usage_pct: 96 };
    expect(await judge([minute(0, peak), minute(1, peak), minute(2), minute(4, peak)])).toEqual([
      'poor: machine',
      'poor: machine',
      'good',
      'good',
    ]);
  });

  it('is judged otherwise by another preset, and not at all by a rule that is off', async () => {
    const rows = [minute(0, { audio_packet_loss_avg_pct_sent: 6 })];
    expect(await judge(rows, PRESETS['teams-cqd'])).toEqual(['good']);
    db.close();
    expect(await judge(rows, PRESETS['strict'])).toEqual(['poor: loss']);
    db.close();
    const off = parseRuleFile('{"name": "no loss", "rules": {"audio_loss_pct": "off", "audio_loss_burst_pct": "off"}}');
    expect(await judge(rows, off)).toEqual(['good']);
  });

  it('gives stream-minutes by medium and direction, idle ones unclassified', async () => {
    await judge([
      minute(0, { audio_bitrate_kbps_sent: 0, audio_jitter_ms_received: 60, system_avg_cpu_usage_pct: 20 }),
    ]);
    const streams = await db.rows(
      `SELECT * FROM (${streamMinutesSql({ from: 'judged' })}) s ORDER BY medium, direction`,
    );
    expect(streams.map(({ medium, direction, verdict, reason }) => [medium, direction, verdict, reason])).toEqual([
      ['audio', 'received', 'poor', 'jitter'],
      ['audio', 'sent', 'unclassified', 'idle'],
      ['machine', null, 'good', null],
    ]);
  });
});

async function judgedSessions(rows: Row[]): Promise<Record<string, unknown>[]> {
  await judge(rows);
  await db.run(`CREATE TABLE sessions AS ${judgedSessionsSql(DEFAULT, { from: 'judged' })}`);
  return await db.rows('SELECT * FROM sessions ORDER BY session_key');
}

describe('a session', () => {
  const bad = { audio_packet_loss_avg_pct_received: 9 };
  const minutesOf = (count: number, poor: readonly number[], key = 's'): Row[] =>
    Array.from({ length: count }, (_, index) => minute(index, poor.includes(index) ? bad : {}, key));

  it('is judged by its share of poor minutes, with the longest run and when it began', async () => {
    const [session] = await judgedSessions(minutesOf(50, [3, 10, 11, 12, 30]));
    expect(session).toMatchObject({ classified: 50, poor: 5, verdict: 'poor', reason: 'loss', longest_run: 3 });
    expect(session?.['longest_run_since']).toBe(at(10));
  });

  it('is fair from 3 % on, good below, and unclassified under five classified minutes', async () => {
    const all = [...minutesOf(50, [7, 8], 'a'), ...minutesOf(50, [7], 'b'), ...minutesOf(4, [0, 1, 2, 3], 'c')];
    expect((await judgedSessions(all)).map(({ verdict }) => verdict)).toEqual(['fair', 'good', 'unclassified']);
    // Whose meeting a session is of, who joins them knows.
    const from = "(SELECT *, TIMESTAMP '2026-10-14 10:00:00' AS meeting_end_time FROM sessions)";
    expect(await db.rows(judgedMeetingsSql({ from }))).toMatchObject([{ sessions: 2, poor_sessions: 0 }]);
  });
});

const problemsOf = (file: unknown): string => {
  try {
    parseRuleFile(typeof file === 'string' ? file : JSON.stringify(file));
  } catch (error) {
    if (error instanceof RuleFileError) return error.problems.join('\n');
    throw error;
  }
  return 'taken';
};

describe('a rule file', () => {
  it('changes what it names and keeps the rest of its preset', () => {
    const set = parseRuleFile(
      JSON.stringify({
        name: 'ours',
        based_on: 'strict',
        rules: { audio_jitter_ms: { fair: 40, poor: 80, source: 'our agreement' }, video_framerate_fps: 'off' },
      }),
    );
    expect(set.rules.audio_jitter_ms).toEqual({ fair: 40, poor: 80, source: 'our agreement' });
    expect(set.rules.video_framerate_fps).toBeUndefined();
    expect(set.rules.audio_loss_pct).toEqual(PRESETS['strict']?.rules.audio_loss_pct);
  });

  it('is refused with every field that is wrong by its name', () => {
    expect(problemsOf('{')).toContain('JSON');
    const wrong = {
      rules: { audio_loss_pct: { poor: 'x', source: '' }, nonsense: 'off' },
      target: { poor_audio_pct: 200 },
    };
    for (const field of [
      'name',
      'rules.audio_loss_pct.poor',
      'rules.audio_loss_pct.source',
      'nonsense',
      'target.poor_audio_pct',
    ])
      expect(problemsOf(wrong)).toContain(field);
    const turned = { name: 'x', rules: { video_framerate_fps: { fair: 5, poor: 9, source: 's' } } };
    expect(problemsOf(turned)).toContain('rules.video_framerate_fps: fair must be at least poor');
  });
});
