/** The failure types that a workflow can end with; each message says what to do. */
export const FAILURE_TYPES = [
  'InvalidInput',
  'CredentialsRejected',
  'PermissionDenied',
  'ExportTaskFailed',
  'ExportTaskTimedOut',
  'UnreadableFile',
  'StoreUnavailable',
] as const;
export type FailureType = (typeof FAILURE_TYPES)[number];
