/** The list of what exists: every workflow type that a worker of this product runs. */
export { apiLease } from './api-lease.js';
export { backfill } from './backfill.js';
export { exportDay } from './export-day.js';
export { exportResource } from './export-resource.js';
export { meetingQuality } from './meeting-quality.js';
export { participantQuality } from './participant-quality.js';
//# sourceMappingURL=index.js.map