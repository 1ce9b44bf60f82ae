import type { CallDeps, Deps } from './deps.ts';
/** What keeps calls from being made, as any worker sees it. */
export declare function waitingActivities({ store }: Deps): {
    describeWaiting(_input: {
        profile: string;
    }): Promise<{
        waiting_for: string | null;
    }>;
};
export declare function quotaActivities(deps: CallDeps): {
    /** `waiting_for`: null while calls are being made. Makes no call itself. */
    describeQuota(input: {
        profile: string;
    }): Promise<{
        waiting_for: string | null;
    }>;
};
