import type { BackfillPlan } from '../messages.ts';
import { type Planning } from './count.ts';
export interface PlannedRange {
    from: string;
    to: string;
    days: number;
}
export declare function planBackfill(planning: Planning, range: PlannedRange): Promise<BackfillPlan>;
