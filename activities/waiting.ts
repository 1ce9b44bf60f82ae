/** What keeps a profile's calls from being made, in words for the operator. Any worker can say it. */
import { ApplicationFailure } from '@temporalio/common';
import { StoreError } from '../store/errors.ts';
import type { ApiTrouble, Deps } from './deps.ts';
import { notHere, profileNamed } from './profiles.ts';

/** One trial of the store answers for all that ask within this time. */
const TRIAL_EVERY_MS = 5000;
const TRIAL_BYTES = 4096;

export function waitingActivities(deps: Deps) {
  const store = new StoreLook(deps.store);

  return {
    /** `waiting_for`: null while nothing keeps calls from being made. Makes none itself. */
    async describeWaiting(input: { profile: string }): Promise<{ waiting_for: string | null }> {
      const here = await store.trouble();
      if (here) return { waiting_for: inWords(here) };
      const profile = await profileNamed(deps, input.profile).catch((error: unknown) => {
        if (error instanceof ApplicationFailure && error.type === 'ProfileNotHere') return null;
        throw error;
      });
      if (profile === null) return { waiting_for: notHere(input.profile) };
      const { held, troubles, inTheWay } = await deps.apiLeaseState(profile.quotaOf);
      const scopes = ['store', profile.apiHost, `profile ${profile.name}`, profile.quotaOf];
      const ofProfile = troubles.filter(
        ({ scope }) => scopes.includes(scope) || scope.startsWith(`${profile.quotaOf}|`),
      );
      const [first] = ofProfile.toSorted((a, b) => rank(scopes, a) - rank(scopes, b));
      if (first) return { waiting_for: inWords(first) };
      const nobody = 'no worker makes API calls at the moment: start one (FEISHU_ROLE all or api)';
      return { waiting_for: held ? null : (inTheWay ?? nobody) };
    },
  };
}

/** What concerns more comes first. */
function rank(scopes: string[], { scope }: ApiTrouble): number {
  const at = scopes.indexOf(scope);
  return at === -1 ? scopes.length : at;
}

function inWords({ scope, reason, sinceMs }: ApiTrouble): string {
  const since = `, since ${new Date(sinceMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (scope === 'store') return `the data folder: ${reason.replace(/\.$/, '')}${since}`;
  return /^https?:\/\/[^|]*$/.test(scope) ? `Feishu (${scope}): ${reason}${since}` : `${reason}${since}`;
}

/** Whether this worker can write, looked up now and then. */
class StoreLook {
  readonly #store: Pick<Deps['store'], 'tryWriting'>;
  #awaySinceMs: number | null = null;
  #last: { atMs: number; trouble: Promise<ApiTrouble | null> } | null = null;

  constructor(store: Pick<Deps['store'], 'tryWriting'>) {
    this.#store = store;
  }

  async trouble(): Promise<ApiTrouble | null> {
    const nowMs = Date.now();
    if (this.#last === null || nowMs - this.#last.atMs > TRIAL_EVERY_MS) {
      this.#last = { atMs: nowMs, trouble: this.#look(nowMs) };
    }
    return await this.#last.trouble;
  }

  async #look(nowMs: number): Promise<ApiTrouble | null> {
    try {
      await this.#store.tryWriting(TRIAL_BYTES);
      this.#awaySinceMs = null;
      return null;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#awaySinceMs ??= nowMs;
      return { scope: 'store', reason: error.message, sinceMs: this.#awaySinceMs };
    }
  }
}
