import type { CallActivities } from '../../activities/index.ts';
import type { Steering } from './steering.ts';
type CallName = Exclude<keyof CallActivities, 'setRunHeld'>;
type CallInput<K extends CallName> = Omit<Parameters<CallActivities[K]>[0], 'version'>;
type CallResult<K extends CallName> = Awaited<ReturnType<CallActivities[K]>>;
export declare class ApiCalls {
    #private;
    constructor({ profile, taskQueue, steering }: {
        profile: string;
        taskQueue: string;
        steering: Steering;
    });
    /** What children are handed on. */
    get taskQueue(): string;
    /** @param summary what the operator reads in the Temporal UI; no names and no user ids */
    make<K extends CallName>(name: K, input: CallInput<K>, summary: string): Promise<CallResult<K>>;
}
export {};
