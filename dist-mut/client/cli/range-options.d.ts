/** Options that say which days a backfill is about, and in which order. */
import { type Command } from 'commander';
export declare const RANGE_FIELDS: readonly ['from', 'to', 'month', 'days_back', 'order', 'concurrency'];
export declare function addRangeOptions(command: Command): Command;
