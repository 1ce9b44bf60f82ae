import { type Child } from './children.ts';
import { type TemporalCli } from './temporal-cli.ts';
export declare const DEFAULT_PORT = 7233;
export declare const DEFAULT_UI_PORT = 8233;
export interface DevServerOptions {
    /** SQLite file; what runs survives a restart with the same file. */
    dbFile: string;
    /** Taken where free; another is picked where not. 0: any. */
    port?: number;
    uiPort?: number;
    /** False: no UI. Default true. */
    ui?: boolean;
    logFile?: string;
    env?: Record<string, string | undefined>;
    /** Found by `findTemporalCli` where not given. */
    cli?: TemporalCli;
    say?: (line: string) => void;
}
export interface DevServer {
    address: string;
    /** Undefined without a UI. */
    uiUrl: string | undefined;
    cli: TemporalCli;
    child: Child;
    close(): Promise<void>;
}
/**
 * Starts the server and waits until its namespace `default` takes work. One that ends by itself before that is started
 * once more: its ports were free when they were chosen, and may have been taken since.
 * @throws NoTemporalCliError, ChildDiedError
 */
export declare function startDevServer(options: DevServerOptions): Promise<DevServer>;
