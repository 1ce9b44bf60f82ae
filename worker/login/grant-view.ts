/** A grant for people: who, what, until when, and no token. */
import type { Grant } from '../../logins/index.ts';
import { oneLine } from '../../report/terminal.ts';

export interface GrantView {
  profile: string;
  app_id: string;
  host: string;
  user: string | null;
  open_id: string | null;
  scopes: string[];
  consented_at: string;
  refreshed_at: string;
  refreshes: number;
  access_until: string;
  /** Null: it cannot be refreshed. It moves with each refresh. */
  refresh_until: string | null;
  state: 'good' | 'broken' | 'over';
  /** Why, where it is not good; the next step begins it. */
  reason: string | null;
}

export function grantView(profile: string, grant: Grant, nowMs: number): GrantView {
  const { user, broken, refresh_token } = grant;
  const isOver = refresh_token === null && grant.access_expires_at <= nowMs;
  const again = `feishu-vc login --profile ${profile}`;
  return {
    profile,
    app_id: grant.app_id,
    host: grant.api_host,
    user: user.name,
    open_id: user.open_id,
    scopes: grant.scopes,
    consented_at: iso(grant.consented_at),
    refreshed_at: iso(grant.refreshed_at),
    refreshes: grant.refreshes,
    access_until: iso(grant.access_expires_at),
    refresh_until: grant.refresh_expires_at === null ? null : iso(grant.refresh_expires_at),
    state: broken !== null ? 'broken' : isOver ? 'over' : 'good',
    reason: broken !== null ? `${again}: ${broken.reason}` : isOver ? `${again}: it came without offline_access` : null,
  };
}

/** Feishu ends a log-in so long after the consent, however often it is renewed. */
const CONSENT_LASTS_MS = 365 * 86_400_000;

/** Unix ms: when it ends if nothing renews it, 0 for one that is broken; and when it ends in any case. */
export function endsOf(grant: Grant): { grantMs: number; consentMs: number } {
  const grantMs = grant.broken === null ? (grant.refresh_expires_at ?? grant.access_expires_at) : 0;
  return { grantMs, consentMs: grant.consented_at + CONSENT_LASTS_MS };
}

export function grantLine(view: GrantView): string {
  const who = [view.user, view.open_id === null ? null : `(${view.open_id})`].filter((part) => part !== null).join(' ');
  const until =
    view.refresh_until === null ? `ends ${view.access_until}` : `lasts until ${view.refresh_until} if nothing uses it`;
  const lines = [
    `Profile ${view.profile}: ${who || 'a user'}, ${view.state}, ${until}, refreshed ${view.refreshes} times`,
    `  scopes  ${view.scopes.join(' ')}`,
    ...(view.reason === null ? [] : [`  next    ${view.reason}`]),
  ];
  return lines.map(oneLine).join('\n');
}

const iso = (ms: number): string => new Date(ms).toISOString();
