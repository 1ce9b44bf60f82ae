/** A month's quota that is used up, and other waits whose end is known: kept from being asked again, and told. */
import type { CallDeps, Profile } from '../deps.ts';
import { waitFailure } from '../failures.ts';
import { MONTHLY_PROBE_MS } from './retry-policy.ts';

/** Others wait so long for what the first look after an hour says. */
const PROBE_ALONE_MS = 30_000;
/** Shorter waits are the ordinary rhythm of a full quota. */
const WORTH_TELLING_MS = 90_000;

/** @throws ApplicationFailure that comes back when the quota is to be looked at again */
export function refuseWhileUsedUp(deps: CallDeps, profile: Profile): void {
  const cappedUntil = deps.pacer.cappedUntil(profile.quotaOf);
  if (cappedUntil === undefined) return;
  tell(deps, profile, cappedUntil);
  const message = 'the monthly quota of the app is used up; one call an hour looks whether it is back';
  throw waitFailure('MonthlyQuotaUsedUp', message, cappedUntil - Date.now());
}

/** Where the quota was used up: the first to look after an hour goes alone. `passed`: it is back. */
export function takeQuotaProbe(deps: CallDeps, { quotaOf }: Profile): { passed(): void } {
  const isProbe = deps.usedUp.has(quotaOf);
  if (isProbe) deps.pacer.cap(quotaOf, Date.now() + PROBE_ALONE_MS);
  return {
    passed() {
      if (!isProbe) return;
      deps.usedUp.delete(quotaOf);
      deps.outages.knownWaits.end(quotaOf);
    },
  };
}

export function noteQuotaUsedUp(deps: CallDeps, profile: Profile): void {
  const untilMs = Date.now() + MONTHLY_PROBE_MS;
  deps.usedUp.add(profile.quotaOf);
  deps.pacer.cap(profile.quotaOf, untilMs);
  tell(deps, profile, untilMs);
}

/** `bucket`: `<host>|<app>|GET /open-apis/…`. */
export function noteLongWait({ pacer, outages }: CallDeps, bucket: string): void {
  const { nextFreeMs } = pacer.load(bucket);
  if (nextFreeMs < WORTH_TELLING_MS || nextFreeMs === Infinity) return;
  const seconds = Math.ceil(nextFreeMs / 1000);
  const reason = `Feishu, which asked to wait ${seconds} s with ${bucket.split('|').at(-1)}`;
  outages.knownWaits.add(bucket, { reason, untilMs: outages.nowMs + nextFreeMs });
}

function tell({ outages }: CallDeps, { quotaOf }: Profile, nextLookMs: number): void {
  const next = new Date(nextLookMs).toISOString();
  const back = firstOfNextMonth(Date.now());
  const reason = `the app's monthly quota, which is used up; expected back ${back}, next look ${next}`;
  // It is told until the look has brought something.
  outages.knownWaits.add(quotaOf, { reason, untilMs: nextLookMs + PROBE_ALONE_MS });
}

function firstOfNextMonth(atMs: number): string {
  const at = new Date(atMs);
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)).toISOString().slice(0, 10);
}
