/** What a log-in asks for, where nothing else is said: all that exports and lists need. */
export const EXPORT_SCOPE = 'vc:export';
/** Of the lists: the one that can be had today is for users only. */
export const LIST_SCOPE = { user: 'vc:rooms.room.detailinfo:read', app: 'vc:room:readonly' } as const;
/** For the user_id in answers and in files. */
export const USER_ID_SCOPE = 'contact:user.employee_id:readonly';
/** Without it no refresh token comes, and the log-in ends after two hours. */
export const LASTING_SCOPE = 'offline_access';

export const LOGIN_SCOPES: readonly string[] = [EXPORT_SCOPE, LIST_SCOPE.user, LIST_SCOPE.app, USER_ID_SCOPE];
