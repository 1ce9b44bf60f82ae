import { z } from 'zod';
import type {
  ExportResource,
  ExportTask,
  MeetingListPage,
  ParticipantListPage,
  ParticipantQualityPage,
  ReservationListPage,
  RoomLevelsPage,
  RoomsPage,
} from './contract.ts';

/** The page type of each list, by the name of its resource. */
export interface ListPages {
  meeting_list: MeetingListPage;
  participant_list: ParticipantListPage;
  participant_quality_list: ParticipantQualityPage;
  resource_reservation_list: ReservationListPage;
}

// Loose everywhere: fields that Feishu adds are kept. Null never reaches these schemas, it is read as absent.
const optional = <T extends z.ZodType>(schema: T) => schema.exactOptional();
const text = optional(z.string());
const flag = optional(z.boolean());
const number = optional(z.number());

/**
 * Ids and counts are documented as strings. A bare integer is taken as long as it is exact: beyond 2^53 its digits are already
 * lost when JSON has been parsed, so it is refused rather than handed on as another id.
 */
const digits = z.union([
  z.string(),
  z
    .int({ error: ({ input }) => (typeof input === 'number' ? 'not an exact integer' : 'expected an exact integer') })
    .transform((exact) => String(exact)),
]);
const id = optional(digits);

const meeting = z.looseObject({
  meeting_id: id,
  meeting_topic: text,
  meeting_type: number,
  organizer: text,
  department: text,
  user_id: id,
  employee_id: id,
  email: text,
  mobile: text,
  meeting_start_time: text,
  meeting_end_time: text,
  meeting_duration: text,
  number_of_participants: id,
  number_of_devices: id,
  audio: flag,
  video: flag,
  sharing: flag,
  recording: flag,
  telephone: flag,
  reserved_rooms: optional(z.array(z.looseObject({ room_id: id, room_name: text }))),
  has_related_document: flag,
  ai_note: flag,
  is_external: flag,
  meeting_subtype: number,
  meeting_instance_id: id,
  number_of_webinar_viewers: id,
});

const participant = z.looseObject({
  participant_name: text,
  department: text,
  user_id: id,
  meeting_room_id: id,
  employee_id: id,
  phone: text,
  email: text,
  device: text,
  app_version: text,
  public_ip: text,
  internal_ip: text,
  use_rtc_proxy: flag,
  location: text,
  network_type: text,
  protocol: text,
  microphone: text,
  speaker: text,
  camera: text,
  audio: flag,
  video: flag,
  sharing: flag,
  join_time: text,
  leave_time: text,
  time_in_meeting: text,
  leave_reason: text,
  accept_status: number,
  is_external: flag,
  webinar_user_role: id,
});

/** Documented as text with a unit; a bare number is one without, as the cells take it. */
const measure = optional(z.union([z.string(), z.number().transform(String)]));

const network = z.looseObject({
  time: text,
  network_delay: measure,
  bitrate_received: measure,
  packet_loss_avg_received: measure,
  packet_loss_max_received: measure,
  bitrate_sent: measure,
  packet_loss_avg_sent: measure,
  packet_loss_max_sent: measure,
});
const medium = {
  time: text,
  bitrate_received: measure,
  latency_received: measure,
  jitter_received: measure,
  bitrate_sent: measure,
  latency_sent: measure,
  jitter_sent: measure,
};
const audio = z.looseObject({ ...medium, mic_input_volume: measure, speaker_volume: measure });
const video = z.looseObject({
  ...medium,
  maximum_resolution_received: measure,
  framerate_received: measure,
  maximum_resolution_sent: measure,
  framerate_sent: measure,
});
const cpu = z.looseObject({
  time: text,
  client_avg_cpu_usage: measure,
  client_max_cpu_usage: measure,
  system_avg_cpu_usage: measure,
  system_max_cpu_usage: measure,
});
const quality = z.looseObject({
  network: optional(network),
  audio: optional(audio),
  video: optional(video),
  screen_sharing: optional(video),
  cpu_usage: optional(cpu),
});

const reservation = z.looseObject({
  room_id: id,
  room_name: text,
  event_title: text,
  reserver: text,
  reserver_user_id: text,
  department_of_reserver: text,
  guests_number: id,
  accepted_number: id,
  event_start_time: text,
  event_end_time: text,
  event_duration: text,
  reservation_status: text,
  check_in_device: text,
  room_check_in_status: text,
  check_in_time: text,
  is_release_early: text,
  releasing_person: text,
  releasing_time: text,
});

const roomLevel = z.looseObject({
  room_level_id: id,
  name: text,
  parent_id: id,
  path: optional(z.array(digits)),
  has_child: flag,
  custom_group_id: id,
});
const room = z.looseObject({
  room_id: id,
  name: text,
  capacity: number,
  description: text,
  display_id: id,
  custom_room_id: id,
  room_level_id: id,
  path: optional(z.array(digits)),
});

/** A page that promises more and does not say where would end a listing early, without an error. */
function pageOf<S extends z.ZodRawShape>(rows: S) {
  return z
    .looseObject({ has_more: flag, page_token: id, ...rows })
    .refine((page) => page['has_more'] !== true || (page['page_token'] ?? '') !== '', {
      path: ['page_token'],
      error: 'missing although has_more is true',
    });
}

export const LIST_PAGE: { [R in ExportResource]: z.ZodType<ListPages[R]> } = {
  meeting_list: pageOf({ meeting_list: optional(z.array(meeting)) }),
  participant_list: pageOf({ participants: optional(z.array(participant)) }),
  participant_quality_list: pageOf({ participant_quality_list: optional(z.array(quality)) }),
  resource_reservation_list: pageOf({ room_reservation_list: optional(z.array(reservation)) }),
};
export const ROOM_LEVELS_PAGE: z.ZodType<RoomLevelsPage> = pageOf({ items: optional(z.array(roomLevel)) });
export const ROOMS_PAGE: z.ZodType<RoomsPage> = pageOf({ rooms: optional(z.array(room)) });

// Both go on to a history, which takes no more than 2 MB at once.
const TASK_ID_AT_MOST = 256;
const FILE_TOKEN_AT_MOST = 4096;

export const CREATED: z.ZodType<{ task_id: string }> = z.looseObject({
  task_id: digits.pipe(z.string().min(1).max(TASK_ID_AT_MOST)),
});

export const EXPORT_TASK: z.ZodType<ExportTask> = z
  .looseObject({
    status: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    url: text,
    file_token: optional(z.string().max(FILE_TOKEN_AT_MOST)),
    fail_msg: text,
  })
  .refine((task) => task.status !== 3 || (task.file_token ?? '') !== '', {
    path: ['file_token'],
    error: 'missing although status is 3',
  });

/** A1 puts its payload at the top level. `expire`: seconds of remaining life. */
export const TENANT_TOKEN = z.looseObject({
  tenant_access_token: z.string().min(1),
  expire: z.number(),
});

/** A4 and A5, at the top level as well. */
export const STORE_APP_TOKEN = z.looseObject({ app_access_token: z.string().min(1), expire: z.number() });

/** A7 and A8. Seconds; a refresh token comes only where offline_access was granted. */
export const USER_TOKEN = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.coerce.number(),
  refresh_token: z.string().min(1).optional(),
  refresh_token_expires_in: z.coerce.number().optional(),
  scope: z.string().optional(),
});

/** A10, as RFC 8628 has it. */
export const DEVICE_AUTHORIZATION = z.looseObject({
  device_code: z.string().min(1),
  user_code: z.string().min(1),
  verification_uri: z.string().min(1),
  verification_uri_complete: z.string().optional(),
  expires_in: z.coerce.number().optional(),
  interval: z.coerce.number().optional(),
});

export const USER_INFO = z.looseObject({ open_id: z.string().optional(), name: z.string().optional() });

/** One text for each wrong field, by path, without its value; at most five. */
export function problemsIn(error: z.ZodError, at: string): string[] {
  const problems = error.issues.map((issue) => {
    const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return `${`${at}${path}`.replace(/^\./, '')}: ${wordsOf(issue)}`;
  });
  return problems.length <= 5 ? problems : [...problems.slice(0, 5), `and ${problems.length - 5} more`];
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  return issue.errors
    .map((branch) => branch[0]?.message ?? '')
    .filter((m) => m !== '')
    .join(', or ');
}
