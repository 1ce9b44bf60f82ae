export interface DemoFolder {
    /** Absolute. */
    path: string;
    dataDir: string;
    dbFile: string;
    log(part: 'temporal' | 'sandbox' | 'worker'): string;
    /** Lets the next demo use it. */
    release(): Promise<void>;
}
/**
 * Makes the folder, or empties the one of an earlier demo.
 * @throws CliError when the folder holds something else, or another demo runs in it
 */
export declare function prepareFolder(dir: string): Promise<DemoFolder>;
/** The shell's environment without anything real; Temporal's config file counts as real too. */
export declare function demoEnvironment(env: NodeJS.ProcessEnv, folder: Pick<DemoFolder, 'path'>): Record<string, string>;
