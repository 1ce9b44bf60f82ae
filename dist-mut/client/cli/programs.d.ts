declare const PROGRAMS: {
    readonly worker: 'worker/main.js';
    readonly rebuild: 'worker/programs/rebuild.js';
    readonly days: 'worker/programs/days.js';
    readonly sandbox: 'sandbox/main.js';
    readonly 'quality table': 'worker/programs/quality-table.js';
};
export type Program = keyof typeof PROGRAMS;
/** @throws CliError when the project is not built */
export declare function programPath(program: Program): Promise<string>;
/**
 * Runs a program in the foreground, on this terminal, and hands on the signals.
 * @returns its exit code; 128 + n where signal n ended it
 */
export declare function runProgram(program: Program, args: string[]): Promise<number>;
export {};
