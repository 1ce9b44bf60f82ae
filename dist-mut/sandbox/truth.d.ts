/**
 * Plain typed truth behind every answer of the sandbox: instants as unix seconds, durations as whole seconds, missing
 * values as null. Field names are those of the list APIs.
 */
import type { UserIds } from './directory.ts';
export interface TrueMeeting {
    meeting_instance_id: string;
    /** Nine digits; shared by the occurrences of a series, at times twice on one day. */
    meeting_no: string;
    meeting_topic: string;
    meeting_type: 2 | 3;
    meeting_subtype: number;
    organizer: string;
    department: string | null;
    /** Null when a room started the meeting. */
    user_ids: UserIds | null;
    employee_id: string | null;
    email: string | null;
    mobile: string | null;
    meeting_start_time: number;
    meeting_end_time: number;
    meeting_duration_s: number;
    /** Distinct attendees: a person or room once, however many devices and rejoins; each guest and caller once. Without viewers. */
    number_of_participants: number;
    /** Accumulated devices: one for each device-session, that is for each participant row. */
    number_of_devices: number;
    audio: boolean;
    video: boolean;
    sharing: boolean;
    recording: boolean;
    telephone: boolean;
    has_related_document: boolean;
    ai_note: boolean;
    /** Only L1 with `include_external_meetings` shows it; E1 never does. */
    is_external: boolean;
    /** Only L1 with `include_webinar` shows it; E1 never does. */
    is_webinar: boolean;
    /** Null outside webinars. */
    number_of_webinar_viewers: number | null;
    /** How often the meeting's details were changed by `tenant.change`. */
    revision: number;
}
/** One row per device-session: a second device and a rejoin are rows of their own. */
export interface TrueParticipant {
    participant_name: string;
    department: string | null;
    /** Null for rooms, guests and phone callers. */
    user_ids: UserIds | null;
    /** Set for Rooms devices only. */
    meeting_room_id: string | null;
    employee_id: string | null;
    phone: string | null;
    email: string | null;
    /** Lower case, as the list API writes it; the XLSX has it in upper case. */
    device: string;
    app_version: string | null;
    public_ip: string | null;
    internal_ip: string | null;
    use_rtc_proxy: boolean;
    location: string | null;
    network_type: string | null;
    protocol: string | null;
    microphone: string | null;
    speaker: string | null;
    camera: string | null;
    audio: boolean;
    video: boolean;
    sharing: boolean;
    join_time: number;
    leave_time: number;
    time_in_meeting_s: number;
    leave_reason: string;
    accept_status: number;
    is_external: boolean;
    /** `0` panelist, `3` viewer; null outside webinars. */
    webinar_user_role: string | null;
}
type Direction = 'received' | 'sent';
export type Medium = 'audio' | 'video' | 'screen_sharing';
export type Loss = 'packet_loss_avg_pct' | 'packet_loss_max_pct';
type MediumNumber = 'bitrate_kbps' | 'latency_ms' | 'jitter_ms' | Loss;
type Picture = Exclude<Medium, 'audio'>;
export type QualityNumber = 'network_delay_ms' | `network_${'bitrate_kbps' | Loss}_${Direction}` | `${Medium}_${MediumNumber}_${Direction}` | 'audio_mic_input_volume_db' | 'audio_speaker_volume_db' | `${Picture}_framerate_fps_${Direction}` | 'client_min_cpu_usage_pct' | 'client_avg_cpu_usage_pct' | 'client_max_cpu_usage_pct' | 'system_avg_cpu_usage_pct' | 'system_max_cpu_usage_pct';
type QualityText = `${Picture}_maximum_resolution_${Direction}`;
/**
 * One minute of one session. The list shows no loss per medium and no client minimum CPU; the XLSX shows no network
 * group, volumes, resolutions, frame rates or system average CPU.
 */
export type TrueQualityMinute = {
    time: number;
} & Record<QualityNumber, number | null> & Record<QualityText, string | null> & {
    /** Columns where the XLSX says something else than the list (option `disagreementRate`). */
    export_says: Partial<Record<QualityNumber, number>>;
};
/** A minute of which nothing is known. */
export declare const NO_FIGURES: Readonly<Omit<TrueQualityMinute, 'time' | 'export_says'>>;
export interface TrueReservation {
    room_id: string;
    room_name: string;
    /** Hidden by both APIs unless `need_topic` is true. */
    event_title: string;
    reserver: string;
    reserver_user_ids: UserIds | null;
    department_of_reserver: string | null;
    guests_number: number;
    accepted_number: number;
    event_start_time: number;
    event_end_time: number;
    event_duration_s: number;
    reservation_status: string;
    check_in_device: string | null;
    room_check_in_status: string;
    check_in_time: number | null;
    is_release_early: string | null;
    releasing_person: string | null;
    releasing_time: number | null;
}
export type Dataset = 'meetings' | 'participants' | 'quality' | 'reservations';
export declare const DATASETS: ["meetings", "participants", "quality", "reservations"];
export {};
