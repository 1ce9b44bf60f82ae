/** One command's work on the server: connect, start or attach, wait, print. */
import { type FeishuVcClient } from '../connect.ts';
import type { HandleOf, Results } from '../handle.ts';
import type { WorkflowType } from '../../workflows/input.ts';
import type { Output } from './output.ts';
/**
 * The connection ends with the process. Closing it while a call waits to be tried again, as after Ctrl-C or in an
 * outage, makes the gRPC library throw from a timer, where nobody can catch it.
 */
export declare function withClient<R>(work: (client: FeishuVcClient) => Promise<R>): Promise<R>;
export interface Work<T extends WorkflowType> {
    type: T;
    /** Unchecked; `start` checks it and names what is wrong. */
    input: unknown;
    output: Output;
    detach?: boolean | undefined;
    /** The command that watches the run again. */
    again: (handle: HandleOf<T>) => string;
    /** The result for people. */
    lines: (result: Results[T], workflowId: string) => string[];
    /** More for a terminal, after the lines. */
    show?(result: Results[T]): Promise<void>;
}
export declare function startAndWatch<T extends WorkflowType>(work: Work<T>): Promise<void>;
/** The command line of this process, to be typed again. */
export declare function sameCommand(args?: readonly string[]): string;
