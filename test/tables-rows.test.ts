import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Participant } from '../feishu/contract.ts';
import { TABLES } from '../tables/columns.ts';
import type { Row } from '../tables/columns.ts';
import { meetingKey, rowKey, sessionKey } from '../tables/keys.ts';
import { listRecords } from '../tables/records.ts';
import type { SourceRecord } from '../tables/records.ts';
import { askedAs, participantRows, sessionsOf, unitRows } from '../tables/rows.ts';
import type { Unit } from '../tables/rows.ts';
import { atOnce } from '../tables/steps.ts';
import { unixOfIso } from '../model/calendar.ts';

const context = { zone: 'Asia/Shanghai' };
const START = unixOfIso('2022-12-23T03:16:59Z');

const participants = (...items: Participant[]): SourceRecord[] =>
  atOnce(listRecords('participant_list', items, context));

function participantRowsOf(...items: Participant[]): Row[] {
  return atOnce(
    participantRows({
      meeting_no: '705605196',
      meeting_start_time: START,
      meeting_end_time: START + 112,
      records: participants(...items),
    }),
  );
}

describe('every table', () => {
  test.each(Object.values(TABLES))(
    '$name has its keys first, unparsed last and no column twice',
    ({ name, key, columns: all }) => {
      const columns = all.map((column) => column.name);
      expect(new Set(columns).size).toBe(columns.length);
      expect(columns[0]).toBe('row_key');
      expect(columns.at(-1)).toBe('unparsed');
      expect(columns.filter((column) => /_key$|^ordinal$/.test(column))).toStrictEqual(
        {
          meetings: ['row_key', 'meeting_key', 'ordinal'],
          participants: ['row_key', 'meeting_key', 'session_key', 'ordinal'],
          quality_minutes: ['row_key', 'meeting_key', 'session_key', 'ordinal'],
          reservations: ['row_key', 'ordinal'],
          units: ['row_key', 'meeting_key', 'session_key', 'ordinal'],
        }[name],
      );
      expect(columns).toStrictEqual(expect.arrayContaining([...key]));
    },
  );
});

/** `{a,b}` in a name stands for each of them, the first ones slowest, as in the shell. */
function expanded(name: string): string[] {
  const match = /^(.*?)\{([^}]*)\}(.*)$/.exec(name);
  if (match === null) return [name];
  const [, before = '', choices = '', after = ''] = match;
  return choices.split(',').flatMap((choice) => expanded(`${before}${choice}${after}`));
}

function columnsOf(text: string): string[] {
  return text
    .split(/[;\s]+/)
    .filter(Boolean)
    .flatMap(expanded);
}

const MEDIUM = '{bitrate_kbps,latency_ms,jitter_ms,packet_loss_avg_pct,packet_loss_max_pct}_{received,sent}';
const PICTURE = (medium: string): string =>
  `${medium}_maximum_resolution_{received,sent} ${medium}_framerate_fps_{received,sent}`;

describe('the published columns', () => {
  test.each([
    [
      TABLES.meetings,
      `row_key meeting_key ordinal meeting_no meeting_topic organizer department user_id employee_id email mobile
       meeting_start_time meeting_end_time meeting_duration_s number_of_participants
       audio video sharing recording telephone
       meeting_instance_id meeting_type meeting_subtype number_of_devices is_external number_of_webinar_viewers reserved_rooms
       ai_note has_related_document open_id unparsed`,
    ],
    [
      TABLES.participants,
      `row_key meeting_key session_key ordinal meeting_no meeting_start_time meeting_end_time participant_name department
       user_id meeting_room_id employee_id phone email device app_version public_ip internal_ip use_rtc_proxy location
       network_type protocol microphone speaker camera audio video sharing join_time leave_time time_in_meeting_s
       leave_reason is_external accept_status webinar_user_role unparsed`,
    ],
    [
      TABLES.quality_minutes,
      `row_key meeting_key session_key ordinal meeting_no meeting_start_time user_id room_id join_time time
       network_delay_ms network_{bitrate_kbps,packet_loss_avg_pct,packet_loss_max_pct}_{received,sent}
       audio_${MEDIUM} video_${MEDIUM} screen_sharing_${MEDIUM}
       audio_mic_input_volume_db audio_speaker_volume_db ${PICTURE('video')} ${PICTURE('screen_sharing')}
       client_min_cpu_usage_pct client_avg_cpu_usage_pct client_max_cpu_usage_pct
       system_avg_cpu_usage_pct system_max_cpu_usage_pct source conflicts unparsed`,
    ],
    [
      TABLES.reservations,
      `row_key ordinal room_id room_name event_title reserver department_of_reserver guests_number accepted_number
       event_start_time event_end_time event_duration_s reservation_status check_in_device room_check_in_status
       check_in_time releasing_person releasing_time reserver_user_id is_release_early unparsed`,
    ],
    [
      TABLES.units,
      `row_key meeting_key session_key ordinal meeting_no meeting_start_time user_id room_id participant_name device
       join_time status reason rows pages asked_at settled code minutes_expected unparsed`,
    ],
  ])('$name are these, in this order', ({ columns }, toDocumentedFailure) => {
    expect(columns.map(({ name }) => name)).toStrictEqual(columnsOf(toDocumentedFailure));
  });
});

describe('keys', () => {
  test('are 32 hex digits and stay what they are, since stored rows carry them', () => {
    const meeting = meetingKey('705605196', START);
    expect(meeting).toMatch(/^[0-9a-f]{32}$/);
    expect([meeting, sessionKey(meeting, { user_id: 'ou_1' }, START + 1), rowKey('meetings', [meeting], 1)])
      .toMatchInlineSnapshot(`
      [
        "0935ad3ce6fa15dfc98eb5eda839f4a1",
        "2a052744c73ab60230a5eaf54ff2671c",
        "b6f669a6e622fd608310ebd653d93a6f",
      ]
    `);
  });

  test('differ when any part does, wherever one part ends and the next begins', () => {
    const part = fc.oneof(fc.string(), fc.integer(), fc.constant(null));
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 3 }),
        fc.array(part, { maxLength: 3 }),
        fc.nat(3),
        fc.nat(3),
        (a, b, i, j) => {
          expect(rowKey('units', a, i) === rowKey('units', b, j)).toBe(
            JSON.stringify([a, i]) === JSON.stringify([b, j]),
          );
        },
      ),
    );
    expect(sessionKey('m', { user_id: 'x' }, 1)).not.toBe(sessionKey('m', { room_id: 'x' }, 1));
    expect(sessionKey('m', { user_id: 'x' }, 1)).not.toBe(sessionKey('m', { participant_name: 'x' }, 1));
  });
});

const PERSON: Participant = {
  participant_name: 'kehan',
  department: 'development',
  user_id: 'ou_1',
  employee_id: '202105149765',
  phone: '021-673288',
  email: 'a@b.cn',
  device: 'windows',
  app_version: '5.26.0-alpha.38',
  public_ip: '1.2.3.4',
  internal_ip: '10.0.0.1',
  use_rtc_proxy: false,
  location: '中国大陆',
  network_type: 'wifi',
  protocol: 'udp',
  microphone: '与系统一致',
  speaker: 'Jabra',
  camera: '-',
  audio: true,
  video: false,
  sharing: false,
  join_time: '2022.12.23 11:16:59 (GMT+08:00)',
  leave_time: '2022.12.23 11:18:51 (GMT+08:00)',
  time_in_meeting: '00:01:52',
  leave_reason: '主持人结束会议',
  accept_status: 1,
  is_external: true,
  webinar_user_role: '3',
};

const ofDevice = (rows: Row[]) => Object.fromEntries(rows.map((row) => [row['device'], row['row_key']]));

describe('participants', () => {
  test('carry the meeting they were asked for and every documented column', async () => {
    const [row] = participantRowsOf(PERSON);
    const meeting = meetingKey('705605196', START);
    expect(Object.keys(row ?? {})).toStrictEqual(TABLES.participants.columns.map(({ name }) => name));
    expect(row).toStrictEqual({
      row_key: expect.stringMatching(/^[0-9a-f]{32}$/),
      meeting_key: meeting,
      session_key: sessionKey(meeting, { user_id: 'ou_1' }, START),
      ordinal: 1,
      meeting_no: '705605196',
      meeting_start_time: '2022-12-23T03:16:59Z',
      meeting_end_time: '2022-12-23T03:18:51Z',
      participant_name: 'kehan',
      department: 'development',
      user_id: 'ou_1',
      meeting_room_id: null,
      employee_id: '202105149765',
      phone: '021-673288',
      email: 'a@b.cn',
      device: 'windows',
      app_version: '5.26.0-alpha.38',
      public_ip: '1.2.3.4',
      internal_ip: '10.0.0.1',
      use_rtc_proxy: false,
      location: '中国大陆',
      network_type: 'wifi',
      protocol: 'udp',
      microphone: '与系统一致',
      speaker: 'Jabra',
      camera: null,
      audio: true,
      video: false,
      sharing: false,
      join_time: '2022-12-23T03:16:59Z',
      leave_time: '2022-12-23T03:18:51Z',
      time_in_meeting_s: 112,
      leave_reason: '主持人结束会议',
      is_external: true,
      accept_status: 1,
      webinar_user_role: '3',
      unparsed: null,
    });
  });

  test('have the session of their user id, else of their room id, else of their name', async () => {
    const { user_id: _, ...anonymous } = PERSON;
    const rows = participantRowsOf(PERSON, { ...anonymous, meeting_room_id: 'omm_1' }, anonymous);
    const meeting = meetingKey('705605196', START);
    expect(rows.map((row) => row['session_key'])).toStrictEqual([
      sessionKey(meeting, { user_id: 'ou_1' }, START),
      sessionKey(meeting, { room_id: 'omm_1' }, START),
      sessionKey(meeting, { participant_name: 'kehan' }, START),
    ]);
  });

  test('that join twice have two sessions; on two devices in one second one session and two rows', async () => {
    const rows = participantRowsOf(
      PERSON,
      { ...PERSON, device: 'ios' },
      { ...PERSON, join_time: '2022.12.23 11:17:30 (GMT+08:00)' },
    );
    expect(rows.map((row) => row['ordinal'])).toStrictEqual([1, 2, 1]);
    expect(rows[0]?.['session_key']).toBe(rows[1]?.['session_key']);
    expect(rows[0]?.['session_key']).not.toBe(rows[2]?.['session_key']);
    expect(new Set(rows.map((row) => row['row_key'])).size).toBe(3);
  });

  test('are numbered by what they say, whatever order the source has', () => {
    const others = [PERSON, { ...PERSON, device: 'ios' }, { ...PERSON, device: 'web', leave_reason: 'x' }];
    const devices = ofDevice(participantRowsOf(...others));
    fc.assert(
      fc.property(fc.shuffledSubarray(others, { minLength: others.length }), (order) => {
        const rows = participantRowsOf(...order);
        expect(ofDevice(rows)).toStrictEqual(devices);
        expect(sessionsOf(rows).map(({ device }) => device)).toStrictEqual(['ios']);
      }),
    );
  });

  test('that differ in a cell that cannot be read alone are numbered by its text', () => {
    const [soon, later] = ['soon', 'later'].map((leave_time) => ({ ...PERSON, leave_time }));
    const numbered = participantRowsOf(soon!, later!).map(({ ordinal, unparsed }) => [ordinal, unparsed]);
    expect(numbered).toHaveLength(2);
    const turned = participantRowsOf(later!, soon!).map(({ ordinal, unparsed }) => [ordinal, unparsed]);
    expect(new Map(turned as [number, string][])).toStrictEqual(new Map(numbered as [number, string][]));
  });

  test('of a room with a user id too are asked about as a room, and under a key of their own', () => {
    const rows = participantRowsOf({ ...PERSON, meeting_room_id: 'omm_1' });
    const [session] = sessionsOf(rows);
    const meeting = meetingKey('705605196', START);
    expect(session).toMatchObject({ user_id: 'ou_1', room_id: 'omm_1' });
    expect(session?.session_key).toBe(sessionKey(meeting, { room_id: 'omm_1' }, START));
    expect(askedAs(session!)).toStrictEqual({ room_id: 'omm_1' });
    expect(askedAs({ user_id: 'ou_1', room_id: null })).toStrictEqual({ user_id: 'ou_1' });
    expect(askedAs({ user_id: null, room_id: null })).toBeNull();
    const answer = {
      status: 'done',
      reason: null,
      rows: 1,
      pages: 1,
      asked_at: START,
      settled: true,
      code: null,
    } as const;
    const unit: Unit = { ...session!, ...answer, minutes_expected: 1 };
    expect([...unitRows([unit])][0]).toMatchObject({
      session_key: session?.session_key,
      user_id: 'ou_1',
      room_id: 'omm_1',
    });
  });

  test('have the same keys however their times were written', async () => {
    const [a] = participantRowsOf(PERSON);
    const [b] = participantRowsOf({ ...PERSON, join_time: '2022.12.23 03:16:59 (GMT+00:00)' });
    expect(b?.['row_key']).toBe(a?.['row_key']);
  });

  test('are asked about once for each session', async () => {
    const { user_id: _, ...anonymous } = PERSON;
    const rows = participantRowsOf(
      PERSON,
      { ...PERSON, device: 'ios' },
      { ...anonymous, participant_name: 'F5', meeting_room_id: 'omm_1' },
      { ...anonymous, participant_name: 'Guest', join_time: 'unknown' },
    );
    expect(sessionsOf(rows)).toStrictEqual([
      {
        session_key: rows[0]?.['session_key'],
        meeting_no: '705605196',
        meeting_start_time: START,
        user_id: 'ou_1',
        room_id: null,
        participant_name: 'kehan',
        device: 'ios',
        join_time: START,
      },
      expect.objectContaining({ user_id: null, room_id: 'omm_1', participant_name: 'F5', join_time: START }),
      expect.objectContaining({ user_id: null, room_id: null, participant_name: 'Guest', join_time: null }),
    ]);
  });
});

describe('units', () => {
  test('share the session key of the participants they stand for', async () => {
    const { user_id: _, ...anonymous } = PERSON;
    const rows = participantRowsOf(PERSON, { ...anonymous, meeting_room_id: 'omm_1' }, anonymous);
    const units: Unit[] = sessionsOf(rows).map((session) => ({
      ...session,
      status: 'failed',
      reason: '126009 cannot find meeting',
      rows: 0,
      pages: 1,
      asked_at: START + 3600,
      settled: false,
      code: 126009,
      minutes_expected: 2,
    }));
    const made = [...unitRows(units)];
    expect(made.map((row) => row['session_key'])).toStrictEqual(rows.map((row) => row['session_key']));
    expect(Object.keys(made[0] ?? {})).toStrictEqual(TABLES.units.columns.map(({ name }) => name));
    expect(made[1]).toMatchObject({
      meeting_key: meetingKey('705605196', START),
      ordinal: 1,
      meeting_no: '705605196',
      meeting_start_time: '2022-12-23T03:16:59Z',
      user_id: null,
      room_id: 'omm_1',
      participant_name: 'kehan',
      device: 'windows',
      join_time: '2022-12-23T03:16:59Z',
      status: 'failed',
      reason: '126009 cannot find meeting',
      rows: 0,
      pages: 1,
      asked_at: '2022-12-23T04:16:59Z',
      settled: false,
      code: 126009,
      minutes_expected: 2,
      unparsed: null,
    });
  });
});
