export interface ChildOptions {
    /** For people: "the worker". */
    name: string;
    command: string;
    args: string[];
    /** The whole environment of the child. */
    env: Record<string, string | undefined>;
    cwd?: string;
    /** Receives stdout and stderr. */
    logFile?: string;
}
export interface ChildExit {
    code: number | null;
    signal: NodeJS.Signals | null;
}
export interface Child {
    readonly name: string;
    /** Undefined where the process could not be started. */
    readonly pid: number | undefined;
    readonly logFile: string | undefined;
    /** Resolves when the process is gone; never rejects. */
    readonly exited: Promise<ChildExit>;
    /** The last lines that it wrote, oldest first. */
    tail(): string[];
    /**
     * The first line that `find` makes something of.
     * @throws ChildDiedError when the process ends before that, or the time is over
     */
    waitForLine<R>(find: (line: string) => R | undefined, timeoutMs: number): Promise<R>;
    /** Asks it to stop, and makes it after 30 s. Safe to call twice. */
    stop(): Promise<void>;
}
/** A child ended, or did not become ready, before it was of use. */
export declare class ChildDiedError extends Error {
    readonly name = "ChildDiedError";
    readonly child: string;
    readonly lastLines: string[];
    readonly logFile: string | undefined;
    constructor(child: Child, what: string);
}
export declare function startChild(options: ChildOptions): Child;
export declare function describeExit({ code, signal }: ChildExit): string;
