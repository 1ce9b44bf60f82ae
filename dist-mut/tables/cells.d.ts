/**
 * One text cell to one typed value. Formats are those of Feishu's export overview; whatever else stands in a cell is
 * not guessed at: it comes back as unparsed, with its text.
 */
import type { CellKind } from './columns.ts';
/** A wall-clock time, as the unix seconds it would have in UTC, and the offset written next to it. */
export interface WrittenTime {
    wall: number;
    /** Seconds east of UTC; null where none is written. */
    offset: number | null;
}
export type Parsed = {
    value: string | number | boolean | null;
} | {
    unparsed: string;
};
/** The text, or null where the cell says that there is no value. A `name` has none only where no character stands. */
export declare function presentText(kind: CellKind, text: string | null): string | null;
/**
 * `2022.07.21 11:01:40 (GMT+08:00)`, also with `/` or `-`, without seconds, without an offset. The year stands first:
 * day and month in another order are never guessed. Null where the text is no such time or no day of the calendar.
 */
export declare function readTime(text: string): WrittenTime | null;
/**
 * Unix seconds. A time without an offset takes that of the sibling nearest to it, so that a row that spans a change of
 * the clocks keeps its order; without any sibling it is a wall-clock time of `zone`.
 */
export declare function resolveTime(time: WrittenTime, siblings: readonly WrittenTime[], zone: string): number;
/** Every kind but `timestamp`, which needs its siblings: `readTime` and `resolveTime`. */
export declare function readCell(kind: Exclude<CellKind, 'timestamp'>, text: string | null): Parsed;
