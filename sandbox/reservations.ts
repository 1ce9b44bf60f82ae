/** Room reservations that start on one day. A pure function of the seed, the day and the day's revision. */
import { isEmptyRoom } from './causes.ts';
import type { TrueRoom } from './directory.ts';
import type { TenantBase } from './tenant-shape.ts';
import { drawsFor } from './random.ts';
import type { Draws } from './random.ts';
import type { TrueReservation } from './truth.ts';
import { dayNumber } from './zone.ts';

const RESERVATION_STATUSES = [
  '审批中',
  '预定成功',
  '已释放（手动释放）',
  '已释放（会议结束后自动释放）',
  '已释放（未签到被释放）',
  '已释放（传感器自动释放）',
] as const;
const CHECK_IN_DEVICES = ['签到板', '签到二维码', '控制器', '触屏板', '设备离线，自动签到'] as const;
const CHECK_IN_STATUSES = [
  '无需签到（即时预定）',
  '无需签到（未开启签到设置）',
  '无需签到',
  '超时未签到',
  '签到时间未结束',
  '无需签到（未安装签到设备）',
  '已签到',
  '待签到',
  '不可签到（会议室被禁用）',
] as const;

/** A room that was released since nobody checked in. */
const NOBODY_CAME = '已释放（未签到被释放）';

const QUARTER_S = 15 * 60;
const HOUR_S = 3600;
export const LONGEST_RESERVATION_S = 4 * HOUR_S;

export function reservationsOfDay(base: TenantBase, day: string, revision: number): TrueReservation[] {
  const rows = base.directory.rooms.flatMap((room, index) => reservationsOfRoom(base, day, room, index));
  const kept = rows.slice(0, Math.max(1, rows.length - revision));
  if (revision > 0 && kept[0]) kept[0] = { ...kept[0], accepted_number: kept[0].accepted_number + revision };
  return kept.toSorted((a, b) => a.event_start_time - b.event_start_time || (a.room_id < b.room_id ? -1 : 1));
}

function reservationsOfRoom(base: TenantBase, day: string, room: TrueRoom, roomIndex: number): TrueReservation[] {
  const draws = drawsFor(base.shape.seed, 'reservations', day, room.room_id);
  const dayStart = base.zone.dayStart(day);
  const rows: TrueReservation[] = [];
  const isAbandoned = isEmptyRoom(base.shape.scenario, roomIndex);
  const add = (start: number, end: number): void => {
    // Walking through the enums shows every value within a day or two; half of the turns are bookings that are kept.
    const turn = dayNumber(day) * 7 + roomIndex * 3 + rows.length;
    rows.push(reservation({ base, room, draws, start, end, turn, isAbandoned }));
  };
  let start = dayStart + 8 * HOUR_S + draws.int(0, 4) * QUARTER_S;
  const count = draws.int(2, 4);
  for (let i = 0; i < count; i++) {
    const end = start + draws.int(2, 8) * QUARTER_S;
    add(start, end);
    start = end + draws.int(1, 4) * QUARTER_S;
  }
  if (roomIndex === 0) add(dayStart + 22.5 * HOUR_S, dayStart + 25.5 * HOUR_S);
  return rows;
}

interface ReservationInput {
  base: TenantBase;
  room: TrueRoom;
  draws: Draws;
  start: number;
  end: number;
  turn: number;
  /** Nobody comes, and the room is released. */
  isAbandoned: boolean;
}

function reservation({ base, room, draws, start, end, turn, isAbandoned }: ReservationInput): TrueReservation {
  const booker = draws.pick(base.directory.people);
  const status = isAbandoned ? NOBODY_CAME : (RESERVATION_STATUSES[turn % 12] ?? '预定成功');
  const checkIn = status === NOBODY_CAME ? '超时未签到' : (CHECK_IN_STATUSES[turn % 18] ?? '已签到');
  const isCheckedIn = checkIn === '已签到';
  const isReleased = status.startsWith('已释放');
  const guests = draws.int(1, 30);
  return {
    room_id: room.room_id,
    room_name: room.name,
    event_title: draws.chance(0.1) ? '"预定", 换行\n标题' : `${draws.pick(['评审', '培训', '面谈'])} ${turn}`,
    reserver: booker.name,
    reserver_user_ids: booker.ids,
    department_of_reserver: booker.department,
    guests_number: guests,
    accepted_number: draws.int(0, guests),
    event_start_time: start,
    event_end_time: end,
    event_duration_s: end - start,
    reservation_status: status,
    check_in_device: isCheckedIn ? (CHECK_IN_DEVICES[Math.floor(turn / 9) % CHECK_IN_DEVICES.length] ?? null) : null,
    room_check_in_status: checkIn,
    check_in_time: isCheckedIn ? start - draws.int(0, 300) : null,
    is_release_early: isReleased ? status.slice('已释放（'.length, -1) : null,
    releasing_person: status === '已释放（手动释放）' ? draws.pick(base.directory.people).name : null,
    releasing_time: isReleased ? start + draws.int(0, end - start) : null,
  };
}
