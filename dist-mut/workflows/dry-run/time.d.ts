import type { Pace } from '../../activities/index.ts';
import type { BackfillInput } from '../input.ts';
export interface TimedDay {
    calls: Record<string, number>;
    meetings: number;
}
export type Limit = NonNullable<Pace['limit']>;
export declare function expectedSeconds(input: BackfillInput, days: readonly TimedDay[], { limit, tasks }: {
    limit: Limit;
    tasks: Pace['tasks'];
}): number;
/** The endpoint whose calls take longest, and how many there are. */
export declare function busiestOf(days: readonly Record<string, number>[]): {
    endpoint: string;
    calls: number;
};
