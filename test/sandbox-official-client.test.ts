import { once } from 'node:events';
import type { Readable } from 'node:stream';
import * as lark from '@larksuiteoapi/node-sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cellsOf,
  DAY,
  first,
  meetingQuery,
  meetingsOf,
  openSandbox,
  sessionQuery,
  sessionsOf,
} from './support/sandbox-client.ts';
import type { TestClient } from './support/sandbox-client.ts';

// The official SDK is written by other people from the same documentation: it is the sandbox's independent reader.
let client: TestClient;
let official: lark.Client;

beforeAll(async () => {
  client = await openSandbox({ rateLimit: '100/60s' });
  official = new lark.Client({
    appId: 'cli_sandbox',
    appSecret: 'sandbox-secret',
    domain: client.sandbox.url,
    loggerLevel: lark.LoggerLevel.error,
  });
});
afterAll(() => client.sandbox.close());

async function download(taskId: string): Promise<string[][]> {
  const task = await official.vc.export.get({ path: { task_id: taskId } });
  expect(task.data?.status).toBe(3);
  const file = await official.vc.export.download({ params: { file_token: task.data?.file_token ?? '' } });
  const stream: Readable = file.getReadableStream();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return cellsOf(Buffer.concat(chunks));
}

test('The official SDK runs all four exports from task to file', async () => {
  const { from, to } = client.sandbox.tenant.dayRange(DAY);
  const session = first(sessionsOf(client).filter(({ participant }) => participant.user_ids));
  const { directory } = client.sandbox.tenant;
  const { user_id: userId = '', meeting_no, meeting_start_time, meeting_end_time, join_time } = sessionQuery(session);
  const meeting = {
    meeting_no: meeting_no ?? '',
    meeting_start_time: meeting_start_time ?? '',
    meeting_end_time: meeting_end_time ?? '',
  };

  const created = [
    await official.vc.export.meetingList({
      data: { start_time: String(from), end_time: String(to) },
      params: { user_id_type: 'open_id' },
    }),
    await official.vc.export.participantList({ data: meeting, params: { user_id_type: 'open_id' } }),
    await official.vc.export.participantQualityList({
      data: { ...meeting, join_time: join_time ?? '', user_id: userId },
      params: { user_id_type: 'open_id' },
    }),
    await official.vc.export.resourceReservationList({
      data: {
        room_level_id: directory.levels[0]?.room_level_id ?? '',
        need_topic: true,
        start_time: String(from),
        end_time: String(to),
        room_ids: [],
        is_exclude: true,
      },
    }),
  ];
  const files = [];
  for (const { data } of created) files.push(await download(data?.task_id ?? ''));

  expect(new Set(created.map(({ data }) => data?.task_id)).size).toBe(4);
  expect(files.map((rows) => [rows[0]?.length, rows[0]?.[0]])).toEqual([
    [17, '会议ID'],
    [23, '参会人'],
    [35, '时间'],
    [15, '会议室名称'],
  ]);
  expect(files[1]).toHaveLength(client.sandbox.tenant.participants(session.meeting).length + 1);
  expect(files[2]).toHaveLength(client.sandbox.tenant.quality(session.meeting, session.participant).length + 1);
});

test('The official SDK reads the four lists and the rooms', async () => {
  const { tenant } = client.sandbox;
  const { from, to } = tenant.dayRange(DAY);
  const meeting = first(meetingsOf(client));
  const session = first(sessionsOf(client).filter(({ participant }) => participant.meeting_room_id));
  const root = first(tenant.directory.levels);

  const meetings = await official.vc.meetingList.get({
    params: {
      start_time: String(from),
      end_time: String(to),
      page_size: 100,
      include_external_meetings: true,
      include_webinar: true,
    },
  });
  const { meeting_no = '', meeting_start_time = '', meeting_end_time = '' } = meetingQuery(meeting);
  const participants = await official.vc.participantList.get({
    params: { meeting_no, meeting_start_time, meeting_end_time, page_size: 20 },
  });
  const asked = sessionQuery(session);
  const quality = await official.vc.participantQualityList.get({
    params: {
      meeting_no: asked['meeting_no'] ?? '',
      meeting_start_time: asked['meeting_start_time'] ?? '',
      meeting_end_time: asked['meeting_end_time'] ?? '',
      join_time: asked['join_time'] ?? '',
      room_id: asked['room_id'] ?? '',
      page_size: 100,
    },
  });
  const roomIds = tenant.directory.rooms.slice(0, 2).map((room) => room.room_id);
  const reservations = await official.vc.resourceReservationList.get({
    params: {
      room_level_id: root.room_level_id,
      start_time: String(from),
      end_time: String(to),
      room_ids: roomIds,
      page_size: 100,
    },
  });
  const level = await official.vc.roomLevel.get({ path: { room_level_id: '0' } });
  const levels = await official.vc.roomLevel.list({ params: { room_level_id: root.room_level_id } });
  const rooms = await official.vc.room.list({ params: { room_level_id: root.room_level_id, page_size: 100 } });

  const mine = meetings.data?.meeting_list?.filter((row) => row.meeting_instance_id === meeting.meeting_instance_id);
  expect(mine).toHaveLength(1);
  expect(participants.data?.participants?.[0]?.participant_name).toBe(
    tenant.participants(meeting)[0]?.participant_name,
  );
  expect(quality.data?.participant_quality_list).toHaveLength(
    tenant.quality(session.meeting, session.participant).length,
  );
  expect(new Set(reservations.data?.room_reservation_list?.map((row) => row.room_id))).toEqual(new Set(roomIds));
  expect(level.data?.room_level?.room_level_id).toBe(root.room_level_id);
  expect(levels.data?.items?.map((item) => item.name)).toEqual(['北京办公楼', '上海办公楼']);
  expect(rooms.data?.rooms).toHaveLength(tenant.directory.rooms.length);
});
