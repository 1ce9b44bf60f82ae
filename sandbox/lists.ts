/** Rows as the list APIs show them. Missing values are absent fields. */
import type { MeetingInfo, Participant, Quality, Reservation, UserIdType } from '../feishu/contract.ts';
import type { SeenMeeting, SeenParticipant } from './queries.ts';
import type { TrueQualityMinute, TrueReservation } from './truth.ts';
import { clockText, looseClockText } from './zone.ts';
import type { Zone } from './zone.ts';

type Text = string | null | undefined;

/** Every field of a documented row, with null where there is no value. */
type Fields<T> = { [K in keyof T]-?: T[K] | null | undefined };
type JsonObject = Record<string, unknown>;

const present = (fields: object): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

export interface ListFormat {
  zone: Zone;
  userIdType: UserIdType;
}

export function meetingInfo(meeting: SeenMeeting, { zone, userIdType }: ListFormat): JsonObject {
  const fields: Fields<MeetingInfo> = {
    meeting_id: meeting.meeting_no,
    meeting_topic: meeting.meeting_topic,
    meeting_type: meeting.meeting_type,
    organizer: meeting.organizer,
    department: meeting.department,
    user_id: meeting.user_ids?.[userIdType],
    employee_id: meeting.employee_id,
    email: meeting.email,
    mobile: meeting.mobile,
    meeting_start_time: zone.stamp(meeting.meeting_start_time),
    meeting_end_time: stamp(zone, meeting.meeting_end_time),
    meeting_duration: clockText(meeting.meeting_duration_s),
    number_of_participants: String(meeting.number_of_participants),
    number_of_devices: String(meeting.number_of_devices),
    audio: meeting.audio,
    video: meeting.video,
    sharing: meeting.sharing,
    recording: meeting.recording,
    telephone: meeting.telephone,
    has_related_document: meeting.has_related_document,
    ai_note: meeting.ai_note,
    is_external: meeting.is_external,
    meeting_subtype: meeting.meeting_subtype,
    meeting_instance_id: meeting.meeting_instance_id,
    number_of_webinar_viewers: count(meeting.number_of_webinar_viewers),
    // Upcoming meetings only, which no list shows.
    reserved_rooms: null,
  };
  return present(fields);
}

const stamp = (zone: Zone, unix: number | null): Text => (unix === null ? null : zone.stamp(unix));
const count = (value: number | null): Text => (value === null ? null : String(value));

/** A user id that a room bears besides its own, made of that one. */
export const userIdOfRoom = (roomId: string): string => `ou_${roomId.slice('omm_'.length)}`;

export function participant(
  row: SeenParticipant,
  { zone, userIdType, roomsHaveUserIds }: ListFormat & { roomsHaveUserIds: boolean },
): JsonObject {
  const idOfRoom = roomsHaveUserIds && row.meeting_room_id !== null ? userIdOfRoom(row.meeting_room_id) : null;
  const { user_ids: ids, join_time: joinTime, leave_time: leaveTime, time_in_meeting_s: seconds, ...plain } = row;
  const fields: Fields<Participant> = {
    ...plain,
    user_id: ids?.[userIdType] ?? idOfRoom,
    join_time: zone.stamp(joinTime),
    leave_time: stamp(zone, leaveTime),
    time_in_meeting: clockText(seconds),
  };
  return present(fields);
}

type Suffix = 'ms' | 'kbps' | '%' | 'dB' | 'fps';
const unit = (value: number | null, suffix: Suffix): Text => (value === null ? null : `${value}${suffix}`);

interface QualityFormat {
  zone: Zone;
  /** Each element then carries the CPU figures of the minute after its own. */
  lateCpu: boolean;
}

export function qualityElements(minutes: TrueQualityMinute[], { zone, lateCpu }: QualityFormat): JsonObject[] {
  return minutes.map((minute, index) => {
    const cpuMinute = lateCpu ? minutes[index + 1] : minute;
    const groups: Fields<Quality> = {
      network: minute.network_delay_ms === null ? null : networkGroup(minute, zone),
      audio: minute.audio_bitrate_kbps_received === null ? null : audioGroup(minute, zone),
      video: minute.video_bitrate_kbps_received === null ? null : pictureGroup(minute, 'video', zone),
      screen_sharing:
        minute.screen_sharing_bitrate_kbps_received === null ? null : pictureGroup(minute, 'screen_sharing', zone),
      cpu_usage: cpuMinute && cpuMinute.client_avg_cpu_usage_pct !== null ? cpuGroup(cpuMinute, zone) : null,
    };
    return present(groups);
  });
}

const networkGroup = (minute: TrueQualityMinute, zone: Zone): Record<string, Text> => ({
  time: zone.stamp(minute.time),
  network_delay: unit(minute.network_delay_ms, 'ms'),
  bitrate_received: unit(minute.network_bitrate_kbps_received, 'kbps'),
  packet_loss_avg_received: unit(minute.network_packet_loss_avg_pct_received, '%'),
  packet_loss_max_received: unit(minute.network_packet_loss_max_pct_received, '%'),
  bitrate_sent: unit(minute.network_bitrate_kbps_sent, 'kbps'),
  packet_loss_avg_sent: unit(minute.network_packet_loss_avg_pct_sent, '%'),
  packet_loss_max_sent: unit(minute.network_packet_loss_max_pct_sent, '%'),
});

const streamFields = (
  minute: TrueQualityMinute,
  medium: 'audio' | 'video' | 'screen_sharing',
): Record<string, Text> => ({
  bitrate_received: unit(minute[`${medium}_bitrate_kbps_received`], 'kbps'),
  latency_received: unit(minute[`${medium}_latency_ms_received`], 'ms'),
  jitter_received: unit(minute[`${medium}_jitter_ms_received`], 'ms'),
  bitrate_sent: unit(minute[`${medium}_bitrate_kbps_sent`], 'kbps'),
  latency_sent: unit(minute[`${medium}_latency_ms_sent`], 'ms'),
  jitter_sent: unit(minute[`${medium}_jitter_ms_sent`], 'ms'),
});

const audioGroup = (minute: TrueQualityMinute, zone: Zone): Record<string, Text> => ({
  time: zone.stamp(minute.time),
  mic_input_volume: unit(minute.audio_mic_input_volume_db, 'dB'),
  speaker_volume: unit(minute.audio_speaker_volume_db, 'dB'),
  ...streamFields(minute, 'audio'),
});

const pictureGroup = (
  minute: TrueQualityMinute,
  medium: 'video' | 'screen_sharing',
  zone: Zone,
): Record<string, Text> => ({
  time: zone.stamp(minute.time),
  ...streamFields(minute, medium),
  maximum_resolution_received: minute[`${medium}_maximum_resolution_received`],
  framerate_received: unit(minute[`${medium}_framerate_fps_received`], 'fps'),
  maximum_resolution_sent: minute[`${medium}_maximum_resolution_sent`],
  framerate_sent: unit(minute[`${medium}_framerate_fps_sent`], 'fps'),
});

const cpuGroup = (minute: TrueQualityMinute, zone: Zone): Record<string, Text> => ({
  time: zone.stampWithoutOffset(minute.time),
  client_avg_cpu_usage: unit(minute.client_avg_cpu_usage_pct, '%'),
  client_max_cpu_usage: unit(minute.client_max_cpu_usage_pct, '%'),
  system_avg_cpu_usage: unit(minute.system_avg_cpu_usage_pct, '%'),
  system_max_cpu_usage: unit(minute.system_max_cpu_usage_pct, '%'),
});

interface ReservationFormat {
  zone: Zone;
  needTopic: boolean;
}

export function reservation(row: TrueReservation, { zone, needTopic }: ReservationFormat): JsonObject {
  const fields: Fields<Reservation> = {
    room_id: row.room_id,
    room_name: row.room_name,
    event_title: needTopic ? row.event_title : null,
    reserver: row.reserver,
    reserver_user_id: row.reserver_user_ids?.open_id,
    department_of_reserver: row.department_of_reserver,
    guests_number: String(row.guests_number),
    accepted_number: String(row.accepted_number),
    event_start_time: zone.stamp(row.event_start_time),
    event_end_time: zone.stamp(row.event_end_time),
    event_duration: looseClockText(row.event_duration_s),
    reservation_status: row.reservation_status,
    check_in_device: row.check_in_device,
    room_check_in_status: row.room_check_in_status,
    check_in_time: stamp(zone, row.check_in_time),
    is_release_early: row.is_release_early,
    releasing_person: row.releasing_person,
    releasing_time: stamp(zone, row.releasing_time),
  };
  return present(fields);
}
