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
import { userIdOfRoom } from '../../sandbox/lists.ts';
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
  /** Lists that are asked beside the files. */
  enrich?: ('meetings' | 'reservations')[];
  /** Whether files give the start of a meeting without its seconds. */
  fileStartsToTheMinute?: boolean;
  /** Whether the list gives rooms a user id too. */
  roomsHaveUserIds?: boolean;
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

const asksMeetingList = ({ include_external_meetings, include_webinar, enrich = [] }: DayAsk): boolean =>
  include_external_meetings || include_webinar || enrich.includes('meetings');

const meetingKey = ({ meeting_no, meeting_start_time }: TrueMeeting): string =>
  hash('meeting', meeting_no, meeting_start_time);

/** As the table says when it began: meetings of the file by the file, others by the list. */
function asTold(meeting: TrueMeeting, { fileStartsToTheMinute = false }: DayAsk): TrueMeeting {
  if (!fileStartsToTheMinute || meeting.is_external || meeting.is_webinar) return meeting;
  return { ...meeting, meeting_start_time: Math.floor(meeting.meeting_start_time / 60) * 60 };
}

/**
 * Equal keys are counted from 1 in the order of the rows' cells: column by column, numbers by value, text by code units,
 * what is missing last.
 */
function ordinalOf(cells: Cells, rivals: Cells[]): number {
  return 1 + rivals.filter((rival) => isBefore(rival, cells)).length;
}

function isBefore(a: Cells, b: Cells): boolean {
  const column = Object.keys(a).find((name) => a[name] !== b[name]);
  if (column === undefined) return false;
  const [left, right] = [a[column] ?? null, b[column] ?? null];
  if (left === null || right === null) return right === null;
  return left < right;
}

export function expectedDay(tenant: Tenant, day: string, ask: DayAsk): ExpectedDay {
  const { from, to } = tenant.dayRange(day);
  const meetings = tenant
    .meetings(from, to)
    .filter((meeting) => !meeting.is_external || ask.include_external_meetings)
    .filter((meeting) => !meeting.is_webinar || ask.include_webinar)
    .filter((meeting) => isSeen(meeting, to + DAY_S, ask.windowSemantics));
  const askable = meetings.filter(({ meeting_start_time: start, meeting_end_time: end }) => end - start <= DAY_S);
  const rows = askable.flatMap((meeting) => participantRows(tenant, meeting, ask));
  const sessions = rows.filter(({ cells }) => cells['ordinal'] === 1);
  return {
    meetings: meetingRows(meetings, ask),
    participants: rows.map(({ cells }) => cells),
    quality_minutes: sessions.flatMap((row) => minuteRows(tenant, row, ask)),
    reservations: reservationRows(tenant, { from, to }, ask),
    units: sessions.map((row) =>
      unitRow(
        tenant,
        row,
        ask,
        rows.filter(({ session }) => session === row.session),
      ),
    ),
    unaskable: meetings.length - askable.length,
    reconciliation: reconciliation(meetings, rows, ask),
  };
}

const idOf = ({ user_id, room_id }: ParticipantRow): string | null => user_id ?? room_id;
const isRoom = ({ room_id }: ParticipantRow): boolean => room_id !== null;

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
  const asksList = asksMeetingList(ask);
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
    sessions_of_rooms: onlyList(rows.filter(isRoom).length),
    sessions_without_id: rows.length - identified.length,
    distinct_rooms_listed: onlyList(distinct(rows.filter(isRoom))),
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
  const asksList = asksMeetingList(ask);
  return meetings.map((meeting) => {
    // The files have the tenant-wide id, the list the kind that was asked for.
    const isInFile = !meeting.is_external && !meeting.is_webinar;
    const told = asTold(meeting, ask);
    const key = meetingKey(told);
    return {
      row_key: hash('row', 'meetings', key, 1),
      meeting_key: key,
      ordinal: 1,
      meeting_no: meeting.meeting_no,
      meeting_topic: meeting.meeting_topic,
      organizer: meeting.organizer,
      department: meeting.department,
      user_id: isInFile || ask.user_id_type === 'user_id' ? (meeting.user_ids?.user_id ?? null) : null,
      employee_id: meeting.employee_id,
      email: meeting.email,
      mobile: meeting.mobile,
      meeting_start_time: at(told.meeting_start_time),
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
      number_of_webinar_viewers: asksList ? meeting.number_of_webinar_viewers : null,
      // Only upcoming meetings have it.
      reserved_rooms: null,
      ai_note: asksList ? meeting.ai_note : null,
      has_related_document: asksList ? meeting.has_related_document : null,
      open_id: asksList && ask.user_id_type === 'open_id' ? (meeting.user_ids?.open_id ?? null) : null,
      unparsed: null,
    };
  });
}

interface ParticipantRow {
  meeting: TrueMeeting;
  /** With the start that the tables say. */
  told: TrueMeeting;
  participant: TrueParticipant;
  session: string;
  user_id: string | null;
  room_id: string | null;
  cells: Cells;
}

function participantRows(tenant: Tenant, meeting: TrueMeeting, ask: DayAsk): ParticipantRow[] {
  const isList = ask.listing === 'list';
  const told = asTold(meeting, ask);
  const rows = tenant.participants(meeting).map((participant): ParticipantRow => {
    // The files have no room ids.
    const room_id = isList ? participant.meeting_room_id : null;
    const idOfRoom = ask.roomsHaveUserIds && room_id !== null ? userIdOfRoom(room_id) : null;
    const user_id = participant.user_ids?.[ask.user_id_type] ?? idOfRoom;
    const session = sessionKey(told, participant, { user_id, room_id });
    return {
      meeting,
      told,
      participant,
      session,
      user_id,
      room_id,
      cells: {
        row_key: null,
        meeting_key: meetingKey(told),
        session_key: session,
        ordinal: null,
        meeting_no: meeting.meeting_no,
        meeting_start_time: at(told.meeting_start_time),
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
        is_external: isList ? participant.is_external : null,
        accept_status: isList ? participant.accept_status : null,
        webinar_user_role: isList ? participant.webinar_user_role : null,
        unparsed: null,
      },
    };
  });
  return rows.map((row) => {
    const rivals = rows.filter(({ session }) => session === row.session).map(({ cells }) => cells);
    const ordinal = ordinalOf(row.cells, rivals);
    const row_key = hash('row', 'participants', row.session, ordinal);
    return { ...row, cells: { ...row.cells, row_key, ordinal } };
  });
}

function sessionKey(
  meeting: TrueMeeting,
  { participant_name, join_time }: TrueParticipant,
  { user_id, room_id }: { user_id: string | null; room_id: string | null },
): string {
  const key = meetingKey(meeting);
  // A room that has a user id too is asked as a room.
  if (room_id !== null) return hash('session', key, 'room_id', room_id, join_time);
  if (user_id !== null) return hash('session', key, 'user_id', user_id, join_time);
  return hash('session', key, 'participant_name', participant_name, join_time);
}

const isAskable = ({ user_id, room_id }: ParticipantRow): boolean => user_id !== null || room_id !== null;

const ONLY_IN_LIST = /^network_|_volume_db$|_maximum_resolution_|_framerate_fps_|^system_avg_cpu_usage_pct$/;
const ONLY_IN_FILE = /^(audio|video|screen_sharing)_packet_loss_|^client_min_cpu_usage_pct$/;

function minuteRows(tenant: Tenant, row: ParticipantRow, { source }: DayAsk): Cells[] {
  if (!isAskable(row)) return [];
  const { meeting, told, participant, session, user_id, room_id } = row;
  return tenant.quality(meeting, participant).map((minute) => {
    const time = at(minute.time);
    return {
      row_key: hash('row', 'quality_minutes', session, time, 1),
      meeting_key: meetingKey(told),
      session_key: session,
      ordinal: 1,
      meeting_no: meeting.meeting_no,
      meeting_start_time: at(told.meeting_start_time),
      // The one that the session was asked by: a room by its own.
      user_id: room_id === null ? user_id : null,
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
function unitRow(tenant: Tenant, row: ParticipantRow, { source }: DayAsk, devices: ParticipantRow[]): Cells {
  const { meeting, told, participant, session, user_id, room_id, cells } = row;
  const asked = isAskable(row);
  const minutes = asked ? tenant.quality(meeting, participant).length : 0;
  const listPages = Math.max(1, Math.ceil(minutes / LIST_PAGE));
  const status = !asked ? 'skipped' : minutes === 0 ? 'empty' : 'done';
  return {
    row_key: hash('row', 'units', session, 1),
    meeting_key: meetingKey(told),
    session_key: session,
    ordinal: 1,
    meeting_no: meeting.meeting_no,
    meeting_start_time: at(told.meeting_start_time),
    user_id,
    room_id,
    participant_name: cells['participant_name'] ?? null,
    device: cells['device'] ?? null,
    join_time: at(participant.join_time),
    status,
    reason: status === 'done' ? null : true,
    rows: minutes,
    pages: asked ? { list: listPages, export: 1, both: listPages + 1 }[source] : 0,
    // When it was depends on the run; months after the day nothing changes any more.
    asked_at: asked ? true : null,
    settled: asked ? true : null,
    code: null,
    minutes_expected: Math.min(...devices.map(minutesExpected)),
    unparsed: null,
  };
}

/** Minutes of the clock that a stay touches; of one that was interrupted, those that it can have touched. */
function minutesExpected({ participant }: ParticipantRow): number {
  const { join_time, leave_time, time_in_meeting_s } = participant;
  const touched = Math.ceil(leave_time / 60) - Math.floor(join_time / 60);
  return Math.min(Math.max(1, touched), Math.max(1, Math.ceil(time_in_meeting_s / 60) + 1));
}

/** What cannot be foretold is that there is something: the words of a reason, the moment of an ask. */
export function asExpected(row: Cells): Cells {
  const isThere = (column: string) => typeof row[column] === 'string' && row[column].trim() !== '';
  const there = ['reason', 'asked_at'].filter(isThere);
  return { ...row, ...Object.fromEntries(there.map((column) => [column, true])) };
}

function reservationRows(tenant: Tenant, { from, to }: { from: number; to: number }, ask: DayAsk): Cells[] {
  const rooms = tenant.directory.rooms.filter((room) => room.path.includes(ask.room_level_id));
  const inLevel = new Set(rooms.map((room) => room.room_id));
  const isListed = ask.enrich?.includes('reservations') ?? false;
  const isAlone = (name: string): boolean => rooms.filter((room) => room.name === name).length === 1;
  const rows = tenant
    .reservations(from, to)
    .filter((row) => inLevel.has(row.room_id))
    .map((row) => ({
      key: [row.room_name, at(row.event_start_time), row.reserver] as const,
      cells: {
        room_id: isListed || isAlone(row.room_name) ? row.room_id : null,
        ...reservationCells(row),
        ...(isListed ? onlyListed(row) : { reserver_user_id: null, is_release_early: null }),
        unparsed: null,
      },
    }));
  return rows.map(({ key, cells }) => {
    const rivals = rows.filter((row) => row.key.every((part, index) => part === key[index])).map((row) => row.cells);
    const ordinal = ordinalOf(cells, rivals);
    return { row_key: hash('row', 'reservations', ...key, ordinal), ordinal, ...cells };
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
  };
}

function onlyListed({ reserver_user_ids, is_release_early }: TrueReservation): Cells {
  return { reserver_user_id: reserver_user_ids?.open_id ?? null, is_release_early };
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
    is_external, number_of_webinar_viewers, reserved_rooms, ai_note, has_related_document, open_id, unparsed`),
  participants: words(`row_key, meeting_key, session_key, ordinal, meeting_no, meeting_start_time, meeting_end_time,
    participant_name, department, user_id, meeting_room_id, employee_id, phone, email, device, app_version, public_ip,
    internal_ip, use_rtc_proxy, location, network_type, protocol, microphone, speaker, camera, audio, video, sharing,
    join_time, leave_time, time_in_meeting_s, leave_reason, is_external, accept_status, webinar_user_role, unparsed`),
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
    check_in_device, room_check_in_status, check_in_time, releasing_person, releasing_time, reserver_user_id,
    is_release_early, unparsed`),
  units: words(`row_key, meeting_key, session_key, ordinal, meeting_no, meeting_start_time, user_id, room_id,
    participant_name, device, join_time, status, reason, rows, pages, asked_at, settled, code, minutes_expected, unparsed`),
};
