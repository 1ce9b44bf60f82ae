/**
 * What the tables of a day must say, worked out from the tenant alone.
 *
 * Follows the documented columns, keys and sources and shares no code with the product, so that it can disagree with
 * it. Two things that no export can hold are left out and named: participants of meetings of over 24 hours (126006),
 * and meetings whose end lies behind the window that is asked, where a window means "ends in" or "contained".
 */
import { createHash } from 'node:crypto';
import type {
  QualityNumber,
  TrueMeeting,
  TrueParticipant,
  TrueQualityMinute,
  TrueReservation,
} from '../../sandbox/index.ts';
import type { WindowSemantics } from '../../sandbox/options.ts';
import type { Tenant } from '../../sandbox/tenant.ts';

/** Instants as `YYYY-MM-DDTHH:mm:ssZ`, JSON columns as text with sorted keys. */
export type Cells = Record<string, string | number | boolean | null>;

export interface DayAsk {
  listing: 'list' | 'export';
  source: 'list' | 'export' | 'both';
  user_id_type: 'open_id' | 'union_id' | 'user_id';
  include_external_meetings: boolean;
  include_webinar: boolean;
  room_level_id: string;
  /** What the tenant takes a window for. */
  windowSemantics: WindowSemantics;
}

export interface ExpectedDay {
  meetings: Cells[];
  participants: Cells[];
  quality_minutes: Cells[];
  reservations: Cells[];
  units: Cells[];
  /** Meetings whose participants cannot be asked for. */
  unaskable: number;
  /** What the manifest says of people. */
  reconciliation: Record<string, number | null>;
}

const DAY_S = 86_400;

/** The first 32 hex digits of a SHA-256 over a JSON array. */
const hash = (...parts: (string | number | null)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

const at = (unix: number): string => new Date(unix * 1000).toISOString().replace('.000Z', 'Z');
const atOrNull = (unix: number | null): string | null => (unix === null ? null : at(unix));

export const meetingKey = ({ meeting_no, meeting_start_time }: TrueMeeting): string =>
  hash('meeting', meeting_no, meeting_start_time);

/** Counts equal keys, from 1, in the order of the source. */
function ordinals(): (key: string) => number {
  const counts = new Map<string, number>();
  return (key) => {
    const next = (counts.get(key) ?? 0) + 1;
    counts.set(key, next);
    return next;
  };
}

export function expectedDay(tenant: Tenant, day: string, ask: DayAsk): ExpectedDay {
  const { from, to } = tenant.dayRange(day);
  const meetings = tenant
    .meetings(from, to)
    .filter((meeting) => !meeting.is_external || ask.include_external_meetings)
    .filter((meeting) => !meeting.is_webinar || ask.include_webinar)
    .filter((meeting) => isSeen(meeting, to + DAY_S, ask.windowSemantics));
  const askable = meetings.filter((meeting) => meeting.meeting_duration_s <= DAY_S);
  const rows = askable.flatMap((meeting) => participantRows(tenant, meeting, ask));
  const sessions = [...new Map(rows.toReversed().map((row) => [row.session, row])).values()];
  return {
    meetings: meetingRows(meetings, ask),
    participants: rows.map(({ cells }) => cells),
    quality_minutes: sessions.flatMap((row) => minuteRows(tenant, row, ask)),
    reservations: reservationRows(tenant, { from, to }, ask),
    units: sessions.map((row) => unitRow(tenant, row, ask)),
    unaskable: meetings.length - askable.length,
    reconciliation: reconciliation(meetings, rows, ask),
  };
}

const idOf = ({ user_id, room_id }: ParticipantRow): string | null => user_id ?? room_id;

/** People of a meeting go by id, those without one by name. */
const distinct = (rows: ParticipantRow[]): number =>
  new Set(
    rows.map((row) =>
      JSON.stringify([meetingKey(row.meeting), idOf(row), idOf(row) ?? row.participant.participant_name]),
    ),
  ).size;

const sum = (numbers: (number | null)[]): number => numbers.reduce<number>((total, number) => total + (number ?? 0), 0);

/** In the sandbox a second device joins in the same second, and a rejoin comes later. */
function reconciliation(meetings: TrueMeeting[], rows: ParticipantRow[], ask: DayAsk): Record<string, number | null> {
  const isList = ask.listing === 'list';
  const asksList = ask.include_external_meetings || ask.include_webinar;
  const identified = rows.filter((row) => idOf(row) !== null);
  const seconds = identified.length - new Set(identified.map(({ session }) => session)).size;
  const asked = meetings.filter((meeting) => meeting.meeting_duration_s <= DAY_S);
  const listedIn = (meeting: TrueMeeting) => rows.filter((row) => row.meeting === meeting);
  // The files say none of it of anybody.
  const onlyList = (count: number): number | null => (isList || rows.length === 0 ? count : null);
  return {
    participants_counted_by_meetings: sum(meetings.map((meeting) => meeting.number_of_participants)),
    distinct_participants_listed: distinct(rows),
    participant_sessions_listed: rows.length,
    sessions_of_other_devices: seconds,
    sessions_of_rejoins: identified.length - distinct(identified) - seconds,
    sessions_of_rooms: onlyList(rows.filter((row) => row.room_id !== null).length),
    sessions_without_id: rows.length - identified.length,
    distinct_rooms_listed: onlyList(distinct(rows.filter((row) => row.room_id !== null))),
    distinct_external_guests_listed: onlyList(distinct(rows.filter((row) => row.participant.is_external))),
    distinct_webinar_viewers_listed: onlyList(
      distinct(rows.filter((row) => row.participant.webinar_user_role === '3')),
    ),
    webinar_viewers_counted_by_meetings: asksList
      ? sum(meetings.map((meeting) => meeting.number_of_webinar_viewers))
      : null,
    meetings_without_a_list: meetings.length - asked.length,
    meetings_with_another_count: asked.filter(
      (meeting) => meeting.number_of_participants !== distinct(listedIn(meeting)),
    ).length,
    meetings_with_unexplained_count: onlyList(0),
  };
}

/** Meetings are asked for from the day's start until a day after its end. */
function isSeen(meeting: TrueMeeting, askedUntil: number, semantics: WindowSemantics): boolean {
  const needsEnd = semantics === 'ends-in' || semantics === 'contained';
  return !needsEnd || meeting.meeting_end_time <= askedUntil;
}

function meetingRows(meetings: TrueMeeting[], ask: DayAsk): Cells[] {
  const asksList = ask.include_external_meetings || ask.include_webinar;
  return meetings.map((meeting) => {
    // The files have the tenant-wide id; what only the list has, has the kind that was asked for.
    const kind = meeting.is_external || meeting.is_webinar ? ask.user_id_type : 'user_id';
    const key = meetingKey(meeting);
    return {
      row_key: hash('row', 'meetings', key, 1),
      meeting_key: key,
      ordinal: 1,
      meeting_no: meeting.meeting_no,
      meeting_topic: meeting.meeting_topic,
      organizer: meeting.organizer,
      department: meeting.department,
      user_id: meeting.user_ids?.[kind] ?? null,
      employee_id: meeting.employee_id,
      email: meeting.email,
      mobile: meeting.mobile,
      meeting_start_time: at(meeting.meeting_start_time),
      meeting_end_time: at(meeting.meeting_end_time),
      meeting_duration_s: meeting.meeting_duration_s,
      number_of_participants: meeting.number_of_participants,
      audio: meeting.audio,
      video: meeting.video,
      sharing: meeting.sharing,
      recording: meeting.recording,
      telephone: meeting.telephone,
      meeting_instance_id: asksList ? meeting.meeting_instance_id : null,
      meeting_type: asksList ? meeting.meeting_type : null,
      meeting_subtype: asksList ? meeting.meeting_subtype : null,
      number_of_devices: asksList ? meeting.number_of_devices : null,
      is_external: asksList ? meeting.is_external : null,
      unparsed: null,
    };
  });
}

interface ParticipantRow {
  meeting: TrueMeeting;
  participant: TrueParticipant;
  session: string;
  user_id: string | null;
  room_id: string | null;
  cells: Cells;
}

function participantRows(tenant: Tenant, meeting: TrueMeeting, ask: DayAsk): ParticipantRow[] {
  const next = ordinals();
  const isList = ask.listing === 'list';
  return tenant.participants(meeting).map((participant) => {
    const user_id = participant.user_ids?.[ask.user_id_type] ?? null;
    // The files have no room ids.
    const room_id = isList ? participant.meeting_room_id : null;
    const session = sessionKey(meeting, participant, { user_id, room_id });
    const ordinal = next(session);
    return {
      meeting,
      participant,
      session,
      user_id,
      room_id,
      cells: {
        row_key: hash('row', 'participants', session, ordinal),
        meeting_key: meetingKey(meeting),
        session_key: session,
        ordinal,
        meeting_no: meeting.meeting_no,
        meeting_start_time: at(meeting.meeting_start_time),
        meeting_end_time: at(meeting.meeting_end_time),
        participant_name: participant.participant_name,
        department: participant.department,
        user_id,
        meeting_room_id: room_id,
        employee_id: participant.employee_id,
        phone: participant.phone,
        email: participant.email,
        device: isList ? participant.device : participant.device.toUpperCase(),
        app_version: participant.app_version,
        public_ip: participant.public_ip,
        internal_ip: participant.internal_ip,
        use_rtc_proxy: participant.use_rtc_proxy,
        location: participant.location,
        network_type: participant.network_type,
        protocol: isList ? participant.protocol : null,
        microphone: participant.microphone,
        speaker: participant.speaker,
        camera: participant.camera,
        audio: participant.audio,
        video: participant.video,
        sharing: participant.sharing,
        join_time: at(participant.join_time),
        leave_time: at(participant.leave_time),
        time_in_meeting_s: participant.time_in_meeting_s,
        leave_reason: participant.leave_reason,
        unparsed: null,
      },
    };
  });
}

function sessionKey(
  meeting: TrueMeeting,
  { participant_name, join_time }: TrueParticipant,
  { user_id, room_id }: { user_id: string | null; room_id: string | null },
): string {
  const key = meetingKey(meeting);
  if (user_id !== null) return hash('session', key, 'user_id', user_id, join_time);
  if (room_id !== null) return hash('session', key, 'room_id', room_id, join_time);
  return hash('session', key, 'participant_name', participant_name, join_time);
}

const isAskable = ({ user_id, room_id }: ParticipantRow): boolean => user_id !== null || room_id !== null;

const ONLY_IN_LIST = /^network_|_volume_db$|_maximum_resolution_|_framerate_fps_|^system_avg_cpu_usage_pct$/;
const ONLY_IN_FILE = /^(audio|video|screen_sharing)_packet_loss_|^client_min_cpu_usage_pct$/;

function minuteRows(tenant: Tenant, row: ParticipantRow, { source }: DayAsk): Cells[] {
  if (!isAskable(row)) return [];
  const { meeting, participant, session, user_id, room_id } = row;
  return tenant.quality(meeting, participant).map((minute) => {
    const time = at(minute.time);
    return {
      row_key: hash('row', 'quality_minutes', session, time, 1),
      meeting_key: meetingKey(meeting),
      session_key: session,
      ordinal: 1,
      meeting_no: meeting.meeting_no,
      meeting_start_time: at(meeting.meeting_start_time),
      user_id,
      room_id,
      join_time: at(participant.join_time),
      time,
      ...figures(minute, source),
      source,
      conflicts: source === 'both' ? conflicts(minute) : null,
      unparsed: null,
    };
  });
}

function figures({ time: _time, export_says: says, ...values }: TrueQualityMinute, source: DayAsk['source']): Cells {
  const cells: Cells = {};
  for (const [name, value] of Object.entries(values)) {
    const absent = (source === 'list' && ONLY_IN_FILE.test(name)) || (source === 'export' && ONLY_IN_LIST.test(name));
    // Where both know a figure, the list's stands.
    const other = source === 'export' ? says[name as QualityNumber] : undefined;
    cells[name] = absent ? null : (other ?? value);
  }
  return cells;
}

function conflicts({ export_says: says, ...values }: TrueQualityMinute): string | null {
  const names = Object.keys(says).toSorted() as QualityNumber[];
  if (names.length === 0) return null;
  return JSON.stringify(names.map((name) => [name, { list: values[name], export: says[name] }]));
}

/** `conflicts` as a table has it, in the form in which it is expected. */
export function sortedConflicts(text: string): string {
  return JSON.stringify(Object.entries(JSON.parse(text) as object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const LIST_PAGE = 100;

/** `reason` is null for a unit that is done; for others it is words, expected as `true`. */
function unitRow(tenant: Tenant, row: ParticipantRow, { source }: DayAsk): Cells {
  const { meeting, participant, session, user_id, room_id, cells } = row;
  const asked = isAskable(row);
  const minutes = asked ? tenant.quality(meeting, participant).length : 0;
  const listPages = Math.max(1, Math.ceil(minutes / LIST_PAGE));
  const status = !asked ? 'skipped' : minutes === 0 ? 'empty' : 'done';
  return {
    row_key: hash('row', 'units', session, 1),
    meeting_key: meetingKey(meeting),
    session_key: session,
    ordinal: 1,
    meeting_no: meeting.meeting_no,
    meeting_start_time: at(meeting.meeting_start_time),
    user_id,
    room_id,
    participant_name: cells['participant_name'] ?? null,
    device: cells['device'] ?? null,
    join_time: at(participant.join_time),
    status,
    reason: status === 'done' ? null : true,
    rows: minutes,
    pages: asked ? { list: listPages, export: 1, both: listPages + 1 }[source] : 0,
    unparsed: null,
  };
}

function reservationRows(tenant: Tenant, { from, to }: { from: number; to: number }, ask: DayAsk): Cells[] {
  const rooms = tenant.directory.rooms.filter((room) => room.path.includes(ask.room_level_id));
  const inLevel = new Set(rooms.map((room) => room.room_id));
  const isAlone = (name: string): boolean => rooms.filter((room) => room.name === name).length === 1;
  const next = ordinals();
  return tenant
    .reservations(from, to)
    .filter((row) => inLevel.has(row.room_id))
    .map((row) => {
      const key = [row.room_name, at(row.event_start_time), row.reserver] as const;
      const ordinal = next(JSON.stringify(key));
      const cells = reservationCells(row);
      const room_id = isAlone(row.room_name) ? row.room_id : null;
      return { row_key: hash('row', 'reservations', ...key, ordinal), ordinal, room_id, ...cells };
    });
}

function reservationCells(row: TrueReservation): Cells {
  return {
    room_name: row.room_name,
    event_title: row.event_title,
    reserver: row.reserver,
    department_of_reserver: row.department_of_reserver,
    guests_number: row.guests_number,
    accepted_number: row.accepted_number,
    event_start_time: at(row.event_start_time),
    event_end_time: at(row.event_end_time),
    event_duration_s: row.event_duration_s,
    reservation_status: row.reservation_status,
    check_in_device: row.check_in_device,
    room_check_in_status: row.room_check_in_status,
    check_in_time: atOrNull(row.check_in_time),
    // A person called `-` cannot be told from nobody.
    releasing_person: row.releasing_person === '-' ? null : row.releasing_person,
    releasing_time: atOrNull(row.releasing_time),
    unparsed: null,
  };
}

const DIRECTIONS = ['received', 'sent'];
const BOTH_WAYS = (names: string[]): string[] => names.flatMap((name) => DIRECTIONS.map((way) => `${name}_${way}`));
const MEDIUM = ['bitrate_kbps', 'latency_ms', 'jitter_ms', 'packet_loss_avg_pct', 'packet_loss_max_pct'];
const medium = (name: string): string[] => BOTH_WAYS(MEDIUM.map((value) => `${name}_${value}`));
const words = (text: string): string[] => text.trim().split(/[\s,]+/);

/** Every table's columns in their documented order. */
export const COLUMNS: Record<Exclude<keyof ExpectedDay, 'unaskable' | 'reconciliation'>, string[]> = {
  meetings: words(`row_key, meeting_key, ordinal, meeting_no, meeting_topic, organizer, department, user_id,
    employee_id, email, mobile, meeting_start_time, meeting_end_time, meeting_duration_s, number_of_participants, audio,
    video, sharing, recording, telephone, meeting_instance_id, meeting_type, meeting_subtype, number_of_devices,
    is_external, unparsed`),
  participants: words(`row_key, meeting_key, session_key, ordinal, meeting_no, meeting_start_time, meeting_end_time,
    participant_name, department, user_id, meeting_room_id, employee_id, phone, email, device, app_version, public_ip,
    internal_ip, use_rtc_proxy, location, network_type, protocol, microphone, speaker, camera, audio, video, sharing,
    join_time, leave_time, time_in_meeting_s, leave_reason, unparsed`),
  quality_minutes: [
    ...words(
      'row_key, meeting_key, session_key, ordinal, meeting_no, meeting_start_time, user_id, room_id, join_time, time',
    ),
    'network_delay_ms',
    ...BOTH_WAYS(['network_bitrate_kbps', 'network_packet_loss_avg_pct', 'network_packet_loss_max_pct']),
    ...['audio', 'video', 'screen_sharing'].flatMap(medium),
    ...words('audio_mic_input_volume_db, audio_speaker_volume_db'),
    ...BOTH_WAYS(['video_maximum_resolution', 'video_framerate_fps']),
    ...BOTH_WAYS(['screen_sharing_maximum_resolution', 'screen_sharing_framerate_fps']),
    ...words(`client_min_cpu_usage_pct, client_avg_cpu_usage_pct, client_max_cpu_usage_pct, system_avg_cpu_usage_pct,
      system_max_cpu_usage_pct, source, conflicts, unparsed`),
  ],
  reservations: words(`row_key, ordinal, room_id, room_name, event_title, reserver, department_of_reserver,
    guests_number, accepted_number, event_start_time, event_end_time, event_duration_s, reservation_status,
    check_in_device, room_check_in_status, check_in_time, releasing_person, releasing_time, unparsed`),
  units: words(`row_key, meeting_key, session_key, ordinal, meeting_no, meeting_start_time, user_id, room_id,
    participant_name, device, join_time, status, reason, rows, pages, unparsed`),
};
