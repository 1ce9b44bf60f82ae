/**
 * The activities, one effect each. Those that call Feishu run only where the pace is held; the others run on every
 * worker.
 */
import type { CallDeps, Deps } from './deps.ts';
export type { CallDeps, Deps, Profile } from './deps.ts';
export type { Pace, SampledSessions } from './dry-run.ts';
export type { ListPage, ListPageInput, ListQuery, ListResource } from './lists.ts';
export type { PendingMeeting, PendingSession, StoredExport } from './stage.ts';
export type { DayWindow, DescribedProfile } from './settings.ts';
export type { RawFile } from '../dataset/records.ts';
export type { Candidate, DayCount } from '../dataset/estimate.ts';
export type { MeetingRef, QualitySource } from '../dataset/pending-units.ts';
export type { DayLocation, SingleRunLocation, StageLocation, StageResource, UnitLocation, } from '../dataset/storage-keys.ts';
/** For the queue that every worker serves. */
export declare function createActivities(deps: Deps): {
    describeWaiting(_input: {
        profile: string;
    }): Promise<{
        waiting_for: string | null;
    }>;
    whoRuns({ workflow_id }: {
        workflow_id: string;
    }): Promise<string>;
    untilFree({ workflow_id }: {
        workflow_id: string;
    }): Promise<void>;
    describeProfile(input: {
        profile: string;
    }): Promise<import("./settings.ts").DescribedProfile>;
    describeDay(input: {
        profile: string;
        day: string;
    }): Promise<import("./settings.ts").DayWindow>;
    describeMeeting(input: {
        meeting: {
            meeting_no: string;
            meeting_start_time: string;
            meeting_end_time: string;
        };
    }): Promise<import("../dataset/pending-units.ts").MeetingRef>;
    describeRange(input: import("./settings.ts").RangeInput): Promise<{
        from: string;
        to: string;
        problems: {
            field: string;
            message: string;
        }[];
    }>;
    storeExport(input: import("./stage.ts").StoreExportInput): Promise<import("./stage.ts").StoredExport>;
    joinParts(input: {
        location: import("../dataset/storage-keys.ts").UnitLocation;
        request: Record<string, unknown>;
        parts: import("../dataset/storage-keys.ts").UnitLocation[];
    }): Promise<{
        rows: number;
    }>;
    recordFailure(input: {
        location: import("../dataset/storage-keys.ts").UnitLocation;
        reason: string;
        request: Record<string, unknown>;
        via: 'list' | 'export';
        no_data?: {
            settles_after: number;
        };
        calls?: Record<string, number>;
        unknown_creates?: number;
    }): Promise<{
        status: import("../model/units.ts").UnitStatus;
    }>;
    pendingUnits(input: {
        locations: import("../dataset/storage-keys.ts").UnitLocation[];
        refresh: import("../model/units.ts").Refresh;
        fetched_since: number;
    }): Promise<{
        ask: boolean[];
    }>;
    pendingMeetings(input: import("./stage.ts").PendingMeetingsInput): Promise<{
        total: number;
        meetings: import("./stage.ts").PendingMeeting[];
        next_cursor: number | null;
    }>;
    pendingSessions(input: import("./stage.ts").PendingSessionsInput): Promise<{
        total: number;
        sessions: import("./stage.ts").PendingSession[];
        settled: Partial<Record<import("../model/units.ts").UnitStatus, number>>;
        next_cursor: number | null;
    }>;
    readMeetings(input: {
        profile: string;
        location: import("../dataset/storage-keys.ts").StageLocation;
        window: import("./settings.ts").DayWindow;
    }): Promise<import("../dataset/pending-units.ts").MeetingRef[]>;
    commitDay(input: import("./tables.ts").CommitInput): Promise<import("../model/committed-day.ts").CommittedDay>;
    sealedDay(input: {
        location: import("../dataset/storage-keys.ts").DayLocation;
    }): Promise<import("../model/committed-day.ts").CommittedDay | null>;
    storeResource(input: {
        profile: string;
        location: import("../dataset/storage-keys.ts").SingleRunLocation & {
            unit: string;
        };
        resource: import("../feishu/contract.ts").ExportResource;
    }): Promise<{
        uri: string;
    }>;
    storeSession(input: {
        profile: string;
        location: import("../dataset/storage-keys.ts").SingleRunLocation;
        session: import("../dataset/single.ts").QualityAsk;
    }): Promise<{
        uri: string;
        rows: number;
    }>;
    storeMeetings(input: {
        profile: string;
        location: import("../dataset/storage-keys.ts").SingleRunLocation;
        source: import("../dataset/pending-units.ts").QualitySource;
        participants: string | null;
        meetings: import("../dataset/pending-units.ts").MeetingRef[];
    }): Promise<{
        uri: string;
        rows: number;
    }>;
};
/** For the queue of calls. */
export declare function createCallActivities(deps: CallDeps): {
    setRunHeld(input: {
        run: string;
        fairness_key: string;
        held: boolean;
    }): Promise<void>;
    countMeetings(input: import("./dry-run.ts").CountPageInput): Promise<{
        days: Record<string, import("../dataset/estimate.ts").DayCount>;
        candidates: import("../dataset/estimate.ts").Candidate[];
        page_token: string | null;
        calls: number;
    }>;
    sampleParticipants(input: import("./dry-run.ts").SampleInput): Promise<import("./dry-run.ts").SampledSessions & {
        calls: number;
    }>;
    countRooms(input: {
        profile: string;
        room_level_id: string;
        page_token: string | null;
    }): Promise<{
        page_token: string | null;
        calls: number;
    }>;
    probeMeeting({ profile: name, from, to, }: import("./dry-run.ts").ProbeInput): Promise<{
        meeting: import("../dataset/pending-units.ts").MeetingRef | null;
        calls: number;
    }>;
    probeParticipants(input: {
        profile: string;
        meeting: import("../dataset/pending-units.ts").MeetingRef;
    }): Promise<{
        answers: boolean;
        participant: {
            user_id: string;
            join_time: string;
        } | null;
        calls: number;
    }>;
    probeQuality(input: {
        profile: string;
        meeting: import("../dataset/pending-units.ts").MeetingRef;
        participant: {
            user_id: string;
            join_time: string;
        };
    }): Promise<{
        answers: boolean;
        calls: number;
    }>;
    describePace(input: {
        profile: string;
    }): Promise<import("./dry-run.ts").Pace>;
    createExportTask({ profile: name, resource, request }: import("./exports.ts").CreateInput): Promise<import("./exports.ts").Created>;
    pollExportTask(input: import("./exports.ts").PollInput): Promise<import("./exports.ts").Polled>;
    downloadExportFile({ profile: name, task_id, encrypted_file_token, location, }: import("./exports.ts").DownloadInput): Promise<import("./exports.ts").Downloaded>;
    fetchListPage(input: import("./lists.ts").ListPageInput): Promise<import("./lists.ts").ListPage>;
    describeQuota(input: {
        profile: string;
    }): Promise<{
        waiting_for: string | null;
    }>;
};
export type Activities = ReturnType<typeof createActivities>;
export type CallActivities = ReturnType<typeof createCallActivities>;
