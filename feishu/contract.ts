/**
 * The Feishu (Lark) VC API as documented: endpoints, request fields, response shapes, error codes.
 * Pure data and types; the HTTP client and the sandbox both stand on it.
 */

/** One entry per documented endpoint. `path` is the route template that Feishu counts calls by. */
export const ENDPOINTS = {
  tenantAccessToken: { id: 'A1', method: 'POST', path: '/open-apis/auth/v3/tenant_access_token/internal' },
  resendAppTicket: { id: 'A3', method: 'POST', path: '/open-apis/auth/v3/app_ticket/resend' },
  storeAppToken: { id: 'A4', method: 'POST', path: '/open-apis/auth/v3/app_access_token' },
  storeTenantToken: { id: 'A5', method: 'POST', path: '/open-apis/auth/v3/tenant_access_token' },
  userTokenV2: { id: 'A7', method: 'POST', path: '/open-apis/authen/v2/oauth/token' },
  userTokenV3: { id: 'A8', method: 'POST', path: '/oauth/v3/token' },
  deviceAuthorization: { id: 'A10', method: 'POST', path: '/oauth/v1/device_authorization' },
  userInfo: { id: 'A11', method: 'GET', path: '/open-apis/authen/v1/user_info' },
  createMeetingExport: { id: 'E1', method: 'POST', path: '/open-apis/vc/v1/exports/meeting_list' },
  createParticipantExport: { id: 'E2', method: 'POST', path: '/open-apis/vc/v1/exports/participant_list' },
  createQualityExport: { id: 'E3', method: 'POST', path: '/open-apis/vc/v1/exports/participant_quality_list' },
  createReservationExport: { id: 'E4', method: 'POST', path: '/open-apis/vc/v1/exports/resource_reservation_list' },
  getExport: { id: 'E5', method: 'GET', path: '/open-apis/vc/v1/exports/:task_id' },
  downloadExport: { id: 'E6', method: 'GET', path: '/open-apis/vc/v1/exports/download' },
  listMeetings: { id: 'L1', method: 'GET', path: '/open-apis/vc/v1/meeting_list' },
  listParticipants: { id: 'L2', method: 'GET', path: '/open-apis/vc/v1/participant_list' },
  listParticipantQuality: { id: 'L3', method: 'GET', path: '/open-apis/vc/v1/participant_quality_list' },
  listReservations: { id: 'L4', method: 'GET', path: '/open-apis/vc/v1/resource_reservation_list' },
  listRoomLevels: { id: 'R1', method: 'GET', path: '/open-apis/vc/v1/room_levels' },
  listRooms: { id: 'R2', method: 'GET', path: '/open-apis/vc/v1/rooms' },
} as const satisfies Record<string, Endpoint>;

export interface Endpoint {
  /** Number used across this project's documentation: E1 to E6, L1 to L4, R1, R2; A1 and on for whoever hands out tokens. */
  id: string;
  method: 'GET' | 'POST';
  path: string;
}
export type EndpointName = keyof typeof ENDPOINTS;

/** Calls that hand out tokens, by path: what they are refused, the app or its user is refused. */
export const TOKEN_PATHS: ReadonlySet<string> = new Set(
  [
    ENDPOINTS.tenantAccessToken,
    ENDPOINTS.resendAppTicket,
    ENDPOINTS.storeAppToken,
    ENDPOINTS.storeTenantToken,
    ENDPOINTS.userTokenV2,
    ENDPOINTS.userTokenV3,
  ].map(({ path }) => path),
);

/** A6: the page on which a person agrees; on the host of the consent pages, as A8 and A10 are. */
export const AUTHORIZE_PATH = '/open-apis/authen/v1/authorize';

/** The four export jobs; also the four XLSX layouts and the four list resources. */
export const EXPORT_RESOURCES = [
  'meeting_list',
  'participant_list',
  'participant_quality_list',
  'resource_reservation_list',
] as const;
export type ExportResource = (typeof EXPORT_RESOURCES)[number];

export const CREATE_ENDPOINT: Record<ExportResource, EndpointName> = {
  meeting_list: 'createMeetingExport',
  participant_list: 'createParticipantExport',
  participant_quality_list: 'createQualityExport',
  resource_reservation_list: 'createReservationExport',
};
export const LIST_ENDPOINT: Record<ExportResource, EndpointName> = {
  meeting_list: 'listMeetings',
  participant_list: 'listParticipants',
  participant_quality_list: 'listParticipantQuality',
  resource_reservation_list: 'listReservations',
};

/** The most elements that a page of a list may have. */
export const PAGE_SIZE = 100;

/** The field of a page that holds its elements. */
export const PAGE_ITEMS = {
  meeting_list: 'meeting_list',
  participant_list: 'participants',
  participant_quality_list: 'participant_quality_list',
  resource_reservation_list: 'room_reservation_list',
  rooms: 'rooms',
} as const satisfies Record<ExportResource | 'rooms', string>;

export type UserIdType = 'open_id' | 'union_id' | 'user_id';

export interface FeishuErrorDetail {
  log_id?: string;
  logid?: string;
  message?: string;
  troubleshooter?: string;
  field_violations?: { field?: string; value?: string; description?: string }[];
  permission_violations?: { type?: string; subject?: string; description?: string }[];
  helps?: { url?: string; description?: string }[];
}

/** E5. `status`: 1 processing, 2 failed, 3 done. `fail_msg` means something only with 2, `file_token` only with 3. */
export interface ExportTask {
  status: 1 | 2 | 3;
  url?: string;
  file_token?: string;
  fail_msg?: string;
}

export interface Page {
  has_more?: boolean;
  page_token?: string;
}
export interface MeetingListPage extends Page {
  meeting_list?: MeetingInfo[];
}
/** L1 row. `meeting_id` is the 9-digit meeting number; `meeting_instance_id` is the unique id. */
export interface MeetingInfo {
  meeting_id?: string;
  meeting_topic?: string;
  meeting_type?: number;
  organizer?: string;
  department?: string;
  user_id?: string;
  employee_id?: string;
  email?: string;
  mobile?: string;
  meeting_start_time?: string;
  meeting_end_time?: string;
  meeting_duration?: string;
  number_of_participants?: string;
  number_of_devices?: string;
  audio?: boolean;
  video?: boolean;
  sharing?: boolean;
  recording?: boolean;
  telephone?: boolean;
  reserved_rooms?: { room_id?: string; room_name?: string }[];
  has_related_document?: boolean;
  ai_note?: boolean;
  is_external?: boolean;
  meeting_subtype?: number;
  meeting_instance_id?: string;
  number_of_webinar_viewers?: string;
}
export interface ParticipantListPage extends Page {
  participants?: Participant[];
}
/** L2 row. Either `user_id` (people) or `meeting_room_id` (Rooms devices); guests and phone callers have neither. */
export interface Participant {
  participant_name?: string;
  department?: string;
  user_id?: string;
  meeting_room_id?: string;
  employee_id?: string;
  phone?: string;
  email?: string;
  device?: string;
  app_version?: string;
  public_ip?: string;
  internal_ip?: string;
  use_rtc_proxy?: boolean;
  location?: string;
  network_type?: string;
  protocol?: string;
  microphone?: string;
  speaker?: string;
  camera?: string;
  audio?: boolean;
  video?: boolean;
  sharing?: boolean;
  join_time?: string;
  leave_time?: string;
  time_in_meeting?: string;
  leave_reason?: string;
  accept_status?: number;
  is_external?: boolean;
  webinar_user_role?: string;
}
export interface ParticipantQualityPage extends Page {
  participant_quality_list?: Quality[];
}
/** One element of L3. Each group carries its own minute in `time`; they need not agree. */
export interface Quality {
  network?: QualityNetwork;
  audio?: QualityAudio;
  video?: QualityVideo;
  screen_sharing?: QualityVideo;
  cpu_usage?: QualityCpu;
}
export interface QualityNetwork {
  time?: string;
  network_delay?: string;
  bitrate_received?: string;
  packet_loss_avg_received?: string;
  packet_loss_max_received?: string;
  bitrate_sent?: string;
  packet_loss_avg_sent?: string;
  packet_loss_max_sent?: string;
}
export interface QualityAudio {
  time?: string;
  mic_input_volume?: string;
  speaker_volume?: string;
  bitrate_received?: string;
  latency_received?: string;
  jitter_received?: string;
  bitrate_sent?: string;
  latency_sent?: string;
  jitter_sent?: string;
}
export interface QualityVideo {
  time?: string;
  bitrate_received?: string;
  latency_received?: string;
  jitter_received?: string;
  maximum_resolution_received?: string;
  framerate_received?: string;
  bitrate_sent?: string;
  latency_sent?: string;
  jitter_sent?: string;
  maximum_resolution_sent?: string;
  framerate_sent?: string;
}
/** The documented example of `time` has no offset. */
export interface QualityCpu {
  time?: string;
  client_avg_cpu_usage?: string;
  client_max_cpu_usage?: string;
  system_avg_cpu_usage?: string;
  system_max_cpu_usage?: string;
}
export interface ReservationListPage extends Page {
  room_reservation_list?: Reservation[];
}
export interface Reservation {
  room_id?: string;
  room_name?: string;
  event_title?: string;
  reserver?: string;
  reserver_user_id?: string;
  department_of_reserver?: string;
  guests_number?: string;
  accepted_number?: string;
  event_start_time?: string;
  event_end_time?: string;
  event_duration?: string;
  reservation_status?: string;
  check_in_device?: string;
  room_check_in_status?: string;
  check_in_time?: string;
  is_release_early?: string;
  releasing_person?: string;
  releasing_time?: string;
}
export interface RoomLevelsPage extends Page {
  items?: RoomLevel[];
}
export interface RoomLevel {
  room_level_id?: string;
  name?: string;
  parent_id?: string;
  path?: string[];
  has_child?: boolean;
  custom_group_id?: string;
}
export interface RoomsPage extends Page {
  rooms?: Room[];
}
export interface Room {
  room_id?: string;
  name?: string;
  capacity?: number;
  description?: string;
  display_id?: string;
  custom_room_id?: string;
  room_level_id?: string;
  path?: string[];
}

/** Feishu codes that decide what happens next. Source: the error tables of each endpoint and the generic code page. */
export const CODES = {
  throttled: 99991400,
  ipNotAllowed: 99991401,
  monthlyQuotaUsedUp: 99991403,
  noToken: 99991661,
  tenantTokenInvalid: 99991663,
  appTokenInvalid: 99991664,
  tenantCodeInvalid: 99991665,
  userTokenInvalid: 99991668,
  tokenFormat: 99991671,
  scopeMissing: 99991672,
  appUnavailable: 99991673,
  appNotInUse: 99991662,
  tokenNoPermission: 99991676,
  userTokenExpired: 99991677,
  userScopeMissing: 99991679,
  fieldValidation: 99992402,
  internal: 121001,
  notSupported: 121002,
  paramError: 121003,
  dataNotExist: 121004,
  noPermission: 121005,
  meetingNoInvalid: 126003,
  meetingNoLength: 126004,
  startTimeError: 126005,
  windowTooLong: 126006,
  userAndRoom: 126007,
  tooManyFilters: 126008,
  meetingNotFound: 126009,
  deviceNotFound: 126010,
  roomIdNotSupported: 126015,
  upcomingTooLong: 126016,
  busy: 2200,
  appTicketInvalid: 10012,
  notAStoreApp: 10016,
} as const;

/** Codes of the token endpoints A7 and A8. */
export const OAUTH_CODES = {
  parameterMissing: 20001,
  clientSecretInvalid: 20002,
  codeNotFound: 20003,
  codeExpired: 20004,
  userUnknown: 20008,
  appNotInstalled: 20009,
  userMayNotUseApp: 20010,
  otherClient: 20024,
  refreshTokenInvalid: 20026,
  scopeNotOfApp: 20027,
  grantTypeUnsupported: 20036,
  refreshTokenExpired: 20037,
  appUnknown: 20048,
  pkceFailed: 20049,
  serverError: 20050,
  refreshTokenRevoked: 20064,
  codeUsed: 20065,
  userInBadState: 20066,
  scopeTwice: 20067,
  scopeNotGranted: 20068,
  appNotEnabled: 20069,
  twoClientMethods: 20070,
  redirectDiffers: 20071,
  unavailable: 20072,
  refreshTokenUsed: 20073,
  refreshSwitchedOff: 20074,
} as const;
