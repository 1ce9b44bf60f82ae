/** Progress of a run as text: bars for a terminal, one line for a log. Pure; the caller brings the clock and the width. */
import type { Progress } from '../workflows/messages.ts';
export interface FrameOptions {
    /** Characters per line; longer lines are cut. */
    columns: number;
    nowMs: number;
}
/** Several lines, for redrawing in place. */
export declare function progressFrame(progress: Progress, { columns, nowMs }: FrameOptions): string;
/** One line with the same facts. */
export declare function progressLine(progress: Progress, { nowMs }: {
    nowMs: number;
}): string;
/** A bar that is full only when everything is done; empty where the total is not known yet. */
export declare function bar({ done, total, width }: {
    done: number;
    total: number;
    width: number;
}): string;
/** `5 s`, `12 min`, `3 h 5 min`: what a person needs of it. */
export declare function duration(ms: number): string;
/** Thousands separated, the same on every machine. */
export declare function number(value: number): string;
/** `meetings 120 · participants 900` */
export declare function counts(values: Record<string, number | undefined>): string;
