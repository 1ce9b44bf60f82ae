import type { Deps } from './deps.ts';
export declare function runActivities(deps: Deps): {
    /** In words, for the operator. */
    whoRuns({ workflow_id }: {
        workflow_id: string;
    }): Promise<string>;
    /**
     * Ends when no run of that id is open any more; until then each attempt is one short look. Between two looks it
     * holds no slot of a worker and writes no history: any number of runs may wait without keeping others from work.
     */
    untilFree({ workflow_id }: {
        workflow_id: string;
    }): Promise<void>;
};
