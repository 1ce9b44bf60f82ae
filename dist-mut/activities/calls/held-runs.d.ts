import type { CallDeps } from '../deps.ts';
export declare function holdActivities({ pacer }: CallDeps): {
    setRunHeld(input: {
        run: string;
        fairness_key: string;
        held: boolean;
    }): Promise<void>;
};
/** @throws ApplicationFailure while the run of the current activity is held */
export declare function refuseWhileHeld({ pacer }: CallDeps): void;
