/** Results as lines for people. */
import type { Results } from '../handle.ts';
export declare function exportResourceLines(result: Results['exportResource']): string[];
export declare function meetingQualityLines(result: Results['meetingQuality']): string[];
export declare function exportDayLines(result: Results['exportDay']): string[];
export declare function backfillLines(result: Results['backfill']): string[];
