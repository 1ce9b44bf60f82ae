/**
 * The columns of every table, in order, with what each is read from: the header of the XLSX file (Chinese, English)
 * and the field of the list API. This is the one place to change a column; headers, records and rows follow from it.
 *
 * Headers are those of Feishu's export overview, English labels those of Lark's. List fields are those of L1 to L4
 * (feishu/contract.ts); in L3 they are `group.field`.
 */
import type { ExportResource } from '../feishu/contract.ts';

export type TableName = 'meetings' | 'participants' | 'quality_minutes' | 'reservations' | 'units';

type ColumnType = 'text' | 'integer' | 'double' | 'boolean' | 'timestamp' | 'json';

/** One table row by column name. `timestamp`: `YYYY-MM-DDTHH:mm:ssZ`; `json`: JSON text; `integer`: 32 bits, signed. */
export type Row = Record<string, string | number | boolean | null>;

/**
 * How a source text is read.
 * - `name`: topics and names. Kept to the letter; only a cell with no character at all is NULL, since `-` may be a topic.
 * - `text`: kept to the letter; white space, `-` and `--` are NULL. Enum values of Feishu are of this kind.
 * - `id`: as `text`, without the white space around it; what people and programs write for "none" is NULL too (`N/A`,
 *   `—`, `无`). Ids, numbers that are text, addresses.
 * - `meeting_no`: as `id`, digits without the spaces between them.
 * - `json`: a value with parts, as JSON text whose fields and elements are sorted.
 * - `duration`: `HH:mm:ss` to seconds. `kbps`, `ms`, `pct`, `db`, `fps`: a number with that unit or none.
 */
export type CellKind =
  | 'name'
  | 'text'
  | 'id'
  | 'meeting_no'
  | 'integer'
  | 'duration'
  | 'boolean'
  | 'timestamp'
  | 'json'
  | 'kbps'
  | 'ms'
  | 'pct'
  | 'db'
  | 'fps';

/** What an id of a person is, by its form; a `union_id` begins with `on_`. */
type IdKind = 'open_id' | 'union_id' | 'user_id';

export function idKindOf(id: string): IdKind {
  if (id.startsWith('ou_')) return 'open_id';
  return id.startsWith('on_') ? 'union_id' : 'user_id';
}

interface ColumnSource {
  cell: CellKind;
  /** Headers in the XLSX file, the documented one first. Absent where only the list API has the column. */
  zh?: readonly string[];
  en?: readonly string[];
  /** Field of the list API. Absent where only the file has the column. */
  list?: string;
  /**
   * Ids of the list are of the kind that was asked for, those of the file are always the tenant's own: the list's field
   * is read only where its form is of this kind. Absent: of any.
   */
  listIdKind?: IdKind;
  /** The file is refused without this header: it feeds a key, or the next request is made of it. */
  required?: true;
}

interface Column {
  name: string;
  type: ColumnType;
  /** Absent in columns that come from the request, from the keys or from the merge. */
  source?: ColumnSource;
}

export interface TableDefinition {
  name: TableName;
  /** Columns that `row_key` is a hash of, besides `ordinal`. */
  key: readonly string[];
  /** Every column, in order. */
  columns: readonly Column[];
}

const TYPE_OF_CELL: Record<CellKind, ColumnType> = {
  name: 'text',
  text: 'text',
  id: 'text',
  meeting_no: 'text',
  integer: 'integer',
  duration: 'integer',
  boolean: 'boolean',
  timestamp: 'timestamp',
  json: 'json',
  kbps: 'double',
  ms: 'double',
  pct: 'double',
  db: 'double',
  fps: 'double',
};

function read(name: string, cell: CellKind, source: Omit<ColumnSource, 'cell'>): Column {
  return { name, type: TYPE_OF_CELL[cell], source: { cell, ...source } };
}

/** A column that the file and the list both have, the list under the column's own name unless told. */
function both(name: string, cell: CellKind, zh: string, en: string, more: Omit<ColumnSource, 'cell'> = {}): Column {
  return read(name, cell, { zh: [zh], en: [en], list: name, ...more });
}

function plain(type: ColumnType, ...names: string[]): Column[] {
  return names.map((name) => ({ name, type }));
}

const KEY_HASHES = plain('text', 'row_key', 'meeting_key', 'session_key');
const ORDINAL: Column = { name: 'ordinal', type: 'integer' };
const UNPARSED: Column = { name: 'unparsed', type: 'json' };

const MEETINGS: Column[] = [
  ...plain('text', 'row_key', 'meeting_key'),
  ORDINAL,
  both('meeting_no', 'meeting_no', '会议ID', 'meeting id', { list: 'meeting_id', required: true }),
  both('meeting_topic', 'name', '会议主题', 'meeting topic'),
  both('organizer', 'name', '会议组织者', 'meeting organizer'),
  both('department', 'text', '部门', 'department'),
  both('user_id', 'id', '用户ID', 'user id', { listIdKind: 'user_id' }),
  both('employee_id', 'id', '工号', 'job number'),
  both('email', 'id', '邮箱', 'email'),
  both('mobile', 'id', '手机', 'phone number'),
  both('meeting_start_time', 'timestamp', '会议开始时间', 'meeting start time', { required: true }),
  both('meeting_end_time', 'timestamp', '会议结束时间', 'meeting end time', { required: true }),
  both('meeting_duration_s', 'duration', '会议持续时间', 'meeting duration', { list: 'meeting_duration' }),
  both('number_of_participants', 'integer', '参会人数量', 'number of participants'),
  both('audio', 'boolean', '音频', 'audio'),
  both('video', 'boolean', '视频', 'video'),
  both('sharing', 'boolean', '共享', 'share'),
  both('recording', 'boolean', '录制', 'recording'),
  both('telephone', 'boolean', '电话', 'phone'),
  read('meeting_instance_id', 'id', { list: 'meeting_instance_id' }),
  read('meeting_type', 'integer', { list: 'meeting_type' }),
  read('meeting_subtype', 'integer', { list: 'meeting_subtype' }),
  read('number_of_devices', 'integer', { list: 'number_of_devices' }),
  read('is_external', 'boolean', { list: 'is_external' }),
  read('number_of_webinar_viewers', 'integer', { list: 'number_of_webinar_viewers' }),
  read('reserved_rooms', 'json', { list: 'reserved_rooms' }),
  read('ai_note', 'boolean', { list: 'ai_note' }),
  read('has_related_document', 'boolean', { list: 'has_related_document' }),
  read('open_id', 'id', { list: 'user_id', listIdKind: 'open_id' }),
  UNPARSED,
];

const PARTICIPANTS: Column[] = [
  ...KEY_HASHES,
  ORDINAL,
  ...plain('text', 'meeting_no'),
  ...plain('timestamp', 'meeting_start_time', 'meeting_end_time'),
  both('participant_name', 'name', '参会人', 'participant', { required: true }),
  both('department', 'text', '部门', 'department'),
  both('user_id', 'id', '用户ID', 'user id', { required: true }),
  read('meeting_room_id', 'id', { list: 'meeting_room_id' }),
  both('employee_id', 'id', '工号', 'job number'),
  both('phone', 'id', '电话', 'phone number'),
  both('email', 'id', '邮箱', 'email'),
  both('device', 'text', '设备', 'device'),
  both('app_version', 'id', '客户端版本', 'app version'),
  both('public_ip', 'id', '公网IP', 'public network ip'),
  both('internal_ip', 'id', '内网IP', 'internal network ip'),
  both('use_rtc_proxy', 'boolean', '代理服务', 'proxy'),
  both('location', 'text', '位置', 'location'),
  both('network_type', 'text', '网络类型', 'network type'),
  read('protocol', 'text', { list: 'protocol' }),
  both('microphone', 'text', '麦克风', 'microphone'),
  both('speaker', 'text', '扬声器', 'speaker'),
  both('camera', 'text', '摄像头', 'camera'),
  both('audio', 'boolean', '音频', 'audio'),
  both('video', 'boolean', '视频', 'video'),
  both('sharing', 'boolean', '共享', 'share'),
  both('join_time', 'timestamp', '入会时间', 'join time', { required: true }),
  both('leave_time', 'timestamp', '离会时间', 'leave time'),
  both('time_in_meeting_s', 'duration', '参会时长', 'duration', { list: 'time_in_meeting' }),
  both('leave_reason', 'text', '离会原因', 'leave reason'),
  read('is_external', 'boolean', { list: 'is_external' }),
  read('accept_status', 'integer', { list: 'accept_status' }),
  read('webinar_user_role', 'text', { list: 'webinar_user_role' }),
  UNPARSED,
];

const DIRECTIONS = [
  { name: 'received', zh: '接收', en: 'receiver' },
  { name: 'sent', zh: '发送', en: 'sender' },
] as const;

const MEDIA = [
  { name: 'audio', zh: '音频', en: 'audio' },
  { name: 'video', zh: '视频', en: 'video' },
  { name: 'screen_sharing', zh: '共享屏幕', en: 'share-screen' },
] as const;

/** `birate` is how Lark's documentation spells it. */
const MEDIUM_VALUES = [
  { column: 'bitrate_kbps', cell: 'kbps', list: 'bitrate', zh: '码率', en: ['birate', 'bitrate'] },
  { column: 'latency_ms', cell: 'ms', list: 'latency', zh: '延迟', en: ['lag'] },
  { column: 'jitter_ms', cell: 'ms', list: 'jitter', zh: '抖动', en: ['jitter'] },
  { column: 'packet_loss_avg_pct', cell: 'pct', list: null, zh: '丢包平均', en: ['loss avg'] },
  { column: 'packet_loss_max_pct', cell: 'pct', list: null, zh: '丢包最大', en: ['loss max'] },
] as const;

function mediumColumns(medium: (typeof MEDIA)[number]): Column[] {
  return MEDIUM_VALUES.flatMap((value) =>
    DIRECTIONS.map((direction) =>
      read(`${medium.name}_${value.column}_${direction.name}`, value.cell, {
        zh: [`${medium.zh}-${value.zh}（${direction.zh}）`],
        en: value.en.map((label) => `${medium.en}-${label}(${direction.en})`),
        ...(value.list === null ? {} : { list: `${medium.name}.${value.list}_${direction.name}` }),
      }),
    ),
  );
}

function pictureColumns(medium: 'video' | 'screen_sharing'): Column[] {
  return [
    ...DIRECTIONS.map(({ name }) =>
      read(`${medium}_maximum_resolution_${name}`, 'text', { list: `${medium}.maximum_resolution_${name}` }),
    ),
    ...DIRECTIONS.map(({ name }) =>
      read(`${medium}_framerate_fps_${name}`, 'fps', { list: `${medium}.framerate_${name}` }),
    ),
  ];
}

function networkColumns(): Column[] {
  const values = [
    { column: 'bitrate_kbps', cell: 'kbps', list: 'bitrate' },
    { column: 'packet_loss_avg_pct', cell: 'pct', list: 'packet_loss_avg' },
    { column: 'packet_loss_max_pct', cell: 'pct', list: 'packet_loss_max' },
  ] as const;
  return [
    read('network_delay_ms', 'ms', { list: 'network.network_delay' }),
    ...values.flatMap(({ column, cell, list }) =>
      DIRECTIONS.map(({ name }) => read(`network_${column}_${name}`, cell, { list: `network.${list}_${name}` })),
    ),
  ];
}

function cpuColumn(
  who: 'client' | 'system',
  what: 'min' | 'avg' | 'max',
  labels: { zh?: string; en?: string },
): Column {
  return read(`${who}_${what}_cpu_usage_pct`, 'pct', {
    ...(labels.zh === undefined ? {} : { zh: [labels.zh] }),
    ...(labels.en === undefined ? {} : { en: [labels.en] }),
    // The list has no minimum.
    ...(what === 'min' ? {} : { list: `cpu_usage.${who}_${what}_cpu_usage` }),
  });
}

const QUALITY_MINUTES: Column[] = [
  ...KEY_HASHES,
  ORDINAL,
  ...plain('text', 'meeting_no'),
  ...plain('timestamp', 'meeting_start_time'),
  ...plain('text', 'user_id', 'room_id'),
  ...plain('timestamp', 'join_time'),
  // In the list every group has a time of its own: tables/quality-list.ts.
  read('time', 'timestamp', { zh: ['时间'], en: ['time'], required: true }),
  ...networkColumns(),
  ...MEDIA.flatMap(mediumColumns),
  read('audio_mic_input_volume_db', 'db', { list: 'audio.mic_input_volume' }),
  read('audio_speaker_volume_db', 'db', { list: 'audio.speaker_volume' }),
  ...pictureColumns('video'),
  ...pictureColumns('screen_sharing'),
  cpuColumn('client', 'min', { zh: '客户端最小 CPU 占用', en: 'cpu min usage of client' }),
  cpuColumn('client', 'avg', { zh: '客户端平均 CPU 占用', en: 'cpu avg usage of client' }),
  cpuColumn('client', 'max', { zh: '客户端最大 CPU 占用', en: 'cpu max usage of client' }),
  cpuColumn('system', 'avg', {}),
  cpuColumn('system', 'max', { zh: '系统最大 CPU 占用', en: 'cpu max usage of system' }),
  ...plain('text', 'source'),
  ...plain('json', 'conflicts'),
  UNPARSED,
];

const RESERVATIONS: Column[] = [
  ...plain('text', 'row_key'),
  ORDINAL,
  read('room_id', 'id', { list: 'room_id' }),
  both('room_name', 'name', '会议室名称', 'meeting room name', { required: true }),
  both('event_title', 'name', '会议主题', 'meeting topic'),
  both('reserver', 'name', '预定人', 'booker', { required: true }),
  both('department_of_reserver', 'text', '预定人所属部门', 'department of booker'),
  both('guests_number', 'integer', '邀请人数', 'number of invitees'),
  both('accepted_number', 'integer', '接受人数', 'number of accept'),
  both('event_start_time', 'timestamp', '会议开始时间', 'meeting start time', { required: true }),
  both('event_end_time', 'timestamp', '会议结束时间', 'meeting end time'),
  both('event_duration_s', 'duration', '会议时长', 'meeting duration', { list: 'event_duration' }),
  both('reservation_status', 'text', '会议室预定状态', 'status of meeting room reservation'),
  both('check_in_device', 'text', '签到设备', 'check-in device'),
  both('room_check_in_status', 'text', '会议室签到状态', 'check-in status of meeting room'),
  both('check_in_time', 'timestamp', '会议室签到时间', 'check-in time of meeting room'),
  // A name, but most reservations are not released and then carry the null marker, which nobody is called.
  both('releasing_person', 'text', '释放人', 'releaser'),
  both('releasing_time', 'timestamp', '释放时间', 'release time'),
  read('reserver_user_id', 'id', { list: 'reserver_user_id' }),
  read('is_release_early', 'text', { list: 'is_release_early' }),
  UNPARSED,
];

const UNITS: Column[] = [
  ...KEY_HASHES,
  ORDINAL,
  ...plain('text', 'meeting_no'),
  ...plain('timestamp', 'meeting_start_time'),
  ...plain('text', 'user_id', 'room_id', 'participant_name', 'device'),
  ...plain('timestamp', 'join_time'),
  ...plain('text', 'status', 'reason'),
  ...plain('integer', 'rows', 'pages'),
  ...plain('timestamp', 'asked_at'),
  ...plain('boolean', 'settled'),
  ...plain('integer', 'code', 'minutes_expected'),
  UNPARSED,
];

export const TABLES: Record<TableName, TableDefinition> = {
  meetings: { name: 'meetings', key: ['meeting_no', 'meeting_start_time'], columns: MEETINGS },
  participants: { name: 'participants', key: ['session_key'], columns: PARTICIPANTS },
  quality_minutes: { name: 'quality_minutes', key: ['session_key', 'time'], columns: QUALITY_MINUTES },
  reservations: { name: 'reservations', key: ['room_name', 'event_start_time', 'reserver'], columns: RESERVATIONS },
  units: { name: 'units', key: ['session_key'], columns: UNITS },
};

/** The table that an export's file and its list twin become. */
export const TABLE_OF_RESOURCE: Record<ExportResource, TableName> = {
  meeting_list: 'meetings',
  participant_list: 'participants',
  participant_quality_list: 'quality_minutes',
  resource_reservation_list: 'reservations',
};

export type SourceColumn = Column & { source: ColumnSource };

/** Columns that are read from a file or a list, in table order. */
export function sourceColumns(resource: ExportResource): SourceColumn[] {
  return TABLES[TABLE_OF_RESOURCE[resource]].columns.filter(
    (column): column is SourceColumn => column.source !== undefined,
  );
}

/**
 * NULL in each of these columns. Made for copying, `{ ...empty }`: the copies share one layout in the engine, which a row
 * that is filled field by field does not have beyond a dozen fields.
 */
export function emptyRow(columns: readonly { name: string }[]): Row {
  // Parsed, for the same reason.
  return JSON.parse(JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, null]))));
}
