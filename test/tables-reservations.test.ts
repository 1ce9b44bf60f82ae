import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Reservation } from '../feishu/contract.ts';
import { TABLES } from '../tables/columns.ts';
import { listRecords } from '../tables/records.ts';
import type { SourceRecord } from '../tables/records.ts';
import { noNotes } from '../tables/notes.ts';
import { reservationRows } from '../tables/reservation-rows.ts';
import type { ReservationRowsInput } from '../tables/reservation-rows.ts';
import { atOnce } from '../tables/steps.ts';
import { dayWindow } from '../model/calendar.ts';

const records = (...items: Reservation[]): SourceRecord[] =>
  atOnce(listRecords('resource_reservation_list', items, { zone: 'Asia/Shanghai' }));

const BOOKING: Reservation = {
  room_name: 'F5-VIP',
  event_title: '飞书邀请的日程',
  reserver: 'kehan',
  department_of_reserver: 'development',
  guests_number: '5',
  accepted_number: '2',
  event_start_time: '2022.12.17 21:00:00 (GMT+08:00)',
  event_end_time: '2022.12.17 22:00:00 (GMT+08:00)',
  event_duration: '1:00:00',
  reservation_status: '预定成功',
  check_in_device: '签到板',
  room_check_in_status: '已签到',
  check_in_time: '2022.12.09 13:35:30 (GMT+08:00)',
  releasing_person: '-',
  releasing_time: '-',
};

const startingAt = (event_start_time: string): Reservation => ({ ...BOOKING, event_start_time });

function two(hour: number): string {
  return String(hour).padStart(2, '0');
}

const rowsOf = (input: Omit<ReservationRowsInput, 'zone' | 'notes'>) =>
  atOnce(reservationRows({ zone: 'Asia/Shanghai', notes: noNotes(), ...input })).rows;

/** What tells the rows apart, in an order that does not depend on the windows. */
function sorted(windows: SourceRecord[][]): string[] {
  const columns = ['room_name', 'reserver', 'event_start_time', 'event_end_time'];
  return rowsOf({ windows })
    .map((row) => JSON.stringify(columns.map((column) => row[column])))
    .toSorted();
}

const guestsAndRooms = (windows: Reservation[], list: Reservation[]) =>
  rowsOf({ windows: [records(...windows)], listed: [records(...list)] })
    .map((row) => `${String(row['guests_number'])} ${String(row['room_id'])}`)
    .toSorted();

const keysByContent = (order: Reservation[]) =>
  Object.fromEntries(
    rowsOf({ windows: [records(...order)] }).map((row) => [
      `${String(row['event_title'])} ${String(row['guests_number'])}`,
      row['row_key'],
    ]),
  );

describe('reservations', () => {
  test('have every documented column', () => {
    const [row] = rowsOf({ windows: [records(BOOKING)], rooms: [{ room_id: 'omm_1', name: 'F5-VIP' }] });
    expect(Object.keys(row ?? {})).toStrictEqual(TABLES.reservations.columns.map(({ name }) => name));
    expect(row).toStrictEqual({
      row_key: expect.stringMatching(/^[0-9a-f]{32}$/),
      ordinal: 1,
      room_id: 'omm_1',
      room_name: 'F5-VIP',
      event_title: '飞书邀请的日程',
      reserver: 'kehan',
      department_of_reserver: 'development',
      guests_number: 5,
      accepted_number: 2,
      event_start_time: '2022-12-17T13:00:00Z',
      event_end_time: '2022-12-17T14:00:00Z',
      event_duration_s: 3600,
      reservation_status: '预定成功',
      check_in_device: '签到板',
      room_check_in_status: '已签到',
      check_in_time: '2022-12-09T05:35:30Z',
      releasing_person: null,
      releasing_time: null,
      reserver_user_id: null,
      is_release_early: null,
      unparsed: null,
    });
  });

  test('have a room id only where one room has the name', () => {
    const rooms = [
      { room_id: 'omm_1', name: 'F5-VIP' },
      { room_id: 'omm_1', name: 'F5-VIP' },
      { room_id: 'omm_2', name: 'F6' },
      { room_id: 'omm_3', name: 'F6' },
    ];
    const rows = rowsOf({
      windows: [records(BOOKING, { ...BOOKING, room_name: 'F6' }, { ...BOOKING, room_name: 'F7' })],
      rooms,
    });
    expect(rows.map((row) => row['room_id'])).toStrictEqual(['omm_1', null, null]);
  });

  test('that lie in two windows count once, those that look alike in one window count each', () => {
    const overnight = { ...BOOKING, event_end_time: '2022.12.18 09:00:00 (GMT+08:00)' };
    const rows = rowsOf({
      windows: [records(BOOKING, overnight, overnight), records(overnight, overnight), records(overnight)],
    });
    expect(rows.map((row) => [row['event_end_time'], row['ordinal']])).toStrictEqual([
      ['2022-12-17T14:00:00Z', 1],
      ['2022-12-18T01:00:00Z', 2],
      ['2022-12-18T01:00:00Z', 3],
    ]);
    expect(new Set(rows.map((row) => row['row_key'])).size).toBe(3);
  });

  test('of two rooms of one name, each in a window of its own, are two', () => {
    const long = { ...BOOKING, event_end_time: '2022.12.18 09:00:00 (GMT+08:00)' };
    expect(rowsOf({ windows: [records(BOOKING), records(long)] })).toHaveLength(2);
  });

  test('that changed between two windows are as the later answer says', () => {
    const rows = rowsOf({
      windows: [records(BOOKING), records({ ...BOOKING, room_check_in_status: '超时未签到' })],
    });
    expect(rows.map((row) => row['room_check_in_status'])).toStrictEqual(['超时未签到']);
  });

  test('with two unreadable starts are two', () => {
    const rows = rowsOf({
      windows: [records({ ...BOOKING, event_start_time: 'soon' }), records({ ...BOOKING, event_start_time: 'later' })],
      day: dayWindow('2022-12-17', 'Asia/Shanghai'),
    });
    expect(rows.map((row) => row['unparsed'])).toStrictEqual([
      '{"event_start_time":"later"}',
      '{"event_start_time":"soon"}',
    ]);
  });

  test('of a day are those that start in it', () => {
    const rows = rowsOf({
      windows: [
        records(
          startingAt('2022.12.16 23:30:00 (GMT+08:00)'),
          startingAt('2022.12.17 00:00:00 (GMT+08:00)'),
          startingAt('2022.12.18 00:00:00 (GMT+08:00)'),
        ),
      ],
      day: dayWindow('2022-12-17', 'Asia/Shanghai'),
    });
    expect(rows.map((row) => row['event_start_time'])).toStrictEqual(['2022-12-16T16:00:00Z']);
  });

  test("take from the list what only it has: the room, the reserver's id, how it was released", () => {
    const listed = { ...BOOKING, room_id: 'omm_9', reserver_user_id: 'ou_1', is_release_early: '手动释放' };
    const rooms = [{ room_id: 'omm_1', name: 'F5-VIP' }];
    const rows = rowsOf({ windows: [records(BOOKING)], listed: [records(listed), records(listed)], rooms });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ room_id: 'omm_9', reserver_user_id: 'ou_1', is_release_early: '手动释放' });
  });

  test('of two rooms of one name are told apart by what file and list agree on', () => {
    const other = { ...BOOKING, guests_number: '9', event_end_time: '2022.12.17 23:00:00 (GMT+08:00)' };
    const listed = [
      { ...other, room_id: 'omm_2' },
      { ...BOOKING, room_id: 'omm_1' },
    ];
    expect(guestsAndRooms([BOOKING, other], listed)).toStrictEqual(['5 omm_1', '9 omm_2']);
    expect(guestsAndRooms([other, BOOKING], listed.toReversed())).toStrictEqual(['5 omm_1', '9 omm_2']);
  });

  test("that only the list has are there too, and a reserver that the file marks as missing is the list's nobody", () => {
    const { reserver: _, ...nobody } = BOOKING;
    const rows = rowsOf({
      windows: [records({ ...BOOKING, reserver: '-' })],
      listed: [records({ ...nobody, room_id: 'omm_1' }, { ...startingAt('2022.12.17 08:00:00'), room_id: 'omm_2' })],
    });
    expect(rows.map((row) => row['room_id'])).toStrictEqual(['omm_1', 'omm_2']);
  });

  test('are numbered by what they say, whatever order the source has', () => {
    const items = [BOOKING, { ...BOOKING, guests_number: '7' }, { ...BOOKING, event_title: 'another' }];
    const inOrder = keysByContent(items);
    fc.assert(
      fc.property(fc.shuffledSubarray(items, { minLength: items.length }), (order) => {
        expect(keysByContent(order)).toStrictEqual(inOrder);
      }),
    );
  });

  test('are the same however a day is cut into overlapping windows', () => {
    const booking = fc.record({
      room_name: fc.constantFrom('A', 'B'),
      reserver: fc.constantFrom('x', 'y'),
      hour: fc.integer({ min: 0, max: 20 }),
      hours: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(booking, { maxLength: 30 }), fc.integer({ min: 0, max: 23 }), (bookings, cut) => {
        const window = (from: number, to: number): SourceRecord[] =>
          records(
            ...bookings
              .filter(({ hour, hours }) => hour < to && hour + hours > from)
              .map(({ room_name, reserver, hour, hours }) => ({
                room_name,
                reserver,
                event_start_time: `2022.12.17 ${two(hour)}:00:00 (GMT+08:00)`,
                event_end_time: `2022.12.17 ${two(hour + hours)}:00:00 (GMT+08:00)`,
              })),
          );
        expect(sorted([window(0, cut), window(cut, 24)])).toStrictEqual(sorted([window(0, 24)]));
      }),
    );
  });
});
