/** How much of a day runs side by side. */
import type { QualitySource } from '../activities/index.ts';

/** Meetings side by side where only their participants are asked for: a drain at continue-as-new waits for so many. */
export const MEETINGS_AT_ONCE = 30;
/** With quality their lists are had ahead of the sessions, so that the one bucket does not wait for the other. */
export const MEETINGS_WITH_QUALITY_AT_ONCE = 24;

/** Sessions under way last so long at the full rate: while a worker that has died is found out and replaced. */
const AHEAD_S = 15;
const SESSIONS = { least: 24, most: 64 };

/**
 * So many sessions side by side keep an endpoint in use. By the list more of them would only wait for their calls, and
 * each call that waits costs the server heartbeats; those that wait for export tasks cost nothing.
 */
export function sessionsAtOnce(callsPerSecond: number | null, source: QualitySource): number {
  if (callsPerSecond === null || source !== 'list') return SESSIONS.most;
  return Math.min(SESSIONS.most, Math.max(SESSIONS.least, Math.ceil(callsPerSecond * AHEAD_S)));
}
