/** What is known of units: their files read and noted, their failures noted, and what is still to be asked. */
import type { Refresh, UnitStatus } from '../model/units.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { type StageLocation, type UnitLocation } from '../dataset/storage-keys.ts';
import { type MeetingRef, type QualitySource } from '../dataset/pending-units.ts';
import { type RawFile } from '../dataset/records.ts';
import type { Deps } from './deps.ts';
import type { DayWindow } from './settings.ts';
export interface StoreExportInput {
    profile: string;
    resource: ExportResource;
    request: Record<string, unknown>;
    location: UnitLocation;
    task_id: string;
    file: RawFile;
    unknown_creates: number;
    calls: Record<string, number>;
    /** End of what was asked about, unix seconds, where an empty file may mean "not yet". */
    settles_after?: number;
}
export interface StoredExport {
    status: UnitStatus;
    rows: number;
    raw: {
        uri: string;
        bytes: number;
        sha256: string;
    };
}
/** A meeting of a plan: what requests need, where its list lies, and whether that list is asked for again. */
export interface PendingMeeting extends MeetingRef {
    list_again: boolean;
    /** Rows of the list that is there already; 0 without one. */
    listed: number;
    participants: string;
}
export interface PendingSession {
    session_key: string;
    participant: {
        user_id: string;
        join_time: string;
    } | {
        room_id: string;
        join_time: string;
    };
    /** Of the run's sources, the one or both that are still to be asked. */
    source: QualitySource;
}
export interface PendingMeetingsInput {
    profile: string;
    location: StageLocation & {
        kind: 'day';
    };
    window: DayWindow;
    /** Index of the first meeting to plan. */
    cursor: number;
    limit: number;
    refresh: Refresh;
    /** Unix ms. */
    fetched_since: number;
}
export interface PendingSessionsInput {
    profile: string;
    /** Key of a stored list, or the unit that it was fetched as. */
    participants: string | UnitLocation;
    source: QualitySource;
    location: StageLocation;
    cursor: number;
    limit: number;
    refresh: Refresh;
    fetched_since: number;
}
export declare function stageActivities(deps: Deps): {
    /**
     * Reads a downloaded file to its end and notes the unit as done.
     * @throws ApplicationFailure `UnreadableFile` where the bytes or the layout are bad; nothing is noted then
     */
    storeExport(input: StoreExportInput): Promise<StoredExport>;
    /** Notes a unit whose window had to be cut: its files are those of its parts. */
    joinParts(input: {
        location: UnitLocation;
        request: Record<string, unknown>;
        parts: UnitLocation[];
    }): Promise<{
        rows: number;
    }>;
    /** Notes that a unit failed, or that Feishu has nothing (yet); rows that are known of it stay. */
    recordFailure(input: {
        location: UnitLocation;
        reason: string;
        request: Record<string, unknown>;
        via: 'list' | 'export';
        /** Set where the reason is that Feishu has no data. */
        no_data?: {
            settles_after: number;
        };
        calls?: Record<string, number>;
        unknown_creates?: number;
    }): Promise<{
        status: UnitStatus;
    }>;
    /** Which of these units have to be asked for. */
    pendingUnits(input: {
        locations: UnitLocation[];
        refresh: Refresh;
        fetched_since: number;
    }): Promise<{
        ask: boolean[];
    }>;
    /** A slice of the day's meetings, in a stable order. `next_cursor` is null at the end. */
    pendingMeetings(input: PendingMeetingsInput): Promise<{
        total: number;
        meetings: PendingMeeting[];
        next_cursor: number | null;
    }>;
    /** A slice of a meeting's participant-sessions: those to ask about, and what became of the others. */
    pendingSessions(input: PendingSessionsInput): Promise<{
        total: number;
        sessions: PendingSession[];
        settled: Partial<Record<UnitStatus, number>>;
        next_cursor: number | null;
    }>;
    /** The meetings that a place's lists found and that start in the window. */
    readMeetings(input: {
        profile: string;
        location: StageLocation;
        window: DayWindow;
    }): Promise<MeetingRef[]>;
};
