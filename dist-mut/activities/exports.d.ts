import { type ExportResource } from '../feishu/contract.ts';
import { type UnitLocation } from '../dataset/storage-keys.ts';
import type { RawFile } from '../dataset/records.ts';
import type { CallDeps } from './deps.ts';
export interface CreateInput {
    profile: string;
    resource: ExportResource;
    /** The documented body; `user_id_type` goes into the query. */
    request: Record<string, unknown>;
}
export interface Created {
    task_id: string;
    poll_after_ms: number;
    deadline_ms: number;
    calls: number;
}
export interface PollInput {
    profile: string;
    resource: ExportResource;
    task_id: string;
    /** Looks so far. */
    polls: number;
    age_ms: number;
}
export type Polled = {
    calls: number;
} & ({
    status: 'processing';
    poll_after_ms: number;
} | {
    status: 'failed';
    reason: string;
} | {
    status: 'done';
    encrypted_file_token: string;
});
export interface DownloadInput {
    profile: string;
    resource: ExportResource;
    task_id: string;
    encrypted_file_token: string;
    location: UnitLocation;
}
export type Downloaded = {
    calls: number;
} & ({
    status: 'stored';
    file: RawFile;
} | {
    status: 'token-expired';
} | {
    status: 'bad';
    sha256: string;
    reason: string;
});
export declare function exportActivities(deps: CallDeps): {
    /** E1 to E4. Not idempotent: fails with `CreateOutcomeUnknown` where a task may exist whose id nobody knows. */
    createExportTask({ profile: name, resource, request }: CreateInput): Promise<Created>;
    /** E5. The file token leaves sealed: histories are read by people who may not read the file. */
    pollExportTask(input: PollInput): Promise<Polled>;
    /** E6. The bytes go into the stage as received; a file that is there already is replaced by the same. */
    downloadExportFile({ profile: name, task_id, encrypted_file_token, location, }: DownloadInput): Promise<Downloaded>;
};
