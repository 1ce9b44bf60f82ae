/** What was asked of the sandbox, call by call and task by task. Tokens and secrets never enter it. */
import type { ExportResource } from '../feishu/contract.ts';
import type { EndpointId } from './api.ts';
export interface LedgerCall {
    /** Counts from 0, without gaps. */
    seq: number;
    /** Arrival on the monotonic clock, milliseconds. */
    atMs: number;
    /** Arrival on the tenant's wall clock, unix milliseconds. */
    wallMs: number;
    endpoint: EndpointId;
    method: string;
    path: string;
    app: string | null;
    /** Query, body and path values, without secrets; for E6 the `task_id` that the file belongs to. */
    params: Record<string, string>;
    /** HTTP status; 0 while the call runs, and for good when the connection was cut before an answer. */
    status: number;
    /** Feishu code; null for files, plain text and cut connections. */
    code: number | null;
    throttled: boolean;
    /** Kind of the fault that was applied. */
    fault: string | null;
    logId: string;
}
export interface LedgerTask {
    task_id: string;
    resource: ExportResource;
    /** Query and body of the create call. */
    request: Record<string, unknown>;
    owner: string;
    /** Creation on the tenant's wall clock, unix milliseconds. */
    createdMs: number;
    status: 1 | 2 | 3;
    /** Answers of E5 that were about this task. */
    polls: number;
    /** Answers of E6 that carried this task's file. */
    downloads: number;
}
export interface Ledger {
    /** Oldest first; the newest 400,000 are kept. */
    readonly calls: readonly LedgerCall[];
    readonly tasks: LedgerTask[];
    /** Calls from number `seq` on. */
    since(seq: number): readonly LedgerCall[];
    /** The most calls of one endpoint within any window of the length, throttled ones included; one app or all. */
    maxInWindow(endpoint: EndpointId, windowMs: number, app?: string): number;
}
export declare class CallLedger implements Ledger {
    #private;
    constructor(tasks: () => LedgerTask[]);
    get calls(): readonly LedgerCall[];
    get tasks(): LedgerTask[];
    /** The entry stays in the ledger and is completed when the call ends. */
    open(arrival: Pick<LedgerCall, 'atMs' | 'wallMs' | 'endpoint' | 'method' | 'path' | 'logId'>): LedgerCall;
    since(seq: number): readonly LedgerCall[];
    maxInWindow(endpoint: EndpointId, windowMs: number, app?: string): number;
}
