import type { ExportResource } from '../feishu/contract.ts';
import type { FileStore } from '../store/file-store.ts';
import { type SingleRunLocation } from './storage-keys.ts';
import { type MeetingRef, type QualitySource } from './pending-units.ts';
import { type RawFile } from './records.ts';
/** Reads a file to its end. @throws UnreadableFileError, HeaderError */
export declare function countSheetRows(store: FileStore, { resource, file, zone }: {
    resource: ExportResource;
    file: RawFile;
    zone: string;
}): Promise<number>;
/** The rows of one export's file, all of them, whatever day they belong to. */
export declare function writeResourceTable(store: FileStore, zone: string, { location, resource }: {
    location: SingleRunLocation & {
        unit: string;
    };
    resource: ExportResource;
}): Promise<{
    uri: string;
    rows: number;
}>;
export interface QualityAsk {
    unit: string;
    source: QualitySource;
}
/** One session's minutes, from the units that it was fetched by. */
export declare function writeSessionTable(store: FileStore, zone: string, { location, session }: {
    location: SingleRunLocation;
    session: QualityAsk;
}): Promise<{
    uri: string;
    rows: number;
}>;
/** The minutes of everybody in these meetings, and beside them who everybody is. `participants`: key of the list to use for all; null: each one's own. */
export declare function writeMeetingsTable(store: FileStore, zone: string, input: {
    location: SingleRunLocation;
    source: QualitySource;
    participants: string | null;
    meetings: MeetingRef[];
}): Promise<{
    uri: string;
    rows: number;
}>;
