import type { FeishuVcClient } from '../connect.ts';
import type { Progress } from '../../workflows/messages.ts';
import type { Output } from './output.ts';
export interface Followed<R> {
    client: FeishuVcClient;
    handle: {
        readonly workflowId: string;
        result(): Promise<R>;
        progress(): Promise<Progress>;
    };
    output: Output;
}
export interface Watched<R> extends Followed<R> {
    /** The command that watches the same run again. */
    again: string;
}
/**
 * Follows a run until it ends or the person stops watching; stopping never stops the run.
 * @throws ExportFailedError when the run fails
 * @throws Interrupted on Ctrl-C; the run goes on
 */
export declare function watch<R>(watched: Watched<R>): Promise<R>;
/** Shows the progress until the run ends, also while the server is away for a time, or until `giveUp` rejects. */
export declare function follow<R>(followed: Followed<R>, giveUp: Promise<never>): Promise<R>;
