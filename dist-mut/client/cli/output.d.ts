import type { Progress } from '../../workflows/messages.ts';
export interface Output {
    /** A line for people. */
    say: (line: string) => void;
    /** The data of the command: as JSON with `--json`, else as lines. */
    print(data: unknown, lines: string[]): void;
    /** Shows how far something is, in place on a terminal, else line by line. */
    view(): ProgressView;
}
export interface ProgressView {
    show(progress: Progress): void;
    /** A line that stays. */
    note(line: string): void;
    /** Leaves the last state standing and ends the redrawing. */
    stop(): void;
}
export interface OutputStream {
    write(text: string): unknown;
    isTTY?: boolean;
    columns?: number;
}
export interface OutputOptions {
    json?: boolean | undefined;
    stdout?: NodeJS.WriteStream;
    stderr?: NodeJS.WriteStream;
}
export declare function createOutput(options?: OutputOptions): Output;
export declare function plainView(stream: OutputStream, nowMs?: () => number): ProgressView;
