import type { StoredExport, UnitLocation } from '../../activities/index.ts';
import { ENDPOINTS, type ExportResource } from '../../feishu/contract.ts';
import type { ExportRequest } from '../input.ts';
import type { ApiCalls } from './api-calls.ts';
export interface ExportJob {
    profile: string;
    resource: ExportResource;
    request: ExportRequest;
    location: UnitLocation;
    /** End of what is asked about, unix seconds, where an empty file may mean "not yet". */
    settles_after?: number;
}
/** What a job has cost so far and where it stands. Outlives its failures, so that the caller can report them. */
export declare class ExportCost {
    #private;
    /** By endpoint, failed attempts included. */
    readonly calls: Record<string, number>;
    unknownCreates: number;
    constructor(onChange: () => void);
    get doing(): string;
    set doing(doing: string);
    add(endpoint: keyof typeof ENDPOINTS, calls: number): void;
}
interface Run {
    job: ExportJob;
    calls: ApiCalls;
    cost: ExportCost;
}
/** @throws ApplicationFailure ExportTaskFailed, ExportTaskTimedOut, PermissionDenied, UnreadableFile, NoData, and what the calls throw */
export declare function runExport(run: Run): Promise<StoredExport & {
    task_id: string;
}>;
/** Polls of a task that takes days come further and further apart, so that one history holds them all. */
export declare function nextPollMs(at: {
    proposedMs: number;
    ageMs: number;
    deadlineMs: number;
}): number;
export {};
