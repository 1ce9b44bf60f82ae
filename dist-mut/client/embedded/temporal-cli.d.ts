export interface TemporalCli {
    path: string;
    version: string;
    /** In words: "from the cache", "on PATH", … */
    how: string;
}
export interface FindOptions {
    env?: Record<string, string | undefined>;
    /** Told before something slow begins. */
    say?: (line: string) => void;
    /** Instead of Temporal's own address. */
    downloadUrl?: string;
}
/** Every way failed; the message lists each with its reason. */
export declare class NoTemporalCliError extends Error {
    readonly name = "NoTemporalCliError";
    readonly attempts: string[];
    constructor(attempts: string[]);
}
/** @throws NoTemporalCliError */
export declare function findTemporalCli(options?: FindOptions): Promise<TemporalCli>;
