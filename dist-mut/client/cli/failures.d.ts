export declare const EXIT: {
    readonly done: 0;
    readonly failed: 1;
    readonly usage: 2;
};
interface Report {
    what: string;
    why: string;
    next: string;
}
/** An error that a command words itself. */
export declare class CliError extends Error {
    readonly name = "CliError";
    readonly report: Report;
    readonly exitCode: number;
    constructor(report: Report, { exitCode, cause }?: {
        exitCode?: number;
        cause?: unknown;
    });
}
/** Thrown when a person or the system says stop: nothing failed, and nothing more is to be said. Exit 128 + signal. */
export declare class Interrupted extends Error {
    readonly name = "Interrupted";
    readonly exitCode: number;
    constructor(exitCode: number);
}
/** @returns the exit code; writes the report to `stderr`, where there is one */
export declare function reportFailure(error: unknown, stderr: {
    write(text: string): unknown;
}): number;
export {};
