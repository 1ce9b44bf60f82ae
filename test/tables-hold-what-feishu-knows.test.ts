import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { FeishuClient } from '../feishu/client.ts';
import type { ExportResource, Quality, Room } from '../feishu/contract.ts';
import { startSandbox } from '../sandbox/index.ts';
import type { Sandbox, TrueMeeting, TrueParticipant, TrueQualityMinute } from '../sandbox/index.ts';
import { readSheets } from '../sheets/index.ts';
import type { Row } from '../tables/columns.ts';
import { qualityRows } from '../tables/quality-rows.ts';
import { listRecords, sheetRecords } from '../tables/records.ts';
import type { SourceRecord } from '../tables/records.ts';
import { reservationRows } from '../tables/reservation-rows.ts';
import { meetingRows } from '../tables/meeting-rows.ts';
import { noNotes } from '../tables/notes.ts';
import { participantRows } from '../tables/rows.ts';
import { atOnce } from '../tables/steps.ts';
import { dayWindow, isoOfUnix } from '../model/calendar.ts';

const ZONE = 'Asia/Shanghai';
const context = { zone: ZONE };
const day = dayWindow('2026-03-10', ZONE);

let sandbox: Sandbox;
let client: FeishuClient;
let call: { token: string };

beforeAll(async () => {
  sandbox = await startSandbox({ rateLimit: 'off', taskDelayMs: [0, 0], meetingsPerDay: 8, disagreementRate: 0.05 });
  client = new FeishuClient({ baseUrl: sandbox.url });
  const { token } = await client.tenantAccessToken('cli_sandbox', 'sandbox-secret');
  call = { token };
});

afterAll(async () => {
  await client.close();
  await sandbox.close();
});

async function exported(resource: ExportResource, body: Record<string, unknown>): Promise<SourceRecord[]> {
  const query = resource === 'resource_reservation_list' ? {} : { user_id_type: 'open_id' as const };
  const { task_id: taskId } = await client.createExport(resource, body, query, call);
  let task = await client.getExport(taskId, call);
  while (task.status === 1) task = await client.getExport(taskId, call);
  const { body: bytes } = await client.downloadExport(task.file_token ?? '', call);
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  const records: SourceRecord[] = [];
  for await (const record of sheetRecords(resource, readSheets(Buffer.concat(chunks)), context).records) {
    records.push(record);
  }
  return records;
}

const iso = (unix: number | null): string | null => (unix === null ? null : isoOfUnix(unix));

/** What the table must say of a meeting, without what only the list has. */
function meetingCells(meeting: TrueMeeting): Row {
  return {
    meeting_no: meeting.meeting_no,
    meeting_topic: meeting.meeting_topic,
    organizer: meeting.organizer,
    department: meeting.department,
    user_id: meeting.user_ids?.user_id ?? null,
    employee_id: meeting.employee_id,
    email: meeting.email,
    mobile: meeting.mobile,
    meeting_start_time: iso(meeting.meeting_start_time),
    meeting_end_time: iso(meeting.meeting_end_time),
    meeting_duration_s: meeting.meeting_duration_s,
    number_of_participants: meeting.number_of_participants,
    audio: meeting.audio,
    video: meeting.video,
    sharing: meeting.sharing,
    recording: meeting.recording,
    telephone: meeting.telephone,
    unparsed: null,
  };
}

function participantCells(meeting: TrueMeeting, person: TrueParticipant, userId: string | null): Row {
  return {
    meeting_no: meeting.meeting_no,
    meeting_start_time: iso(meeting.meeting_start_time),
    meeting_end_time: iso(meeting.meeting_end_time),
    participant_name: person.participant_name,
    department: person.department,
    user_id: userId,
    employee_id: person.employee_id,
    phone: person.phone,
    email: person.email,
    app_version: person.app_version,
    public_ip: person.public_ip,
    internal_ip: person.internal_ip,
    use_rtc_proxy: person.use_rtc_proxy,
    location: person.location,
    network_type: person.network_type,
    microphone: person.microphone,
    speaker: person.speaker,
    camera: person.camera,
    audio: person.audio,
    video: person.video,
    sharing: person.sharing,
    join_time: iso(person.join_time),
    leave_time: iso(person.leave_time),
    time_in_meeting_s: person.time_in_meeting_s,
    leave_reason: person.leave_reason,
    unparsed: null,
  };
}

function minuteCells({ time, export_says: says, ...figures }: TrueQualityMinute): Row {
  const disputed = Object.entries(figures).flatMap(([column, list]) => {
    const other = Object.entries(says).find(([name]) => name === column)?.[1];
    return other === undefined ? [] : [[column, { list, export: other }] as const];
  });
  return {
    time: isoOfUnix(time),
    ...figures,
    conflicts: disputed.length === 0 ? null : canonical(Object.fromEntries(disputed)),
    unparsed: null,
  };
}

/** JSON text that does not depend on the order of columns. */
function canonical(conflicts: object): string {
  return JSON.stringify(Object.entries(conflicts).toSorted(([a], [b]) => a.localeCompare(b)));
}

/** Each row cut down to the columns of the expected one, both in an order of their own content. */
function compare(rows: Row[], expected: Row[]): void {
  const columns = Object.keys(expected[0] ?? {});
  const cut = (row: Row): string => JSON.stringify(columns.map((column) => [column, row[column]]));
  expect(rows.map(cut).toSorted()).toStrictEqual(expected.map(cut).toSorted());
}

const meetingsOfDay = (): TrueMeeting[] =>
  sandbox.tenant.meetings(day.fromUnix, day.toUnix).filter((meeting) => !meeting.is_external && !meeting.is_webinar);
const body = (meeting: TrueMeeting): Record<string, string> => ({
  meeting_no: meeting.meeting_no,
  meeting_start_time: String(meeting.meeting_start_time),
  meeting_end_time: String(meeting.meeting_end_time),
});

describe('every cell that Feishu has arrives', () => {
  test('in meetings', async () => {
    const window = { start_time: String(day.fromUnix), end_time: String(day.toUnix + 86_400) };
    expect(meetingsOfDay().length).toBeGreaterThan(4);
    const records = [await exported('meeting_list', window)];
    const { rows } = atOnce(meetingRows({ exported: records, day, zone: ZONE, notes: noNotes() }));
    compare(rows, meetingsOfDay().map(meetingCells));
  });

  test('in participants, from the export and from the list', async () => {
    const people = meetingsOfDay().filter(({ meeting_duration_s: seconds }) => seconds < 86_400);
    expect(people.length).toBeGreaterThan(4);
    for (const meeting of people) {
      const truth = sandbox.tenant.participants(meeting);
      const identity = {
        meeting_no: meeting.meeting_no,
        meeting_start_time: meeting.meeting_start_time,
        meeting_end_time: meeting.meeting_end_time,
      };
      const fromExport = await exported('participant_list', body(meeting));
      compare(
        atOnce(participantRows({ ...identity, records: fromExport })),
        truth.map((person) => ({
          ...participantCells(meeting, person, person.user_ids?.user_id ?? null),
          device: person.device.toUpperCase(),
        })),
      );
      const { page } = await client.list('participant_list', { ...body(meeting), page_size: 100 }, call);
      const fromList = atOnce(listRecords('participant_list', page.participants ?? [], context));
      compare(
        atOnce(participantRows({ ...identity, records: fromList })),
        truth.map((person) => ({
          ...participantCells(meeting, person, person.user_ids?.open_id ?? null),
          meeting_room_id: person.meeting_room_id,
          device: person.device,
          protocol: person.protocol,
          is_external: person.is_external,
          accept_status: person.accept_status,
          webinar_user_role: person.webinar_user_role,
        })),
      );
    }
  });

  test('in the minutes of both sources, with their conflicts', async () => {
    const [meeting] = meetingsOfDay().filter(({ meeting_duration_s: seconds }) => seconds < 86_400);
    if (meeting === undefined) throw new Error('no meeting');
    let minutes = 0;
    let conflicts = 0;
    for (const person of sandbox.tenant.participants(meeting)) {
      const userId = person.user_ids?.open_id;
      if (userId === undefined) continue;
      const query = { ...body(meeting), join_time: String(person.join_time), user_id: userId };
      const records = await exported('participant_quality_list', query);
      const list: Quality[] = [];
      let pageToken: string | undefined;
      do {
        const paging = { page_size: 20, ...(pageToken === undefined ? {} : { page_token: pageToken }) };
        const { page } = await client.list('participant_quality_list', { ...query, ...paging }, call);
        list.push(...(page.participant_quality_list ?? []));
        pageToken = page.has_more ? page.page_token : undefined;
      } while (pageToken !== undefined);
      const identity = {
        meeting_no: meeting.meeting_no,
        meeting_start_time: meeting.meeting_start_time,
        join_time: person.join_time,
        user_id: userId,
      };
      const truth = sandbox.tenant.quality(meeting, person);
      const rows = qualityRows({ identity, list, exported: records }, context).rows.map((row) => ({
        ...row,
        conflicts: typeof row['conflicts'] === 'string' ? canonical(JSON.parse(row['conflicts'])) : null,
      }));
      compare(
        rows,
        truth.map((minute) => minuteCells(minute)),
      );
      minutes += truth.length;
      conflicts += rows.filter((row) => row.conflicts !== null).length;
    }
    expect(minutes).toBeGreaterThan(10);
    expect(conflicts).toBeGreaterThan(0);
  });

  test('in reservations', async () => {
    const { page: levels } = await client.listRoomLevels({}, call);
    const level = levels.items?.[0]?.room_level_id ?? '';
    const roomPage = await client.listRooms({ room_level_id: level, page_size: 100 }, call);
    const rooms: Room[] = roomPage.page.rooms ?? [];
    const half = day.fromUnix + 43_200;
    const windows = await Promise.all(
      [
        { start_time: String(day.fromUnix), end_time: String(half) },
        { start_time: String(half), end_time: String(day.toUnix) },
      ].map((window) => exported('resource_reservation_list', { room_level_id: level, need_topic: true, ...window })),
    );
    const inLevel = new Set(rooms.map(({ room_id: id }) => id));
    const truth = sandbox.tenant
      .reservations(day.fromUnix, day.toUnix)
      .filter(({ room_id: id }) => inLevel.size === 0 || inLevel.has(id));
    expect(truth.length).toBeGreaterThan(3);
    const cells = truth.map((booking) => ({
      room_name: booking.room_name,
      event_title: booking.event_title,
      reserver: booking.reserver,
      department_of_reserver: booking.department_of_reserver,
      guests_number: booking.guests_number,
      accepted_number: booking.accepted_number,
      event_start_time: iso(booking.event_start_time),
      event_end_time: iso(booking.event_end_time),
      event_duration_s: booking.event_duration_s,
      reservation_status: booking.reservation_status,
      check_in_device: booking.check_in_device,
      room_check_in_status: booking.room_check_in_status,
      check_in_time: iso(booking.check_in_time),
      releasing_person: booking.releasing_person,
      releasing_time: iso(booking.releasing_time),
      unparsed: null,
    }));
    compare(atOnce(reservationRows({ zone: ZONE, notes: noNotes(), windows, day })).rows, cells);

    const whole = { start_time: String(day.fromUnix), end_time: String(day.toUnix), page_size: 100 };
    const query = {
      room_level_id: level,
      need_topic: true,
      room_ids: rooms.map(({ room_id: id }) => id ?? ''),
      ...whole,
    };
    const { page } = await client.list('resource_reservation_list', query, call);
    const listed = [atOnce(listRecords('resource_reservation_list', page.room_reservation_list ?? [], context))];
    compare(
      atOnce(reservationRows({ zone: ZONE, notes: noNotes(), windows, listed, day })).rows,
      truth.map((booking, index) => ({
        ...cells[index],
        room_id: booking.room_id,
        reserver_user_id: booking.reserver_user_ids?.open_id ?? null,
        is_release_early: booking.is_release_early,
      })),
    );
  });
});
