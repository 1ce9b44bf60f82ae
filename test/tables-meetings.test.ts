import { describe, expect, test } from 'vitest';

import type { MeetingInfo } from '../feishu/contract.ts';
import { TABLES } from '../tables/columns.ts';
import type { Row } from '../tables/columns.ts';
import { meetingKey } from '../tables/keys.ts';
import { meetingRows } from '../tables/meeting-rows.ts';
import type { MeetingRowsInput } from '../tables/meeting-rows.ts';
import { gapsIn, noNotes, repeatedIn } from '../tables/notes.ts';
import { listRecords } from '../tables/records.ts';
import type { SourceRecord } from '../tables/records.ts';
import { atOnce } from '../tables/steps.ts';
import { dayWindow, unixOfIso } from '../model/calendar.ts';

const context = { zone: 'Asia/Shanghai' };
const START = unixOfIso('2022-12-23T03:16:59Z');
const meetings = (...items: MeetingInfo[]): SourceRecord[] => atOnce(listRecords('meeting_list', items, context));

/** Of one window. */
function meetingRowsOf(
  exported: SourceRecord[],
  listed: SourceRecord[] = [],
  more: Partial<MeetingRowsInput> = {},
): Row[] {
  const input = { exported: [exported], listed, zone: context.zone, notes: noNotes(), ...more };
  return atOnce(meetingRows(input)).rows;
}

const LISTED: MeetingInfo = {
  meeting_id: '705605196',
  meeting_topic: '-',
  meeting_type: 2,
  organizer: 'kehan',
  department: '',
  user_id: 'ou_1',
  employee_id: '202105149765',
  email: 'a@b.cn',
  mobile: '021-673288',
  meeting_start_time: '2022.12.23 11:16:59 (GMT+08:00)',
  meeting_end_time: '2022.12.23 11:18:51 (GMT+08:00)',
  meeting_duration: '00:01:52',
  number_of_participants: '1',
  number_of_devices: '2',
  audio: true,
  video: true,
  sharing: false,
  recording: true,
  telephone: false,
  is_external: false,
  meeting_subtype: 8,
  meeting_instance_id: '7529416531681214468',
  number_of_webinar_viewers: '4',
  ai_note: true,
  has_related_document: false,
};
const startingAt = (meeting_start_time: string): MeetingInfo => ({ ...LISTED, meeting_start_time });

/** What the exported sheet says of a meeting: the list's columns are NULL. */
function exportedOf(item: MeetingInfo): SourceRecord {
  const {
    meeting_instance_id: _id,
    meeting_type: _type,
    meeting_subtype: _sub,
    number_of_devices: _devices,
    is_external: _external,
    number_of_webinar_viewers: _viewers,
    ai_note: _note,
    has_related_document: _document,
    ...exported
  } = item;
  const [record] = meetings(exported);
  if (record === undefined) throw new Error('no record');
  return record;
}

const startingSo = (start: string, more: Partial<MeetingInfo> = {}): MeetingInfo => ({ ...startingAt(start), ...more });

const listedAt = (seconds: number): SourceRecord[] =>
  meetings(startingAt(new Date((START + seconds) * 1000).toISOString()));

const instanceAt = (seconds: number, id: string): MeetingInfo => ({
  ...startingAt(new Date((START + seconds) * 1000).toISOString()),
  meeting_instance_id: id,
});

const pairs = (a: SourceRecord[], b: MeetingInfo[]): unknown[] =>
  meetingRowsOf(a, meetings(...b))
    .map((row) => `${String(row['meeting_start_time'])} ${String(row['meeting_instance_id'])}`)
    .toSorted();

const said = (reserved_rooms: MeetingInfo['reserved_rooms']) =>
  meetingRowsOf([], meetings({ ...LISTED, reserved_rooms: reserved_rooms ?? [] }))[0]?.['reserved_rooms'];

describe('meetings', () => {
  test('of the list alone have every documented column', async () => {
    const [row] = meetingRowsOf([], meetings(LISTED));
    expect(Object.keys(row ?? {})).toStrictEqual(TABLES.meetings.columns.map(({ name }) => name));
    expect(row).toStrictEqual({
      row_key: expect.stringMatching(/^[0-9a-f]{32}$/),
      meeting_key: meetingKey('705605196', START),
      ordinal: 1,
      meeting_no: '705605196',
      meeting_topic: '-',
      organizer: 'kehan',
      department: null,
      user_id: null,
      employee_id: '202105149765',
      email: 'a@b.cn',
      mobile: '021-673288',
      meeting_start_time: '2022-12-23T03:16:59Z',
      meeting_end_time: '2022-12-23T03:18:51Z',
      meeting_duration_s: 112,
      number_of_participants: 1,
      audio: true,
      video: true,
      sharing: false,
      recording: true,
      telephone: false,
      meeting_instance_id: '7529416531681214468',
      meeting_type: 2,
      meeting_subtype: 8,
      number_of_devices: 2,
      is_external: false,
      number_of_webinar_viewers: 4,
      reserved_rooms: null,
      ai_note: true,
      has_related_document: false,
      open_id: 'ou_1',
      unparsed: null,
    });
  });

  test('of both sources keep the values of the export and take from the list what only it has', async () => {
    const rows = meetingRowsOf(
      [exportedOf({ ...LISTED, user_id: '1a2b3c4d' })],
      meetings({ ...LISTED, number_of_devices: 'many', number_of_participants: '99' }),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      user_id: '1a2b3c4d',
      number_of_participants: 1,
      meeting_instance_id: '7529416531681214468',
      number_of_devices: null,
      unparsed: '{"number_of_devices":"many"}',
    });
  });

  test('that only the list has are added after those of the export', async () => {
    const webinar = { ...LISTED, meeting_id: '900000001', meeting_instance_id: '1' };
    const rows = meetingRowsOf([exportedOf(LISTED)], meetings(webinar, LISTED));
    expect(rows.map((row) => row['meeting_no'])).toStrictEqual(['705605196', '900000001']);
  });

  test('of one number and different starts are different meetings', async () => {
    const later = { ...LISTED, meeting_start_time: '2022.12.23 12:16:59 (GMT+08:00)', meeting_instance_id: '2' };
    const rows = meetingRowsOf([exportedOf(LISTED), exportedOf(later)], meetings(later, LISTED));
    expect(rows.map((row) => [row['ordinal'], row['meeting_instance_id']])).toStrictEqual([
      [1, '7529416531681214468'],
      [1, '2'],
    ]);
    expect(new Set(rows.map((row) => row['meeting_key'])).size).toBe(2);
  });

  test('of one number and start are numbered by what they say, and paired one to one', async () => {
    const twin = { ...LISTED, meeting_instance_id: '2' };
    const third = { ...LISTED, meeting_instance_id: '3' };
    const rows = meetingRowsOf([exportedOf(LISTED), exportedOf(twin)], meetings(LISTED, twin, third));
    expect(rows.map((row) => [row['ordinal'], row['meeting_instance_id']])).toStrictEqual([
      [1, '2'],
      [2, '3'],
      [3, '7529416531681214468'],
    ]);
    expect(new Set(rows.map((row) => row['meeting_key'])).size).toBe(1);
    expect(new Set(rows.map((row) => row['row_key'])).size).toBe(3);
  });

  test('that the file has twice are one and counted, and where the rows are not alike named', () => {
    const day = dayWindow('2022-12-23', context.zone);
    const read = (rows: MeetingInfo[], listed: MeetingInfo[] = []) => {
      const notes = noNotes();
      const found = meetingRowsOf(rows.map(exportedOf), meetings(...listed), { day, notes });
      const cells = found.map((row) => [row['department'], row['meeting_instance_id']]);
      return { said: cells, gaps: gapsIn(notes).map(({ kind, count }) => [kind, count]), repeated: repeatedIn(notes) };
    };
    expect(read([LISTED, LISTED])).toStrictEqual({ said: [[null, null]], gaps: [], repeated: 1 });
    const id = '7529416531681214468';
    expect(read([LISTED, LISTED], [LISTED])).toStrictEqual({ said: [[null, id]], gaps: [], repeated: 1 });
    const [one, other] = ['East', 'West'].map((department) => ({ ...LISTED, department }));
    for (const rows of [
      [one!, other!],
      [other!, one!],
    ]) {
      const differ = { gaps: [['sources-differ', 1]], repeated: 1 };
      expect(read(rows)).toStrictEqual({ said: [['East', null]], ...differ });
      expect(read(rows, [LISTED])).toStrictEqual({ said: [['East', id]], ...differ });
    }
    const later = { ...LISTED, meeting_end_time: '2022.12.23 12:18:51 (GMT+08:00)' };
    expect(read([LISTED, later])).toMatchObject({
      said: [
        [null, null],
        [null, null],
      ],
      gaps: [],
      repeated: 0,
    });
    const unread = { ...LISTED, meeting_end_time: 'soon' };
    expect(read([unread, unread]).said).toHaveLength(2);
  });

  test('of a day are those that start in it', () => {
    const rows = meetingRowsOf(
      meetings(
        startingAt('2022.12.22 23:59:59 (GMT+08:00)'),
        startingAt('2022.12.23 00:00:00 (GMT+08:00)'),
        startingAt('2022.12.22 16:30:00 (GMT+00:00)'),
        startingAt('2022.12.23 23:59:59 (GMT+08:00)'),
        startingAt('2022.12.24 00:00:00 (GMT+08:00)'),
      ),
      [],
      { day: dayWindow('2022-12-23', 'Asia/Shanghai') },
    );
    expect(rows.map((row) => row['meeting_start_time'])).toStrictEqual([
      '2022-12-22T16:00:00Z',
      '2022-12-22T16:30:00Z',
      '2022-12-23T15:59:59Z',
    ]);
  });

  describe('whose start cannot be read are in one day, and named', () => {
    const days = ['2022-12-21', '2022-12-22', '2022-12-23', '2022-12-24'];
    const seenOn = (item: MeetingInfo): { days: string[]; gaps: string[] } => {
      const all = days.map((day) => {
        const notes = noNotes();
        const rows = meetingRowsOf(meetings(item), [], { day: dayWindow(day, context.zone), notes });
        return { day, rows, gaps: [...notes.gaps.keys()] };
      });
      return {
        days: all.filter(({ rows }) => rows.length > 0).map(({ day }) => day),
        gaps: all.flatMap(({ gaps }) => gaps),
      };
    };

    test.each([
      ['the text names', startingSo('2022年12月22日 傍晚'), '2022-12-22', /day that it names/],
      [
        'end and duration lead to',
        startingSo('soon', { meeting_duration: '12:00:00' }),
        '2022-12-22',
        /end and duration/,
      ],
      ['it ends in', startingSo('soon', { meeting_duration: '-' }), '2022-12-23', /in which they end/],
    ])('the one that %s', (_, item, day, reason) => {
      const seen = seenOn(item);
      expect(seen.days).toStrictEqual([day]);
      expect(seen.gaps[0]).toMatch(reason);
    });

    test('none where nothing tells the day, and every day that saw it says so', () => {
      const { days: kept, gaps } = seenOn(startingSo('soon', { meeting_end_time: 'later' }));
      expect(kept).toStrictEqual([]);
      expect(new Set(gaps)).toStrictEqual(
        new Set(["meetings without a readable start or end: in no day's table, only in the raw file"]),
      );
    });

    test('also of the file, where the list has the same text', () => {
      const rows = meetingRowsOf([exportedOf(startingAt('soon'))], meetings(startingAt('soon')));
      expect(rows.map((row) => row['meeting_instance_id'])).toStrictEqual(['7529416531681214468']);
    });
  });

  test('without a readable number are named', () => {
    const notes = noNotes();
    expect(meetingRowsOf(meetings({ ...LISTED, meeting_id: '—' }), [], { notes })).toHaveLength(1);
    expect(gapsIn(notes)).toStrictEqual([
      {
        kind: 'unreadable',
        reason: 'meetings without a readable number: their participants cannot be asked for',
        count: 1,
      },
    ]);
  });

  test('have the organizer by the kind of id: the file the tenant-wide one, the list the one that was asked for', () => {
    const fromList = (user_id: string) => meetingRowsOf([], meetings({ ...LISTED, user_id }))[0];
    expect(fromList('ou_1')).toMatchObject({ user_id: null, open_id: 'ou_1' });
    expect(fromList('on_1')).toMatchObject({ user_id: null, open_id: null });
    expect(fromList('1a2b3c4d')).toMatchObject({ user_id: '1a2b3c4d', open_id: null });
    const [both] = meetingRowsOf([exportedOf({ ...LISTED, user_id: '1a2b3c4d' })], meetings(LISTED));
    expect(both).toMatchObject({ user_id: '1a2b3c4d', open_id: 'ou_1' });
  });

  test('whose starts are at most a minute apart are one, and keep the start of the file', () => {
    const rows = [-61, -60, -1, 0, 59, 60, 61].map((seconds) =>
      meetingRowsOf([exportedOf(LISTED)], listedAt(seconds)).map((row) => row['meeting_start_time']),
    );
    expect(rows.map((each) => each.length)).toStrictEqual([2, 1, 1, 1, 1, 1, 2]);
    expect(rows.every(([first]) => first === '2022-12-23T03:16:59Z')).toBe(true);
  });

  test('of one number go with the nearest of the list, whatever order either has', () => {
    const own = [instanceAt(0, ''), instanceAt(50, '')].map(exportedOf);
    const listed = [instanceAt(20, 'near the first'), instanceAt(61, 'near the second')];
    const expected = ['2022-12-23T03:16:59Z near the first', '2022-12-23T03:17:49Z near the second'];
    expect(pairs(own, listed)).toStrictEqual(expected);
    expect(pairs(own.toReversed(), listed.toReversed())).toStrictEqual(expected);
  });

  test('of one instance that is listed twice are one, as the answer that ends last says, and counted', () => {
    const notes = noNotes();
    const longer = { ...LISTED, meeting_end_time: '2022.12.23 11:20:00 (GMT+08:00)', number_of_participants: '3' };
    for (const order of [
      [LISTED, longer],
      [longer, LISTED],
    ]) {
      const rows = meetingRowsOf([], meetings(...order), { notes });
      expect(rows.map((row) => row['number_of_participants'])).toStrictEqual([3]);
    }
    expect(repeatedIn(notes)).toBe(1);
  });

  test("have the list's rooms in an order of their own", () => {
    const rooms = [
      { room_name: '未来', room_id: 'omm_2' },
      { room_id: 'omm_1', room_name: '大同' },
    ];
    expect(said(rooms)).toBe('[{"room_id":"omm_1","room_name":"大同"},{"room_id":"omm_2","room_name":"未来"}]');
    expect(said(rooms.toReversed())).toBe(said(rooms));
  });
});
