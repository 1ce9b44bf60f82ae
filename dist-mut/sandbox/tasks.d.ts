import type { ExportResource, ExportTask } from '../feishu/contract.ts';
import type { Clock } from './clock.ts';
import type { FaultRule } from './faults.ts';
import type { Table } from './layouts.ts';
import type { LedgerTask } from './ledger.ts';
import type { Settings } from './options.ts';
interface TaskRequest {
    resource: ExportResource;
    request: Record<string, unknown>;
    owner: string;
    fault: FaultRule | undefined;
    table: () => Table;
}
export interface Tasks {
    /** Answers the new task's id. Every call makes a new task. */
    create(request: TaskRequest): string;
    /** E5. Throws what Feishu answers for unknown, malformed, forgotten and other people's ids. */
    poll(taskId: string, owner: string): ExportTask;
    /** The task that a file token is about, for E6. */
    fileOf(token: string, owner: string): {
        taskId: string;
        filename: string;
    };
    /** The file's bytes; the same for every download of one task and shape. */
    bytes(taskId: string, fault: FaultRule | undefined): Promise<Buffer>;
    /** Makes a file token unknown; the next poll hands out another one. */
    expireFile(token: string): void;
    taskIdOf(token: string): string | undefined;
    ledger(): LedgerTask[];
}
export declare function createTasks({ settings, clock }: {
    settings: Settings;
    clock: Clock;
}): Tasks;
export {};
