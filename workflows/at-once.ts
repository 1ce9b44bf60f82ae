/** How much of a day runs side by side. */

/** Meetings side by side where only their participants are asked for: a drain at continue-as-new waits for so many. */
export const MEETINGS_AT_ONCE = 30;
/**
 * With quality each meeting asks about its sessions side by side. Some 100 of them keep a bucket busy, through the loss of
 * the process that makes the calls too; many more would only wait, and cost the server heartbeats and retries.
 */
export const MEETINGS_WITH_QUALITY_AT_ONCE = 24;
const SESSIONS_AT_ONCE = { least: 12, most: 40, together: 120 };

/** A day of few meetings asks about more of each one's sessions at once. */
export function sessionsAtOnce(meetings: number): number {
  const { least, most, together } = SESSIONS_AT_ONCE;
  return Math.min(most, Math.max(least, Math.ceil(together / Math.max(1, meetings))));
}
