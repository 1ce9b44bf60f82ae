/** The four XLSX layouts: columns in documented order, with both headers, and a row's cells. */
import type { SeenMeeting, SeenParticipant } from './queries.ts';
import type { QualityNumber, TrueQualityMinute, TrueReservation } from './truth.ts';
import { clockText } from './zone.ts';
import type { Zone } from './zone.ts';

/** Text, yes/no, or a missing value. */
export type Cell = string | boolean | null;
interface Header {
  zh: string;
  en: string;
}
export interface Table {
  headers: Header[];
  rows: Cell[][];
}
type Column<Row> = [zh: string, en: string, cell: (row: Row) => Cell];

function table<Row>(rows: Row[], columns: Column<NoInfer<Row>>[]): Table {
  return {
    headers: columns.map(([zh, en]) => ({ zh, en })),
    rows: rows.map((row) => columns.map(([, , cell]) => cell(row))),
  };
}

export interface SheetFormat {
  zone: Zone;
  /** False without the field scope: the user id column is empty then. */
  showUserIds: boolean;
  startsToTheMinute: boolean;
}

const stamp = (zone: Zone, unix: number | null): Cell => (unix === null ? null : zone.stamp(unix));

export function meetingTable(rows: SeenMeeting[], { zone, showUserIds, startsToTheMinute }: SheetFormat): Table {
  const shown = (start: number): number => (startsToTheMinute ? start - (start % 60) : start);
  return table(rows, [
    ['会议ID', 'meeting id', (row) => row.meeting_no],
    ['会议主题', 'meeting topic', (row) => row.meeting_topic],
    ['会议组织者', 'meeting organizer', (row) => row.organizer],
    ['部门', 'department', (row) => row.department],
    ['用户ID', 'user id', (row) => (showUserIds ? (row.user_ids?.user_id ?? null) : null)],
    ['工号', 'job number', (row) => row.employee_id],
    ['邮箱', 'email', (row) => row.email],
    ['手机', 'phone number', (row) => row.mobile],
    ['会议开始时间', 'meeting start time', (row) => stamp(zone, shown(row.meeting_start_time))],
    ['会议结束时间', 'meeting end time', (row) => stamp(zone, row.meeting_end_time)],
    ['会议持续时间', 'meeting duration', (row) => clockText(row.meeting_duration_s)],
    ['参会人数量', 'Number of participants', (row) => String(row.number_of_participants)],
    ['音频', 'audio', (row) => row.audio],
    ['视频', 'video', (row) => row.video],
    ['共享', 'share', (row) => row.sharing],
    ['录制', 'recording', (row) => row.recording],
    ['电话', 'phone', (row) => row.telephone],
  ]);
}

export function participantTable(rows: SeenParticipant[], { zone, showUserIds }: SheetFormat): Table {
  return table(rows, [
    ['参会人', 'participant', (row) => row.participant_name],
    ['部门', 'department', (row) => row.department],
    ['用户ID', 'user id', (row) => (showUserIds ? (row.user_ids?.user_id ?? null) : null)],
    ['工号', 'job number', (row) => row.employee_id],
    ['电话', 'phone number', (row) => row.phone],
    ['邮箱', 'email', (row) => row.email],
    ['设备', 'device', (row) => row.device.toUpperCase()],
    ['客户端版本', 'app version', (row) => row.app_version],
    ['公网IP', 'public network ip', (row) => row.public_ip],
    ['内网IP', 'internal network ip', (row) => row.internal_ip],
    ['代理服务', 'proxy', (row) => row.use_rtc_proxy],
    ['位置', 'location', (row) => row.location],
    ['网络类型', 'network type', (row) => row.network_type],
    ['麦克风', 'microphone', (row) => row.microphone],
    ['扬声器', 'speaker', (row) => row.speaker],
    ['摄像头', 'camera', (row) => row.camera],
    ['音频', 'audio', (row) => row.audio],
    ['视频', 'video', (row) => row.video],
    ['共享', 'share', (row) => row.sharing],
    ['入会时间', 'join time', (row) => stamp(zone, row.join_time)],
    ['离会时间', 'leave time', (row) => stamp(zone, row.leave_time)],
    ['参会时长', 'duration', (row) => clockText(row.time_in_meeting_s)],
    ['离会原因', 'leave reason', (row) => row.leave_reason],
  ]);
}

const BLOCKS = [
  { medium: 'audio', zh: '音频', en: 'audio' },
  { medium: 'video', zh: '视频', en: 'video' },
  { medium: 'screen_sharing', zh: '共享屏幕', en: 'share-screen' },
] as const;
const DIRECTIONS = [
  { direction: 'received', zh: '接收', en: 'receiver' },
  { direction: 'sent', zh: '发送', en: 'sender' },
] as const;
const FIGURES = [
  { figure: 'bitrate_kbps', zh: '码率', en: 'birate', unit: 'kbps' },
  { figure: 'latency_ms', zh: '延迟', en: 'lag', unit: 'ms' },
  { figure: 'jitter_ms', zh: '抖动', en: 'jitter', unit: 'ms' },
  { figure: 'packet_loss_avg_pct', zh: '丢包平均', en: 'loss avg', unit: '%' },
  { figure: 'packet_loss_max_pct', zh: '丢包最大', en: 'loss max', unit: '%' },
] as const;

function figure(name: QualityNumber, unit: string): (row: TrueQualityMinute) => Cell {
  return (row) => {
    const value = row.export_says[name] ?? row[name];
    return value === null ? null : `${value}${unit}`;
  };
}

export function qualityTable(rows: TrueQualityMinute[], { zone }: SheetFormat): Table {
  const media = BLOCKS.flatMap((block) =>
    DIRECTIONS.flatMap(({ direction, ...way }) =>
      FIGURES.map((each): Column<TrueQualityMinute> => [
        `${block.zh}-${each.zh}（${way.zh}）`,
        `${block.en}-${each.en}(${way.en})`,
        figure(`${block.medium}_${each.figure}_${direction}`, each.unit),
      ]),
    ),
  );
  return table(rows, [
    ['时间', 'time', (row) => stamp(zone, row.time)],
    ...media,
    ['客户端最小 CPU 占用', 'cpu min usage of client', figure('client_min_cpu_usage_pct', '%')],
    ['客户端平均 CPU 占用', 'cpu avg usage of client', figure('client_avg_cpu_usage_pct', '%')],
    ['客户端最大 CPU 占用', 'cpu max usage of client', figure('client_max_cpu_usage_pct', '%')],
    ['系统最大 CPU 占用', 'cpu max usage of system', figure('system_max_cpu_usage_pct', '%')],
  ]);
}

export function reservationTable(
  rows: TrueReservation[],
  { zone, needTopic }: { zone: Zone; needTopic: boolean },
): Table {
  return table(rows, [
    ['会议室名称', 'meeting room name', (row) => row.room_name],
    ['会议主题', 'meeting topic', (row) => (needTopic ? row.event_title : null)],
    ['预定人', 'booker', (row) => row.reserver],
    ['预定人所属部门', 'department of booker', (row) => row.department_of_reserver],
    ['邀请人数', 'Number of invitees', (row) => String(row.guests_number)],
    ['接受人数', 'Number of accept', (row) => String(row.accepted_number)],
    ['会议开始时间', 'meeting start time', (row) => stamp(zone, row.event_start_time)],
    ['会议结束时间', 'meeting end time', (row) => stamp(zone, row.event_end_time)],
    ['会议时长', 'meeting duration', (row) => clockText(row.event_duration_s)],
    ['会议室预定状态', 'status of meeting room reservation', (row) => row.reservation_status],
    ['签到设备', 'check-in device', (row) => row.check_in_device],
    ['会议室签到状态', 'check-in status of meeting room', (row) => row.room_check_in_status],
    ['会议室签到时间', 'check-in time of meeting room', (row) => stamp(zone, row.check_in_time)],
    ['释放人', 'releaser', (row) => row.releasing_person],
    ['释放时间', 'release time', (row) => stamp(zone, row.releasing_time)],
  ]);
}
