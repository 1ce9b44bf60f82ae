/** Where things lie under DATA_URL. The one file that knows the folder layout. */
import type { ExportResource } from '../feishu/contract.ts';
import type { TableName } from '../tables/columns.ts';
/** What raw files are of: the four lists, and the rooms that reservations are joined with. */
export type StageResource = ExportResource | 'rooms';
/** A day of a profile. `generation`: when its run began, unix ms; a later run has a larger one. */
export interface DayLocation {
    kind: 'day';
    profile: string;
    day: string;
    generation: number;
}
/** A run of a single resource, meeting or participant, with files of its own. */
export interface SingleRunLocation {
    kind: 'single';
    workflow_id: string;
    run_id: string;
    generation: number;
}
export type StageLocation = DayLocation | SingleRunLocation;
/** One unit of work: one list, one file, one session's minutes. `unit` is unique within its resource. */
export type UnitLocation = StageLocation & {
    resource: StageResource;
    unit: string;
};
/** Folder of all raw files of one resource, with a slash at its end. */
export declare function resourceFolder(location: StageLocation, resource: StageResource): string;
export declare function unitFolder(location: UnitLocation): string;
export declare function recordKey(location: UnitLocation): string;
export declare function isRecordKey(key: string): boolean;
/** Names carry the run, so that a later run's files never replace those that a committed day was made of. */
export declare function exportFileKey(location: UnitLocation, taskId: string): string;
export declare function pageKey(location: UnitLocation, page: number): string;
/** The records that a commit was made of. */
export declare function stageIndexKey(location: DayLocation): string;
export declare function stageIndexFolder(location: DayLocation): string;
export declare function tableKey(table: TableName, location: {
    profile: string;
    day: string;
}): string;
export declare function singleTableKey(type: string, location: SingleRunLocation): string;
export declare function manifestKey({ profile, day }: {
    profile: string;
    day: string;
}): string;
/** The days of a profile that have a manifest, the oldest first. */
export declare function manifestDays(store: {
    list(prefix: string): AsyncIterable<string>;
}, profile: string): Promise<string[]>;
