import type { FileStore } from '../store/file-store.ts';
import { type TableName } from '../tables/columns.ts';
import { type Manifest, type TableRun } from './manifest.ts';
import { type DayLocation } from './storage-keys.ts';
/** Tables that a run can be asked for; `units` comes with `quality_minutes`. */
export type IncludedTable = Exclude<TableName, 'units'>;
export interface CommitDayInput {
    location: DayLocation;
    include: readonly IncludedTable[];
    time_zone: string;
    api_host: string;
    product: string;
    run: Omit<TableRun, 'generation' | 'stage'>;
}
export interface CommittedDay {
    manifest: Manifest;
    manifestKey: string;
    manifestSha256: string;
    /** False where a later run had committed already: `manifest` is then that run's. */
    committed: boolean;
}
export declare function commitDay(store: FileStore, input: CommitDayInput): Promise<CommittedDay>;
/** Writes the tables of a committed day again from its raw files, without a call. Null where the day was never committed. */
export declare function rebuildDay(store: FileStore, { profile, day, product }: {
    profile: string;
    day: string;
    product: string;
}): Promise<CommittedDay | null>;
