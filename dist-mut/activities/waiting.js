/** What keeps a profile's calls from being made, in words for the operator. */
import { ENDPOINTS } from '../feishu/contract.js';
import { bucketOf, profileNamed } from './calls/call.js';
/** Shorter waits are the ordinary rhythm of a full quota. */
const WORTH_TELLING_MS = 90_000;
/** What keeps calls from being made, as any worker sees it. */
export function waitingActivities({ store }) {
    return {
        async describeWaiting(_input) {
            try {
                await store.tryWriting(1);
                return { waiting_for: null };
            }
            catch (error) {
                return { waiting_for: `the data folder: ${error instanceof Error ? error.message : String(error)}` };
            }
        },
    };
}
export function quotaActivities(deps) {
    return {
        /** `waiting_for`: null while calls are being made. Makes no call itself. */
        describeQuota(input) {
            const profile = profileNamed(deps, input.profile);
            const cappedUntil = deps.pacer.cappedUntil(profile.quotaOf);
            if (cappedUntil !== undefined) {
                const next = new Date(cappedUntil).toISOString();
                const back = firstOfNextMonth(Date.now());
                const waiting_for = `the app's monthly quota, which is used up; expected back ${back}, next look ${next}`;
                return Promise.resolve({ waiting_for });
            }
            for (const name of Object.keys(ENDPOINTS)) {
                const { nextFreeMs, waiting } = deps.pacer.load(bucketOf(profile, name));
                if (waiting === 0 || nextFreeMs < WORTH_TELLING_MS)
                    continue;
                const { method, path } = ENDPOINTS[name];
                const seconds = Math.ceil(nextFreeMs / 1000);
                return Promise.resolve({ waiting_for: `Feishu, which asked to wait ${seconds} s with ${method} ${path}` });
            }
            const { trouble } = deps.breaker;
            return Promise.resolve({ waiting_for: trouble === null ? null : `the data folder: ${trouble}` });
        },
    };
}
function firstOfNextMonth(atMs) {
    const at = new Date(atMs);
    return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)).toISOString().slice(0, 10);
}
//# sourceMappingURL=waiting.js.map