import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrueMeeting } from '../sandbox/index.ts';
import {
  DAY,
  first,
  meetingQuery,
  meetingsOf,
  openSandbox,
  sessionQuery,
  sessionsOf,
} from './support/sandbox-client.ts';
import type { Json, TestClient } from './support/sandbox-client.ts';

let client: TestClient;
beforeAll(async () => {
  client = await openSandbox({ disagreementRate: 0.05, meetingsPerDay: 40, windowSemantics: 'starts-in' });
});
afterAll(() => client.sandbox.close());

const window = (): { start_time: string; end_time: string } => {
  const { from, to } = client.sandbox.tenant.dayRange(DAY);
  return { start_time: String(from), end_time: String(to - 1) };
};
const stamp = (unix: number): string => client.sandbox.tenant.zone.stamp(unix);
const yes = (value: boolean): string => (value ? '是' : '否');
const instance = (row: { meeting_instance_id: string }): string => row.meeting_instance_id;
const numbers = (reply: { json: Json }): string[] => reply.json.data.meeting_list.map((row: Json) => row.meeting_id);
const unit = (value: number | null, suffix: string): string => (value === null ? '-' : `${value}${suffix}`);
const inExport = (meeting: TrueMeeting): boolean => !meeting.is_external && !meeting.is_webinar;

/** Every page of a list. */
async function pages(path: string, field: string, query: Record<string, string | string[]>): Promise<Json[]> {
  const rows: Json[] = [];
  for (let token: string | undefined = ''; token !== undefined;) {
    const { json } = await client.get(path, { ...query, page_size: '20', ...(token ? { page_token: token } : {}) });
    expect(json.code).toBe(0);
    rows.push(...json.data[field]);
    expect(json.data.has_more).toBe(json.data.page_token !== undefined);
    token = json.data.page_token;
  }
  return rows;
}

test('The meeting file shows every internal meeting of the window, cell by cell', async () => {
  const truth = meetingsOf(client).filter(inExport);
  const [, ...rows] = await client.exported('meeting_list', window());
  expect(rows).toEqual(
    truth.map((meeting) => [
      meeting.meeting_no,
      meeting.meeting_topic,
      meeting.organizer,
      meeting.department ?? '-',
      meeting.user_ids?.user_id ?? '-',
      meeting.employee_id ?? '-',
      meeting.email ?? '-',
      meeting.mobile ?? '-',
      stamp(meeting.meeting_start_time),
      stamp(meeting.meeting_end_time),
      expect.stringMatching(/^\d\d:\d\d:\d\d$/),
      String(meeting.number_of_participants),
      ...[meeting.audio, meeting.video, meeting.sharing, meeting.recording, meeting.telephone].map(yes),
    ]),
  );
});

test('Awkward topics come out of the file as they are', async () => {
  const { tenant } = client.sandbox;
  const { to } = tenant.dayRange(DAY);
  const from = to - 24 * 86_400;
  const [, ...rows] = await client.exported('meeting_list', { start_time: String(from), end_time: String(to - 1) });
  const topics = rows.map((row) => row[1] ?? '');
  expect(topics).toEqual(
    tenant
      .meetings(from, to)
      .filter(inExport)
      .map((meeting) => meeting.meeting_topic),
  );
  for (const part of ['\n', '🎉', '"', '_x0041_', '=HYPERLINK', '  前后空格  ', '-', "');", '\t']) {
    expect(topics.some((topic) => topic === part || (part !== '-' && topic.includes(part)))).toBe(true);
  }
  expect(Math.max(...topics.map((topic) => topic.length))).toBeGreaterThan(300);
});

test('The meeting list adds external meetings and webinars only where they are asked for', async () => {
  const all = meetingsOf(client);
  const plain = await pages('meeting_list', 'meeting_list', window());
  const everything = await pages('meeting_list', 'meeting_list', {
    ...window(),
    include_external_meetings: 'true',
    include_webinar: 'true',
    user_id_type: 'union_id',
  });
  expect(plain.map(instance)).toEqual(all.filter(inExport).map(instance));
  expect(everything.map(instance)).toEqual(all.map(instance));
  expect(everything.map((row) => row.user_id)).toEqual(all.map((meeting) => meeting.user_ids?.union_id));
  expect(everything.length).toBeGreaterThan(plain.length);
});

test('Participants of the list and of the file are the same device-sessions', async () => {
  for (const meeting of meetingsOf(client).slice(0, 12)) {
    const truth = client.sandbox.tenant.participants(meeting);
    const listed = await pages('participant_list', 'participants', meetingQuery(meeting));
    const [, ...rows] = await client.exported('participant_list', meetingQuery(meeting));
    expect(listed.map((row) => [row.participant_name, row.user_id, row.meeting_room_id, row.join_time])).toEqual(
      truth.map((row) => [
        row.participant_name,
        row.user_ids?.open_id,
        row.meeting_room_id ?? undefined,
        stamp(row.join_time),
      ]),
    );
    expect(rows.map((row) => [row[0], row[2], row[6], row[12], row[19], row[20], row[22]])).toEqual(
      truth.map((row) => [
        row.participant_name,
        row.user_ids?.user_id ?? '-',
        row.device.toUpperCase(),
        row.network_type ?? '-',
        stamp(row.join_time),
        stamp(row.leave_time),
        row.leave_reason,
      ]),
    );
  }
});

test('Each minute of the quality file equals the truth, with the disagreements that were asked for', async () => {
  const { tenant } = client.sandbox;
  let disagreements = 0;
  for (const session of sessionsOf(client).slice(0, 25)) {
    const truth = tenant.quality(session.meeting, session.participant);
    const [, ...rows] = await client.exported('participant_quality_list', sessionQuery(session));
    disagreements += truth.filter((minute) => Object.keys(minute.export_says).length > 0).length;
    expect(rows.map((row) => [row[0], row[1], row[4], row[11], row[21], row[31], row[33], row[34]])).toEqual(
      truth.map((minute) => [
        stamp(minute.time),
        unit(minute.export_says.audio_bitrate_kbps_received ?? minute.audio_bitrate_kbps_received, 'kbps'),
        unit(minute.audio_packet_loss_avg_pct_received, '%'),
        unit(minute.video_bitrate_kbps_received, 'kbps'),
        unit(minute.screen_sharing_bitrate_kbps_received, 'kbps'),
        unit(minute.client_min_cpu_usage_pct, '%'),
        unit(minute.export_says.client_max_cpu_usage_pct ?? minute.client_max_cpu_usage_pct, '%'),
        unit(minute.system_max_cpu_usage_pct, '%'),
      ]),
    );
  }
  expect(disagreements).toBeGreaterThan(0);
});

test('Each group of the quality list carries its own minute, for some sessions one minute late for the CPU', async () => {
  const { tenant } = client.sandbox;
  const kinds = new Set<string>();
  for (const session of sessionsOf(client).slice(0, 40)) {
    const truth = tenant.quality(session.meeting, session.participant);
    const elements = await pages('participant_quality_list', 'participant_quality_list', sessionQuery(session));
    const byTime = new Map(truth.map((minute) => [stamp(minute.time), minute]));
    expect(elements).toHaveLength(truth.length);
    for (const { network, audio, video, cpu_usage: cpu } of elements) {
      const minute = byTime.get(audio.time);
      expect(audio.mic_input_volume).toBe(`${minute?.audio_mic_input_volume_db}dB`);
      expect(network?.network_delay ?? '-').toBe(unit(minute?.network_delay_ms ?? null, 'ms'));
      expect(video?.framerate_sent ?? '-').toBe(unit(minute?.video_framerate_fps_sent ?? null, 'fps'));
      expect([network?.time ?? audio.time, video?.time ?? audio.time]).toEqual([audio.time, audio.time]);
      if (!cpu) continue;
      expect(cpu.time).toMatch(/^\d{4}\.\d\d\.\d\d \d\d:\d\d:00$/);
      const cpuMinute = byTime.get(`${cpu.time} (GMT+08:00)`);
      expect(cpu.system_avg_cpu_usage).toBe(`${cpuMinute?.system_avg_cpu_usage_pct}%`);
      kinds.add(cpuMinute === minute ? 'same minute' : 'next minute');
    }
    const cpuMinutes = truth.filter((minute) => minute.client_avg_cpu_usage_pct !== null).length;
    expect(elements.filter((element) => element.cpu_usage)).toHaveLength(cpuMinutes);
  }
  expect(kinds).toEqual(new Set(['same minute', 'next minute']));
});

test('Reservations hide the topic unless it is asked for', async () => {
  const { tenant } = client.sandbox;
  const { from, to } = tenant.dayRange(DAY);
  const truth = tenant.reservations(from, to);
  const level = { room_level_id: first(tenant.directory.levels).room_level_id };
  const [, ...hidden] = await client.exported('resource_reservation_list', { ...window(), ...level });
  const [, ...shown] = await client.exported('resource_reservation_list', { ...window(), ...level, need_topic: true });
  const listed = await pages('resource_reservation_list', 'room_reservation_list', {
    ...window(),
    ...level,
    room_ids: ['omm_none'],
    is_exclude: 'true',
    need_topic: 'true',
  });
  expect(new Set(hidden.map((row) => row[1]))).toEqual(new Set(['-']));
  expect(shown.map((row) => [row[0], row[1], row[9], row[11]])).toEqual(
    truth.map((row) => [row.room_name, row.event_title, row.reservation_status, row.room_check_in_status]),
  );
  expect(listed.map((row) => [row.room_id, row.event_title, row.check_in_time])).toEqual(
    truth.map((row) => [
      row.room_id,
      row.event_title,
      row.check_in_time === null ? undefined : stamp(row.check_in_time),
    ]),
  );
});

async function roomsOf(query: Record<string, string | string[]>): Promise<Set<string>> {
  const rows = await pages('resource_reservation_list', 'room_reservation_list', { ...window(), ...query });
  return new Set(rows.map((row) => row.room_id));
}

test('Rooms are chosen by list, by exclusion and by level; an id without the prefix means the whole tenant', async () => {
  const { tenant } = client.sandbox;
  const { rooms, levels } = tenant.directory;
  const building = levels.find((level) => level.name === '北京办公楼');
  const root = levels[0]?.room_level_id ?? '';
  const chosen = rooms.slice(0, 2).map((room) => room.room_id);
  expect(await roomsOf({ room_level_id: root, room_ids: chosen })).toEqual(new Set(chosen));
  expect((await roomsOf({ room_level_id: root, room_ids: chosen, is_exclude: 'true' })).size).toBe(rooms.length - 2);
  expect((await roomsOf({ room_level_id: 'anything', room_ids: 'x', is_exclude: 'true' })).size).toBe(rooms.length);
  expect(await roomsOf({ room_level_id: building?.room_level_id ?? '', room_ids: 'x', is_exclude: 'true' })).toEqual(
    new Set(rooms.filter((room) => room.path.includes(building?.room_level_id ?? '')).map((room) => room.room_id)),
  );
});

test('Each meaning of a window selects the meetings that its name says', async () => {
  const clients = await Promise.all(
    (['overlaps', 'starts-in', 'ends-in', 'contained'] as const).map((windowSemantics) =>
      openSandbox({ windowSemantics, meetingsPerDay: 30 }),
    ),
  );
  const [{ sandbox }] = clients as [TestClient];
  const { from, to } = sandbox.tenant.dayRange(DAY);
  const rule: Record<string, (meeting: TrueMeeting, a: number, b: number) => boolean> = {
    overlaps: (meeting, a, b) => meeting.meeting_start_time <= b && meeting.meeting_end_time >= a,
    'starts-in': (meeting, a, b) => meeting.meeting_start_time >= a && meeting.meeting_start_time <= b,
    'ends-in': (meeting, a, b) => meeting.meeting_end_time >= a && meeting.meeting_end_time <= b,
    contained: (meeting, a, b) => meeting.meeting_start_time >= a && meeting.meeting_end_time <= b,
  };
  const around = sandbox.tenant.meetings(from - 3 * 86_400, to + 86_400).filter(inExport);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: from, max: to }), fc.integer({ min: 0, max: 20_000 }), async (start, length) => {
      for (const [index, semantics] of Object.keys(rule).entries()) {
        const { json } = await (clients[index] as TestClient).get('meeting_list', {
          start_time: String(start),
          end_time: String(start + length),
          page_size: '100',
        });
        expect(json.data.meeting_list.map((row: Json) => row.meeting_instance_id)).toEqual(
          around
            .filter((meeting) => rule[semantics]?.(meeting, start, start + length))
            .map((row) => row.meeting_instance_id),
        );
      }
    }),
    { numRuns: 15 },
  );
  await Promise.all(clients.map((each) => each.sandbox.close()));
});

test('An ongoing meeting has no end yet, shows who came so far, and has no quality', async () => {
  const session = first(sessionsOf(client, '2026-11-05').filter(({ participant }) => participant.user_ids));
  const { meeting, participant } = session;
  const wait = (participant.join_time + 1) * 1000 - Date.parse('2026-11-04T20:00:00+08:00');
  client.advance(wait);
  client.token = await client.login();
  const now = participant.join_time + 1;
  const query = { start_time: String(now - 7200), end_time: String(now) };
  const ended = await client.get('meeting_list', query);
  const ongoing = await client.get('meeting_list', { ...query, meeting_status: '1' });
  const people = await client.get('participant_list', {
    ...meetingQuery(meeting),
    meeting_end_time: String(now),
    meeting_status: '1',
  });
  const quality = await client.get('participant_quality_list', sessionQuery(session));
  client.advance(-wait);

  expect(numbers(ended)).not.toContain(meeting.meeting_no);
  expect(numbers(ongoing)).toContain(meeting.meeting_no);
  expect(ongoing.json.data.meeting_list[0].meeting_end_time).toBeUndefined();
  const seen = client.sandbox.tenant.participants(meeting).filter((row) => row.join_time <= now);
  expect(people.json.data.participants).toHaveLength(seen.length);
  expect(people.json.data.participants.at(-1).leave_time).toBeUndefined();
  expect(quality.json.code).toBe(126009);
});
