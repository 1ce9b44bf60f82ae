/** How much of a day runs side by side. */
import type { QualitySource } from '../activities/index.ts';

/** Meetings side by side where only their participants are asked for: a drain at continue-as-new waits for so many. */
export const MEETINGS_AT_ONCE = 30;
/** With quality their lists are had ahead of the sessions, so that the one bucket does not wait for the other. */
export const MEETINGS_WITH_QUALITY_AT_ONCE = 24;

interface Sessions {
  /** Those under way last so long at the full rate. */
  seconds: number;
  least: number;
  most: number;
}
/**
 * Enough while a worker that has died is found out and replaced. More would only wait for their calls, and each call that
 * waits costs the server heartbeats.
 */
const BY_LIST: Sessions = { seconds: 15, least: 24, most: 64 };
/** Most of them wait for their tasks, which costs nothing. */
const BY_TASK: Sessions = { seconds: 60, least: 64, most: 128 };

/** Then the machine is the limit. */
const WITHOUT_LIMIT = 64;

/** So many sessions side by side keep an endpoint in use. */
export function sessionsAtOnce(callsPerSecond: number | null, source: QualitySource): number {
  const { seconds, least, most } = source === 'list' ? BY_LIST : BY_TASK;
  if (callsPerSecond === null) return WITHOUT_LIMIT;
  return Math.min(most, Math.max(least, Math.ceil(callsPerSecond * seconds)));
}
