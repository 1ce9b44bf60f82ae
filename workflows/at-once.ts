/** How much of a day runs side by side. */

/** Meetings side by side where only their participants are asked for: a drain at continue-as-new waits for so many. */
export const MEETINGS_AT_ONCE = 30;
/**
 * With quality each meeting asks about its sessions side by side. So many of them keep a bucket busy; more would only
 * wait, and cost the server heartbeats. Whatever the size of its meetings, a day has as many of them under way.
 */
export const SESSIONS_AT_ONCE = 64;
/** Their lists are had ahead of the sessions, so that the one bucket does not wait for the other. */
export const MEETINGS_WITH_QUALITY_AT_ONCE = 24;
