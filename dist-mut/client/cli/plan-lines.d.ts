/** A plan as lines for people. */
import type { BackfillPlan } from '../../workflows/messages.ts';
export declare function planLines(plan: BackfillPlan): string[];
