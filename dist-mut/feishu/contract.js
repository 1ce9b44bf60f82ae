/**
 * The Feishu (Lark) VC API as documented: endpoints, request fields, response shapes, error codes.
 * Pure data and types; the HTTP client and the sandbox both stand on it.
 */
/** One entry per documented endpoint. `path` is the route template that Feishu counts calls by. */
export const ENDPOINTS = {
    tenantAccessToken: { id: 'A1', method: 'POST', path: '/open-apis/auth/v3/tenant_access_token/internal' },
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
};
/** The four export jobs; also the four XLSX layouts and the four list resources. */
export const EXPORT_RESOURCES = [
    'meeting_list',
    'participant_list',
    'participant_quality_list',
    'resource_reservation_list',
];
export const CREATE_ENDPOINT = {
    meeting_list: 'createMeetingExport',
    participant_list: 'createParticipantExport',
    participant_quality_list: 'createQualityExport',
    resource_reservation_list: 'createReservationExport',
};
export const LIST_ENDPOINT = {
    meeting_list: 'listMeetings',
    participant_list: 'listParticipants',
    participant_quality_list: 'listParticipantQuality',
    resource_reservation_list: 'listReservations',
};
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
};
//# sourceMappingURL=contract.js.map