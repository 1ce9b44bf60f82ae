/** The list of what exists: every workflow type that a worker of this product runs. */
export { apiLease } from './api-lease.ts';
export { backfill } from './backfill.ts';
export { exportDay } from './export-day.ts';
export { exportResource } from './export-resource.ts';
export { meetingQuality } from './meeting-quality.ts';
export { participantQuality } from './participant-quality.ts';
