/** Records of the stage, as rows: pages that overlap, files and lists of one thing, and what the reading notes. */
import { setTimeout as sleep } from 'node:timers/promises';
import exceljs from 'exceljs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { putJsonGz } from '../dataset/stored-json.ts';
import type { UnitRecord } from '../dataset/unit-record.ts';
import { readAhead } from '../dataset/read-ahead.ts';
import { StageReader } from '../dataset/stage.ts';
import { writeTableFile } from '../dataset/table-files.ts';
import type { ExportResource, MeetingInfo, Participant, Quality, Reservation } from '../feishu/contract.ts';
import { dayWindow } from '../model/calendar.ts';
import { EventLoopYielder } from '../sheets/index.ts';
import { FileStore } from '../store/file-store.ts';
import { sourceColumns, type Row } from '../tables/columns.ts';
import { meetingKey, sessionKey } from '../tables/keys.ts';
import { gapsIn, repeatedIn } from '../tables/notes.ts';
import { sessionsOf } from '../tables/rows.ts';
import { unitRecord } from './support/unit-record.ts';
import { tempFolder } from './support/temp-folder.ts';

const ZONE = 'Asia/Shanghai';
const START = Date.parse('2026-10-31T02:00:00Z') / 1000;
const request = {
  meeting_no: '123456789',
  meeting_start_time: String(START),
  meeting_end_time: String(START + 3600),
};

let store: FileStore;
let reader: StageReader;
beforeEach(async () => {
  store = new FileStore(await tempFolder());
  reader = new StageReader(store, ZONE);
});

afterEach(() => vi.restoreAllMocks());

const recordOf = (resource: UnitRecord['resource'], more: Partial<UnitRecord>): UnitRecord =>
  unitRecord({ resource, unit: 'unit', asked_at: START, request, rows: 1, ...more });

async function listed(
  resource: UnitRecord['resource'],
  field: string,
  pages: object[][],
  more: Partial<UnitRecord> = {},
): Promise<UnitRecord> {
  const files = await Promise.all(
    pages.map((items, page) =>
      putJsonGz(store, `raw/${resource}/${page}.json.gz`, JSON.stringify({ data: { [field]: items } })),
    ),
  );
  return recordOf(resource, { files, ...more });
}

/** `sheets`: cells by header, the others with the null marker. */
async function exported(
  resource: ExportResource,
  sheets: (Record<string, string>[] | 'another layout')[],
  more: { request?: Record<string, unknown>; headers?: string[]; without?: string } = {},
): Promise<UnitRecord> {
  const known = sourceColumns(resource).flatMap(({ source }) => source.zh?.[0] ?? []);
  const headers = [...known.filter((header) => header !== more.without), ...(more.headers ?? [])];
  const workbook = new exceljs.Workbook();
  for (const [index, rows] of sheets.entries()) {
    const sheet = workbook.addWorksheet(`s${index}`);
    if (rows === 'another layout') {
      sheet.addRow(['of', 'another', 'layout']);
      continue;
    }
    sheet.addRow(headers);
    for (const row of rows) sheet.addRow(headers.map((header) => row[header] ?? '-'));
  }
  const key = `raw/${resource}/file.xlsx`;
  const written = await store.put(key, Buffer.from(await workbook.xlsx.writeBuffer()));
  return recordOf(resource, { via: 'export', files: [{ key, ...written }], request: more.request ?? request });
}

const at = (clock: string): string => `2026.10.31 ${clock} (GMT+08:00)`;
const MEETING: MeetingInfo = {
  meeting_id: '123456789',
  meeting_instance_id: '7000000000000000001',
  meeting_start_time: at('10:00:00'),
  meeting_end_time: at('11:00:00'),
};
const OTHER: MeetingInfo = { ...MEETING, meeting_id: '987654321', meeting_instance_id: '7000000000000000002' };
const PERSON: Participant = { participant_name: '张三', user_id: 'ou_1', join_time: at('10:00:05'), device: 'ios' };
const MINUTE: Quality = { audio: { time: at('10:00:00'), bitrate_received: '50kbps' } };
const BOOKING: Reservation = {
  room_id: 'omm_1',
  room_name: '未来',
  reserver: '李四',
  event_start_time: at('10:00:00'),
  event_end_time: at('11:00:00'),
};

describe('an element that lies on two pages', () => {
  test('is one meeting', async () => {
    const pages = [[MEETING], [MEETING, OTHER]];
    const { rows } = await reader.meetings(undefined, await listed('meeting_list', 'meeting_list', pages), null);
    expect(rows.map((row) => row['meeting_no'])).toStrictEqual(['123456789', '987654321']);
    expect(repeatedIn(reader.notesOf('meetings'))).toBe(1);
  });

  test('is one session, while two that look alike on one page are two', async () => {
    const guest = { participant_name: '访客', join_time: at('10:01:00') };
    const pages = [[PERSON, guest, guest], [guest], [PERSON]];
    const rows = await reader.participants(await listed('participant_list', 'participants', pages));
    expect(rows.map((row) => [row['participant_name'], row['ordinal']])).toStrictEqual([
      ['张三', 1],
      ['访客', 1],
      ['访客', 2],
    ]);
    expect(repeatedIn(reader.notesOf('participants'))).toBe(2);
  });

  test('is one minute, whatever the order of its fields', async () => {
    const again = { audio: { bitrate_received: '50kbps', time: at('10:00:00') } };
    const pages = [[MINUTE], [again, { audio: { time: at('10:01:00') } }]];
    const asked = { ...request, user_id: 'ou_1', join_time: String(START) };
    const record = await listed('participant_quality_list', 'participant_quality_list', pages, { request: asked });
    const { rows } = await reader.quality(record, undefined);
    expect(rows.map((row) => [row['time'], row['ordinal']])).toStrictEqual([
      ['2026-10-31T02:00:00Z', 1],
      ['2026-10-31T02:01:00Z', 1],
    ]);
    expect(repeatedIn(reader.notesOf('quality_minutes'))).toBe(1);
  });
});

const personRow = (name: string) => ({ 参会人: name, 用户ID: name, 入会时间: at('10:00:05') });

test('a sheet that says again what another one of its file says doubles nothing, and one that goes on adds its rows', async () => {
  const first = [personRow('ann'), personRow('bob'), personRow('bob')];
  const rows = await reader.participants(await exported('participant_list', [first, first, [personRow('cid')]]));
  expect(rows.map(({ participant_name, ordinal }) => [participant_name, ordinal])).toStrictEqual([
    ['ann', 1],
    ['bob', 1],
    ['bob', 2],
    ['cid', 1],
  ]);
  expect(repeatedIn(reader.notesOf('participants'))).toBe(3);
});

test('a session of a room that has a user id too has its minutes under the key of the id that they are asked by', async () => {
  const key = sessionKey(meetingKey('123456789', START), { room_id: 'omm_1' }, START + 5);
  const people = await listed('participant_list', 'participants', [[{ ...PERSON, meeting_room_id: 'omm_1' }]]);
  const [session] = sessionsOf(await reader.participants(people));
  expect(session?.session_key).toBe(key);
  const minutes = await listed('participant_quality_list', 'participant_quality_list', [[MINUTE]], {
    request: { ...request, room_id: 'omm_1', join_time: String(START + 5) },
  });
  const [row] = (await reader.quality(minutes, undefined)).rows;
  expect(row).toMatchObject({ session_key: key, user_id: null, room_id: 'omm_1' });
});

describe('reservations', () => {
  test('of files and lists, in any windows, are one table with the ids of the list', async () => {
    const file = await exported('resource_reservation_list', [
      [
        {
          会议室名称: '未来',
          预定人: '李四',
          会议开始时间: at('10:00:00'),
          会议结束时间: at('11:00:00'),
        },
      ],
    ]);
    const pages = [[BOOKING], [BOOKING, { ...BOOKING, room_id: 'omm_2', room_name: '大同', reserver_user_id: 'ou_9' }]];
    const list = await listed('resource_reservation_list', 'room_reservation_list', pages);
    const { rows } = await reader.reservations([file, list], undefined, dayWindow('2026-10-31', ZONE));
    expect(rows.map((row) => [row['room_name'], row['room_id'], row['reserver_user_id']])).toStrictEqual([
      ['未来', 'omm_1', null],
      ['大同', 'omm_2', 'ou_9'],
    ]);
  });
});

describe('what the reading of a table notes', () => {
  test('is that of its own files, and stands in its own entry of the manifest', async () => {
    const meetings = await exported('meeting_list', [[]], { headers: ['新增字段'], without: '部门' });
    const people = await listed('participant_list', 'participants', [[PERSON], [PERSON]]);
    await reader.meetings(meetings, undefined, null);
    const rows = await reader.participants(people);
    const run = {
      generation: 1,
      user_id_type: 'open_id',
      listing: 'list',
      source: 'list',
      room_level_id: null,
      include_external_meetings: false,
      include_webinar: false,
      enrich: [],
    } as const;
    const stage = { key: '', sha256: '' };
    const write = async (table: 'meetings' | 'participants', of: Row[]) =>
      (
        await writeTableFile(store, {
          table,
          profile: 'default',
          day: '2026-10-31',
          rows: of,
          notes: reader.notesOf(table),
          run: { ...run, from: 0, to: 0, ask_until: 0, asked_at: 0, stage },
        })
      ).entry;
    expect(await write('meetings', [])).toMatchObject({
      extra_columns: ['新增字段'],
      missing_columns: ['部门'],
      repeated_rows: 0,
    });
    expect(await write('participants', rows)).toMatchObject({
      extra_columns: [],
      missing_columns: [],
      repeated_rows: 1,
    });
  });

  test('are files that look cut off', async () => {
    const row = { 参会人: '张三', 用户ID: 'a1', 入会时间: at('10:00:05') };
    const whole = await exported('participant_list', [Array.from({ length: 5000 }, () => row)]);
    expect(await reader.participants(whole)).toHaveLength(5000);
    expect(gapsIn(reader.notesOf('participants'))).toStrictEqual([
      { kind: 'cut-off', reason: 'files that look cut off, at just 5000 rows', count: 1 },
    ]);
  });

  test('are sheets of another layout, however often they are read', async () => {
    const row = { 参会人: '张三', 用户ID: 'a1', 入会时间: at('10:00:05') };
    const file = await exported('participant_list', [[row], 'another layout']);
    await reader.participants(file);
    await reader.participants(file);
    expect(gapsIn(reader.notesOf('participants'))).toStrictEqual([
      { kind: 'unreadable', reason: 'sheets of a file that have another layout and are not read', count: 1 },
    ]);
  });

  test('counts the rows of all sheets of a file', async () => {
    const row = { 参会人: '张三', 用户ID: 'a1', 入会时间: at('10:00:05') };
    const file = await exported('participant_list', [[row], [{ ...row, 用户ID: 'a2' }], []]);
    expect((await reader.participants(file)).map((each) => each['user_id'])).toStrictEqual(['a1', 'a2']);
    expect(gapsIn(reader.notesOf('participants'))).toStrictEqual([]);
  });
});

describe('many small things that are read one after the other', () => {
  test('come in their order while the next ones are under way, sixteen at most', async () => {
    let [underWay, most] = [0, 0];
    const read = async (item: number): Promise<number> => {
      underWay += 1;
      most = Math.max(most, underWay);
      // Later ones are there first.
      await sleep((40 - item) % 7);
      underWay -= 1;
      return item;
    };
    const items = Array.from({ length: 40 }, (_, index) => index);
    const found: number[] = [];
    for await (const item of readAhead(items, read)) found.push(item);
    expect(found).toStrictEqual(items);
    expect(most).toBe(16);
  });

  test('fail where the first of them fails, and no one is left under way', async () => {
    let underWay = 0;
    const read = async (item: number): Promise<number> => {
      underWay += 1;
      await sleep(item % 5);
      underWay -= 1;
      if (item > 4) throw new Error(`${item} is not there`);
      return item;
    };
    const items = Array.from({ length: 40 }, (_, index) => index);
    const found: number[] = [];
    const all = async (): Promise<void> => {
      for await (const item of readAhead(items, read)) found.push(item);
    };
    await expect(all()).rejects.toThrow('5 is not there');
    expect(found).toStrictEqual([0, 1, 2, 3, 4]);
    expect(underWay).toBe(0);
  });
});

const many = (item: object, field: string) =>
  Array.from({ length: 300 }, (_, index) => ({ ...item, [field]: String(index) }));

/** How often the event loop is let go, where each look at the clock finds a millisecond more. */
async function restsDuring(work: () => Promise<unknown>): Promise<number> {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 1));
  const rests = vi.spyOn(EventLoopYielder.prototype, 'rest');
  await work();
  return rests.mock.calls.length;
}

describe('the event loop is let go', () => {
  test('while a large list of meetings becomes rows', async () => {
    const list = await listed('meeting_list', 'meeting_list', [many(MEETING, 'meeting_id')]);
    expect(await restsDuring(() => reader.meetings(undefined, list, null))).toBeGreaterThan(900);
  });

  test('while a large list of people becomes rows', async () => {
    const list = await listed('participant_list', 'participants', [many({ join_time: String(START) }, 'user_id')]);
    expect(await restsDuring(() => reader.participants(list))).toBeGreaterThan(500);
  });

  test('while many reservations become rows', async () => {
    const bookings = [many(BOOKING, 'room_name')];
    const list = await listed('resource_reservation_list', 'room_reservation_list', bookings, { via: 'list' });
    expect(await restsDuring(() => reader.reservations([list], undefined, null))).toBeGreaterThan(900);
  });
});
