import { type DayInternal } from './day/lock.ts';
import { type ExportDayResult } from './messages.ts';
export declare function exportDay(input: unknown, internal?: DayInternal): Promise<ExportDayResult>;
