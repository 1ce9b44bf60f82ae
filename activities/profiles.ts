/** Profiles by their names: a worker knows those of its settings, and the store knows those of every worker. */
import type { CallDeps, Deps, Profile } from './deps.ts';
import { retryPolicy } from './calls/retry-policy.ts';
import { failureOf, finalFailure, waitFailure } from './failures.ts';

/** The other worker, or this one with new settings, is soon there. */
const NOT_HERE_MS = 5000;
/** It is told so long after somebody has asked for the name. */
const TOLD_MS = 60_000;

/** In words for the operator: the store knows the name, and this worker does not. */
export function notHere(name: string): string {
  const known = `the profile "${name}" is known from store.json in the data folder, where a worker with it has been`;
  return `${known}, and not to the worker that was asked: restart that one with the same FEISHU_PROFILES, and the name in FEISHU_ALLOWED_PROFILES where that is set`;
}

/**
 * @throws ApplicationFailure `ProfileNotHere`, a wait, where another worker of this store knows the name: while settings are
 * rolled out, some workers do not have them yet. `InvalidInput` where none does.
 */
export async function profileNamed(
  deps: Pick<Deps, 'profile' | 'store'> & Partial<Pick<CallDeps, 'outages'>>,
  name: string,
): Promise<Profile> {
  const profile = deps.profile(name);
  if (profile) return profile;
  const known = await deps.store.claimedProfiles().catch((error: unknown) => {
    throw failureOf(retryPolicy(error, { before: 0, unknownAs: 'StoreUnavailable' }), error);
  });
  if (known.includes(name)) {
    const reason = notHere(name);
    // Where that one makes the calls, all of the profile's wait for it.
    deps.outages?.knownWaits.add(`profile ${name}`, { reason, untilMs: deps.outages.nowMs + TOLD_MS });
    throw waitFailure('ProfileNotHere', reason, NOT_HERE_MS);
  }
  const advice =
    'check its name, or add it to FEISHU_PROFILES (the default one is FEISHU_APP_ID and FEISHU_APP_SECRET), and to ' +
    'FEISHU_ALLOWED_PROFILES where that is set';
  throw finalFailure('InvalidInput', `profile: "${name}" is not configured on this worker, nor on another: ${advice}`);
}
