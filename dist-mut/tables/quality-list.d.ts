/**
 * Records of L3 by the minute. Each group of an element carries its own time, and these need not agree: in the
 * documented example the CPU time is a minute later than the others and has no offset.
 */
import type { Quality } from '../feishu/contract.ts';
import type { ReadContext, SourceRecord } from './records.ts';
/** The start of the minute, unix seconds. */
export declare function minuteOf(unix: number): number;
/**
 * One record for each minute of the elements of one session, all pages together; records of one minute in the order of
 * the answer. A minute that the answer has twice gives two records. A group without a readable time is of the minute of its element.
 */
export declare function qualityRecords(elements: Iterable<Quality>, context: ReadContext): SourceRecord[];
